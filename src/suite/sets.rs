//! Suite files to test sets, element by element.
//!
//! Owns: the elements of the top level, imports, errors and warnings of all files.
//! Does not: read the keys of an element (see `test`, `config`, `benchmark`).

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{Entry, Kind, Node};
use super::faults::add_excerpts;
use super::fields::lowered;
use super::files::{SuiteError, SuiteFile, read_test_file};
use super::keys::Element;
use super::reader::{FileReader, Read, ReadOptions};
use super::test::{self, Draft};
use super::{benchmark, common, config, import, lint, needs, on_all_cores, warnings};
use crate::ground::source::{Fault, Position, did_you_mean, plain};
use crate::ground::value::Value;
use crate::judge::described;
use crate::test::definition::Test;
use crate::test::set::TestSet;
use crate::variables::template::Text;

/// A suite, read and understood.
#[derive(Debug, Default)]
pub struct Suite {
    /// The sets in the order in which they run: imports before the file that names them.
    pub sets: Vec<TestSet>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
}

/// Turns a suite file and everything it imports into test sets, without the files that it needs. Warnings count as
/// faults only beside faults: which of them stand is not known before the files that run earlier are.
///
/// # Errors
/// An import cannot be read; or every fault in the files' contents, so that all can be mended at once.
pub fn parse_alone(file: &SuiteFile, options: &ReadOptions) -> Result<Suite, SuiteError> {
    let mut state = State::new(options);
    state.read(file);
    if options.strict && !state.faults.is_empty() {
        let warnings = std::mem::take(&mut state.suite.warnings);
        state.refuse(warnings);
    }
    in_order(&mut state.faults);
    match (state.faults.is_empty(), state.has_invalid) {
        (true, _) => Ok(state.suite),
        (false, false) => Err(SuiteError::Unreadable(state.faults)),
        (false, true) => Err(SuiteError::Invalid(state.faults)),
    }
}

/// Sorts faults by place, within each file.
pub fn in_order(faults: &mut Vec<Fault>) {
    let mut files: Vec<Arc<str>> = Vec::new();
    faults.sort_by_cached_key(|fault| {
        let file = &fault.location.file;
        let known = files.iter().position(|have| have == file);
        let number = known.unwrap_or_else(|| {
            files.push(file.clone());
            files.len() - 1
        });
        (number, fault.location.position)
    });
    // What is wrong between defaults and a test is wrong with each such test.
    faults.dedup();
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
    state.read(file);
    Review { suite: state.suite, faults: state.faults, hints: state.hints.unwrap_or_default() }
}

struct State<'o> {
    options: &'o ReadOptions,
    /// The name of the file that was asked for.
    root: Arc<str>,
    imported: HashSet<PathBuf>,
    /// How many imports led to the file that is being read.
    depth: usize,
    suite: Suite,
    faults: Vec<Fault>,
    /// Whether a fault is about more than a file that cannot be read.
    has_invalid: bool,
    /// `None` where nobody asks for them.
    hints: Option<Vec<Fault>>,
}

