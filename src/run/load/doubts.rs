//! The run's verdict on itself: what makes its figures doubtful.
//!
//! Owns: the conditions and their words, the CPU time of this process. Does not: change any figure.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::exchange::request::ErrorKind;
use crate::load::plan::{LoadPlan, Volume};
use crate::load::profile::Arrival;
use crate::load::summary::{Latency, LoadSummary, STOPPED, samples_needed};
use crate::load::timeline::Timeline;

/// Our own starts may be so much later than due, in milliseconds, by the 99th percentile: more would be a part of
/// what is measured.
const LATE_MS: f64 = 0.3;

/// A single start that is later than this, in milliseconds, moves the tail that it measures.
const VERY_LATE_MS: f64 = 50.0;

/// A lateness below this share of the response time at the same percentile moves nothing that anybody reads.
const LATE_SHARE: f64 = 0.1;

/// The halves of a run may differ in their throughput by this share.
const DRIFT: f64 = 0.2;

/// A run that is shorter than so many turnarounds says nothing about a drift.
const FEWEST_TURNAROUNDS: u32 = 8;

/// Fewer answers than this in a half, or a shorter run than this, say nothing about a drift.
const DRIFT_SAMPLES: u64 = 100;
const DRIFT_LENGTH: Duration = Duration::from_secs(1);

/// What a run met with, beside its figures.
pub(super) struct Circumstances<'c> {
    /// How late starts were that were waited for: our own lateness.
    pub own_lag: &'c Latency,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Requests that were under way when it was stopped.
    pub under_way: u64,
    /// How many threads run, and how many were to, where the system refused some.
    pub threads: Option<(usize, usize)>,
    /// Limits of the system that the connections meet with, as they were told before the run.
    pub limits: &'c [String],
    /// How many threads send.
    pub senders: usize,
}

/// Limits of the system that so many connections meet with: the files that it allows where that is too few, and the
/// local ports that it has for one destination.
pub(super) fn limits(connections: usize, open_files: Option<u64>, local_ports: Option<u64>) -> Vec<String> {
    let files = open_files.map(|allowed| {
        format!(
            "the system allows this process {allowed} open files, too few for {connections} connections (ulimit -n)"
        )
    });
    let ports = local_ports.filter(|ports| *ports < connections as u64).map(|ports| {
        format!(
            "the system has {ports} local ports for connections to one address, too few for {connections} \
             (net.ipv4.ip_local_port_range)"
        )
    });
    files.into_iter().chain(ports).collect()
}

/// Reasons to doubt the figures; none if they can be trusted.
pub(super) fn doubts(summary: &LoadSummary, plan: &LoadPlan, seen: &Circumstances<'_>) -> Vec<String> {
    let interrupted = seen.interrupted;
    if plan.volume == Volume::Requests(0) {
        // The other jobs make all of the load.
        return Vec::new();
    }
    let mut doubts = Vec::new();
    if interrupted {
        let lost = match seen.under_way {
            0 => String::new(),
            1 => "; a request that was under way is not counted".to_owned(),
            count => format!("; {count} requests that were under way are not counted"),
        };
        doubts.push(format!("{STOPPED}{lost}"));
    }
    if let Some((running, workers)) = seen.threads {
        doubts.push(format!(
            "only {running} of {workers} threads could be started: the system allows no more (ulimit -u, pids limit)"
        ));
    }
    doubts.extend(seen.limits.iter().cloned());
    if summary.latency.count() == 0 {
        doubts.push("no answer was received".to_owned());
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let usable = seen.senders.clamp(1, cores) as f64;
    if let Some(share) = summary.cpu_share
        && share > 0.9 * usable
        && summary.wall > Duration::from_millis(200)
    {
        doubts.push(format!(
            "the client was CPU-bound: it used {share:.1} of {usable:.0} cores, so the server may be faster"
        ));
    }
    if summary.paced.is_some() {
        doubts.extend(shortfall(summary, plan).filter(|_| !interrupted));
        doubts.extend(lateness(seen.own_lag, &summary.latency));
    }
    if plan.is_steady() && !interrupted {
        doubts.extend(drift(&summary.timeline, summary.wall, turnaround(summary, plan)));
    }
    if plan.part.is_whole() {
        doubts.extend(summary.too_few_samples());
    }
    let expected = (summary.concurrency as u64).min(summary.total.max(1));
    let slack = expected / 10 + 1;
    if summary.connections > expected + slack {
        let more = summary.connections.saturating_sub(expected + slack + summary.retries);
        let why = closed_why(&summary.errors, &summary.reasons, more);
        doubts.push(format!("{} connections were opened for {expected} at a time: {why}", summary.connections));
    }
    doubts
}

/// Why so many connections more than expected were opened.
fn closed_why(errors: &BTreeMap<ErrorKind, u64>, reasons: &BTreeMap<String, u64>, more: u64) -> &'static str {
    let without_tls = errors.get(&ErrorKind::Tls).copied().unwrap_or_default();
    // Each of a host's two addresses may have been tried.
    if without_tls > 0 && without_tls * 2 >= more {
        let is_refused = reasons.keys().any(|reason| reason.contains("certificate of \""));
        return if is_refused { "the server's certificate was refused" } else { "TLS could not be set up on them" };
    }
    // A request without an answer takes its connection with it.
    if more > errors.values().sum() {
        "the server closes them"
    } else {
        "those of requests without an answer were not used again"
    }
}

