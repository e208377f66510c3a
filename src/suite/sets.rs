//! Suite files to test sets, element by element.
//!
//! Owns: the five elements of the top level, imports, errors and warnings of all files.
//! Does not: read the keys of an element (see `test`, `config`, `benchmark`).

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::document::{Entry, Kind, Node};
use super::fields::lowered;
use super::files::{SuiteError, SuiteFile, read_test_file};
use super::keys::Element;
use super::reader::{FileReader, Read, ReadOptions};
use super::{benchmark, config, import, lint, on_all_cores, test, warnings};
use crate::ground::source::{Fault, Position, did_you_mean, plain};
use crate::ground::value::Value;
use crate::test::definition::Test;
use crate::test::set::TestSet;

/// A suite, read and understood.
#[derive(Debug, Default)]
pub struct Suite {
    /// The sets in the order in which they run: imports before the file that names them.
    pub sets: Vec<TestSet>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
}

/// Turns a suite file and everything it imports into test sets.
///
/// # Errors
/// An import cannot be read; or every fault in the files' contents, so that all can be mended at once.
pub fn parse_testsets(file: &SuiteFile, options: &ReadOptions) -> Result<Suite, SuiteError> {
    let mut state = State::new(options);
    state.read(file)?;
    if state.faults.is_empty() { Ok(state.suite) } else { Err(SuiteError::Invalid(state.faults)) }
}

/// What looking a suite over found.
#[derive(Debug, Default)]
pub struct Review {
    /// What could be read, with the warnings that a run shows as well.
    pub suite: Suite,
    /// Why it cannot be run; imports that cannot be read are among them.
    pub faults: Vec<Fault>,
    /// What only a review tells: nothing that a run should be noisy about.
    pub hints: Vec<Fault>,
}

/// Reads a suite file and everything it imports, to find all that is wrong or doubtful with it at once.
pub fn review(file: &SuiteFile, options: &ReadOptions) -> Review {
    let mut state = State { hints: Some(Vec::new()), ..State::new(options) };
    if let Err(error) = state.read(file) {
        state.faults.extend_from_slice(error.faults());
    }
    Review { suite: state.suite, faults: state.faults, hints: state.hints.unwrap_or_default() }
}

struct State<'o> {
    options: &'o ReadOptions,
    imported: HashSet<PathBuf>,
    /// How many imports led to the file that is being read.
    depth: usize,
    suite: Suite,
    faults: Vec<Fault>,
    /// `None` where nobody asks for them.
    hints: Option<Vec<Fault>>,
}

