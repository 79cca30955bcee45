//! The whole system as one program.
#![allow(clippy::print_stdout, reason = "this program talks to the person who starts it")]

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{Datelike as _, NaiveDate};
use clap::{CommandFactory, Parser, Subcommand};
use enterprise_registry::erasures::{EraseHouseholdArgs, erase_household, erase_households_of};
use membership::erasures::{EraseArgs, erase_person, personal_id_of};
use secrecy::ExposeSecret;
use shared::access::{Grant, Role, Scope};
use shared::backup;
use shared::clock::Clock;
use shared::config::{MasterKeyArgs, parse_issuer, parse_switch};
use shared::follow::{SetAsideArgs, set_aside};
use shared::http::ServerOptions;
use shared::messages::Language;
use shared::period::Period;
use shared::personal::{RotationArgs, hand_over_master_key, rotate_master_key};
use shared::program::{BackupArgs, VerifyArgs, Witness, looks_of, main_of, stop_signal, verify};
use shared::spoken::LanguageArgs;
use shared::storage::DatabaseUrl;
use shared::territory::AreaId;
use shared::validate::Faults;
use shared::wires::WireArgs;
use shared::{Error, Result, Trouble};
use tokio::task::JoinHandle;

use crate::demo::{self, DemoFile};
use crate::screen::Screen;
use crate::system::{Options, System, master_key};

const SERVICES: [&str; 5] =
    [identity::NAME, enterprise_registry::NAME, membership::NAME, reporting::NAME, steering::NAME];

/// The period whose figures the demonstration shows.
const PERIOD: &str = "2022-H1";

/// The services that follow others.
const FOLLOWERS: [&str; 4] = [identity::NAME, membership::NAME, reporting::NAME, steering::NAME];

/// All services in one process on one port, with invented demonstration data.
#[derive(Debug, Parser)]
#[command(name = "standalone", version)]
struct Program {
    /// The folder of the master key, the SQLite databases and the demonstration's test accounts.
    #[arg(long, env = "DATA_DIR", default_value = "./data", value_name = "DIR", global = true)]
    data_dir: PathBuf,

    #[command(flatten)]
    master_key: MasterKeyArgs,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    wires: WireArgs,

    #[command(flatten)]
    provider: identity::provider::ProviderArgs,

    /// The address at which people and programs reach the system, for links and tokens, such as https://dang.example.vn behind a
    /// proxy. If left out: the address on which it listens.
    #[arg(long, env = "ISSUER", value_name = "URL", value_parser = parse_issuer)]
    issuer: Option<String>,

    /// Starts without demonstration data. The first start creates one administrator and shows its secret once.
    #[arg(long, env = "NO_DEMO", value_parser = parse_switch)]
    no_demo: bool,

    #[command(flatten)]
    language: LanguageArgs,

    /// A folder of SQLite files, or a PostgreSQL database with a schema for each service. If left out: the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", global = true)]
    database_url: Option<DatabaseUrl>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies journals, access records and sums, and names the first broken entry of each. Also computes a sample of
    /// records again from their acts. Works beside the running system.
    Verify(VerifyAllArgs),
    /// Backs all databases up into a folder, without the master key. Works beside the running system.
    Backup(BackupArgs),
    /// Restores a backup into an empty data folder or PostgreSQL database, and compares the result with the manifests.
    Restore(BackupArgs),
    /// Erases a person whose memberships have all ended, and the person's households that have ended. Counts stay. Works
    /// beside the running system.
    ErasePerson(EraseArgs),
    /// Erases a household that has ended. Counts stay. Works beside the running system.
    EraseHousehold(EraseHouseholdArgs),
    /// Replaces the master key without downtime. 1: run it with the old key and --next-key-file. 2: restart everything
    /// with the new key. 3: run it with the new key and --finish.
    RotateMasterKey(RotationArgs),
    /// Sets aside an entry that a service cannot apply. The service then continues with the next one, and figures say that
    /// the entry counts nowhere. Entries that depend on it are set aside too. Works beside the running system.
    SetAside(SetAsideInArgs),
    /// Prints the present code of the second factor of somebody in the demonstration, as the person's phone would show it.
    DemoCode(DemoCodeArgs),
}