/// What people should know about the figures, without which they are right as well. So many connections were opened
/// for requests that were due.
pub(super) fn notes(summary: &LoadSummary, plan: &LoadPlan, opened_late: u64) -> Vec<String> {
    if plan.volume == Volume::Requests(0) {
        return vec!["no part of it fell to this job: there are more jobs than connections, or requests".to_owned()];
    }
    let mut notes = Vec::new();
    match &summary.paced {
        None => notes.push(
            "without a rate each connection waits for its answer before it sends again, so a stall of the server hides \
             the requests that it would have met"
                .to_owned(),
        ),
        Some(paced) => {
            let lag = paced.lag.percentile_ms(99.0).unwrap_or_default();
            let service = paced.service.percentile_ms(99.0).unwrap_or_default();
            // Where not all were ever opened, nobody waited for one.
            let are_all_used = summary.connections >= summary.concurrency as u64;
            if lag > 1.0 && lag > service && are_all_used {
                let which = match summary.concurrency {
                    1 => "the one connection".to_owned(),
                    count => format!("one of {count} connections"),
                };
                notes.push(format!(
                    "requests waited up to {lag:.1} ms (p99) for {which} to be free; more of them (concurrency) would \
                     show more of the server"
                ));
            }
        }
    }
    if opened_late > 0 {
        notes.push(format!(
            "connections opened late: {opened_late}, for requests that were due, so connecting is a part of their \
             response times (warmup opens them before)"
        ));
    }
    if let Some(think_time) = plan.think_time.filter(|think_time| think_time.max > summary.wall) {
        notes.push(format!("think_time ({} s) is longer than the run", think_time.max.as_secs_f64()));
    }
    notes
}

/// A rate that was not reached.
fn shortfall(summary: &LoadSummary, plan: &LoadPlan) -> Option<String> {
    let dropped = summary.dropped.unwrap_or_default();
    let is_even = plan.is_steady() && plan.arrival == Arrival::Constant;
    if let Some(rate) = plan.rate.filter(|_| is_even) {
        let rate = rate / plan.part.total as f64;
        let wanted = match plan.volume {
            Volume::Requests(count) => count as f64 / rate,
            Volume::Duration(limit) => limit.as_secs_f64(),
        };
        // After the last start there is nothing but its answer to wait for.
        let last = summary.paced.as_ref().and_then(|paced| paced.service.percentile_ms(50.0)).unwrap_or_default();
        let sending = (summary.wall.as_secs_f64() - last / 1000.0).max(wanted);
        let reached = summary.total as f64 / sending.max(f64::EPSILON);
        return (reached < rate * 0.98)
            .then(|| format!("{reached:.1} requests a second were reached of {rate:.1} asked for"));
    }
    let due = summary.total + dropped;
    let is_short = (summary.total as f64) < due as f64 * 0.98;
    is_short.then(|| format!("{} of {due} requests that were due were sent; the others are dropped", summary.total))
}

/// Our own lateness, where it is a part of what is measured.
fn lateness(own_lag: &Latency, latency: &Latency) -> Option<String> {
    let late = own_lag.percentile_ms(99.0).filter(|_| own_lag.count() >= samples_needed(99.0))?;
    let response = latency.percentile_ms(99.0).unwrap_or_default();
    let longest = own_lag.max_ms().unwrap_or_default();
    if late > LATE_MS && late > LATE_SHARE * response {
        return Some(format!("requests were sent up to {late:.1} ms (p99) after they were due: the client was late"));
    }
    (longest > VERY_LATE_MS)
        .then(|| format!("a request was sent {longest:.0} ms after it was due: the client was late"))
}