impl<'o> State<'o> {
    fn new(options: &'o ReadOptions) -> State<'o> {
        State { options, imported: HashSet::new(), depth: 0, suite: Suite::default(), faults: Vec::new(), hints: None }
    }

    fn read(&mut self, file: &SuiteFile) -> Result<(), SuiteError> {
        let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
        let folders = vec![PathBuf::new(), folder.clone()];
        let read = read_file(self, file, &folder, folders);
        if !self.options.vars.is_empty() {
            share_variables(&mut self.suite.sets);
        }
        for set in &mut self.suite.sets {
            set.suite = Some(file.source.name().clone());
        }
        read
    }
}

/// With `--vars`, PyRestTest's files of a run share one dictionary, and suites rely on it: what `config` sets
/// in one of them is there in the others, unless these set it themselves.
fn share_variables(sets: &mut [TestSet]) {
    if sets.len() < 2 {
        return;
    }
    let all: Vec<(String, Value)> = sets.iter().flat_map(|set| set.config.variable_binds.iter().cloned()).collect();
    for set in sets {
        let own = std::mem::take(&mut set.config.variable_binds);
        let is_own = |name: &str| own.iter().any(|(have, _)| have == name);
        set.config.variable_binds = all.iter().filter(|(name, _)| !is_own(name)).cloned().collect();
        set.config.variable_binds.extend(own);
    }
}

fn read_file(
    state: &mut State<'_>,
    file: &SuiteFile,
    folder: &Path,
    import_folders: Vec<PathBuf>,
) -> Result<(), SuiteError> {
    let mut reader = FileReader::new(file.source.clone(), state.options, folder.to_owned());
    reader.import_folders = import_folders;
    if file.roots.is_empty() || (file.roots.len() == 1 && file.roots[0].is_null()) {
        state.faults.push(reader.fault(Position::default(), "is empty; a suite is a list of tests: - url: /path"));
        return Ok(());
    }
    for root in &file.roots {
        let (name, digest) = (file.source.name().clone(), file.source.digest());
        let mut set = TestSet { file: name, digest, ..TestSet::default() };
        let Kind::List(items) = &root.kind else {
            let what = reader.wrong(root, "a suite", "a list of elements (- test: …, - url: …, - config: …)");
            state.faults.push(what);
            continue;
        };
        set.tests.reserve(items.len());
        set.has_imports = items.iter().any(|item| matches!(&item.kind, Kind::Map(entries) if entries.iter().any(|entry| entry.name.eq_ignore_ascii_case("import"))));
        for row in items.chunk_by(|item, next| test_in(item).is_some() && test_in(next).is_some()) {
            if row.len() >= LONG_ROW {
                read_tests(state, &mut reader, &mut set, row);
                continue;
            }
            for item in row {
                // What is no mapping says nothing in a suite; PyRestTest passes over it, too.
                let Kind::Map(entries) = &item.kind else { continue };
                for element in lowered(entries.iter().map(Cow::Borrowed).collect()) {
                    read_element(state, &mut reader, &mut set, &element)?;
                }
            }
        }
        warnings::look_over(&mut reader, &mut set);
        state.faults.append(&mut warnings::undefined_generators(&set));
        if let Some(hints) = &mut state.hints {
            lint::look_over(&lint::Subject { source: &file.source, items, set: &set, options: state.options }, hints);
        }
        state.suite.sets.push(set);
    }
    state.suite.warnings.append(&mut reader.take_warnings());
    Ok(())
}

/// A chain of imports may be this long: each holds its file's text while the next is read.
const DEEPEST: usize = 100;

/// So many tests in a row are worth a second thread.
const LONG_ROW: usize = 128;

/// The element of an item that is a test and nothing else: reading it changes nothing for other elements.
fn test_in(item: &Node) -> Option<&Entry> {
    match &item.kind {
        Kind::Map(entries) => match entries.as_slice() {
            [entry] if matches!(entry.name.as_str(), "test" | "url") => Some(entry),
            _ => None,
        },
        _ => None,
    }
}

/// Reads tests that stand in a row, on as many threads as there are cores.
fn read_tests(state: &mut State<'_>, reader: &mut FileReader<'_>, set: &mut TestSet, row: &[Node]) {
    let pieces = on_all_cores::over(row.chunks(LONG_ROW / 2).collect(), |items: &[Node]| {
        let mut reader = reader.without_warnings();
        let tests: Vec<Read<Test>> =
            items.iter().filter_map(test_in).map(|element| read_test(&mut reader, element)).collect();
        (tests, reader.take_warnings())
    });
    for (tests, warnings) in pieces {
        for test in tests {
            match test {
                Ok(test) => set.tests.push(test),
                Err(fault) => state.faults.push(fault),
            }
        }
        warnings.into_iter().for_each(|warning| reader.warn_of(warning));
    }
}

fn read_test(reader: &mut FileReader<'_>, element: &Entry) -> Read<Test> {
    if element.name == "url" { simple_test(reader, element) } else { test::read(reader, element) }
}

fn read_element(
    state: &mut State<'_>,
    reader: &mut FileReader<'_>,
    set: &mut TestSet,
    element: &Entry,
) -> Result<(), SuiteError> {
    let read: Read<()> = match element.name.as_str() {
        "import" => return read_import(state, reader, element),
        "url" | "test" => read_test(reader, element).map(|test| set.tests.push(test)),
        "benchmark" => benchmark::read(reader, element).map(|benchmark| set.benchmarks.push(benchmark)),
        "config" | "configuration" => config::read(reader, element, set),
        name => {
            // An element named in no near way, such as `template`, is taken for an anchor's holder.
            let meant = did_you_mean(name, Element::Suite.names());
            if !meant.is_empty() {
                reader.warn(element.at, format!("unknown element \"{name}\" is ignored{meant}"));
            }
            Ok(())
        }
    };
    if let Err(fault) = read {
        state.faults.push(fault);
    }
    Ok(())
}

/// `- url: X`: a GET of base + X.
fn simple_test(reader: &FileReader<'_>, element: &Entry) -> Read<Test> {
    let Some(path) = element.value.as_str() else {
        return Err(reader.wrong(&element.value, "url", "text"));
    };
    let mut test = Test::get(format!("{}{path}", reader.options.base_url));
    test.location = reader.location(element.at);
    Ok(test)
}

fn read_import(state: &mut State<'_>, reader: &mut FileReader<'_>, element: &Entry) -> Result<(), SuiteError> {
    let path = match import::path(reader, element) {
        Ok(path) => path,
        Err(fault) => {
            state.faults.push(fault);
            return Ok(());
        }
    };
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) => {
            let message = format!("cannot import {}: {}", import::shown(&path), plain(&error));
            let fault = reader.fault(element.value.at, message);
            if state.hints.is_none() {
                return Err(SuiteError::Unreadable(fault));
            }
            // A review goes on to what else there is.
            state.faults.push(fault);
            return Ok(());
        }
    };
    if !state.imported.insert(real.clone()) {
        return Ok(());
    }
    if state.depth == DEEPEST {
        let message = format!(
            "{} would be imported through {DEEPEST} files; a chain of imports may be no longer",
            import::shown(&path)
        );
        state.faults.push(reader.fault(element.value.at, message));
        return Ok(());
    }
    let file = match read_test_file(&path) {
        Ok(file) => file,
        Err(unreadable @ SuiteError::Unreadable(_)) if state.hints.is_none() => return Err(unreadable),
        Err(SuiteError::Unreadable(fault)) => {
            state.faults.push(fault);
            return Ok(());
        }
        Err(SuiteError::Invalid(mut faults)) => {
            state.faults.append(&mut faults);
            return Ok(());
        }
    };
    let folder = real.parent().map(Path::to_owned).unwrap_or_default();
    state.depth += 1;
    let read = read_file(state, &file, &folder, vec![folder.clone()]);
    state.depth -= 1;
    read
}
