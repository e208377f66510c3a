//! What the last run of a suite left: the tests that failed, in a file of the user's state folder.
//!
//! Owns: where such a file is, its form, what of it outlives a run that was not of everything. Does not: choose tests
//! (see `test::rerun`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::terminal::environment;
use crate::ground::hex::hex;
use crate::ground::source::{Fault, Location, plain};
use crate::record::run_record::{RunRecord, SuiteRecord};
use crate::report::ReportFile;
use crate::secrets::shown_url;
use crate::test::rerun::FailedTest;

/// The form of the files.
const VERSION: u32 = 1;

/// How many suites are remembered: of a base URL that changes with every run, each one would leave its file for ever.
const MOST_FILES: usize = 1000;

/// A file, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    /// For people: whose it is. The file's name says it to us.
    suite: String,
    base_url: String,
    failed: Vec<KeptTest>,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptTest {
    file: PathBuf,
    name: String,
    line: u32,
}

/// Where it is kept what failed: `--state-dir`, or a folder of ours in the user's state folder.
#[derive(Debug, Clone)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// The folder; nothing where the user has none.
    pub fn of(arguments: &Arguments) -> Option<StateFolder> {
        let named = arguments.state_dir.as_ref().map(PathBuf::from);
        let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let of_user = || absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
        named.or_else(|| Some(of_user()?.join("resttest"))).map(StateFolder)
    }

    /// Makes sure that it can be written into.
    ///
    /// # Errors
    /// Why not.
    pub fn make(&self) -> Result<(), String> {
        let made = std::fs::create_dir_all(&self.0);
        made.map_err(|error| format!("--state-dir {} cannot be made: {}", self.0.display(), plain(&error)))
    }
}

/// A suite with the file where it is kept what of it failed.
#[derive(Debug, Clone)]
pub struct Memory {
    suite: Arc<str>,
    /// For people, and for the file's name.
    path: String,
    base_url: String,
    file: PathBuf,
}

/// What is known of a suite's last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastRun {
    /// There was none, or what it left cannot be read.
    Unknown(Fault),
    /// These failed, by their file.
    Failed(HashMap<PathBuf, Vec<FailedTest>>),
}

impl Memory {
    /// The memory of a suite, which may be one of a runner configuration's.
    pub fn of(suite: &Arc<str>, base_url: &str, folder: &StateFolder, config: Option<&str>) -> Memory {
        let path = match config {
            Some(config) => format!("{}: {suite}", whole(Path::new(config)).display()),
            None => whole(Path::new(&**suite)).display().to_string(),
        };
        let file = folder.0.join(file_name(&path, base_url));
        Memory { suite: suite.clone(), path, base_url: shown_url(base_url).into_owned(), file }
    }

    /// Whether it is that suite's.
    pub fn is_of(&self, suite: &str) -> bool {
        *self.suite == *suite
    }

    /// What is known of the last run.
    pub fn last_run(&self) -> LastRun {
        let suite = &self.suite;
        let unknown = |file: Arc<str>, message: String| {
            LastRun::Unknown(Fault::new(Location { file, ..Location::default() }, message))
        };
        match self.read() {
            Ok(Some(kept)) => {
                let mut failed: HashMap<PathBuf, Vec<FailedTest>> = HashMap::new();
                for test in kept.failed {
                    failed.entry(test.file).or_default().push(FailedTest::new(&test.name, test.line));
                }
                LastRun::Failed(failed)
            }
            Ok(None) => {
                unknown(suite.clone(), "no earlier run against this base URL is known: all of it runs".to_owned())
            }
            Err(message) => unknown(self.file.display().to_string().into(), format!("{message}; all of {suite} runs")),
        }
    }

    fn read(&self) -> Result<Option<Kept>, String> {
        // It is ours, and no input that anybody watches.
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot be read: {}", plain(&error))),
        };
        let kept: Kept = serde_json::from_str(&text).map_err(|error| format!("cannot be understood: {error}"))?;
        if kept.version == VERSION { Ok(Some(kept)) } else { Err(format!("is of version {}", kept.version)) }
    }

    /// Keeps what failed in a run. What did not run then stays as it was, unless the run was of everything.
    fn keep(&self, suites: &[&SuiteRecord], was_of_everything: bool) -> Result<(), String> {
        let mut files = Files::default();
        let known = self.read().ok().flatten();
        let mut kept = Kept {
            version: VERSION,
            suite: self.path.clone(),
            base_url: self.base_url.clone(),
            failed: suites.iter().flat_map(|suite| failed(suite, &mut files)).collect(),
        };
        let is_whole = was_of_everything && suites.iter().all(|suite| suite.skipped.is_empty());
        if let Some(known) = known.as_ref().filter(|_| !is_whole) {
            let settled = settled(suites, &mut files);
            let still = known.failed.iter().filter(|test| !kept.failed.contains(test) && !settled(test));
            let still: Vec<KeptTest> = still.cloned().collect();
            kept.failed.extend(still);
        }
        if known.as_ref() == Some(&kept) {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(&kept).unwrap_or_default() + "\n";
        let written = ReportFile::open(&self.file).and_then(|file| file.write(text.as_bytes()));
        written.map_err(|error| format!("{} cannot be written: {}", self.file.display(), plain(&error)))?;
        if let (None, Some(folder)) = (known, self.file.parent()) {
            forget_oldest(folder, MOST_FILES);
        }
        Ok(())
    }
}

