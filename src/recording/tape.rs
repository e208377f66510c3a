//! A folder that exchanges are recorded in.
//!
//! Owns: numbers and names of files, what belongs to a file that is there already, writing it whole. Does not: know the
//! form of a file (see `writing`), take secrets out (see `hidden`).

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::exchange::{Answer, Recorded};
use super::names::{number, stem};
use super::writing::{self, Beside};
use crate::convert::Yaml;
use crate::ground::file_root::FileRoot;
use crate::ground::source::plain;

/// So many answers to one request are kept: what is asked without an end must not fill the disk.
const MOST_ANSWERS: usize = 1000;

/// How the mark begins by which processes that record in one folder take a number.
const MARK: &str = ".taken-";

/// The file of a recording without an answer.
const NOTHING: &str = "0000-nothing.yaml";

/// What becomes of a recording that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// There must be none.
    New,
    /// It goes.
    Replacing,
    /// It stays, and this one comes behind it.
    Adding,
    /// Others record in the folder at the same time.
    Sharing,
}

/// A folder that is recorded in.
#[derive(Debug)]
pub struct Tape {
    folder: PathBuf,
    root: FileRoot,
    is_shared: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u32,
    known: HashMap<Vec<u8>, Page>,
}

/// A file that has been written.
#[derive(Debug)]
struct Page {
    stem: String,
    /// Without its answers.
    recorded: Recorded,
    request: Yaml,
    /// How many answers it has.
    count: usize,
    /// The answers, as long as all of it has to be written anew for one more.
    answers: Vec<Yaml>,
    /// What stands in it.
    text: String,
    /// Whether there were more than are kept.
    is_full: bool,
}

impl Tape {
    /// Opens a folder; it is made if it is not there.
    ///
    /// # Errors
    /// Why nothing can be recorded in it: nothing has been changed then.
    pub fn open(folder: &Path, opening: Opening) -> Result<Tape, String> {
        let shown = folder.display();
        let refused = |error: io::Error| format!("{shown} cannot be recorded in: {}", plain(&error));
        if folder.as_os_str().is_empty() {
            return Err("a recording needs the name of a folder".to_owned());
        }
        if folder.is_file() {
            return Err(format!("{shown} cannot be recorded in: it is a file, and a recording is a folder"));
        }
        fs::create_dir_all(folder).map_err(refused)?;
        let mut last = 0;
        let mut earlier = Vec::new();
        for entry in fs::read_dir(folder).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(number) = number(&name) {
                last = last.max(number);
                earlier.push(entry.path());
            } else if name.starts_with(MARK) && opening != Opening::Sharing {
                let _ = fs::remove_file(entry.path());
            }
        }
        if opening == Opening::New && !earlier.is_empty() {
            return Err(format!("{shown} has a recording, so nothing was started; --force replaces it"));
        }
        // Whether files can be made there is known before anything is taken away.
        let trial = folder.join(format!("{MARK}{}", std::process::id()));
        fs::write(&trial, b"").and_then(|()| fs::remove_file(&trial)).map_err(refused)?;
        if opening == Opening::Replacing {
            earlier.iter().try_for_each(fs::remove_file).map_err(refused)?;
            last = 0;
        }
        let folder = folder.canonicalize().map_err(refused)?;
        let root = FileRoot::new(&folder.to_string_lossy())?;
        let state = Mutex::new(State { last, known: HashMap::new() });
        Ok(Tape { folder, root, is_shared: opening == Opening::Sharing, state })
    }

    /// Removes what processes that shared the folder left of their marks, and tells of a recording that has no answers.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&self, base_url: &str) -> Result<(), String> {
        let mut has_any = false;
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            has_any |= number(&name).is_some();
            if name.starts_with(MARK) {
                let _ = fs::remove_file(entry.path());
            }
        }
        if has_any { Ok(()) } else { self.write(NOTHING, writing::nothing(base_url).as_bytes()) }
    }

    /// Records an exchange with its one answer: behind those to the same request, or in a file of its own.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&self, recorded: Recorded) -> Result<(), String> {
        let Recorded { request, mut answers, origin, base_url } = recorded;
        let Some(answer) = answers.pop().filter(Answer::can_be_played) else { return Ok(()) };
        // A thread that panicked leaves a page that is whole, or none.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = request.key();
        if !state.known.contains_key(&key) {
            state.last = self.take_number(state.last)?;
            let stem = stem(state.last, &request.method, &request.path);
            let (yaml, beside) = writing::request(&request, &stem);
            self.write_beside(beside)?;
            let recorded = Recorded { request, answers: Vec::new(), origin, base_url };
            let page = Page {
                stem,
                recorded,
                request: yaml,
                count: 0,
                answers: Vec::new(),
                text: String::new(),
                is_full: false,
            };
            state.known.insert(key.clone(), page);
        }
        let Some(page) = state.known.get_mut(&key) else { return Ok(()) };
        if page.count == MOST_ANSWERS {
            // It is said once.
            let is_told = std::mem::replace(&mut page.is_full, true);
            let line = page.recorded.request.line();
            return if is_told {
                Ok(())
            } else {
                Err(format!("{line} has {MOST_ANSWERS} answers, and no more are kept"))
            };
        }
        let stem = match page.count {
            0 => page.stem.clone(),
            earlier => format!("{}-{}", page.stem, earlier + 1),
        };
        let (yaml, beside) = writing::answer(&answer, &page.recorded.origin, &stem);
        self.write_beside(beside)?;
        page.count += 1;
        if writing::add_answer(&mut page.text, &yaml) {
            page.answers = Vec::new();
        } else {
            page.answers.push(yaml);
            page.text = writing::text(&page.recorded, &page.request, &page.answers);
        }
        self.write(&format!("{}.yaml", page.stem), page.text.as_bytes())
    }

    /// The next number that nobody has.
    fn take_number(&self, last: u32) -> Result<u32, String> {
        if !self.is_shared {
            return Ok(last + 1);
        }
        let mut number = last;
        loop {
            number += 1;
            let mark = self.folder.join(format!("{MARK}{number:04}"));
            match OpenOptions::new().write(true).create_new(true).open(&mark) {
                Ok(_) => return Ok(number),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("{} cannot be written: {}", mark.display(), plain(&error))),
            }
        }
    }

    fn write_beside(&self, beside: Beside) -> Result<(), String> {
        beside.map_or(Ok(()), |(name, bytes)| self.write(&name, &bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.root.write(&self.folder.join(name).to_string_lossy(), bytes)
    }
}
