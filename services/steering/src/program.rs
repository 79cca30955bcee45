//! steering as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use shared::Result;
use shared::config::ServiceArgs;
use shared::program::{CommonCommand, carry_out_with, main_of, run};
use shared::service::{Context, Credentials};

use crate::composition::{document_info, start};
use crate::state::NAME;
use crate::{bodies, conferences, documents, issuing_duties, tasks};

/// steering: steering committees and their support teams, their seats and who holds them, and the tasks that they give.
#[derive(Debug, Parser)]
#[command(name = "steering", version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(subcommand)]
    command: Option<CommonCommand>,
}

/// The program's command line, for those who describe it.
#[must_use]
pub fn command() -> clap::Command {
    Program::command()
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of((NAME, NAME), arguments, work)
}

async fn work(program: Program) -> Result<ExitCode> {
    if let Some(command) = &program.command {
        let verify = async |url: &_| {
            let (bodies, documents) = (bodies::verify(url, false).await?, documents::verify(url, false).await?);
            let (conferences, tasks) = (conferences::verify(url, false).await?, tasks::verify(url, false).await?);
            Ok(vec![bodies, documents, issuing_duties::verify(url, false).await?, conferences, tasks])
        };
        return carry_out_with(command, &program.args, NAME, verify).await;
    }
    let context = Context::from_args(&program.args, Credentials::Own)?;
    let (features, _) = start(&context).await?;
    run(&program.args, &context, features, &document_info()).await
}