impl<'o> State<'o> {
    fn new(options: &'o ReadOptions) -> State<'o> {
        State {
            options,
            root: Arc::default(),
            imported: HashSet::new(),
            depth: 0,
            suite: Suite::default(),
            faults: Vec::new(),
            has_invalid: false,
            hints: None,
        }
    }

    /// Notes that something cannot be understood.
    fn refuse(&mut self, faults: impl IntoIterator<Item = Fault>) {
        let before = self.faults.len();
        self.faults.extend(faults);
        self.has_invalid |= self.faults.len() > before;
    }

    fn read(&mut self, file: &SuiteFile) {
        let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
        let folders = vec![PathBuf::new(), folder.clone()];
        self.root = file.source.name().clone();
        read_file(self, file, &folder, folders);
        if !self.options.vars.is_empty() {
            share_variables(&mut self.suite.sets);
        }
        for set in &mut self.suite.sets {
            set.suite = Some(file.source.name().clone());
        }
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

fn read_file(state: &mut State<'_>, file: &SuiteFile, folder: &Path, import_folders: Vec<PathBuf>) {
    let mut reader = FileReader::new(file.source.clone(), state.options, folder.to_owned());
    reader.import_folders = import_folders;
    if state.depth > 0 {
        reader.commands = reader.commands.for_named_by_file();
        // What several suites import draws differently for each.
        reader.seed = state.options.seeds.of_file(format!("{} {}", state.root, file.source.name()));
    }
    if file.roots.is_empty() || (file.roots.len() == 1 && file.roots[0].is_null()) {
        state.refuse(reader.fault(Position::default(), "is empty; a suite is a list of tests: - url: /path"));
        return;
    }
    for root in &file.roots {
        let (name, digest) = (file.source.name().clone(), file.source.digest());
        let set = TestSet { file: name, digest, ..TestSet::default() };
        let Kind::List(items) = &root.kind else {
            let what = reader.wrong(root, "a suite", "a list of elements (- test: …, - url: …, - config: …)");
            state.refuse(what);
            continue;
        };
        let mut draft = SetDraft { set, ..SetDraft::default() };
        draft.set.tests.reserve(items.len());
        reader.common = match common::read(&mut reader, items) {
            Ok(common) => common.map(Arc::new),
            Err(faults) => {
                draft.has_gaps = true;
                state.refuse(faults);
                None
            }
        };
        draft.set.has_imports = items.iter().any(|item| matches!(&item.kind, Kind::Map(entries) if entries.iter().any(|entry| entry.name.eq_ignore_ascii_case("import"))));
        for row in items.chunk_by(|item, next| test_in(item).is_some() && test_in(next).is_some()) {
            if row.len() >= LONG_ROW {
                row.chunks(ROWS_AT_ONCE).for_each(|tests| read_tests(state, &mut reader, &mut draft, tests));
                continue;
            }
            for item in row {
                // What is no mapping says nothing in a suite; PyRestTest passes over it, too.
                let Kind::Map(entries) = &item.kind else { continue };
                warnings::misplaced_keys(&mut reader, entries);
                let before = state.faults.len();
                for element in lowered(entries.iter().map(Cow::Borrowed).collect()) {
                    read_element(state, &mut reader, &mut draft, &element);
                }
                say_what_is_beside(entries, &mut state.faults[before..]);
            }
        }
        let SetDraft { mut set, has_gaps, has_gaps_in_config } = draft;
        let imported = state.suite.sets.iter().flat_map(TestSet::shared_names);
        reader.imported_names = imported.map(str::to_owned).collect();
        if !has_gaps {
            warnings::look_over(&mut reader, &mut set);
        }
        let of_needs = needs::faults(&set, &state.suite.sets);
        state.refuse(of_needs);
        if !has_gaps_in_config {
            state.refuse(warnings::undefined_generators(&set));
        }
        if let Some(hints) = &mut state.hints {
            let (source, imported) = (&*file.source, &*reader.imported_names);
            lint::look_over(&lint::Subject { source, items, set: &set, options: state.options, imported }, hints);
        }
        state.suite.sets.push(set);
    }
    state.faults.extend(reader.take_unreadable());
    state.suite.warnings.extend(file.warnings.iter().cloned().chain(reader.take_warnings()));
    let all = state.faults.iter_mut().chain(&mut state.suite.warnings);
    add_excerpts(all, &file.source);
}

/// Adds to what is wrong with a test that its keys stand beside it.
fn say_what_is_beside(item: &[Entry], faults: &mut [Fault]) {
    let Some(holder) = warnings::holder(item) else { return };
    let beside: Vec<&str> = item.iter().filter(|entry| entry.at > holder.at).map(|entry| entry.name.as_str()).collect();
    let is_wrong = |fault: &&mut Fault| {
        let has_url = beside.iter().any(|name| name.eq_ignore_ascii_case("url"));
        (has_url && fault.message.ends_with(" has no url"))
            || (holder.value.is_null() && fault.message.ends_with("(null)"))
    };
    if let Some(fault) = faults.iter_mut().find(is_wrong).filter(|_| !beside.is_empty()) {
        let keys = beside.join(", ");
        fault.message.push_str(&format!("; wrong indentation: {keys} must be indented below {}", holder.name));
    }
}

/// A set that is being read.
#[derive(Default)]
struct SetDraft {
    set: TestSet,
    /// Whether something in it could not be read: what else there is may refer to it.
    has_gaps: bool,
    has_gaps_in_config: bool,
}

/// A chain of imports may be this long: each holds its file's text while the next is read.
const DEEPEST: usize = 100;

/// So many tests in a row are worth a second thread.
const LONG_ROW: usize = 128;

/// So many tests of a long row are read before any of them is added: a draft is large, and ten thousand of them beside
/// what they are read from would be what a run needs most memory for.
const ROWS_AT_ONCE: usize = 8 * LONG_ROW;

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
fn read_tests(state: &mut State<'_>, reader: &mut FileReader<'_>, draft: &mut SetDraft, row: &[Node]) {
    let pieces = on_all_cores::over(row.chunks(LONG_ROW / 2).collect(), |items: &[Node]| {
        let mut reader = reader.without_warnings();
        // Large things are not moved while the list grows.
        let mut tests: Vec<Draft> = Vec::with_capacity(items.len());
        tests.extend(items.iter().filter_map(test_in).map(|element| read_test(&mut reader, element, Part::Tests)));
        (tests, reader.take_warnings())
    });
    for (tests, warnings) in pieces {
        tests.into_iter().for_each(|test| add_test(state, draft, test, Part::Tests));
        warnings.into_iter().for_each(|warning| reader.warn_of(warning));
    }
}

fn read_test(reader: &mut FileReader<'_>, element: &Entry, part: Part) -> Draft {
    let group = part.group();
    if element.name == "url" { simple_test(reader, element, group) } else { test::read(reader, element, group) }
}

/// Adds a test also where something is wrong with it: other tests may use what it sets.
fn add_test(state: &mut State<'_>, draft: &mut SetDraft, Draft { test, faults, rows, .. }: Draft, part: Part) {
    let faults = faults.into_faults();
    draft.has_gaps |= !faults.is_empty();
    state.refuse(faults);
    let set = &mut draft.set;
    let mut test = test;
    part.mark(&mut test);
    match rows {
        None => part.of(set).push(test),
        Some(rows) => {
            if let Some((file, digest)) = &rows.file {
                set.digest = set.digest.rotate_left(1) ^ digest;
                set.data_files.push(file.clone());
            }
            part.of(set).extend(rows.tests(test));
        }
    }
}

/// Where a test of a set belongs.
#[derive(Clone, Copy)]
enum Part {
    Setup,
    Tests,
    Teardown,
}

impl Part {
    fn of(self, set: &mut TestSet) -> &mut Vec<Test> {
        match self {
            Part::Setup => &mut set.setup,
            Part::Tests => &mut set.tests,
            Part::Teardown => &mut set.teardown,
        }
    }

    /// Tells a test which part of its file it is in.
    fn mark(self, test: &mut Test) {
        let part = match self {
            Part::Setup => described::Part::Setup,
            Part::Tests => return,
            Part::Teardown => described::Part::Teardown,
        };
        Arc::make_mut(test.about.get_or_insert_default()).part = part;
    }

    /// The group of its tests that name none.
    fn group(self) -> Option<&'static str> {
        match self {
            Part::Setup => Some("Setup"),
            Part::Tests => None,
            Part::Teardown => Some("Teardown"),
        }
    }
}

/// The tests of a `setup` or `teardown` element.
fn read_part(state: &mut State<'_>, reader: &mut FileReader<'_>, draft: &mut SetDraft, element: &Entry, part: Part) {
    const ALLOWED: &str = "a list of tests (- test: …, - url: …)";
    let items = match &element.value.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&element.value),
    };
    for item in items {
        let Kind::Map(entries) = &item.kind else {
            draft.has_gaps = true;
            state.refuse(reader.wrong(item, &element.name, ALLOWED));
            continue;
        };
        let before = state.faults.len();
        for inner in lowered(entries.iter().map(Cow::Borrowed).collect()) {
            match inner.name.as_str() {
                "test" | "url" => {
                    let test = read_test(reader, &inner, part);
                    add_test(state, draft, test, part);
                }
                other => {
                    draft.has_gaps = true;
                    let meant = did_you_mean(other, ["test", "url"]);
                    let message = format!(
                        "{} has no \"{other}\"{meant}; it takes tests: - test: {{…}} with a test's keys below, or - url: …",
                        element.name
                    );
                    state.refuse(reader.fault(inner.at, message));
                }
            }
        }
        say_what_is_beside(entries, &mut state.faults[before..]);
    }
}

