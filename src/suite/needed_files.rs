//! The order of a run's suites where files need others: what is needed comes first, and once.
//!
//! Owns: reading needed files that nobody named, circles, which warnings files before a file make void.
//! Does not: read the keys (see `sharing`), run anything.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::faults::add_excerpts;
use super::files::{SuiteError, SuiteFile, read_test_file, read_text_file};
use super::import::shown;
use super::reader::ReadOptions;
use super::sets::{Suite, in_order, parse_alone};
use super::sharing::identity;
use crate::ground::source::Fault;
use crate::test::planned_suite::PlannedSuite;
use crate::test::selection::is_empty;
use crate::test::set::TestSet;
use crate::test::sharing::NeededFile;

/// A chain of needs may be this long: each link is read and placed while those before it wait.
const DEEPEST: usize = 100;

/// Which files get what a file shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedOn {
    /// All that come after it: they run in one process.
    ToLater,
    /// Those that need it: only these run in its process.
    ToNeeding,
}

/// Suites in the order in which they run.
#[derive(Debug, Default)]
pub struct Settled {
    /// The suites; those that files need are among them, before the first that needs them.
    pub suites: Vec<PlannedSuite>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
    faults: Vec<Fault>,
    has_invalid: bool,
}

impl Settled {
    /// Why the suites cannot be run, if so: a needed file cannot be read or understood, or files need each other.
    pub fn take_error(&mut self) -> Option<SuiteError> {
        let faults = std::mem::take(&mut self.faults);
        match (faults.is_empty(), self.has_invalid) {
            (true, _) => None,
            (false, true) => Some(SuiteError::Invalid(faults)),
            (false, false) => Some(SuiteError::Unreadable(faults)),
        }
    }
}

/// Turns a suite file and everything it imports into test sets; those of files that it needs come first.
///
/// # Errors
/// An import or a needed file cannot be read; or every fault in the files' contents, so that all can be mended at once.
pub fn parse_testsets(file: &SuiteFile, options: &ReadOptions) -> Result<Suite, SuiteError> {
    let Suite { sets, warnings } = parse_alone(file, options)?;
    let mut planned = PlannedSuite { sets, base_url: options.base_url.as_str().into(), ..PlannedSuite::default() };
    planned.settings.vars.clone_from(&options.vars);
    let mut settled = settle(vec![planned], warnings, options, HandedOn::ToLater);
    if let Some(error) = settled.take_error() {
        return Err(error);
    }
    let mut warnings = settled.warnings;
    if options.strict && !warnings.is_empty() {
        in_order(&mut warnings);
        return Err(SuiteError::Invalid(warnings));
    }
    Ok(Suite { sets: settled.suites.into_iter().flat_map(|suite| suite.sets).collect(), warnings })
}

/// Puts suites in their order. Those that were read stand in `suites`, and `warnings` are of them.
pub fn settle(suites: Vec<PlannedSuite>, warnings: Vec<Fault>, options: &ReadOptions, handed_on: HandedOn) -> Settled {
    let sets = || suites.iter().flat_map(|suite| &suite.sets);
    let (has_sharing, has_needs) = (sets().any(TestSet::has_sharing), sets().any(|set| !set.needed_files().is_empty()));
    let mut settled = Settled { suites, warnings, ..Settled::default() };
    if has_needs {
        settled = Order::new(settled, options).of_all();
    }
    if has_sharing {
        settled.void_warnings(handed_on);
    }
    settled
}