/// Whose code is printed.
#[derive(Debug, clap::Args)]
struct DemoCodeArgs {
    /// The login, as it stands in `demo.json`.
    #[arg(value_name = "LOGIN")]
    login: String,
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
    /// A file with an earlier output of this command, saved elsewhere. Nothing else detects newest entries that were
    /// replaced with correct hashes.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Computes all memberships, organisations, economic units and steering bodies again from their acts, not a sample of
    /// 1,000 each.
    #[arg(long)]
    all: bool,
}

/// Reads the heads of an earlier verification: `membership: 1020 entries hold, head 1020:0d0f...`.
fn read_heads(file: &Path) -> Result<Vec<(String, Witness)>> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::internal(Trouble::unreadable(file, &error)))?;
    let head_of = |line: &str| {
        let (service, rest) = line.split_once(": ")?;
        let (_, head) = rest.rsplit_once(" head ")?;
        Some((service.to_owned(), head.parse().ok()?))
    };
    let heads: Vec<_> = text.lines().filter_map(head_of).collect();
    if heads.is_empty() {
        let file = file.display();
        return Err(Error::trouble(
            format!("tệp {file} không có kết quả nào của lệnh verify chạy trước đây"),
            format!("reading the heads in {file}: there is no head"),
        ));
    }
    Ok(heads)
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of(("hệ thống", "the system"), arguments, work)
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
            let master = master_key(named.as_ref(), &program.data_dir, &database_url).await?;
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
        Some(Command::DemoCode(args)) => return print_demo_code(&program, &args.login),
        Some(Command::RotateMasterKey(args)) => return rotate_all(&program, &database_url, args).await,
        None => {}
    }
    let options = Options {
        data_dir: program.data_dir.clone(),
        master_key: program.master_key.read()?,
        database_url,
        server: program.server.clone(),
        issuer: program.issuer.clone(),
        areas_at: (!program.no_demo).then(demo::areas_at),
        clock: Clock::System,
    };
    let screen = Screen(program.language.language());
    let mut system = System::start(&options).await?;
    if let Some(settings) = program.provider.read()? {
        system.identity.provider.set(settings)?;
    }
    // Heard from here on: who is told that it is ready may ask it to stop at once.
    let mut asked_to_stop = tokio::spawn(stop_signal());
    let serving = async {
        if program.no_demo {
            without_demo(&program, screen, &mut system).await.map(|()| true)
        } else {
            with_demo(&program, screen, &mut system).await
        }
    };
    let is_served = tokio::select! {
        outcome = serving => Some(outcome?),
        _ = &mut asked_to_stop => None,
    };
    match is_served {
        Some(true) => {
            let _ = asked_to_stop.await;
        }
        Some(false) => {
            log::error!("{}", screen.not_the_demonstration(&program.data_dir));
            return Ok(ExitCode::FAILURE);
        }
        None => {}
    }
    println!("\n{}", screen.stopping());
    system.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Prints the code that the demonstration's user needs now.
