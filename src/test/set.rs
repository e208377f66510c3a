//! A test set: what one suite file, or one of its imports, yields.

use std::path::PathBuf;
use std::sync::Arc;

use crate::exchange::cookies::Jar;
use crate::exchange::egress::HostList;
use crate::exchange::trace::Propagate;
use crate::ground::source::{Fault, Location};
use crate::ground::value::Value;
use crate::judge::contract::Contract;
use crate::secrets::Masks;
use crate::settings::drift::DriftMode;
use crate::settings::given_secrets::GivenSecrets;
use crate::settings::precedence::Layer;
use crate::test::benchmark::Benchmark;
use crate::test::definition::Test;
use crate::test::mock::MockConfig;
use crate::test::privacy::Privacy;
use crate::test::sharing::{NeededFile, Share, Sharing};
use crate::variables::generator::Generator;

/// Tests that share a context, with the configuration that holds for them.
#[derive(Debug, Clone, Default)]
pub struct TestSet {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The suite file that was named, of which this set is a part: the file itself, or what imports it.
    /// Nothing in a set that a program makes: then it is a suite of its own.
    pub suite: Option<Arc<str>>,
    /// The digest of the file's text (see `Source`), and of those that rows come from; nothing in a set that a program
    /// makes.
    pub digest: u64,
    /// The files that rows of its tests come from.
    pub data_files: Vec<PathBuf>,
    /// `config: testset`, a title for people.
    pub title: Option<String>,
    /// Whether the file imports others. PyRestTest lets the config of such a file win over `--vars`,
    /// which are there to feed the imports; suites in the field count on it.
    pub has_imports: bool,
    /// What `config` elements set.
    pub config: Config,
    /// The tests that run before all others; if one fails, the others are errors.
    pub setup: Vec<Test>,
    /// The tests in file order.
    pub tests: Vec<Test>,
    /// The benchmarks in file order; they run after the tests.
    pub benchmarks: Vec<Benchmark>,
    /// The tests that run after everything, whatever happened.
    pub teardown: Vec<Test>,
    /// Tests that were not chosen: they do not run, but what they would have set is missed.
    pub left_out: Vec<Test>,
    /// Variables that a warning calls unset.
    pub told_unset: Vec<ToldUnset>,
}

impl TestSet {
    /// The suite's file, or the set's own.
    pub fn suite(&self) -> &Arc<str> {
        self.suite.as_ref().unwrap_or(&self.file)
    }

    /// Whether anything of it runs: without a test or a benchmark, setup and teardown do not either.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.benchmarks.is_empty()
    }

    /// All tests in the order in which they run, benchmarks apart.
    pub fn in_order(&self) -> impl Iterator<Item = &Test> {
        self.setup.iter().chain(&self.tests).chain(&self.teardown)
    }

    /// What is sent, in order: all tests, and what benchmarks measure.
    pub fn requests(&self) -> impl Iterator<Item = &Test> {
        let benchmarks = self.benchmarks.iter().map(|benchmark| &benchmark.test);
        self.setup.iter().chain(&self.tests).chain(benchmarks).chain(&self.teardown)
    }

    /// The files that it needs.
    pub fn needed_files(&self) -> &[NeededFile] {
        self.config.sharing.as_deref().map_or(&[], |sharing| &sharing.needs)
    }

    /// Whether it hands anything on, or needs a file.
    pub fn has_sharing(&self) -> bool {
        self.config.sharing.is_some()
    }

    /// The names of the variables that it hands on, as far as they are written somewhere.
    pub fn shared_names(&self) -> Vec<&str> {
        let Some(sharing) = &self.config.sharing else { return Vec::new() };
        match &sharing.share {
            Share::Nothing => Vec::new(),
            Share::Names(names) => names.iter().map(|(name, _)| name.as_str()).collect(),
            Share::All => self.set_names(),
        }
    }

    /// The names of the variables that something in it sets.
    pub fn set_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.config.variable_binds.iter().map(|(name, _)| name.as_str()).collect();
        for test in self.requests().chain(&self.left_out) {
            names.extend(test.variable_binds.iter().map(|(name, _)| name.as_str()));
            names.extend(test.generator_binds.iter().map(|(name, _)| name.as_str()));
            names.extend(test.extract_binds.iter().map(|bind| bind.variable.as_str()));
        }
        names
    }
}

/// The merged `config` elements of a set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What it sets of timeout, retries and concurrency.
    pub layer: Layer,
    /// `print_bodies`.
    pub print_bodies: Option<bool>,
    /// `variable_binds`, in order; a later value of a name comes later.
    pub variable_binds: Vec<(String, Value)>,
    /// `generators`.
    pub generators: Vec<NamedGenerator>,
    /// `cookies`; nothing if they are not kept.
    pub cookies: Option<Arc<CookieConfig>>,
    /// `allow_hosts`: what narrows where requests may go.
    pub allow_hosts: Option<Box<HostList>>,
    /// `propagate`: whether requests say which trace they belong to, and to whom.
    pub propagate: Option<Box<Propagate>>,
    /// `openapi`: what every answer must be like.
    pub contract: Option<Arc<Contract>>,
    /// `drift`: what becomes of answers whose shape has changed.
    pub drift: DriftMode,
    /// `secrets` and `mask`, where there is any.
    pub privacy: Option<Arc<Privacy>>,
    /// `mock`: the server that runs while the set does.
    pub mock: Option<Arc<MockConfig>>,
    /// `share` and `needs`, where there is any.
    pub sharing: Option<Box<Sharing>>,
}

impl Config {
    /// What is hidden by its name or its looks; nothing where neither the file nor `given` says anything.
    pub fn masks(&self, given: Option<&GivenSecrets>) -> Option<Arc<Masks>> {
        let none = (&Privacy::default(), &GivenSecrets::default());
        let own = self.privacy.as_deref();
        (given.is_some() || own.is_some()).then(|| own.unwrap_or(none.0).masks(given.unwrap_or(none.1)))
    }

    /// The variables that `secrets` sets, or says that something else does.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.privacy.iter().flat_map(|privacy| &privacy.names).map(String::as_str)
    }
}

/// Where the cookies of a file come from and go to.
#[derive(Debug, Clone)]
pub struct CookieConfig {
    /// Those that are there before its first test.
    pub jar: Jar,
    /// Whether these are of a file that the suite names.
    pub is_from_file: bool,
    /// The file that they are written to after its last test, if any.
    pub save: Option<String>,
    /// Where it is written.
    pub location: Location,
}

impl CookieConfig {
    /// For people: `kept`, `kept, save jar.txt`.
    pub fn shown(&self) -> String {
        self.save.as_ref().map_or_else(|| "kept".to_owned(), |path| format!("kept, save {path}"))
    }
}

/// A variable that a warning calls unset before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldUnset {
    /// Its name.
    pub variable: String,
    /// The warning, without the line that is shown with it: files before this one may share the variable, and then it
    /// is none.
    pub warning: Fault,
}

/// A generator under its name.
#[derive(Debug, Clone)]
pub struct NamedGenerator {
    /// The name.
    pub name: String,
    /// The generator; every clone of the set steps the same one.
    pub generator: Arc<Generator>,
    /// Where it is written.
    pub location: Location,
}