impl Settled {
    /// Takes back the warnings of variables that a file before shares.
    fn void_warnings(&mut self, handed_on: HandedOn) {
        let mut before: HashSet<String> = HashSet::new();
        let mut of_file: HashMap<Arc<str>, HashSet<String>> = HashMap::new();
        let mut void: HashSet<(String, String)> = HashSet::new();
        for suite in &mut self.suites {
            for file in suite.sets.chunk_by_mut(|set, next| set.suite() == next.suite()) {
                let shared: Vec<String> = file.iter().flat_map(|set| set.shared_names()).map(str::to_owned).collect();
                let of_needs: HashSet<String> = match handed_on {
                    HandedOn::ToLater => HashSet::new(),
                    HandedOn::ToNeeding => {
                        let needs = file.iter().flat_map(|set| set.needed_files());
                        needs.filter_map(|need| of_file.get(&need.suite)).flatten().cloned().collect()
                    }
                };
                let known = if handed_on == HandedOn::ToLater { &before } else { &of_needs };
                for set in file.iter_mut() {
                    set.told_unset.retain(|told| {
                        let is_known = known.contains(&told.variable);
                        if is_known {
                            void.insert((told.warning.location.to_string(), told.warning.message.clone()));
                        }
                        !is_known
                    });
                }
                match handed_on {
                    HandedOn::ToLater => before.extend(shared),
                    HandedOn::ToNeeding => {
                        of_file.entry(file[0].suite().clone()).or_default().extend(of_needs.into_iter().chain(shared));
                    }
                }
            }
        }
        if !void.is_empty() {
            self.warnings.retain(|warning| !void.contains(&(warning.location.to_string(), warning.message.clone())));
        }
    }
}

/// A file with all that it imports, as a part of a suite.
struct Unit {
    /// What it is called in this run.
    name: Arc<str>,
    sets: Vec<TestSet>,
    needs: Vec<NeededFile>,
    /// The suite that it stands in.
    home: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// What it needs is being placed.
    UnderWay,
    Placed,
}

/// A suite whose sets have been taken apart.
struct Home {
    suite: PlannedSuite,
    units: Vec<usize>,
    is_placed: bool,
}

/// The order as it is made.
struct Order<'o> {
    options: &'o ReadOptions,
    homes: Vec<Home>,
    units: Vec<Unit>,
    /// The first unit of a file; none for one that cannot be read.
    by_file: HashMap<PathBuf, Option<usize>>,
    /// The files that something needs.
    needed: HashSet<usize>,
    /// The unit that is being placed, what it needs, what that needs …, each with the place where it is named.
    chain: Vec<(usize, NeededFile)>,
    settled: Settled,
}