/// How long it takes until requests that began together are through and the next ones begin: nearly all response times,
/// and the longest think time.
fn turnaround(summary: &LoadSummary, plan: &LoadPlan) -> Duration {
    let response = summary.latency.percentile_ms(95.0).unwrap_or_default() / 1000.0;
    let response = Duration::try_from_secs_f64(response).unwrap_or(Duration::MAX);
    response.saturating_add(plan.think_time.map_or(Duration::ZERO, |think| think.max))
}

/// A throughput that is another in the second half of the run than in the first. Before the first turnaround nothing
/// can have ended, and halves of few turnarounds differ by where these happen to end.
fn drift(timeline: &Timeline, wall: Duration, turnaround: Duration) -> Option<String> {
    let halves = timeline.parts_from(turnaround, wall, 2);
    let [first, second] = halves.as_slice() else { return None };
    let (before, after) = (first.answers(), second.answers());
    let is_short = wall < DRIFT_LENGTH || wall / FEWEST_TURNAROUNDS < turnaround;
    if is_short || before.max(after) < DRIFT_SAMPLES {
        return None;
    }
    let change = after as f64 / before.max(1) as f64 - 1.0;
    (change.abs() > DRIFT).then(|| {
        format!(
            "the throughput drifted: {after} answers in the second half of the run, {before} in the first ({:+.0}%)",
            change * 100.0
        )
    })
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
    use crate::load::timeline::Recorder;

    fn latency(millis: &[u64]) -> Latency {
        let mut latency = Latency::default();
        millis.iter().for_each(|ms| latency.record(Duration::from_millis(*ms)));
        latency
    }

    #[test]
    fn lateness_counts_where_it_is_a_part_of_what_is_measured() {
        for (late, response, is_doubtful) in
            [(vec![0; 200], 5, false), (vec![2; 200], 5, true), (vec![2; 200], 50, false), (vec![2; 20], 5, false)]
        {
            assert_eq!(lateness(&latency(&late), &latency(&[response])).is_some(), is_doubtful, "{late:?} {response}");
        }
        let once: Vec<u64> = std::iter::repeat_n(0, 999).chain([60]).collect();
        assert!(lateness(&latency(&once), &latency(&[500])).unwrap().contains("60 ms"));
    }

    #[test]
    fn a_drift_is_a_change_between_the_halves_of_a_run() {
        for (first, second, seconds, change) in [
            (1000, 1000, 2, None),
            (1000, 1190, 2, None),
            (1000, 1300, 2, Some("+30%")),
            (1000, 700, 2, Some("-30%")),
            (50, 20, 2, None),
            (0, 1000, 2, Some("1000 answers")),
        ] {
            let mut recorder = Recorder::default();
            for (count, half) in [(first, 0), (second, 1)] {
                let at = Duration::from_secs_f64(f64::from(seconds) * (0.25 + 0.5 * f64::from(half)));
                (0..count).for_each(|_| recorder.record(at, Some(Duration::from_millis(1)), false));
            }
            let said = drift(&recorder.take(), Duration::from_secs(seconds as u64), Duration::from_millis(1));
            assert_eq!(said.is_some(), change.is_some(), "{first} {second}: {said:?}");
            assert!(change.is_none_or(|change| said.unwrap().contains(change)));
        }
        // Sent at a steady rate for ten seconds, answered half a second later each; and the same with fewer turnarounds.
        let of = |delay: u64| {
            let mut recorder = Recorder::default();
            let time = Duration::from_millis(delay);
            (0..10_000).for_each(|at| recorder.record(Duration::from_millis(at) + time, Some(time), false));
            drift(&recorder.take(), Duration::from_secs(10) + time, time)
        };
        assert_eq!((of(500), of(4500)), (None, None));
    }

    #[test]
    fn what_closed_connections_is_what_happened() {
        let refused = "certificate of \"a.test\" is not trusted: its issuer is not known";
        for (more, errors, reason, expected) in [
            (100, &[][..], "", "the server closes them"),
            (100, &[(ErrorKind::Timeout, 2)], "", "the server closes them"),
            (98, &[(ErrorKind::Timeout, 98)], "", "those of requests without an answer were not used again"),
            (100, &[(ErrorKind::Tls, 100)], refused, "the server's certificate was refused"),
            // Each of two addresses was tried.
            (200, &[(ErrorKind::Tls, 100)], refused, "the server's certificate was refused"),
            (100, &[(ErrorKind::Tls, 100)], "\"a.test\" does not speak TLS", "TLS could not be set up on them"),
            (100, &[(ErrorKind::Tls, 1)], refused, "the server closes them"),
        ] {
            let (errors, reasons) = (errors.iter().copied().collect(), BTreeMap::from([(reason.to_owned(), 1)]));
            assert_eq!(closed_why(&errors, &reasons, more), expected, "{more} {errors:?} {reason}");
        }
    }
}
