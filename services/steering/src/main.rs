//! steering as a program of its own.

fn main() -> std::process::ExitCode {
    steering::program::main(std::env::args_os())
}
