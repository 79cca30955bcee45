//! How a service's own program runs: its arguments, its commands, its end.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::CommandFactory;

use crate::access_records;
use crate::backup;
use crate::clock::Clock;
use crate::config::ServiceArgs;
use crate::follow::{SetAsideArgs, set_aside};
use crate::http::{DocumentInfo, Features, Listening, Measured, OperatorsBind, listen_on, serve, serve_operators};
use crate::journal::{self, Verification};
use crate::messages::Language;
use crate::personal::{RotationArgs, rotate_master_key};
use crate::service::{Context, Credentials};
use crate::spoken::{self, language_of};
use crate::storage::{DatabaseUrl, Db};
use crate::{Result, ResultExt, Trouble};

/// What every service's own program does beside serving.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum CommonCommand {
    /// Verifies the journal and the access records, and names the first broken one. Works beside the running service.
    Verify(VerifyArgs),
    /// Backs the database up into a folder, without the master key. Works beside the running service. Back the services
    /// up in this order: reporting, steering, membership, identity, enterprise-registry.
    Backup(BackupArgs),
    /// Restores a backup into an empty database, and compares the result with the backup's manifest.
    Restore(BackupArgs),
    /// Replaces the master key without downtime. 1: run it with the old key and --next-key-file. 2: restart every process
    /// with the new key. 3: run it with the new key and --finish.
    RotateMasterKey(RotationArgs),
    /// Sets aside an entry that the service cannot apply. The service then continues with the next one, and figures say
    /// that the entry counts nowhere. Entries that depend on it are set aside too. Works beside the running service.
    SetAside(SetAsideArgs),
}

/// Where a backup is.
#[derive(Debug, Clone, clap::Args)]
pub struct BackupArgs {
    /// The backup's folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// What a verification compares with.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct VerifyArgs {
    /// A head of the journal that was printed earlier and saved elsewhere. Nothing else detects newest entries that were
    /// replaced with correct hashes.
    #[arg(long = "witness", value_name = "SEQ:HASH")]
    pub witnesses: Vec<Witness>,
    /// A head of the access records that was printed earlier and saved elsewhere.
    #[arg(long = "access-witness", value_name = "SEQ:HASH")]
    pub access_witnesses: Vec<Witness>,
}

/// A journal's head that was kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The entry's place.
    pub seq: i64,
    /// Its hash, hexadecimal.
    pub hash: String,
}

impl FromStr for Witness {
    type Err = Trouble;

    fn from_str(text: &str) -> std::result::Result<Self, Trouble> {
        let fault = || {
            Trouble::new(
                "cần số thứ tự và giá trị băm dạng SEQ:HASH, như lệnh `verify` in ra",
                "expected SEQ:HASH, as `verify` prints it",
            )
        };
        let (seq, hash) = text.split_once(':').ok_or_else(fault)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        match seq.parse() {
            Ok(seq) if seq > 0 && is_hash => Ok(Self { seq, hash: hash.to_ascii_lowercase() }),
            _ => Err(fault()),
        }
    }
}

/// The arguments of a service's own program.
#[derive(Debug, Clone, clap::Parser)]
#[command(version)]
struct ServiceProgram {
    #[command(flatten)]
    args: ServiceArgs,
    #[command(subcommand)]
    command: Option<CommonCommand>,
}

/// The command line of a service that has no commands of its own.
#[must_use]
pub fn command_of_service(name: &'static str, info: &DocumentInfo) -> clap::Command {
    ServiceProgram::command().name(name).about(info.description.clone())
}

/// Runs the program of a service that has no commands of its own.
pub fn main_of_service<F>(
    name: &'static str,
    info: &DocumentInfo,
    credentials: Credentials,
    arguments: impl IntoIterator<Item = OsString>,
    start: F,
) -> ExitCode
where
    F: AsyncFnOnce(&Context) -> Result<Features>,
{
    run_to_end((name, name), command_of_service(name, info), arguments, async |program: ServiceProgram| {
        if let Some(command) = &program.command {
            return carry_out(command, &program.args, name).await;
        }
        let context = Context::from_args(&program.args, credentials)?;
        let features = start(&context).await?;
        run(&program.args, &context, features, info).await
    })
}

