//! The places that reports go to: files, pipes, stdout.
//!
//! Owns: opening them, what must not be written over, writing them, again where the run's exit has changed. Does not:
//! know what a format looks like (see `report`), or what a run came to (see `reports`).

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use crate::cli::args::wanted::Wanted;
use crate::cli::exit::Exit;
use crate::cli::running::allure;
use crate::cli::terminal::ci_systems;
use crate::ground::printable;
use crate::ground::source::plain;
use crate::record::run_record::RunRecord;
use crate::report::{self, AllureFolder, Format, Forms, LiveFile, ReportFile, is_same_file};

/// Files that no report may replace, each with what it is.
pub type Taken<'t> = [(PathBuf, &'t str)];

/// Makes a report's text.
type Make = Box<dyn Fn(&RunRecord) -> String>;

/// Where a report goes.
enum Target {
    /// Text, at the end of the run.
    Stdout(Format),
    /// A file, at the end of the run; `flag` is who asked for it.
    File { flag: String, file: ReportFile, make: Make, is_lost: bool },
    /// A directory of results for Allure, at the end of the run.
    Folder { folder: AllureFolder, is_lost: bool },
    /// Event lines, as they come.
    Live(LiveFile),
    /// Event lines on stdout.
    LiveStdout,
}

/// The places of all reports of a run.
pub struct Targets {
    all: Vec<Target>,
    forms: Forms,
    /// Event lines that are not in their file yet; stdout gets each at once.
    lines: String,
    /// Whether a file of event lines has been given up.
    has_lost_lines: bool,
}

impl Targets {
    /// Opens every place, so that a path that cannot be written fails before anything is sent.
    ///
    /// # Errors
    /// The exit and what is wrong: a path, two reports for one place, a report in the place of an input.
    pub fn open(wanted: &Wanted, taken: &Taken<'_>) -> Result<Targets, (Exit, String)> {
        let mut targets = Targets::none(wanted.forms());
        for (i, (format, file)) in wanted.files.iter().enumerate() {
            let others = wanted.files[..i].iter();
            if let Some(message) = clash(*format, file, others, wanted.nagios, taken) {
                return Err((Exit::Usage, message));
            }
            targets.add(*format, file).map_err(|error| (Exit::Output, unwritable(*format, file, &error)))?;
        }
        if let Some(folder) = &wanted.allure {
            if let Some((format, _)) = wanted.files.iter().find(|(_, file)| is_same_place(file, folder)) {
                let flag = format.flag();
                let message = format!("--{flag} and --report-allure both go to {folder}; give one another name");
                return Err((Exit::Usage, message));
            }
            targets.add_folder(folder, wanted).map_err(|error| {
                (Exit::Output, format!("--report-allure {folder} cannot be written: {}", plain(&error)))
            })?;
        }
        Ok(targets)
    }

    /// Opens what can be opened, for a run that has ended already: whatever is wrong with a path has been told.
    pub fn open_what_can_be(wanted: &Wanted, taken: &Taken<'_>) -> Targets {
        let mut targets = Targets::none(wanted.forms());
        for (i, (format, file)) in wanted.files.iter().enumerate() {
            let others = wanted.files.iter().enumerate().filter(|(place, _)| *place != i).map(|(_, other)| other);
            if clash(*format, file, others, wanted.nagios, taken).is_none() {
                let _ = targets.add(*format, file);
            }
        }
        let is_free = |folder: &&String| wanted.files.iter().all(|(_, file)| !is_same_place(file, folder));
        if let Some(folder) = wanted.allure.as_ref().filter(is_free) {
            let _ = targets.add_folder(folder, wanted);
        }
        targets
    }

    fn none(forms: Forms) -> Targets {
        Targets { all: Vec::new(), forms, lines: String::new(), has_lost_lines: false }
    }

    fn add(&mut self, format: Format, file: &str) -> io::Result<()> {
        let (path, forms) = (Path::new(file), self.forms);
        let target = match (file, format) {
            ("-", Format::Ndjson) => Target::LiveStdout,
            ("-", format) => Target::Stdout(format),
            (_, Format::Ndjson) => Target::Live(LiveFile::open(path)?),
            (_, format) => Target::File {
                flag: format!("--{} ", format.flag()),
                file: ReportFile::open(path)?,
                make: Box::new(move |run| format.text(run, forms)),
                is_lost: false,
            },
        };
        self.all.push(target);
        Ok(())
    }

    fn add_folder(&mut self, folder: &str, wanted: &Wanted) -> io::Result<()> {
        let folder = AllureFolder::open(Path::new(folder), allure::form(wanted))?;
        self.all.push(Target::Folder { folder, is_lost: false });
        Ok(())
    }

    /// A report that no flag asks for: it is written with the others, and again when they are.
    pub fn add_file(&mut self, file: ReportFile, make: impl Fn(&RunRecord) -> String + 'static) {
        self.all.push(Target::File { flag: String::new(), file, make: Box::new(make), is_lost: false });
    }

    /// Which form the formats have.
    pub fn forms(&self) -> Forms {
        self.forms
    }

    /// Whether a report is what stdout is for.
    pub fn take_stdout(&self) -> bool {
        self.all.iter().any(|target| matches!(target, Target::Stdout(_) | Target::LiveStdout))
    }

