//! The whole system as one program.
#![allow(clippy::print_stdout, reason = "this program talks to the person who starts it")]

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use enterprise_registry::erasures::{EraseHouseholdArgs, erase_household, erase_households_of};
use membership::erasures::{EraseArgs, erase_person, personal_id_of};
use secrecy::ExposeSecret;
use shared::access::{Grant, Role, Scope};
use shared::backup;
use shared::clock::Clock;
use shared::config::MasterKeyArgs;
use shared::follow::{SetAsideArgs, set_aside};
use shared::http::ServerOptions;
use shared::messages::Language;
use shared::personal::{RotationArgs, hand_over_master_key, rotate_master_key};
use shared::program::{BackupArgs, VerifyArgs, Witness, looks_of, main_of, stop_signal, verify};
use shared::storage::DatabaseUrl;
use shared::territory::AreaId;
use shared::wires::WireArgs;
use shared::{Result, ResultExt};

use crate::demo::{self, DemoFile};
use crate::screen::{Screen, Spoken};
use crate::system::master_key;
use crate::{Options, System};

const SERVICES: [&str; 4] = [identity::NAME, enterprise_registry::NAME, membership::NAME, reporting::NAME];

/// The services that follow others.
const FOLLOWERS: [&str; 3] = [identity::NAME, membership::NAME, reporting::NAME];

/// All services in one process on one port, with invented demonstration data.
#[derive(Debug, Parser)]
#[command(name = "standalone", version)]
struct Program {
    /// The folder of keys, of the embedded databases, and of the demonstration's credentials.
    #[arg(long, env = "DATA_DIR", default_value = "./data", value_name = "DIR", global = true)]
    data_dir: PathBuf,

    #[command(flatten)]
    master_key: MasterKeyArgs,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    wires: WireArgs,

    /// Starts without demonstration data: the first start makes one administrator and shows its secret once.
    #[arg(long, env = "NO_DEMO")]
    no_demo: bool,

    /// The language of the screen: that of the terminal if left out, else Vietnamese.
    #[arg(long, env = "SCREEN_LANGUAGE", value_name = "LANGUAGE")]
    language: Option<Spoken>,

    /// A folder of SQLite files, or a PostgreSQL database with a schema per service; the data folder if left out.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", global = true)]
    database_url: Option<DatabaseUrl>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies the journals of all services and names the first broken entry of each, and makes records again of their
    /// acts; beside a running system too.
    Verify(VerifyAllArgs),
    /// Backs all databases up into a folder, beside a running system too; the master key is not in it.
    Backup(BackupArgs),
    /// Puts a backup into an empty data folder or server, and compares what came back with what was backed up.
    Restore(BackupArgs),
    /// Erases a person without a living membership from every database, beside the running system; counts stay.
    /// Households of the same citizen that have ended are erased too.
    ErasePerson(EraseArgs),
    /// Erases a household that has ended, beside the running system; counts stay.
    EraseHousehold(EraseHouseholdArgs),
    /// Replaces the master key beside the running system. First run it with the old key and --next-key-file, then
    /// restart everything with the new key, then run it with the new key and --finish.
    RotateMasterKey(RotationArgs),
    /// Sets the entry aside that a service cannot apply of a journal it follows, beside the running system: it goes on past
    /// it, and figures say that it counts nowhere. What needs it is set aside with it.
    SetAside(SetAsideInArgs),
}

/// In which service an entry is set aside.
#[derive(Debug, clap::Args)]
struct SetAsideInArgs {
    /// The service that cannot apply the entry.
    #[arg(long, value_parser = FOLLOWERS, required_unless_present = "list")]
    service: Option<String>,
    #[command(flatten)]
    args: SetAsideArgs,
}

/// The program's command line, for those who describe it.
#[must_use]
pub fn command() -> clap::Command {
    Program::command()
}

/// What a verification of all services compares with.
#[derive(Debug, clap::Args)]
struct VerifyAllArgs {
    /// A file that holds what this command printed before and was kept elsewhere: a tail written anew since can be told
    /// by nothing else.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Makes all memberships, organisations and economic units again of their acts; without it a sample of 1,000 each.
    #[arg(long)]
    all: bool,
}

