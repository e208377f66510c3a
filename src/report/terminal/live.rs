//! The last line of a terminal while a run goes on: how far it is, and what it waits for.
//!
//! Owns: what the line says, when it is drawn and taken away. Does not: know what stands above it.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::layout::{Line, Tone, time};
use crate::ground::columns::cut_middle;
use crate::ground::counted::counted;
use crate::load::plan::Volume;
use crate::record::event::{Event, LoadProgress};

/// A shorter run shows nothing.
const PATIENCE: Duration = Duration::from_millis(200);

/// The line is drawn anew so often.
const PAUSE: Duration = Duration::from_millis(100);

/// The bar's length.
const CELLS: u64 = 8;

/// Whoever else writes to stderr takes the line away first.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// What takes the line away, if it is there.
pub fn take_away() -> &'static str {
    if IS_SHOWN.swap(false, Ordering::Relaxed) { "\r\x1b[K" } else { "" }
}

/// What runs.
#[derive(Debug, Clone)]
struct Running {
    name: String,
    since: Option<Instant>,
    next_try: Option<NextTry>,
    load: Option<Load>,
}

#[derive(Debug, Clone)]
struct NextTry {
    cause: String,
    number: u32,
    of: u32,
    delay: Duration,
    due: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Load {
    volume: Volume,
    progress: Option<LoadProgress>,
}

/// The line, where it is wanted.
#[derive(Debug, Default)]
pub struct Live {
    is_wanted: bool,
    colour: bool,
    total: u64,
    done: u64,
    failed: u64,
    running: Option<Running>,
    began: Option<Instant>,
    drawn: Option<Instant>,
}

impl Live {
    /// A line over so many tests.
    pub fn new(is_wanted: bool, colour: bool) -> Live {
        Live { is_wanted, colour, ..Live::default() }
    }

    /// Says how many tests there are.
    pub fn set_total(&mut self, tests: u64) {
        self.total = tests;
    }

    /// Takes an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::TestStarted { name, .. } | Event::BenchmarkStarted { name, .. } => {
                self.running = Some(Running { name: name.clone(), since: None, next_try: None, load: None });
            }
            Event::TestFinished(outcome) => {
                self.done += 1;
                self.failed += u64::from(!outcome.passed());
                self.running = None;
            }
            // A benchmark that is skipped is none of those that are counted.
            Event::TestSkipped(_) => self.done = (self.done + 1).min(self.total),
            Event::TestExpanded { names, .. } => self.total = (self.total + names.len() as u64).saturating_sub(1),
            Event::BenchmarkFinished(report) => {
                self.failed += u64::from(!report.missed.is_empty());
                self.running = None;
            }
            Event::SuiteFinished { .. } => self.running = None,
            Event::RetryScheduled(notice) => {
                if let Some(running) = self.running.as_mut().filter(|running| running.load.is_none()) {
                    let cause = notice.cause.trim_start_matches("due to ").trim_start_matches("after ");
                    running.next_try = Some(NextTry {
                        cause: cause.trim_start_matches("status ").to_owned(),
                        number: notice.attempt + 1,
                        of: notice.of,
                        delay: notice.delay,
                        due: None,
                    });
                }
            }
            Event::LoadStarted(start) => {
                if let Some(running) = &mut self.running {
                    running.load = Some(Load { volume: start.volume, progress: None });
                }
            }
            Event::LoadProgressed(progress) => {
                if let Some(load) = self.running.as_mut().and_then(|running| running.load.as_mut()) {
                    load.progress = Some(*progress);
                }
            }
            _ => {}
        }
    }

    /// Draws the line, where it is time to: called again and again while nothing happens.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn wait(&mut self, now: Instant, columns: usize, out: &mut impl Write) -> io::Result<()> {
        if !self.is_wanted {
            return Ok(());
        }
        if let Some(running) = &mut self.running {
            running.since.get_or_insert(now);
            if let Some(next) = &mut running.next_try {
                next.due.get_or_insert(now + next.delay);
            }
        }
        let began = *self.began.get_or_insert(now);
        let is_fresh = self.drawn.is_some_and(|drawn| now.saturating_duration_since(drawn) < PAUSE);
        if now.saturating_duration_since(began) < PATIENCE || (is_fresh && IS_SHOWN.load(Ordering::Relaxed)) {
            return Ok(());
        }
        self.drawn = Some(now);
        // One column is left free: a full line would begin another.
        let text = self.line(now, columns.saturating_sub(1)).text(columns.saturating_sub(1), self.colour);
        write!(out, "\r{text}\x1b[K")?;
        IS_SHOWN.store(true, Ordering::Relaxed);
        out.flush()
    }

    /// Makes room for other lines.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn hide(&mut self, out: &mut impl Write) -> io::Result<()> {
        if !self.is_wanted {
            return Ok(());
        }
        match take_away() {
            "" => Ok(()),
            sequence => {
                out.write_all(sequence.as_bytes())?;
                out.flush()
            }
        }
    }

    fn line(&self, now: Instant, columns: usize) -> Line {
        let mut line = Line::indented(2);
        if self.total > 0 {
            let full = ((self.done + 1) * CELLS).div_ceil(self.total + 1).min(CELLS) as usize;
            let full = if self.done >= self.total { CELLS as usize } else { full };
            let bar = "▰".repeat(full) + &"▱".repeat(CELLS as usize - full);
            line.push(Tone::Dim, format!("{bar} "));
            line.push(Tone::Plain, format!("{}/{}", self.done, self.total));
        }
        if self.failed > 0 {
            line.push(Tone::Red, format!("  {} failed", self.failed));
        }
        let Some(running) = &self.running else { return line };
        let state = running.state(now);
        let gap = if line.width() > 2 { 3 } else { 0 };
        let room = columns.saturating_sub(line.width() + gap + crate::ground::columns::width(&state));
        line.push(Tone::Plain, " ".repeat(gap));
        line.push(Tone::Plain, cut_middle(&super::layout::clean(&running.name), room.max(8)));
        line.with(Tone::Dim, state)
    }
}

