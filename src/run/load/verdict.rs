//! The run's verdict on itself: what makes its figures doubtful.
//!
//! Owns: the conditions and their words, the CPU time of this process. Does not: change any figure.

use std::time::{Duration, Instant};

use crate::load_plan::{LoadPlan, Mode, Volume};
use crate::load_summary::{LoadSummary, samples_needed};

/// A permit let go later than this moves the tail that it measures.
const LATE: Duration = Duration::from_millis(50);

/// Reasons to doubt the figures; none if they can be trusted.
pub(super) fn doubts(summary: &LoadSummary, plan: &LoadPlan, late: Option<Duration>, interrupted: bool) -> Vec<String> {
    let mut doubts = Vec::new();
    if interrupted {
        doubts.push("the run was stopped before its end".to_owned());
    }
    if summary.latency.count() == 0 {
        doubts.push("no answer came".to_owned());
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
    let asked = plan.percentiles.iter().copied().fold(f64::NAN, f64::max);
    let tail = if asked.is_nan() { 99.0 } else { asked.min(99.9) };
    let needed = samples_needed(tail);
    if summary.latency.count() > 0 && summary.latency.count() < needed {
        doubts.push(format!("{} samples are too few for p{tail}, which needs {needed}", summary.latency.count()));
    }
    let expected = (summary.concurrency as u64).min(summary.total.max(1));
    if summary.connections > expected + expected / 10 + 1 {
        doubts.push(format!(
            "{} connections were opened for {expected} at a time: the server closes them",
            summary.connections
        ));
    }
    doubts
}

/// CPU time of this process from now on, where /proc tells it.
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