fn print_demo_code(program: &Program, login: &str) -> Result<ExitCode> {
    let screen = Screen(program.language.language());
    let demo = DemoFile::read(&program.data_dir)?;
    let secret = demo.as_ref().and_then(|demo| demo.user(login)).and_then(|user| user.totp_secret.as_deref());
    match secret {
        Some(secret) => println!("{}", identity::credentials::code_at(secret, Clock::System.now())?),
        None => {
            log::error!("{}", screen.no_code(&program.data_dir));
            return Ok(ExitCode::FAILURE);
        }
    }
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
    let master = master_key(named.as_ref(), &program.data_dir, database_url).await?;
    for service in SERVICES {
        hand_over_master_key(database_url, service, &master, args).await?;
    }
    for service in SERVICES {
        rotate_master_key(database_url, service, &master, args, &mut |line| println!("{line}")).await?;
    }
    if let Some(next) = &args.next_key_file {
        println!(
            "Replace the old master key with {}, restart the system, then run this with --finish.",
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
    let mut failed = None;
    for part in begin_to_verify(database_url, args.all) {
        match part.await.map_err(Error::internal).and_then(|found| found) {
            Ok(found) => {
                for (line, is_whole) in found {
                    println!("{line}");
                    if !is_whole {
                        code = ExitCode::FAILURE;
                    }
                }
            }
            // What the other parts find is said all the same.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    Ok(code)
}

/// What was found about a part of the data: a line of text, and whether all holds.
type Found = (String, bool);

/// Begins to compare what is stored with what it was computed from. The parts run beside one another.
fn begin_to_verify(database_url: &DatabaseUrl, all: bool) -> Vec<JoinHandle<Result<Vec<Found>>>> {
    fn begin<F>(url: &DatabaseUrl, part: impl FnOnce(DatabaseUrl) -> F) -> JoinHandle<Result<Vec<Found>>>
    where
        F: Future<Output = Result<Vec<Found>>> + Send + 'static,
    {
        tokio::spawn(part(url.clone()))
    }
    let url = database_url;
    vec![
        begin(url, |url| async move { Ok(vec![enterprise_registry::economic_units::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![membership::memberships::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![membership::organisations::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![steering::bodies::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![steering::conferences::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![steering::tasks::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![steering::documents::verify(&url, all).await?]) }),
        begin(url, |url| async move { Ok(vec![steering::issuing_duties::verify(&url, all).await?]) }),
        begin(url, |url| async move { enterprise_registry::verify_lists(&url).await }),
        begin(url, |url| async move { membership::verify_lists(&url).await }),
        begin(url, |url| async move { Ok(vec![reporting::sums::verify(&url).await?]) }),
    ]
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

/// Serves the demonstration. Returns `false` where the data are another's.
async fn with_demo(program: &Program, screen: Screen, system: &mut System) -> Result<bool> {
    let known = DemoFile::read(&program.data_dir)?;
    let file = match known {
        Some(file) => DemoFile { base_url: system.base_url.clone(), ..file },
        // A backup has no credentials in it.
        None if demo::is_demonstration(system).await? => demo::create_clients(system).await?,
        None if identity::provision::has_clients(&system.identity).await? || demo::is_loaded(system).await? => {
            return Ok(false);
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
    println!("{}", screen.next_steps(&program.data_dir, &file));
    Ok(true)
}

async fn print_figures(system: &System, language: Language) -> Result<()> {
    let catalogue = system.reporting.catalogue.clone();
    let figures = system
        .reporting
        .db
        .read(move |conn| {
            let asked = reporting::figures::FiguresAsked {
                period: PERIOD.to_owned(),
                area: Some("33@origin".to_owned()),
                by: Some("district".to_owned()),
                ..Default::default()
            };
            reporting::figures::compute(conn, &catalogue, &Scope::everything(), (&asked, Faults::new()))
        })
        .await?;
    println!("\n{}", reporting::figures::table_of(&figures, language));
    let on = PERIOD.parse::<Period>().map_err(|expected| Error::internal(expected.to_string()))?.last_on;
    let tally = system.steering.db.read(move |conn| steering::bodies::tally(conn, on)).await?;
    println!("{}", Screen(language).committees(on, tally));
    // The conference that heard these figures gave its tasks for the second half of the year.
    let end = NaiveDate::from_ymd_opt(on.year(), 12, 31).unwrap_or(on);
    let tasks = system.steering.db.read(move |conn| steering::tasks::tally(conn, end)).await?;
    println!("{}", Screen(language).tasks(end, tasks));
    Ok(())
}