/// Keeps what failed in a run, suite by suite.
///
/// # Errors
/// A file cannot be written, where the folder was asked for.
pub fn keep(memories: &[Memory], run: &RunRecord, arguments: &Arguments) -> Result<(), (Exit, String)> {
    let was_of_everything = arguments.selection.is_everything() && !arguments.rerun_failed;
    let is_asked_for = arguments.state_dir.is_some() || arguments.rerun_failed;
    for memory in memories {
        let suites: Vec<&SuiteRecord> = run.suites.iter().filter(|suite| memory.is_of(&suite.file)).collect();
        // Those of which nothing was to run stay as they were.
        if suites.is_empty() {
            continue;
        }
        match memory.keep(&suites, was_of_everything) {
            Err(message) if is_asked_for => return Err((Exit::Output, message)),
            // A container may have nothing that can be written to; nobody asked for it.
            Err(message) => log::debug!("{message}"),
            Ok(()) => {}
        }
    }
    Ok(())
}

/// What failed of a suite: where its process died, what did not run counts, too.
fn failed(suite: &SuiteRecord, files: &mut Files) -> Vec<KeptTest> {
    let mut kept = Vec::new();
    let mut add = |file: &str, name: &str, line: u32| {
        let test = KeptTest { file: files.whole(file), name: name.to_owned(), line };
        if !kept.contains(&test) {
            kept.push(test);
        }
    };
    for outcome in suite.tests.iter().filter(|outcome| !outcome.passed()) {
        add(&outcome.location.file, &outcome.name, outcome.location.position.line);
    }
    for report in suite.benchmarks.iter().filter(|report| !report.missed.is_empty()) {
        add(&report.location.file, &report.name, report.location.position.line);
    }
    for test in suite.skipped.iter().filter(|_| suite.error.is_some()) {
        add(&test.location.file, &test.name, test.location.position.line);
    }
    kept
}

/// Whether a test that failed earlier has run since, under its name; the line may have moved.
fn settled(suites: &[&SuiteRecord], files: &mut Files) -> impl Fn(&KeptTest) -> bool {
    let key = |files: &mut Files, file: &str, name: &str| (files.whole(file), name.to_owned());
    let mut ran = Vec::new();
    let mut skipped = Vec::new();
    for suite in suites {
        ran.extend(suite.tests.iter().map(|test| key(files, &test.location.file, &test.name)));
        ran.extend(suite.benchmarks.iter().map(|report| key(files, &report.location.file, &report.name)));
        let left = suite.skipped.iter();
        skipped.extend(left.map(|test| (key(files, &test.location.file, &test.name), test.location.position.line)));
    }
    move |test| {
        let is = |(file, name): &(PathBuf, String)| *file == test.file && *name == test.name;
        ran.iter().any(is) && !skipped.iter().any(|(key, line)| is(key) && *line == test.line)
    }
}

/// Whole paths of the files of a suite, each looked up once.
#[derive(Default)]
struct Files(HashMap<String, PathBuf>);

impl Files {
    fn whole(&mut self, file: &str) -> PathBuf {
        if let Some(path) = self.0.get(file) {
            return path.clone();
        }
        let path = whole(Path::new(file));
        self.0.insert(file.to_owned(), path.clone());
        path
    }
}

/// The path from the root, so that it does not matter from where a suite is run.
pub fn whole(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Removes what was written longest ago, beyond so many files of ours; whatever else is in the folder is not ours.
fn forget_oldest(folder: &Path, most: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut ours: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_ours(path)).collect();
    let Some(beyond) = ours.len().checked_sub(most).filter(|beyond| *beyond > 0) else { return };
    ours.sort_by_cached_key(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok());
    for path in &ours[..beyond] {
        // Another run may have been faster.
        let _ = std::fs::remove_file(path);
    }
}

/// Whether a file is called as [`file_name`] calls them.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
    let digest = name.and_then(|name| name.rsplit_once('-')).map(|(_, digest)| digest);
    digest.is_some_and(|digest| digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `smoke-0123456789abcdef.json`: the suite's name for people, and a digest of its path and the base URL.
fn file_name(path: &str, base_url: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("{path}\0{base_url}").as_bytes());
    let digest = hex(&digest.as_ref()[..8]);
    let stem = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    let stem: String = stem.chars().take(60).map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("{stem}-{digest}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_has_a_file_for_each_base_url() {
        let one = file_name("/a/smoke test.yaml", "http://h");
        assert!(one.starts_with("smoke_test-") && one.ends_with(".json"), "{one}");
        assert_eq!(one, file_name("/a/smoke test.yaml", "http://h"));
        assert_ne!(one, file_name("/a/smoke test.yaml", "http://other"));
        assert_ne!(one, file_name("/b/smoke test.yaml", "http://h"));
    }

    #[test]
    fn the_oldest_files_of_ours_are_forgotten() {
        let folder = std::env::temp_dir().join(format!("resttest-state-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut names: Vec<String> = (0..4).map(|n| file_name("/a/s.yaml", &format!("http://h{n}"))).collect();
        for (age, name) in names.iter().enumerate() {
            let file = std::fs::File::create(folder.join(name)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(age as u64)).unwrap();
        }
        for foreign in ["report.json", "mine-0123.json", "s-0123456789abcdef.yaml"] {
            std::fs::write(folder.join(foreign), "").unwrap();
            names.push(foreign.to_owned());
        }
        let left = || names.iter().map(|name| folder.join(name).exists()).collect::<Vec<_>>();
        forget_oldest(&folder, 4);
        assert_eq!(left(), [true; 7]);
        forget_oldest(&folder, 2);
        assert_eq!(left(), [false, false, true, true, true, true, true]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
