//! reporting as a program of its own.

fn main() -> std::process::ExitCode {
    reporting::program::main(std::env::args_os())
}