/// Runs a program: reads its arguments, starts the log, and turns its outcome into an exit code. The program's name is
/// given in Vietnamese and in English.
///
/// Exit codes: 0 done, 1 failed or something broken was found, 2 wrong arguments.
pub fn main_of<P, F>(name: (&str, &str), arguments: impl IntoIterator<Item = OsString>, work: F) -> ExitCode
where
    P: clap::Parser,
    F: AsyncFnOnce(P) -> Result<ExitCode>,
{
    run_to_end(name, P::command(), arguments, work)
}

fn run_to_end<P, F>(
    (name_vi, name_en): (&str, &str),
    command: clap::Command,
    arguments: impl IntoIterator<Item = OsString>,
    work: F,
) -> ExitCode
where
    P: clap::Parser,
    F: AsyncFnOnce(P) -> Result<ExitCode>,
{
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let language = language_of(&arguments);
    let program = match spoken::read_arguments::<P>(command, arguments, language) {
        Ok(program) => program,
        Err(code) => return code,
    };
    start_log();
    allow_many_connections();
    let outcome = tokio::runtime::Runtime::new().doing("starting the runtime").and_then(|runtime| {
        let outcome = runtime.block_on(work(program));
        // Database work under way ends with its transaction; nothing else is waited for.
        runtime.shutdown_timeout(Duration::from_secs(5));
        outcome
    });
    outcome.unwrap_or_else(|error| {
        let said = spoken::failure(language, &error);
        match language {
            Language::Vietnamese => {
                log::error!("{name_vi} không thể tiếp tục: {said}");
                log::debug!("{name_en} cannot go on: {}", spoken::failure(Language::English, &error));
            }
            Language::English => log::error!("{name_en} cannot go on: {said}"),
        }
        ExitCode::FAILURE
    })
}

/// Raises the number of files that may be open to what the machine allows: every connection is one.
fn allow_many_connections() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => log::debug!("{files} files may be open"),
        Err(error) => log::warn!("the number of open files cannot be raised: {error}"),
    }
}

/// Starts the log: `RUST_LOG` says how much, `info` by default; `LOG_FORMAT=json` writes one JSON object a line.
fn start_log() {
    let level = env_logger::Env::default().default_filter_or("info,actix_server=warn,rustls_platform_verifier=error");
    let mut builder = env_logger::Builder::from_env(level);
    if std::env::var("LOG_FORMAT").is_ok_and(|format| format == "json") {
        builder.format(|line, record| {
            let at = Clock::System.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let (level, target) = (record.level().as_str(), record.target());
            let message = record.args().to_string();
            let object = serde_json::json!({"at": at, "level": level, "target": target, "message": message});
            writeln!(line, "{object}")
        });
    }
    // A test may start several programs' parts in one process.
    let _ = builder.try_init();
}

/// Verifies a service's journal and its access records and says what was found, as one line of text for each.
///
/// # Errors
/// Fails when the database cannot be read; a broken chain is an answer.
pub async fn verify(url: &DatabaseUrl, service: &'static str, args: &VerifyArgs) -> Result<(String, bool)> {
    let db = Db::open_beside(url, service)?;
    let heads = |witnesses: &[Witness]| -> Vec<(i64, String)> {
        witnesses.iter().map(|one| (one.seq, one.hash.clone())).collect()
    };
    let (witnessed, looks_witnessed) = (heads(&args.witnesses), heads(&args.access_witnesses));
    let mut progress = progress_of(service);
    let (found, looks) = db
        .read(move |conn| {
            let found = journal::verify(conn, &witnessed, &mut progress)?;
            Ok((found, access_records::verify(conn, &looks_witnessed)?))
        })
        .await?;
    let is_whole = found.broken.is_none() && looks.broken.is_none();
    let lines =
        [line_of(service, "entries", "entry", &found), line_of(&looks_of(service), "records", "record", &looks)];
    Ok((lines.join("\n"), is_whole))
}

/// Says on standard error, every few seconds, how far the verification of a long journal is.
fn progress_of(service: &'static str) -> impl FnMut(i64) {
    const PAUSE: Duration = Duration::from_secs(3);
    let mut said_at = Instant::now();
    move |seq| {
        if said_at.elapsed() >= PAUSE {
            eprintln!("{service}: {seq} entries hold so far");
            said_at = Instant::now();
        }
    }
}

