//! How far a load run is: one line on a terminal, for runs longer than two seconds.

use std::io::{self, Write};
use std::time::Duration;

use crate::load::plan::Volume;
use crate::record::event::{LoadProgress, LoadStart};

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_secs(2);
const WIDTH: usize = 24;

/// The line, where it is wanted.
pub(super) struct Progress {
    wanted: bool,
    volume: Volume,
    shown: bool,
}

impl Progress {
    pub fn new(wanted: bool) -> Progress {
        Progress { wanted, volume: Volume::Requests(1), shown: false }
    }

    pub fn start(&mut self, start: &LoadStart) {
        self.volume = start.volume;
    }

    /// Draws the line anew.
    pub fn show(&mut self, progress: LoadProgress, out: &mut impl Write) -> io::Result<()> {
        if !self.wanted || progress.elapsed < PATIENCE {
            return Ok(());
        }
        self.shown = true;
        write!(out, "\r{}\x1b[K", self.line(progress))?;
        out.flush()
    }

    fn line(&self, progress: LoadProgress) -> String {
        let seconds = progress.elapsed.as_secs_f64();
        let share = match self.volume {
            Volume::Requests(count) => progress.total as f64 / count.max(1) as f64,
            Volume::Duration(limit) => seconds / limit.as_secs_f64().max(f64::EPSILON),
        }
        .clamp(0.0, 1.0);
        let done = (share * WIDTH as f64) as usize;
        format!(
            "[{}{}] {:>3.0}% {} requests, {:.0}/s, {} failed, {seconds:.0} s",
            "#".repeat(done),
            "-".repeat(WIDTH - done),
            share * 100.0,
            progress.total,
            progress.total as f64 / seconds.max(f64::EPSILON),
            progress.failed
        )
    }

    /// Takes the line away.
    pub fn clear(&mut self, out: &mut impl Write) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            write!(out, "\r\x1b[K")?;
            out.flush()?;
        }
        Ok(())
    }
}
