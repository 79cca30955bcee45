//! identity as a program of its own.
#![allow(clippy::print_stdout, reason = "commands answer on standard output")]

use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use shared::access::{Grant, Role};
use shared::config::ServiceArgs;
use shared::service::{Context, run, start_log};
use shared::territory::AreaId;
use shared::{Error, Result};

/// identity: API clients, roles and grants over areas; access tokens.
#[derive(Debug, Parser)]
#[command(version)]
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
        #[arg(value_parser = ["identity", "enterprise-registry", "membership", "reporting"])]
        service: String,
    },
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    start_log();
    match serve(Program::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            log::error!("identity cannot go on: {error:?}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn serve(program: Program) -> Result<()> {
    let mut context = Context::from_args(&program.args, true)?;
    let state = identity::State::open(&context).await?;
    match program.command {
        Some(Command::CreateAdmin { area, label }) => {
            let grant = Grant { role: Role::Administrator, area };
            let (id, secret) = identity::provision::create_client_with_grant(&state, label, grant).await?;
            println!("{}", serde_json::json!({"client_id": id, "client_secret": secret.expose_secret()}));
            Ok(())
        }
        Some(Command::CreateServiceClient { service }) => {
            let services = ["identity", "enterprise-registry", "membership", "reporting"];
            let service = services.into_iter().find(|known| *known == service);
            let service = service.ok_or_else(|| Error::internal("no such service"))?;
            let (id, secret) = identity::provision::create_service_client(&state, service).await?;
            println!("{}", serde_json::json!({"client_id": id, "client_secret": secret.expose_secret()}));
            Ok(())
        }
        None => {
            context.client = identity::provision::create_service_client(&state, identity::NAME).await?;
            let features = identity::start(&context, state).await?;
            run(&program.args, &context, features, &identity::document_info()).await
        }
    }
}