    /// Whether a file is among those that have been written.
    pub fn has_written(&self, path: &Path) -> bool {
        self.all.iter().any(|target| matches!(target, Target::File { file, is_lost: false, .. } if file.path() == path))
    }

    /// Takes an event's line.
    ///
    /// # Errors
    /// Event lines go to stdout, and nobody reads them any more.
    pub fn observe(&mut self, line: impl Fn() -> String) -> io::Result<()> {
        let mut heard = Ok(());
        for target in &self.all {
            match target {
                Target::LiveStdout => {
                    heard = io::stdout().write_all(in_a_log(Format::Ndjson, &line()).as_bytes());
                }
                Target::Live(_) => self.lines.push_str(&line()),
                Target::Stdout(_) | Target::File { .. } | Target::Folder { .. } => {}
            }
        }
        heard
    }

    /// How many bytes of event lines wait for their file.
    pub fn waiting(&self) -> usize {
        self.lines.len()
    }

    /// Writes the event lines that are known into their file; what goes wrong comes back, once.
    pub fn flush(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.lines.is_empty() {
            for target in &mut self.all {
                let Target::Live(file) = target else { continue };
                if let Err(error) = file.append(self.lines.as_bytes()) {
                    wrong.push(unwritable(Format::Ndjson, &file.path().display().to_string(), &error));
                    self.has_lost_lines = true;
                }
            }
            self.lines.clear();
        }
        wrong
    }

    /// Whether event lines have been lost.
    pub fn has_lost_lines(&self) -> bool {
        self.has_lost_lines
    }

    /// Writes all files but those that could not be written before; what goes wrong comes back.
    pub fn write_files(&mut self, run: &RunRecord) -> Vec<String> {
        let mut wrong = Vec::new();
        for target in &mut self.all {
            let (written, flag, path, is_lost) = match target {
                Target::File { is_lost: true, .. } | Target::Folder { is_lost: true, .. } => continue,
                Target::File { flag, file, make, is_lost } => {
                    (file.write(make(run).as_bytes()), flag.as_str(), file.path(), is_lost)
                }
                Target::Folder { folder, is_lost } => (folder.write(run), "--report-allure ", folder.path(), is_lost),
                Target::Stdout(_) | Target::Live(_) | Target::LiveStdout => continue,
            };
            if let Err(error) = written {
                wrong.push(format!("{flag}{} cannot be written: {}", path.display(), plain(&error)));
                *is_lost = true;
            }
        }
        wrong
    }

    /// Writes the last event line into its file; what goes wrong comes back.
    pub fn end_lines(&mut self, run: &RunRecord) -> Vec<String> {
        self.lines.push_str(&report::ndjson_end(run));
        self.flush()
    }

    /// Writes what goes to stdout; what goes wrong comes back.
    pub fn write_stdout(&self, run: &RunRecord) -> Vec<String> {
        let text = |target: &Target| match target {
            Target::Stdout(format) => Some((*format, format.text(run, self.forms))),
            Target::LiveStdout => Some((Format::Ndjson, report::ndjson_end(run))),
            Target::File { .. } | Target::Folder { .. } | Target::Live(_) => None,
        };
        let texts = self.all.iter().filter_map(text);
        texts
            .filter_map(|(format, text)| {
                let written = to_stdout(&in_a_log(format, &text));
                written.err().map(|error| unwritable(format, "-", &error))
            })
            .collect()
    }
}

/// Why a report cannot go to a place that is another's.
fn clash<'w>(
    format: Format,
    file: &str,
    mut others: impl Iterator<Item = &'w (Format, String)>,
    nagios: bool,
    taken: &Taken<'_>,
) -> Option<String> {
    let flag = format.flag();
    if let Some((other, _)) = others.find(|(_, other)| is_same_place(other, file)) {
        let place = if file == "-" { "stdout" } else { file };
        return Some(format!("--{} and --{flag} both go to {place}; give one another FILE", other.flag()));
    }
    if file == "-" {
        return nagios.then(|| format!("--output nagios and --{flag} both go to stdout; give the report a FILE"));
    }
    let (path, what) = taken.iter().find(|(path, _)| is_same_file(path, Path::new(file)))?;
    Some(format!("--{flag} {file} is {what}, {}; name another FILE", path.display()))
}

fn unwritable(format: Format, place: &str, error: &io::Error) -> String {
    format!("--{} {place} cannot be written: {}", format.flag(), plain(error))
}

/// Whether two reports would be written into one another.
fn is_same_place(one: &str, other: &str) -> bool {
    match (one, other) {
        ("-", "-") => true,
        ("-", _) | (_, "-") => false,
        (one, other) => is_same_file(Path::new(one), Path::new(other)),
    }
}

/// A report on a stdout that a CI system may read, or a terminal show: none of it is a command to either.
fn in_a_log(format: Format, text: &str) -> Cow<'_, str> {
    if io::stdout().is_terminal() {
        return match format {
            Format::Json | Format::Ndjson => printable::json(text),
            _ => printable::lines(text),
        };
    }
    match format {
        Format::Json | Format::Ndjson => ci_systems().harmless_json(text),
        // Their own escapes see to it.
        Format::Junit | Format::Html => text.into(),
        Format::Tap | Format::Prom => ci_systems().harmless(text),
    }
}

/// A reader that has gone (`| head`) is no failure.
pub fn to_stdout(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