fn read_element(state: &mut State<'_>, reader: &mut FileReader<'_>, draft: &mut SetDraft, element: &Entry) {
    let read: Read<()> = match element.name.as_str() {
        "import" => return read_import(state, reader, element),
        "url" | "test" => {
            let test = read_test(reader, element, Part::Tests);
            return add_test(state, draft, test, Part::Tests);
        }
        "setup" => return read_part(state, reader, draft, element, Part::Setup),
        "teardown" => return read_part(state, reader, draft, element, Part::Teardown),
        "benchmark" => benchmark::read(reader, element).map(|benchmark| draft.set.benchmarks.push(benchmark)),
        "config" | "configuration" => {
            let read = config::read(reader, element, &mut draft.set);
            draft.has_gaps_in_config |= read.is_err();
            read
        }
        name => {
            // An element named in no near way, such as `template`, is taken for an anchor's holder.
            let meant = did_you_mean(name, Element::Suite.names());
            if !meant.is_empty() {
                reader.warn(element.at, format!("unknown element \"{name}\" is ignored{meant}"));
            }
            Ok(())
        }
    };
    if let Err(faults) = read {
        draft.has_gaps = true;
        state.refuse(faults);
    }
}

/// `- url: X`: a GET of base + X.
fn simple_test(reader: &mut FileReader<'_>, element: &Entry, group: Option<&'static str>) -> Draft {
    let Some(path) = element.value.as_str() else {
        return Draft::wrong(reader.wrong(&element.value, "url", "text"));
    };
    let url = format!("{}{path}", reader.base_url());
    if reader.common.is_some() {
        let mut draft = test::read_completed(reader, element, vec![Cow::Borrowed(element)], group);
        draft.test.url = Text::Plain(url);
        return draft;
    }
    let mut test = Test::get(url);
    test.location = reader.location(element.at);
    if let Some(group) = group {
        test.group = group.to_owned();
    }
    Draft::of(test)
}

fn read_import(state: &mut State<'_>, reader: &mut FileReader<'_>, element: &Entry) {
    let path = match import::path(reader, element) {
        Ok(path) => path,
        Err(faults) => return state.refuse(faults),
    };
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) => {
            let message = format!("cannot import {}: {}", import::shown(&path), plain(&error));
            return state.faults.extend(reader.fault(element.value.at, message));
        }
    };
    if !state.imported.insert(real.clone()) {
        return;
    }
    if state.depth == DEEPEST {
        let message = format!(
            "{} would be imported through {DEEPEST} files; a chain of imports may be no longer",
            import::shown(&path)
        );
        return state.refuse(reader.fault(element.value.at, message));
    }
    let file = match read_test_file(&path) {
        Ok(file) => file,
        Err(SuiteError::Unreadable(faults)) => return state.faults.extend(faults),
        Err(SuiteError::Invalid(faults)) => return state.refuse(faults),
    };
    let folder = real.parent().map(Path::to_owned).unwrap_or_default();
    state.depth += 1;
    read_file(state, &file, &folder, vec![folder.clone()]);
    state.depth -= 1;
}
