//! A test set: what one suite file, or one of its imports, yields.

use std::sync::Arc;

use crate::exchange::cookies::Jar;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::settings::precedence::Layer;
use crate::test::benchmark::Benchmark;
use crate::test::definition::Test;
use crate::variables::generator::Generator;

/// Tests that share a context, with the configuration that holds for them.
#[derive(Debug, Clone, Default)]
pub struct TestSet {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The suite file that was named, of which this set is a part: the file itself, or what imports it.
    /// Nothing in a set that a program makes: then it is a suite of its own.
    pub suite: Option<Arc<str>>,
    /// The digest of the file's text (see `Source`); nothing in a set that a program makes.
    pub digest: u64,
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
    /// Variables that a warning has already called unset.
    pub told_unset: Vec<String>,
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
}

/// The merged `config` elements of a set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What it sets of timeout, retries and concurrency.
    pub layer: Layer,
    /// `print_bodies`.
    pub print_bodies: bool,
    /// `variable_binds`, in order; a later value of a name comes later.
    pub variable_binds: Vec<(String, Value)>,
    /// `generators`.
    pub generators: Vec<NamedGenerator>,
    /// `cookies`; nothing if they are not kept.
    pub cookies: Option<Arc<CookieConfig>>,
}

/// Where the cookies of a file come from and go to.
#[derive(Debug, Clone)]
pub struct CookieConfig {
    /// Those that are there before its first test.
    pub jar: Jar,
    /// The file that they are written to after its last test, if any.
    pub save: Option<String>,
    /// Where it is written.
    pub location: Location,
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
