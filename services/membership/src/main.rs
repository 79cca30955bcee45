//! membership as a program of its own.

fn main() -> std::process::ExitCode {
    membership::program::main(std::env::args_os())
}
