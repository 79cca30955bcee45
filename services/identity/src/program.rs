//! identity as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use shared::access::{Grant, Role};
use shared::config::ServiceArgs;
use shared::program::{CommonCommand, carry_out, main_of, run};
use shared::service::{Context, Credentials};
use shared::territory::AreaId;
use shared::validate::{Faults, person_name};
use shared::{Error, Result, Trouble};
use strum::IntoEnumIterator;

use crate::composition::{document_info, start};
use crate::provider::ProviderArgs;
use crate::provision;
use crate::provision::UserOnMachine;
use crate::state::{NAME, State};
use crate::users::{NewUser, parse_login};

/// identity: API clients, roles and grants over areas; access tokens.
#[derive(Debug, Parser)]
#[command(name = "identity", version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The services that follow others, each with a client of its own here.
const WITH_CLIENT: [&str; 3] = ["membership", "reporting", "steering"];

/// The program's command line, for those who describe it.
#[must_use]
pub fn command() -> clap::Command {
    Program::command()
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Creates an administrator over an area and prints its id and secret, once.
    CreateAdmin {
        /// The area, for instance 33@2025-07-01.
        #[arg(long)]
        area: AreaId,
        /// A label of the client, for people.
        #[arg(long, default_value = "Quản trị")]
        label: String,
    },
    /// Creates a user with a role, and prints the one-time link with which the person sets a password.
    CreateUser {
        /// The login: 3 to 60 small letters without accents, digits, dots, hyphens, underscores and @.
        #[arg(long)]
        login: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// The role, for instance administrator. Here it needs no second administrator.
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// The area, for instance 33@2025-07-01.
        #[arg(long)]
        area: AreaId,
    },
    /// Removes the second factor of a user who lost it, where no second administrator is at hand. The user's sessions end.
    RemoveSecondFactor {
        /// The login.
        #[arg(long)]
        login: String,
    },
    /// Ends all sessions of all people: everybody signs in again.
    EndAllSessions,
    /// Creates the client of a service, or gives it a new secret, and prints its id and secret, once.
    CreateServiceClient {
        /// The service.
        #[arg(value_parser = WITH_CLIENT)]
        service: String,
    },
    /// Creates a new signing key. It is published at once and signs after ten minutes; no token is refused.
    RotateSigningKey,
    #[command(flatten)]
    Common(CommonCommand),
}

fn parse_role(text: &str) -> Result<Role, Trouble> {
    let roles = || Role::iter().map(Role::as_str).collect::<Vec<_>>().join(", ");
    let wrong =
        |_| Trouble::new(format!("cần một trong các vai trò {}", roles()), format!("expected one of {}", roles()));
    text.parse().map_err(wrong)
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of((NAME, NAME), arguments, work)
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
        Some(Command::CreateUser { login, name, role, area }) => {
            let mut faults = Faults::new();
            let login = faults.take("/login", parse_login(&login));
            let name = faults.take("/name", person_name(&name));
            let (login, name) = faults.finish_with(login.zip(name))?;
            let user = NewUser { login, name, area: area.clone() };
            let new = UserOnMachine { user, grant: Grant { role, area } };
            let (id, link) = provision::create_user_with_grant(&state, new).await?;
            print_line(&serde_json::json!({"user_id": id, "link": link}).to_string());
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::RemoveSecondFactor { login }) => {
            if provision::remove_second_factor(&state, &login).await? {
                print_line("the second factor is removed; the next sign-in sets up another one");
                return Ok(ExitCode::SUCCESS);
            }
            Err(Error::trouble(
                format!("không có người dùng nào tên đăng nhập {login} đã cài đặt xác thực bước hai"),
                format!("no user with the login {login} has a second factor"),
            ))
        }
        Some(Command::EndAllSessions) => {
            let ended = provision::end_everybodys_sessions(&state).await?;
            print_line(&format!("{ended} sessions ended; every service refuses their tokens within seconds"));
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::CreateServiceClient { service }) => {
            let known = WITH_CLIENT.into_iter().find(|known| *known == service);
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
            if let Some(settings) = program.provider.read()? {
                state.provider.set(settings)?;
            }
            context.client = provision::own_client(&state, &context.master_key, NAME).await?;
            let features = start(&context, state).await?;
            run(&program.args, &context, features, &document_info()).await
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