/// Reads the heads of an earlier verification: `membership: 1020 entries hold, head 1020:0d0f...`.
fn read_heads(file: &Path) -> Result<Vec<(String, Witness)>> {
    let doing = format!("reading the heads in {}", file.display());
    let text = std::fs::read_to_string(file).doing(&doing)?;
    let head_of = |line: &str| {
        let (service, rest) = line.split_once(": ")?;
        let (_, head) = rest.rsplit_once(" head ")?;
        Some((service.to_owned(), head.parse().ok()?))
    };
    let heads: Vec<_> = text.lines().filter_map(head_of).collect();
    if heads.is_empty() { Err(shared::Error::internal("there is no head").doing(doing)) } else { Ok(heads) }
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of("the system", arguments, work)
}

async fn work(program: Program) -> Result<ExitCode> {
    let database_url = program.database_url.clone().unwrap_or_else(|| DatabaseUrl::Folder(program.data_dir.clone()));
    program.wires.check(&[], &database_url)?;
    match &program.command {
        Some(Command::Verify(args)) => return verify_all(&database_url, args).await,
        Some(Command::Backup(args)) => return back_up_all(&database_url, &args.folder).await,
        Some(Command::Restore(args)) => return restore_all(&database_url, &args.folder).await,
        Some(Command::ErasePerson(args)) => {
            let named = program.master_key.read()?;
            let master = master_key(named.as_ref(), &program.data_dir)?;
            let number = personal_id_of(&database_url, &master, args.person).await?;
            println!("{}", erase_person(&database_url, args).await?);
            if let Some(number) = number {
                for line in erase_households_of(&database_url, &master, &number, args.ground).await? {
                    println!("{line}");
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::EraseHousehold(args)) => {
            println!("{}", erase_household(&database_url, args).await?);
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::SetAside(args)) => return set_aside_in(&database_url, args).await,
        Some(Command::RotateMasterKey(args)) => return rotate_all(&program, &database_url, args).await,
        None => {}
    }
    let options = Options {
        data_dir: program.data_dir.clone(),
        master_key: program.master_key.read()?,
        database_url,
        server: program.server.clone(),
        areas_at: (!program.no_demo).then(demo::areas_at),
        clock: Clock::System,
    };
    let screen = Screen::of(program.language, std::env::var("LANG").ok().as_deref());
    let mut system = System::start(&options).await?;
    if program.no_demo {
        without_demo(&program, screen, &mut system).await?;
    } else {
        with_demo(&program, screen, &mut system).await?;
    }
    stop_signal().await;
    println!("\n{}", screen.stopping());
    system.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn back_up_all(database_url: &DatabaseUrl, folder: &Path) -> Result<ExitCode> {
    for service in backup::ORDER {
        println!("{}", backup::back_up(database_url, service, folder, Clock::System.now()).await?);
    }
    println!("The master key is not in the backup: keep it apart, without it personal data cannot be opened.");
    Ok(ExitCode::SUCCESS)
}

async fn restore_all(database_url: &DatabaseUrl, folder: &Path) -> Result<ExitCode> {
    for service in backup::ORDER {
        println!("{}", backup::restore(database_url, service, folder).await?);
    }
    println!("Put the master key into its place before the system is started.");
    Ok(ExitCode::SUCCESS)
}

async fn rotate_all(program: &Program, database_url: &DatabaseUrl, args: &RotationArgs) -> Result<ExitCode> {
    let named = program.master_key.read()?;
    let master = master_key(named.as_ref(), &program.data_dir)?;
    for service in SERVICES {
        hand_over_master_key(database_url, service, &master, args).await?;
    }
    for service in SERVICES {
        rotate_master_key(database_url, service, &master, args, &mut |line| println!("{line}")).await?;
    }
    if let Some(next) = &args.next_key_file {
        println!(
            "Put {} in the place of the previous key, restart the system, then run this with --finish.",
            next.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Sets an entry aside in one service, or lists what is set aside in all.
async fn set_aside_in(database_url: &DatabaseUrl, args: &SetAsideInArgs) -> Result<ExitCode> {
    for service in FOLLOWERS {
        if args.service.as_deref().is_none_or(|named| named == service) {
            println!("{}", set_aside(database_url, service, &args.args).await?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify_all(database_url: &DatabaseUrl, args: &VerifyAllArgs) -> Result<ExitCode> {
    let kept = args.against.as_deref().map(read_heads).transpose()?.unwrap_or_default();
    let mut code = ExitCode::SUCCESS;
    for service in SERVICES {
        let kept_of = |chain: &str| {
            kept.iter().filter(|(named, _)| named == chain).map(|(_, head)| head.clone()).collect::<Vec<_>>()
        };
        let witnesses = VerifyArgs { witnesses: kept_of(service), access_witnesses: kept_of(&looks_of(service)) };
        let (line, is_whole) = verify(database_url, service, &witnesses).await?;
        println!("{line}");
        if !is_whole {
            code = ExitCode::FAILURE;
        }
    }
    for (line, is_whole) in [
        enterprise_registry::economic_units::verify(database_url, args.all).await?,
        membership::memberships::verify(database_url, args.all).await?,
        membership::organisations::verify(database_url, args.all).await?,
        reporting::sums::verify(database_url).await?,
    ] {
        println!("{line}");
        if !is_whole {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

async fn without_demo(program: &Program, screen: Screen, system: &mut System) -> Result<()> {
    system.settle_membership(30).await?;
    if !identity::provision::has_clients(&system.identity).await? {
        let grant = Grant { role: Role::Administrator, area: AreaId::stored("33@2025-07-01") };
        let label = "Quản trị đầu tiên".to_owned();
        let (id, secret) = identity::provision::create_client_with_grant(&system.identity, label, grant).await?;
        println!("{}", screen.first_administrator(id, secret.expose_secret()));
    }
    system.open()?;
    if demo::is_demonstration(system).await? {
        println!("{}", screen.is_the_demonstration());
    }
    println!("{}", screen.running(&system.base_url, &program.data_dir));
    Ok(())
}

async fn with_demo(program: &Program, screen: Screen, system: &mut System) -> Result<()> {
    let known = DemoFile::read(&program.data_dir)?;
    let file = match known {
        Some(file) => DemoFile { base_url: system.base_url.clone(), ..file },
        // A backup has no credentials in it.
        None if demo::is_demonstration(system).await? => demo::create_clients(system).await?,
        None if identity::provision::has_clients(&system.identity).await? || demo::is_loaded(system).await? => {
            return Err(shared::Error::internal(screen.not_the_demonstration(&program.data_dir)));
        }
        None => {
            println!("{}", screen.loading());
            let mut shown = 0;
            demo::load(system, &mut |done, total| {
                let percent = done * 100 / total.max(1);
                if percent != shown {
                    shown = percent;
                    print!("\r  {percent} %");
                    let _ = std::io::stdout().flush();
                }
            })
            .await?;
            println!();
            demo::create_clients(system).await?
        }
    };
    file.write(&program.data_dir)?;
    system.settle(30).await?;
    system.open()?;
    print_figures(system, screen.0).await?;
    println!("{}", screen.next_steps(&system.base_url, &program.data_dir, file.client(Role::Viewer)));
    Ok(())
}

async fn print_figures(system: &System, language: Language) -> Result<()> {
    let catalogue = system.reporting.catalogue.clone();
    let figures = system
        .reporting
        .db
        .read(move |conn| {
            let asked = reporting::figures::FiguresAsked {
                period: "2022-H1".to_owned(),
                area: Some("33@origin".to_owned()),
                by: Some("district".to_owned()),
                ..Default::default()
            };
            reporting::figures::compute(conn, &catalogue, &Scope::everything(), &asked)
        })
        .await?;
    println!("\n{}", reporting::figures::table_of(&figures, language));
    Ok(())
}
