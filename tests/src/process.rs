//! One of our programs as a process.

use std::ffi::OsStr;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running process; it is killed with the test.
#[derive(Debug)]
pub struct Process {
    child: Child,
    output: tempfile::NamedTempFile,
}

/// A port of the loopback that nobody listens on. No other test gets it, nor does who asks the system for any port: those
/// lie above.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn free_port() -> u16 {
    const COUNT: u32 = 12_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    // Two runs at once begin elsewhere.
    let start = std::process::id().wrapping_mul(97);
    let mut ports = (0..COUNT).map(|_| start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT + 20_000);
    ports.find_map(|port| u16::try_from(port).ok().filter(is_free)).expect("a port")
}

fn command(program: &OsStr, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    // Many run at once: no two may want one port for their operators.
    command.args(arguments).env("RUST_LOG", "warn").env("OPS_BIND", "127.0.0.1:0").stdin(Stdio::null());
    // What it says is the same whatever the terminal of who tests speaks; a test of Vietnamese asks for it.
    command.env("LANG", "en_US.UTF-8").env_remove("SCREEN_LANGUAGE");
    command.envs(environment.iter().copied());
    command
}

impl Process {
    /// Starts a program.
    pub fn spawn(program: impl AsRef<OsStr>, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let output = tempfile::NamedTempFile::new().expect("a file");
        let mut command = command(program.as_ref(), arguments, environment);
        let to = |file: &tempfile::NamedTempFile| Stdio::from(file.reopen().expect("a file"));
        let child = command.stdout(to(&output)).stderr(to(&output)).spawn().expect("the program starts");
        Self { child, output }
    }

    /// Runs a program to its end, which must come within two minutes.
    pub fn run(program: impl AsRef<OsStr>, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = command(program.as_ref(), arguments, environment);
        let (stdout, stderr) = (tempfile::NamedTempFile::new().expect("a file"), tempfile::NamedTempFile::new());
        let stderr = stderr.expect("a file");
        let to = |file: &tempfile::NamedTempFile| Stdio::from(file.reopen().expect("a file"));
        let mut child = command.stdout(to(&stdout)).stderr(to(&stderr)).spawn().expect("the program runs");
        let read = |file: &tempfile::NamedTempFile| std::fs::read(file.path()).expect("what it printed");
        let until = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(status) = child.try_wait().expect("its state") {
                return Output { status, stdout: read(&stdout), stderr: read(&stderr) };
            }
            if Instant::now() > until {
                let _ = child.kill();
                panic!("{arguments:?} does not end: {}", String::from_utf8_lossy(&read(&stderr)));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has printed so far.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.output.path()).expect("text")
    }

    /// Kills it with the signal that cannot be caught.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Asks it to stop, as Ctrl-C does, and returns whether it ended well.
    pub fn interrupt(&mut self) -> bool {
        // The shell's own: a small machine has no program of that name.
        let line = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &line]).status().expect("the shell runs").success());
        self.child.wait().expect("ended").success()
    }

    /// Waits until it has ended by itself, and returns whether it ended well.
    pub fn ended_well(&mut self) -> bool {
        self.child.wait().expect("ended").success()
    }

    /// Waits until it answers that it is ready.
    pub async fn ready(&mut self, base_url: &str, seconds_max: u64) {
        let http = shared::service::http_client().expect("a client");
        let until = Instant::now() + Duration::from_secs(seconds_max);
        loop {
            if let Ok(answer) = http.get(format!("{base_url}/readyz")).send().await
                && answer.status().is_success()
            {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("its state") {
                panic!("the program ended with {status}: {}", self.printed());
            }
            assert!(Instant::now() < until, "{base_url} is not ready after {seconds_max} s");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
