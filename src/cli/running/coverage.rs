//! `--openapi-coverage`: what the suites of a run met of the documents that describe their APIs.
//!
//! Owns: the sum over suites, writing the file. Does not: count (see `judge::contract`), or know the file's form (see
//! `report`).

use std::io::{self, Write};
use std::path::Path;

use crate::cli::exit::Exit;
use crate::ground::source::plain;
use crate::judge::contract::Coverage;
use crate::record::event::Event;
use crate::report::{ReportFile, coverage_table, to_coverage};

/// The coverage of a run, where it is wanted.
#[derive(Debug, Default)]
pub struct CoverageListener {
    target: Option<ReportFile>,
    documents: Vec<Coverage>,
}

impl CoverageListener {
    /// Makes sure that the file can be written.
    ///
    /// # Errors
    /// The exit and what is wrong.
    pub fn open(file: Option<&str>) -> Result<CoverageListener, (Exit, String)> {
        let open = |file: &str| {
            ReportFile::open(Path::new(file)).map_err(|error| {
                (Exit::Output, format!("--openapi-coverage {file} cannot be written: {}", plain(&error)))
            })
        };
        Ok(CoverageListener { target: file.map(open).transpose()?, documents: Vec::new() })
    }

    /// Adds what a suite met.
    pub fn observe(&mut self, event: &Event) {
        let Event::Covered(coverage) = event else { return };
        match self.documents.iter_mut().find(|known| known.document == coverage.document) {
            Some(known) => known.add(coverage),
            None => self.documents.push((**coverage).clone()),
        }
    }

    /// Writes the file; an error says why it cannot be written.
    pub fn finish(&self) -> Result<(), String> {
        let Some(target) = &self.target else { return Ok(()) };
        if self.documents.is_empty() {
            log::warn!("--openapi-coverage has nothing to count: no suite that ran has config: {{openapi: FILE}}");
        }
        target.write(to_coverage(&self.documents).as_bytes()).map_err(|error| {
            format!("--openapi-coverage {} cannot be written: {}", target.path().display(), plain(&error))
        })
    }

    /// The table for people.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn show(&self, out: &mut dyn Write) -> io::Result<()> {
        self.documents.iter().flat_map(coverage_table).try_for_each(|line| writeln!(out, "{line}"))
    }
}
