//! One suite file, element by element.
//!
//! Owns: the five elements of the top level, files and imports, errors and warnings of all files.
//! Does not: read the keys of an element (see `test`, `config`, `benchmark`).

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{self, Entry, Kind, Node};
use super::fields::{Read, fault, lowered, wrong};
use super::keys::Element;
use super::{benchmark, config, import, lint, on_all_cores, test, warnings};
pub use crate::ground::source::plain;
use crate::ground::source::{Fault, Location, Position, Source, did_you_mean};
use crate::ground::value::Value;
use crate::test::definition::Test;
use crate::test::set::TestSet;
use crate::variables::generator::Environment;

/// What reading depends on besides the files.
#[derive(Clone)]
pub struct ReadOptions {
    /// The base that URLs are joined with; empty with `--absolute-urls`.
    pub base_url: String,
    /// `--vars`: known to every file, so that no warning calls them unset.
    pub vars: Vec<(String, Value)>,
    /// The environment, for generators.
    pub env: Environment,
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions { base_url: String::new(), vars: Vec::new(), env: Arc::new(|_| None) }
    }
}

/// Why a suite cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuiteError {
    /// A file cannot be read.
    Unreadable(Fault),
    /// Files were read, but not understood; every fault that was found.
    Invalid(Vec<Fault>),
}

impl SuiteError {
    /// The faults, at least one.
    pub fn faults(&self) -> &[Fault] {
        match self {
            SuiteError::Unreadable(fault) => std::slice::from_ref(fault),
            SuiteError::Invalid(faults) => faults,
        }
    }
}

