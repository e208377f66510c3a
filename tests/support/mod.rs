//! What the tests stand on: the binary with a clean environment, a folder of one's own, servers that
//! hold their clients to what was promised.

mod figures;
mod python;
mod server;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub use figures::Figures;
pub use python::PythonServer;
pub use resttest::SampleApi;
pub use server::{Answer, Promised, Request};

/// What the machine that runs the tests must not decide, and where nothing of theirs is to be kept.
const FOREIGN: [&str; 21] = [
    "HOME",
    "XDG_STATE_HOME",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "NO_COLOR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RUST_BACKTRACE",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "TF_BUILD",
    "TEAMCITY_VERSION",
    "TRACEPARENT",
    "TRACESTATE",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// The binary, in an environment that says nothing.
pub fn resttest() -> Command {
    let mut command = Command::new(binary());
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Where the binary is.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_resttest")
}

/// The package's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sample API, recording what arrives.
pub fn sample() -> SampleApi {
    SampleApi::recording().expect("a loopback port")
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 output");
        let ran = Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ran.stderr.contains("panicked at"), "{ran:#?}");
        ran
    }
}

impl Ran {
    /// The lines of stdout that scripts parse.
    pub fn groups(&self) -> Vec<&str> {
        self.stdout.lines().filter(|line| line.starts_with("Test Group ")).collect()
    }

    /// Passed and run, all groups together.
    pub fn counts(&self) -> (u32, u32) {
        self.groups().iter().fold((0, 0), |(passed, total), line| {
            let pair = line.split(": : ").nth(1).and_then(|rest| rest.strip_suffix(" Tests Passed!"));
            let (p, t) = pair.and_then(|pair| pair.split_once('/')).expect("a group line");
            (passed + p.parse::<u32>().expect("a number"), total + t.parse::<u32>().expect("a number"))
        })
    }

    /// Fails unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

/// A `Command` that is run to its end.
pub trait Finish {
    /// Runs it, and takes what it printed.
    fn finish(&mut self) -> Ran;
    /// Runs it with something to read on stdin.
    fn finish_with(&mut self, stdin: &str) -> Ran;
}

impl Finish for Command {
    fn finish(&mut self) -> Ran {
        self.output().expect("the binary starts").into()
    }

    fn finish_with(&mut self, stdin: &str) -> Ran {
        let mut child = self.stdin(Stdio::piped()).spawn().expect("the binary starts");
        // A child that does not read all of it closes the pipe; its output tells what that means.
        let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
        child.wait_with_output().expect("the binary ends").into()
    }
}

/// A folder of one test's own, gone with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("resttest-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and says where it is.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, contents).expect("a file");
        path
    }

    /// The binary, working here.
    pub fn resttest(&self) -> Command {
        let mut command = resttest();
        command.current_dir(&self.0);
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs one suite text against a server.
pub fn run_text<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(url: &str, suite: &str, arguments: I) -> Ran {
    let folder = Folder::new();
    folder.file("suite.yaml", suite);
    folder.resttest().args([url, "suite.yaml"]).args(arguments).finish()
}

/// No arguments.
pub const PLAIN: [&str; 0] = [];

/// Waits until something holds; fails after a time that no healthy machine needs.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a signal to a child that this test started.
pub fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(done.is_ok_and(|status| status.success()), "kill -{name}");
}

/// Whether a program is installed; says so loudly if not.
pub fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(name).is_file());
    if !found {
        // Past the capture of the test harness, which would swallow it.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {name} is not installed; .ci/run installs what is missing");
    }
    found
}

/// A report without what differs from run to run: times, dates, the port.
pub fn timeless(text: &str) -> String {
    text.lines()
        .filter(|line| !["duration_ms", "name=\"p95\"", "name=\"rps\""].iter().any(|part| line.contains(part)))
        .map(|line| {
            line.split(' ')
                .filter(|word| !word.contains("time") && !word.contains("uuid"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}