/// What the chain of a service's access records is called in the output of `verify`.
#[must_use]
pub fn looks_of(service: &str) -> String {
    format!("{service} access records")
}

fn line_of(service: &str, all: &str, one: &str, found: &Verification) -> String {
    let head = found.head.as_ref().map_or_else(|| "none".to_owned(), |(seq, hash)| format!("{seq}:{hash}"));
    match &found.broken {
        None => format!("{service}: {} {all} hold, head {head}", found.entries),
        Some(broken) => format!("{service}: BROKEN at {one} {}: {}; last good head {head}", broken.seq, broken.why),
    }
}

/// Carries out a command that every service has.
///
/// # Errors
/// Fails when the database cannot be read.
pub async fn carry_out(command: &CommonCommand, args: &ServiceArgs, service: &'static str) -> Result<ExitCode> {
    carry_out_with(command, args, service, async |_| Ok(Vec::new())).await
}

/// Carries out a command that every service has, with what else there is to verify in this one: each a line of text, and whether
/// all is as it should be.
///
/// # Errors
/// Fails when the database cannot be read.
#[expect(clippy::print_stdout, reason = "commands answer on standard output")]
pub async fn carry_out_with(
    command: &CommonCommand,
    args: &ServiceArgs,
    service: &'static str,
    verify_more: impl AsyncFnOnce(&DatabaseUrl) -> Result<Vec<(String, bool)>>,
) -> Result<ExitCode> {
    let url = &args.database_url;
    args.wires.check(&[], url)?;
    let (line, is_whole) = match command {
        CommonCommand::Verify(verify_args) => {
            let mut found = vec![verify(url, service, verify_args).await?];
            found.extend(verify_more(url).await?);
            let lines: Vec<&str> = found.iter().map(|(line, _)| line.as_str()).collect();
            (lines.join("\n"), found.iter().all(|(_, is_whole)| *is_whole))
        }
        CommonCommand::Backup(args) => (backup::back_up(url, service, &args.folder, Clock::System.now()).await?, true),
        CommonCommand::Restore(args) => (backup::restore(url, service, &args.folder).await?, true),
        CommonCommand::SetAside(args) => (set_aside(url, service, args).await?, true),
        CommonCommand::RotateMasterKey(rotation) => {
            let master = args.read_master_key()?;
            rotate_master_key(url, service, &master, rotation, &mut |line| println!("{line}")).await?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    println!("{line}");
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Serves until the process is asked to stop.
///
/// # Errors
/// Fails when the address cannot be used or the server breaks.
pub async fn run(args: &ServiceArgs, context: &Context, features: Features, info: &DocumentInfo) -> Result<ExitCode> {
    let listener = listen_on(args.server.bind, "--bind")?;
    let address = listener.local_addr()?;
    let (name, db) = (features.service, features.db.clone());
    let (services, measured) = (vec![features], Measured::default());
    let operators =
        args.server.operators_bind.unwrap_or_else(|| OperatorsBind::loopback(operators_port(name))).listen()?;
    let operators = operators.map(|listener| serve_operators(listener, &services, &measured)).transpose()?;
    let server = serve(Listening::Outer(listener), services, info, &args.server, &measured)?;
    log::info!("{name} listens on {}://{address}", args.server.scheme());
    let (handle, background) = (server.handle.clone(), context.background.clone());
    if let Some(operators) = operators {
        tokio::spawn(operators.running);
    }
    tokio::spawn(async move {
        stop_signal().await;
        log::info!("{name} stops");
        db.stop_waiting();
        background.stop().await;
        handle.stop(true).await;
    });
    server.running.await.doing("serving")?;
    Ok(ExitCode::SUCCESS)
}

/// The default port for a service's operators, on the loopback.
fn operators_port(service: &str) -> u16 {
    match service {
        "identity" => 8091,
        "enterprise-registry" => 8092,
        "membership" => 8093,
        "steering" => 8095,
        _ => 8094,
    }
}

/// Resolves when the process is asked to stop, by Ctrl-C or by SIGTERM.
pub async fn stop_signal() {
    let mut terminated = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => {
            log::warn!("SIGTERM cannot be heard: {error}");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}