impl std::fmt::Display for SuiteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, fault) in self.faults().iter().enumerate() {
            write!(f, "{}{fault}", if i > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for SuiteError {}

/// A suite, read and understood.
#[derive(Debug, Default)]
pub struct Suite {
    /// The sets in the order in which they run: imports before the file that names them.
    pub sets: Vec<TestSet>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
}

/// A suite file that has been read as YAML or JSON but not looked into.
#[derive(Debug)]
pub struct SuiteFile {
    source: Arc<Source>,
    roots: Vec<Node>,
    path: PathBuf,
}

/// Reads a suite file.
///
/// # Errors
/// It cannot be opened, is not UTF-8, or is not YAML (JSON if its name ends in `.json`).
pub fn read_test_file(path: &Path) -> Result<SuiteFile, SuiteError> {
    understand(path, read_source(path)?)
}

/// Reads a file as text.
pub(super) fn read_source(path: &Path) -> Result<Source, SuiteError> {
    let name: Arc<str> = import::shown(path).into();
    let unreadable = |message: String| {
        SuiteError::Unreadable(Fault {
            location: Location { file: name.clone(), position: Position::default() },
            message,
        })
    };
    if path.is_dir() {
        return Err(unreadable("is a folder, not a suite file".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(format!("cannot be read: {}", plain(&error))))?;
    source_of(&name, bytes)
}

/// Takes a suite from memory; `name` stands for its path, relative files are looked up beside it.
///
/// # Errors
/// It is not YAML (JSON if the name ends in `.json`).
pub fn read_test_text(name: &str, text: &str) -> Result<SuiteFile, SuiteError> {
    understand(Path::new(name), Source::new(name, text.to_owned()))
}

fn source_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<Source, SuiteError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let source = Source::new(name.clone(), good);
        let at = source.position(source.text().len());
        let byte = error.as_bytes()[error.utf8_error().valid_up_to()];
        SuiteError::Invalid(vec![fault(
            &source,
            at,
            format!("is not UTF-8: byte 0x{byte:02x}; save the file as UTF-8"),
        )])
    })?;
    Ok(Source::new(name.clone(), text))
}

fn understand(path: &Path, source: Source) -> Result<SuiteFile, SuiteError> {
    let language = document::language_of(source.name());
    let (source, roots) = document::read(source, language).map_err(|fault| SuiteError::Invalid(vec![fault]))?;
    Ok(SuiteFile { source: Arc::new(source), roots, path: path.to_owned() })
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

/// Reads a suite file and everything it imports, to find all that is wrong or odd with it at once.
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
    suite: Suite,
    faults: Vec<Fault>,
    /// `None` where nobody asks for them.
    hints: Option<Vec<Fault>>,
}

impl<'o> State<'o> {
    fn new(options: &'o ReadOptions) -> State<'o> {
        State { options, imported: HashSet::new(), suite: Suite::default(), faults: Vec::new(), hints: None }
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

/// The file that is being read, with what its elements need.
pub struct FileReader<'o> {
    /// Its text.
    pub source: Arc<Source>,
    /// What reading depends on.
    pub options: &'o ReadOptions,
    /// The file's folder: where a test's files are.
    pub folder: PathBuf,
    /// Where imports are looked up, in order.
    pub import_folders: Vec<PathBuf>,
    warnings: Vec<Fault>,
}

impl<'o> FileReader<'o> {
    /// A reader for a file in a folder, which is also where its imports are.
    pub fn new(source: Arc<Source>, options: &'o ReadOptions, folder: PathBuf) -> FileReader<'o> {
        FileReader { source, options, import_folders: vec![folder.clone()], folder, warnings: Vec::new() }
    }

    /// Whether other files of the same run may set variables of this one (see `share_variables`).
    pub fn shares_variables(&self, has_imports: bool) -> bool {
        let is_imported = !self.import_folders.contains(&PathBuf::new());
        !self.options.vars.is_empty() && (has_imports || is_imported)
    }

    /// The warnings so far; there are none afterwards.
    pub fn take_warnings(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.warnings)
    }

    /// A reader of the same file that has warned of nothing yet.
    fn without_warnings(&self) -> FileReader<'o> {
        FileReader {
            source: self.source.clone(),
            folder: self.folder.clone(),
            import_folders: self.import_folders.clone(),
            warnings: Vec::new(),
            ..*self
        }
    }

    /// Notes what is probably meant otherwise.
    pub fn warn(&mut self, warning: Fault) {
        self.warnings.push(warning);
    }
}

fn read_file(
    state: &mut State<'_>,
    file: &SuiteFile,
    folder: &Path,
    import_folders: Vec<PathBuf>,
) -> Result<(), SuiteError> {
    let mut reader = FileReader {
        source: file.source.clone(),
        options: state.options,
        folder: folder.to_owned(),
        import_folders,
        warnings: Vec::new(),
    };
    if file.roots.is_empty() || (file.roots.len() == 1 && file.roots[0].is_null()) {
        state.faults.push(fault(
            &file.source,
            Position::default(),
            "is empty; a suite is a list of tests: - url: /path",
        ));
        return Ok(());
    }
    for root in &file.roots {
        let mut set = TestSet { file: file.source.name().clone(), ..TestSet::default() };
        let Kind::List(items) = &root.kind else {
            let what = wrong(&file.source, root, "a suite", "a list of elements (- test: …, - url: …, - config: …)");
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
        warnings::look_over(&mut reader, &set);
        state.faults.append(&mut warnings::undefined_generators(&set));
        if let Some(hints) = &mut state.hints {
            lint::look_over(&lint::Subject { source: &file.source, items, set: &set, options: state.options }, hints);
        }
        state.suite.sets.push(set);
    }
    state.suite.warnings.append(&mut reader.warnings);
    Ok(())
}

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
        (tests, reader.warnings)
    });
    for (tests, mut warnings) in pieces {
        for test in tests {
            match test {
                Ok(test) => set.tests.push(test),
                Err(fault) => state.faults.push(fault),
            }
        }
        reader.warnings.append(&mut warnings);
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
                reader.warn(fault(&reader.source, element.at, format!("unknown element \"{name}\" is ignored{meant}")));
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
        return Err(wrong(&reader.source, &element.value, "url", "text"));
    };
    let mut test = Test::get(format!("{}{path}", reader.options.base_url));
    test.location = reader.source.location(element.at);
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
            let fault = fault(&reader.source, element.value.at, message);
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
    read_file(state, &file, &folder, vec![folder.clone()])
}
