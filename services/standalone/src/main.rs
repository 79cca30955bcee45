//! The whole system in one process.

fn main() -> std::process::ExitCode {
    standalone::program::main(std::env::args_os())
}