impl<'o> Order<'o> {
    fn new(mut settled: Settled, options: &'o ReadOptions) -> Order<'o> {
        let suites = std::mem::take(&mut settled.suites);
        let mut order = Order {
            options,
            homes: Vec::new(),
            units: Vec::new(),
            by_file: HashMap::new(),
            needed: HashSet::new(),
            chain: Vec::new(),
            settled,
        };
        suites.into_iter().for_each(|suite| {
            order.add(suite);
        });
        order
    }

    /// Takes a suite apart; its number comes back.
    fn add(&mut self, mut suite: PlannedSuite) -> usize {
        let home = self.homes.len();
        let mut units = Vec::new();
        let mut sets = std::mem::take(&mut suite.sets).into_iter().peekable();
        while let Some(first) = sets.next() {
            let name = first.suite().clone();
            // Tests that stand in a runner configuration are of no file that anybody could need.
            let is_file = first.suite.is_some();
            let mut own = vec![first];
            while let Some(next) = sets.next_if(|next| *next.suite() == name) {
                own.push(next);
            }
            let number = self.units.len();
            if is_file {
                self.by_file.entry(identity(Path::new(&*name))).or_insert(Some(number));
            }
            let needs = own.iter().flat_map(|set| set.needed_files()).cloned().collect();
            self.units.push(Unit { name, sets: own, needs, home, state: State::Waiting });
            units.push(number);
        }
        self.homes.push(Home { suite, units, is_placed: false });
        home
    }

    fn of_all(mut self) -> Settled {
        for home in 0..self.homes.len() {
            self.place(home);
        }
        self.name_needs();
        self.once_each();
        self.settled
    }

    /// Places a suite after all that its files need.
    fn place(&mut self, home: usize) {
        if std::mem::replace(&mut self.homes[home].is_placed, true) {
            return;
        }
        let units = self.homes[home].units.clone();
        let ran_before = units.iter().any(|unit| self.units[*unit].state == State::Placed);
        let mut sets = Vec::new();
        for unit in &units {
            self.place_unit(*unit, home, &mut sets);
        }
        // A suite of files that all ran before, as others need them, has nothing left.
        if !(ran_before && is_empty(&sets)) {
            let suite = std::mem::take(&mut self.homes[home].suite);
            self.settled.suites.push(PlannedSuite { sets, ..suite });
        }
    }

    /// Adds a file's sets to those of the suite that is being placed.
    fn place_unit(&mut self, unit: usize, home: usize, sets: &mut Vec<TestSet>) {
        if self.units[unit].state != State::Waiting {
            return;
        }
        self.units[unit].state = State::UnderWay;
        for need in std::mem::take(&mut self.units[unit].needs) {
            self.chain.push((unit, need.clone()));
            self.require(&need, home, sets);
            self.chain.pop();
        }
        self.units[unit].state = State::Placed;
        sets.append(&mut self.units[unit].sets);
    }

    /// Sees to it that a needed file stands before the one that is being placed.
    fn require(&mut self, need: &NeededFile, home: usize, sets: &mut Vec<TestSet>) {
        if self.chain.len() > DEEPEST {
            let message = format!("needs {} through {DEEPEST} files; a chain of needs may be no longer", need.written);
            return self.refuse(need, message);
        }
        let file = identity(&need.path);
        let known = self.by_file.get(&file).copied();
        let found = known.unwrap_or_else(|| self.read(need, home));
        if known.is_none() {
            self.by_file.insert(file, found);
        }
        let Some(unit) = found else {
            if known.is_some() {
                self.read_again(need);
            }
            return;
        };
        self.needed.insert(unit);
        match self.units[unit].state {
            State::Placed => {}
            State::UnderWay => self.circle(unit),
            State::Waiting if self.units[unit].home == home => self.place_unit(unit, home, sets),
            State::Waiting => self.place_elsewhere(unit),
        }
    }

    /// Places a file of another suite: with that suite, if it is the only one in it.
    fn place_elsewhere(&mut self, unit: usize) {
        let home = self.units[unit].home;
        let with_tests = |unit: &&usize| {
            let sets = &self.units[**unit].sets;
            sets.iter().any(|set| set.suite.is_some() || !set.tests.is_empty())
        };
        if !self.homes[home].is_placed && self.homes[home].units.iter().filter(with_tests).count() == 1 {
            return self.place(home);
        }
        let mut sets = Vec::new();
        self.place_unit(unit, home, &mut sets);
        let (name, suite) = (self.units[unit].name.clone(), &self.homes[home].suite);
        let apart = PlannedSuite {
            name,
            sets,
            settings: suite.settings.clone(),
            base_url: suite.base_url.clone(),
            auth: suite.auth.clone(),
            ..PlannedSuite::default()
        };
        self.settled.suites.push(apart);
    }

    /// Reads a file that is not named in the run, under the settings of the first that needs it.
    fn read(&mut self, need: &NeededFile, home: usize) -> Option<usize> {
        let by = &self.homes[home].suite;
        // A suite that is being placed has its settings until it is done.
        let (base_url, settings) = (by.base_url.clone(), by.settings.clone());
        let auth = by.auth.clone().or_else(|| self.options.auth.clone());
        let options = ReadOptions {
            base_url: base_url.to_string(),
            vars: settings.vars.clone(),
            auth: auth.clone(),
            commands: self.options.commands.for_named_by_file(),
            ..self.options.clone()
        };
        match read_test_file(&need.path).and_then(|file| parse_alone(&file, &options)) {
            Ok(Suite { sets, mut warnings }) => {
                self.settled.warnings.append(&mut warnings);
                let name = shown(&need.path).into();
                let whole = PlannedSuite { name, sets, settings, base_url, ..PlannedSuite::default() };
                let suite = PlannedSuite { auth, is_needed_only: true, ..whole };
                let home = self.add(suite);
                self.homes[home].units.first().copied()
            }
            Err(SuiteError::Invalid(faults)) => {
                self.settled.has_invalid = true;
                self.settled.faults.extend(faults);
                None
            }
            Err(SuiteError::Unreadable(faults)) => {
                self.tell_unreadable(need, faults);
                None
            }
        }
    }

    /// Names one more place that needs a file which cannot be read.
    fn read_again(&mut self, need: &NeededFile) {
        if let Err(SuiteError::Unreadable(faults)) = read_test_file(&need.path) {
            self.tell_unreadable(need, faults);
        }
    }

    fn tell_unreadable(&mut self, need: &NeededFile, faults: Vec<Fault>) {
        for fault in faults {
            // Of an import that cannot be read, its own place says more.
            if fault.location.position.is_known() {
                self.settled.faults.push(fault);
            } else {
                let message = format!("needs {}, which {}", fault.location.file, fault.message);
                self.tell(need, message);
            }
        }
    }

    /// Files that need each other: none of them can be the first.
    fn circle(&mut self, unit: usize) {
        let Some(start) = self.chain.iter().position(|(by, _)| *by == unit) else { return };
        let links = self.chain[start..].to_vec();
        let Some((_, first)) = links.first() else { return };
        let mut message = format!("needs go round in a circle: {}", self.units[unit].name);
        for (number, (_, need)) in links.iter().enumerate() {
            let to = links.get(number + 1).map_or(unit, |(by, _)| *by);
            let which = if number == 0 { "" } else { ", which" };
            message.push_str(&format!("{which} needs {} ({})", self.units[to].name, need.location.line()));
        }
        let first = first.clone();
        self.refuse(&first, message);
    }

    fn refuse(&mut self, need: &NeededFile, message: String) {
        self.settled.has_invalid = true;
        self.tell(need, message);
    }

    fn tell(&mut self, need: &NeededFile, message: String) {
        let mut fault = Fault::new(need.location.clone(), message);
        // Its text is at hand no more.
        if let Ok(source) = read_text_file(Path::new(&*need.location.file)) {
            add_excerpts([&mut fault], &source);
        }
        self.settled.faults.push(fault);
    }

    /// Says of every need what the file is called in this run.
    fn name_needs(&mut self) {
        let sets = self.settled.suites.iter_mut().flat_map(|suite| &mut suite.sets);
        for need in sets.filter_map(|set| set.config.sharing.as_mut()).flat_map(|sharing| &mut sharing.needs) {
            if let Some(Some(unit)) = self.by_file.get(&identity(&need.path)) {
                need.suite = self.units[*unit].name.clone();
            }
        }
    }

    /// Leaves a needed file in the first place only, whoever else names it.
    fn once_each(&mut self) {
        let file_of = |name: &str| identity(Path::new(name));
        let needed: HashSet<PathBuf> = self.needed.iter().map(|unit| file_of(&self.units[*unit].name)).collect();
        let mut first: HashMap<PathBuf, usize> = HashMap::new();
        let mut hollow: HashSet<usize> = HashSet::new();
        for (place, suite) in self.settled.suites.iter_mut().enumerate() {
            let count = suite.sets.len();
            suite.sets.retain(|set| {
                let Some(file) = set.suite.as_deref().map(file_of).filter(|file| needed.contains(file)) else {
                    return true;
                };
                *first.entry(file).or_insert(place) == place
            });
            if suite.sets.len() < count && is_empty(&suite.sets) {
                hollow.insert(place);
            }
        }
        let mut places = 0..;
        self.settled.suites.retain(|_| places.next().is_none_or(|place| !hollow.contains(&place)));
    }
}
