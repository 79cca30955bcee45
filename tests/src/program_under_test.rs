//! Every program of the house by its name, so that a test can start it as a process:
//! `program-under-test membership --bind 127.0.0.1:0`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|name| name.to_str()) {
        Some("standalone") => standalone::program::main(arguments),
        Some("identity") => identity::program::main(arguments),
        Some("enterprise-registry") => enterprise_registry::program::main(arguments),
        Some("membership") => membership::program::main(arguments),
        Some("reporting") => reporting::program::main(arguments),
        _ => ExitCode::from(2),
    }
}
