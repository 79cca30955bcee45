//! membership as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use shared::Result;
use shared::config::ServiceArgs;
use shared::program::{CommonCommand, carry_out_with, main_of, run};
use shared::service::{Context, Credentials};

use crate::composition::{document_info, start, verify_lists};
use crate::erasures::{EraseArgs, erase_person};
use crate::state::NAME;

/// membership: organisations of every branch, people, their memberships, and the rule book.
#[derive(Debug, Parser)]
#[command(name = "membership", version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Erases a person whose memberships have all ended. Counts stay. Works beside the running service.
    ErasePerson(EraseArgs),
    #[command(flatten)]
    Common(CommonCommand),
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

#[expect(clippy::print_stdout, reason = "commands answer on standard output")]
async fn work(program: Program) -> Result<ExitCode> {
    match &program.command {
        Some(Command::Common(command)) => return carry_out_with(command, &program.args, NAME, verify_lists).await,
        Some(Command::ErasePerson(args)) => {
            println!("{}", erase_person(&program.args.database_url, args).await?);
            println!(
                "A household of the same citizen is kept by the registry: look for it with `enterprise-registry \
                 find-households`, and erase it with `enterprise-registry erase-household`."
            );
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    let context = Context::from_args(&program.args, Credentials::Own)?;
    let (features, _) = start(&context).await?;
    run(&program.args, &context, features, &document_info()).await
}
