//! identity as a program of its own.

fn main() -> std::process::ExitCode {
    identity::program::main(std::env::args_os())
}
