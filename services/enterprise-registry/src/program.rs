//! enterprise-registry as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use secrecy::SecretString;
use shared::config::ServiceArgs;
use shared::program::{CommonCommand, carry_out_with, main_of, run};
use shared::service::{Context, Credentials};
use shared::{Result, ResultExt};

use crate::composition::{document_info, start, verify_lists};
use crate::erasures::{EraseHouseholdArgs, erase_household, find_households};
use crate::state::{NAME, State};

/// enterprise-registry: administrative units with their periods and successions, and private economic units.
#[derive(Debug, Parser)]
#[command(name = "enterprise-registry", version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Erases a household that has ended from the database, beside the running service; counts stay.
    EraseHousehold(EraseHouseholdArgs),
    /// Reads a citizen's number from standard input, and prints the ids of the households with that number.
    FindHouseholds,
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
    let url = &program.args.database_url;
    match &program.command {
        Some(Command::Common(command)) => return carry_out_with(command, &program.args, NAME, verify_lists).await,
        Some(Command::EraseHousehold(args)) => {
            println!("{}", erase_household(url, args).await?);
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::FindHouseholds) => {
            let mut number = String::new();
            std::io::stdin().read_line(&mut number).doing("reading the number from standard input")?;
            let number = SecretString::from(number.trim());
            for (unit, is_ended) in find_households(url, &program.args.read_master_key()?, &number).await? {
                println!("{unit} {}", if is_ended { "has ended" } else { "has not ended" });
            }
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    let context = Context::from_args(&program.args, Credentials::None)?;
    let state = State::open(&context, context.clock.now()).await?;
    run(&program.args, &context, start(&context, state), &document_info()).await
}
