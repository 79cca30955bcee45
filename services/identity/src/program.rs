//! identity as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use shared::access::{Grant, Role};
use shared::config::ServiceArgs;
use shared::program::{CommonCommand, carry_out, main_of, run};
use shared::service::{Context, Credentials};
use shared::territory::AreaId;
use shared::{Error, Result};

use crate::{NAME, State, provision};

/// identity: API clients, roles and grants over areas; access tokens.
#[derive(Debug, Parser)]
#[command(name = "identity", version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes an administrator over an area and prints its credentials, once.
    CreateAdmin {
        /// The area, for instance 33@2025-07-01.
        #[arg(long)]
        area: AreaId,
        /// What the client is, for people.
        #[arg(long, default_value = "Quản trị")]
        label: String,
    },
    /// Makes the client of a service, or gives it a new secret, and prints its credentials, once.
    CreateServiceClient {
        /// The service.
        #[arg(value_parser = ["membership", "reporting"])]
        service: String,
    },
    /// Makes a new signing key: it is published at once and signs ten minutes later, and no token is refused.
    RotateSigningKey,
    #[command(flatten)]
    Common(CommonCommand),
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of(NAME, arguments, work)
}

async fn work(program: Program) -> Result<ExitCode> {
    if let Some(Command::Common(command)) = &program.command {
        return carry_out(command, &program.args, NAME).await;
    }
    let mut context = Context::from_args(&program.args, Credentials::None)?;
    let state = State::open(&context).await?;
    match program.command {
        Some(Command::CreateAdmin { area, label }) => {
            let grant = Grant { role: Role::Administrator, area };
            let (id, secret) = provision::create_client_with_grant(&state, label, grant).await?;
            print_credentials(&id.to_string(), &secret);
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::CreateServiceClient { service }) => {
            let known = ["membership", "reporting"].into_iter().find(|known| *known == service);
            let service = known.ok_or_else(|| Error::internal("no such service"))?;
            let (id, secret) = provision::create_service_client(&state, service).await?;
            print_credentials(&id, &secret);
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::RotateSigningKey) => {
            state.signer.rotate(&state.db, state.clock.now()).await?;
            print_line("a new signing key is published; it signs in ten minutes");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            context.client = provision::own_client(&state, &context.master_key, NAME).await?;
            let features = crate::start(&context, state).await?;
            run(&program.args, &context, features, &crate::document_info()).await
        }
    }
}

fn print_credentials(id: &str, secret: &SecretString) {
    print_line(&serde_json::json!({"client_id": id, "client_secret": secret.expose_secret()}).to_string());
}

#[expect(clippy::print_stdout, reason = "commands answer on standard output")]
fn print_line(line: &str) {
    println!("{line}");
}
