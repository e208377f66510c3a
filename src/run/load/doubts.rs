//! The run's verdict on itself: what makes its figures doubtful.
//!
//! Owns: the conditions and their words, the CPU time of this process. Does not: change any figure.

use std::time::{Duration, Instant};

use crate::load::plan::{LoadPlan, Mode, Volume};
use crate::load::summary::{LoadSummary, samples_needed};

/// A permit let go later than this moves the tail that it measures.
const LATE: Duration = Duration::from_millis(50);

/// What a run met with, beside its figures.
pub(super) struct Circumstances {
    /// The longest delay of a permit, in a paced run.
    pub late: Option<Duration>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Requests that were under way when it was stopped.
    pub under_way: u64,
    /// How many files the system allows, where that is fewer than the connections need.
    pub open_files: Option<u64>,
    /// How many threads run, and how many were to, where the system refused some.
    pub threads: Option<(usize, usize)>,
}

/// Reasons to doubt the figures; none if they can be trusted.
pub(super) fn doubts(summary: &LoadSummary, plan: &LoadPlan, seen: &Circumstances) -> Vec<String> {
    let Circumstances { late, interrupted, .. } = *seen;
    let mut doubts = Vec::new();
    if interrupted {
        let lost = match seen.under_way {
            0 => String::new(),
            1 => "; a request that was under way is not counted".to_owned(),
            count => format!("; {count} requests that were under way are not counted"),
        };
        doubts.push(format!("the run was stopped before its end{lost}"));
    }
    if let Some((running, workers)) = seen.threads {
        doubts.push(format!(
            "only {running} of {workers} threads could be started: the system allows no more (ulimit -u, pids limit)"
        ));
    }
    if let Some(allowed) = seen.open_files {
        doubts.push(format!(
            "the system allows this process {allowed} open files, too few for {} connections (ulimit -n)",
            summary.concurrency
        ));
    }
    if summary.latency.count() == 0 {
        doubts.push("no answer was received".to_owned());
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let usable = summary.concurrency.min(cores) as f64;
    if let Some(share) = summary.cpu_share
        && share > 0.9 * usable
        && summary.wall > Duration::from_millis(200)
    {
        doubts.push(format!(
            "the client was CPU-bound: it used {share:.1} of {usable:.0} cores, so the server may be faster"
        ));
    }
    if let (Some(rate), Mode::Async) = (plan.rate, plan.mode) {
        let wanted = match plan.volume {
            Volume::Requests(count) => count as f64 / rate,
            Volume::Duration(limit) => limit.as_secs_f64(),
        };
        let reached = summary.total as f64 / summary.wall.as_secs_f64().max(wanted).max(f64::EPSILON);
        if reached < rate * 0.98 && !interrupted {
            doubts.push(format!("{reached:.1} requests a second were reached of {rate:.1} asked for"));
        }
        if let Some(late) = late.filter(|late| *late > LATE) {
            doubts.push(format!("a request was let go {:.0} ms after it was due", late.as_secs_f64() * 1000.0));
        }
    }
    let tail = tail_of(&plan.percentiles);
    let needed = samples_needed(tail);
    if summary.latency.count() > 0 && summary.latency.count() < needed {
        doubts.push(format!("{} samples are too few for p{tail}, which needs {needed}", summary.latency.count()));
    }
    let expected = (summary.concurrency as u64).min(summary.total.max(1));
    let slack = expected / 10 + 1;
    if summary.connections > expected + slack {
        // A request without an answer takes its connection with it.
        let unanswered: u64 = summary.errors.values().sum();
        let why = if summary.connections > expected + slack + unanswered + summary.retries {
            "the server closes them"
        } else {
            "those of requests without an answer were not used again"
        };
        doubts.push(format!("{} connections were opened for {expected} at a time: {why}", summary.connections));
    }
    doubts
}

/// The percentile furthest out that is asked for, 99 where none is; the maximum needs no samples.
fn tail_of(percentiles: &[f64]) -> f64 {
    let asked = percentiles.iter().copied().filter(|rank| *rank < 100.0).fold(f64::NAN, f64::max);
    if asked.is_nan() { 99.0 } else { asked }
}

/// CPU time of this process from now on, where /proc has it.
pub(super) struct CpuMeter {
    start: Option<f64>,
    clock: Instant,
}

impl CpuMeter {
    pub fn start() -> CpuMeter {
        CpuMeter { start: cpu_seconds(), clock: Instant::now() }
    }

    /// CPU time over wall time.
    pub fn share(&self) -> Option<f64> {
        let wall = self.clock.elapsed().as_secs_f64();
        Some((cpu_seconds()? - self.start?) / wall.max(f64::EPSILON))
    }
}

/// utime + stime of /proc/self/stat; the kernel counts them in hundredths for user programs everywhere.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_what_was_asked_for() {
        for (asked, tail) in
            [(&[][..], 99.0), (&[50.0], 50.0), (&[50.0, 99.9, 95.0], 99.9), (&[50.0, 100.0], 50.0), (&[100.0], 99.0)]
        {
            assert_eq!(tail_of(asked), tail, "{asked:?}");
        }
    }
}
