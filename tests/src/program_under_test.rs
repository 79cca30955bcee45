//! Every program of the house by its name, so that a test can start it as a process:
//! `program-under-test membership --bind 127.0.0.1:0`. Where `FAULT_FILE` names a file, what is written into it
//! goes wrong next; see [`Fault`].

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// What goes wrong: `statement 5 fail` or `commit 1 die` — the n-th statement from here on, the n-th commit before
/// it is done, or the n-th that was done; the work on it fails, or the process dies there.
struct Fault {
    point: String,
    left: u32,
    dies: bool,
}

static FILE: OnceLock<PathBuf> = OnceLock::new();
static ARMED: Mutex<Option<Fault>> = Mutex::new(None);

impl Fault {
    fn read() -> Option<Self> {
        let file = FILE.get()?;
        let text = std::fs::read_to_string(file).ok()?;
        let mut words = text.split_whitespace();
        let (point, left, how) = (words.next()?.to_owned(), words.next()?.parse().ok()?, words.next()?);
        // Gone: it is armed.
        std::fs::remove_file(file).ok()?;
        Some(Self { point, left, dies: how == "die" })
    }
}

/// Lets the armed fault happen where it is due.
fn pass(point: &str) {
    let due = {
        let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = Fault::read() {
            *armed = Some(fault);
        }
        match armed.as_mut().filter(|fault| fault.point == point) {
            Some(fault) if fault.left > 1 => {
                fault.left -= 1;
                None
            }
            Some(_) => armed.take(),
            None => None,
        }
    };
    match due {
        Some(fault) if fault.dies => std::process::abort(),
        Some(_) => std::panic::panic_any("a fault that a test asked for"),
        None => {}
    }
}

struct Faults;

impl Instrumentation for Faults {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => pass("statement"),
            InstrumentationEvent::CommitTransaction { .. } => pass("commit"),
            InstrumentationEvent::FinishQuery { query, .. } if query.to_string().starts_with("COMMIT") => {
                pass("committed");
            }
            _ => {}
        }
    }
}

fn main() -> ExitCode {
    if let Some(file) = std::env::var_os("FAULT_FILE") {
        let is_first = FILE.set(PathBuf::from(file)).is_ok();
        let is_set = set_default_instrumentation(|| Some(Box::new(Faults))).is_ok();
        if !is_first || !is_set {
            return ExitCode::from(3);
        }
    }
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|name| name.to_str()) {
        Some("standalone") => standalone::program::main(arguments),
        Some("identity") => identity::program::main(arguments),
        Some("enterprise-registry") => enterprise_registry::program::main(arguments),
        Some("membership") => membership::program::main(arguments),
        Some("reporting") => reporting::program::main(arguments),
        Some("steering") => steering::program::main(arguments),
        _ => ExitCode::from(2),
    }
}
