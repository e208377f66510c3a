//! What takes long: one line on a terminal, of a load run how far it is, of a test for how long it runs.

use std::io::{self, Write};
use std::time::{Duration, Instant};

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
    /// The test under way, and since when nothing has happened.
    running: Option<(String, Option<Instant>)>,
    /// The seconds of the last line about it.
    seconds: u64,
}

impl Progress {
    pub fn new(wanted: bool) -> Progress {
        Progress { wanted, volume: Volume::Requests(1), shown: false, running: None, seconds: 0 }
    }

    pub fn start(&mut self, start: &LoadStart) {
        self.volume = start.volume;
        // It reports for itself from now on.
        self.running = None;
    }

    /// A test begins.
    pub fn begin(&mut self, name: &str) {
        if self.wanted {
            self.running = Some((one_line(name), None));
            self.seconds = 0;
        }
    }

    /// Nothing happens: names the test, if it has taken long by now.
    pub fn wait(&mut self, now: Instant, out: &mut impl Write) -> io::Result<()> {
        let Some((name, since)) = &mut self.running else { return Ok(()) };
        let elapsed = now.saturating_duration_since(*since.get_or_insert(now));
        if elapsed < PATIENCE || elapsed.as_secs() == self.seconds {
            return Ok(());
        }
        self.seconds = elapsed.as_secs();
        self.shown = true;
        write!(out, "\r{name}, {} s\x1b[K", self.seconds)?;
        out.flush()
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

    /// Takes the line away: what ran has ended.
    pub fn clear(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.running = None;
        self.hide(out)
    }

    /// Makes room for another line.
    pub fn hide(&mut self, out: &mut impl Write) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            write!(out, "\r\x1b[K")?;
            out.flush()?;
        }
        Ok(())
    }
}

/// A name as one line of a terminal: no line ends and no escapes, and not longer than a line is wide.
fn one_line(name: &str) -> String {
    name.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_named_when_it_takes_long_and_once_a_second() {
        let mut out = Vec::new();
        let mut progress = Progress::new(true);
        let start = Instant::now();
        progress.begin("slow\n\x1b[1m one");
        for tenths in 0..45 {
            progress.wait(start + Duration::from_millis(tenths * 100), &mut out).unwrap();
        }
        progress.clear(&mut out).unwrap();
        progress.wait(start + Duration::from_secs(9), &mut out).unwrap();
        let line = |seconds: u64| format!("\rslow  [1m one, {seconds} s\x1b[K");
        assert_eq!(String::from_utf8(out).unwrap(), [line(2), line(3), line(4), "\r\x1b[K".to_owned()].concat());
        let mut out = Vec::new();
        let mut unwanted = Progress::new(false);
        unwanted.begin("x");
        unwanted.wait(start, &mut out).unwrap();
        unwanted.wait(start + Duration::from_secs(9), &mut out).unwrap();
        assert!(out.is_empty());
    }
}
