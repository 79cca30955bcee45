//! enterprise-registry as a program of its own.

fn main() -> std::process::ExitCode {
    enterprise_registry::program::main(std::env::args_os())
}