impl Running {
    fn state(&self, now: Instant) -> String {
        if let Some(load) = &self.load {
            return load.state();
        }
        if let Some(next) = &self.next_try {
            let NextTry { cause, number, of, .. } = next;
            let left = next.due.map_or(next.delay, |due| due.saturating_duration_since(now));
            let left = if left.is_zero() { String::new() } else { format!(" in {:.1} s", left.as_secs_f64()) };
            return format!(": {cause}, try {number} of {of}{left}");
        }
        let elapsed = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        if elapsed < Duration::from_secs(1) { String::new() } else { format!("  {} s", elapsed.as_secs()) }
    }
}

impl Load {
    fn state(&self) -> String {
        let Some(progress) = self.progress else { return "  warming up".to_owned() };
        let seconds = progress.elapsed.as_secs_f64();
        let rate = progress.total as f64 / seconds.max(f64::EPSILON);
        let left = match self.volume {
            Volume::Duration(limit) => Some(limit.saturating_sub(progress.elapsed)),
            Volume::Requests(count) if rate > 0.0 => {
                Duration::try_from_secs_f64(count.saturating_sub(progress.total) as f64 / rate).ok()
            }
            Volume::Requests(_) => None,
        };
        let left = left.map_or_else(String::new, |left| match left.as_secs() {
            seconds if seconds < 120 => format!(", {} s left", left.as_secs_f64().ceil()),
            _ => format!(", {} left", time(left)),
        });
        let p95 = progress.p95.map_or_else(String::new, |p95| format!(", p95 {}", time(p95)));
        format!(": {}, {rate:.0}/s{p95}, {} failed{left}", counted(progress.total, "request"), progress.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;
    use crate::load::plan::Mode;
    use crate::record::event::{LoadStart, RetryNotice};

    fn started(name: &str) -> Event {
        Event::TestStarted { name: name.to_owned(), group: String::new(), location: Location::default() }
    }

    #[test]
    fn it_says_what_it_waits_for() {
        let now = Instant::now();
        let mut live = Live { done: 2, failed: 1, ..Live::new(true, false) };
        live.set_total(8);
        live.observe(&started("Flaky service answers at last"));
        live.observe(&Event::RetryScheduled(Box::new(RetryNotice {
            name: String::new(),
            method: "GET".to_owned(),
            cause: "due to status 503".to_owned(),
            attempt: 2,
            of: 5,
            delay: Duration::from_millis(3100),
            origin: None,
            has_key: false,
        })));
        let text = |live: &Live, columns| live.line(now, columns).text(columns, false);
        assert_eq!(
            text(&live, 90),
            "  ▰▰▰▱▱▱▱▱ 2/8  1 failed   Flaky service answers at last: 503, try 3 of 5 in 3.1 s"
        );
        assert_eq!(text(&live, 70), "  ▰▰▰▱▱▱▱▱ 2/8  1 failed   Flaky se… at last: 503, try 3 of 5 in 3.1 s");
    }

    #[test]
    fn a_load_run_has_its_figures() {
        let mut live = Live::new(true, false);
        live.observe(&started("L"));
        live.observe(&Event::LoadStarted(Box::new(LoadStart {
            name: "L".to_owned(),
            method: "GET".to_owned(),
            volume: Volume::Duration(Duration::from_secs(10)),
            concurrency: 1,
            mode: Mode::Sync,
            has_key: false,
        })));
        live.observe(&Event::LoadProgressed(LoadProgress {
            elapsed: Duration::from_secs(2),
            total: 800,
            failed: 1,
            p95: Some(Duration::from_millis(12)),
        }));
        assert_eq!(
            live.line(Instant::now(), 79).text(79, false),
            "  L: 800 requests, 400/s, p95 12 ms, 1 failed, 8 s left"
        );
    }

    #[test]
    fn it_is_drawn_and_taken_away() {
        let (now, mut out) = (Instant::now(), Vec::new());
        let mut live = Live::new(true, false);
        live.set_total(1);
        live.observe(&started("slow\n\x1b[1m"));
        for tenths in 0..4 {
            live.wait(now + Duration::from_millis(tenths * 100), 40, &mut out).unwrap();
        }
        live.hide(&mut out).unwrap();
        live.hide(&mut out).unwrap();
        let line = "\r  ▰▰▰▰▱▱▱▱ 0/1   slow\\n␛[1m\x1b[K";
        assert_eq!(String::from_utf8(out).unwrap(), format!("{line}{line}\r\x1b[K"));
        let mut out = Vec::new();
        let mut unwanted = Live::new(false, false);
        unwanted.observe(&started("x"));
        unwanted.wait(now, 40, &mut out).unwrap();
        unwanted.wait(now + Duration::from_secs(9), 40, &mut out).unwrap();
        assert!(out.is_empty());
    }
}
