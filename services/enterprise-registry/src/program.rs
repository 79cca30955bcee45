//! enterprise-registry as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use shared::Result;
use shared::config::ServiceArgs;
use shared::program::{CommonCommand, carry_out, main_of, run};
use shared::service::{Context, Credentials};

use crate::NAME;

/// enterprise-registry: administrative units and private economic units.
#[derive(Debug, Parser)]
#[command(name = "enterprise-registry", version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(subcommand)]
    command: Option<CommonCommand>,
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of(NAME, arguments, work)
}

async fn work(program: Program) -> Result<ExitCode> {
    if let Some(command) = &program.command {
        return carry_out(command, &program.args, NAME).await;
    }
    let context = Context::from_args(&program.args, Credentials::None)?;
    let state = crate::State::open(&context, context.clock.now()).await?;
    let features = crate::start(&context, state);
    run(&program.args, &context, features, &crate::document_info()).await
}
