//! When a failure is told: only so many runs in a row change the state that an alert stands on.
//!
//! Owns: the rule, the state between two runs, what both make of a run. Does not: keep the state (a file of the
//! command's), or know what a run tests.

use std::num::NonZeroU32;

/// Of so many runs it is looked how often they changed.
pub const LAST_RUNS: usize = 10;

/// More changes than these in the last runs are flapping.
pub const MOST_CHANGES: usize = 4;

/// How bad a run is that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It passed, and slower than it should.
    Warning,
    /// Something was wrong.
    Critical,
}

/// A run that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedRun {
    /// What it exits with by itself: 0 where nothing but the time of an answer was wrong, 63 at most.
    pub code: u8,
    /// What a monitoring system is told.
    pub severity: Severity,
}

/// So many runs in a row change the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertRule {
    /// Failures, from good to bad.
    pub fail_after: NonZeroU32,
    /// Successes, from bad to good.
    pub recover_after: NonZeroU32,
}

/// What is known between two runs. The first state is good, as if all runs before had passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertState {
    /// The last run that failed, while the state is bad.
    pub failing: Option<FailedRun>,
    /// The runs in a row, the last ones, that went against the state. It is below the number that changes it.
    pub against: u32,
    /// Whether each of the last runs failed, the newest last; the first is only there to be compared with.
    pub recent: [bool; LAST_RUNS + 1],
}

/// What a run and the state before it come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertVerdict {
    /// The state after the run.
    pub state: AlertState,
    /// Whether the run changed it from good to bad or back.
    pub changed: bool,
    /// The runs in a row that went against the state before, this one included; 0 if it did not.
    pub in_a_row: u32,
    rule: AlertRule,
}

impl AlertState {
    /// The state after a run.
    pub fn after(&self, run: Option<FailedRun>, rule: AlertRule) -> AlertVerdict {
        let was_bad = self.failing.is_some();
        let in_a_row = if run.is_some() == was_bad { 0 } else { self.against.saturating_add(1) };
        let needed = if was_bad { rule.recover_after } else { rule.fail_after };
        let changed = in_a_row >= needed.get();
        let failing = match (was_bad != changed, run) {
            (false, _) => None,
            (true, Some(run)) => Some(run),
            (true, None) => self.failing,
        };
        let mut recent = self.recent;
        recent.rotate_left(1);
        recent[LAST_RUNS] = run.is_some();
        let state = AlertState { failing, against: if changed { 0 } else { in_a_row }, recent };
        AlertVerdict { state, changed, in_a_row, rule }
    }

    /// How often, in the last runs, one did not come out as the one before it.
    pub fn changes(&self) -> usize {
        self.recent.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// Whether there were more changes than a state is worth anything after.
    pub fn is_flapping(&self) -> bool {
        self.changes() > MOST_CHANGES
    }

    /// `good`, `bad`.
    pub fn name(&self) -> &'static str {
        if self.failing.is_some() { "bad" } else { "good" }
    }
}

impl AlertVerdict {
    /// What the process exits with: 0 in a good state, else the code of the last run that failed.
    pub fn code(&self) -> u8 {
        self.state.failing.map_or(0, |run| run.code)
    }

    /// What a monitoring system is told; nothing in a good state.
    pub fn severity(&self) -> Option<Severity> {
        self.state.failing.map(|run| run.severity)
    }

    /// Whether the run came out otherwise than the state says.
    pub fn is_held_back(&self) -> bool {
        self.in_a_row > 0 && !self.changed
    }

    /// What became of the run, in words, where it went against the state: `failure 1 of 3 in a row is held back`.
    pub fn told(&self) -> Option<String> {
        let count = self.in_a_row;
        let is_bad = self.state.failing.is_some();
        let in_a_row = |one: &str, several: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {several} in a row"),
        };
        Some(match (self.is_held_back(), self.changed, is_bad) {
            (true, _, false) => format!("failure {count} of {} in a row is held back", self.rule.fail_after),
            (true, _, true) => format!("success {count} of {} in a row is held back", self.rule.recover_after),
            (false, true, true) => format!("the state is bad after {}", in_a_row("failure", "failures")),
            (false, true, false) => format!("the state is good again after {}", in_a_row("success", "successes")),
            (false, false, _) => return None,
        })
    }

    /// That the runs change too often, in words, if they do.
    pub fn flapping(&self) -> Option<String> {
        let changes = self.state.changes();
        self.state.is_flapping().then(|| format!("flapping: {changes} changes in the last {LAST_RUNS} runs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(fail_after: u32, recover_after: u32) -> AlertRule {
        let count = |count| NonZeroU32::new(count).unwrap();
        AlertRule { fail_after: count(fail_after), recover_after: count(recover_after) }
    }

    fn failed(code: u8) -> Option<FailedRun> {
        (code > 0).then_some(FailedRun { code, severity: Severity::Critical })
    }

    /// The exits of runs that would exit with these codes by themselves, and the runs that changed the state.
    fn exits(codes: &[u8], rule: AlertRule) -> (Vec<u8>, Vec<usize>) {
        let mut state = AlertState::default();
        let (mut exits, mut changes) = (Vec::new(), Vec::new());
        for (place, code) in codes.iter().enumerate() {
            let verdict = state.after(failed(*code), rule);
            exits.push(verdict.code());
            changes.extend(verdict.changed.then_some(place));
            state = verdict.state;
        }
        (exits, changes)
    }

    #[test]
    fn the_state_changes_after_so_many_in_a_row() {
        for (fail_after, recover_after, codes, expected, changes) in [
            // One is enough: the exits are those of the runs.
            (1, 1, &[0, 2, 0, 1, 3, 0][..], &[0, 2, 0, 1, 3, 0][..], &[1, 2, 3, 5][..]),
            (3, 1, &[1, 1, 0, 1, 1, 1, 2, 0], &[0, 0, 0, 0, 0, 1, 2, 0], &[5, 7]),
            // While a recovery is held back, the last failing run's code stays; a failure in between begins it anew.
            (1, 3, &[2, 0, 0, 5, 0, 0, 0, 0], &[2, 2, 2, 5, 5, 5, 0, 0], &[0, 6]),
            (2, 2, &[1, 1, 0, 1, 0, 0, 1, 1], &[0, 1, 1, 1, 1, 0, 0, 1], &[1, 5, 7]),
            (4_000_000_000, 1, &[1, 1], &[0, 0], &[]),
        ] {
            let found = exits(codes, rule(fail_after, recover_after));
            assert_eq!(found, (expected.to_vec(), changes.to_vec()), "{fail_after} {recover_after} {codes:?}");
        }
    }

    #[test]
    fn what_is_told_counts_the_runs_in_a_row() {
        let mut state = AlertState::default();
        let mut told = Vec::new();
        for code in [0, 1, 1, 1, 0, 0, 0] {
            let verdict = state.after(failed(code), rule(2, 3));
            told.push(verdict.told().unwrap_or_default());
            state = verdict.state;
        }
        assert_eq!(
            told,
            [
                "",
                "failure 1 of 2 in a row is held back",
                "the state is bad after 2 failures in a row",
                "",
                "success 1 of 3 in a row is held back",
                "success 2 of 3 in a row is held back",
                "the state is good again after 3 successes in a row",
            ]
        );
        // The numbers may be others than in the run before.
        let state = AlertState { against: u32::MAX, ..AlertState::default() };
        let verdict = state.after(failed(7), rule(2, 1));
        assert!(verdict.changed && verdict.code() == 7 && verdict.in_a_row == u32::MAX);
        let verdict = AlertState::default().after(failed(7), rule(1, 1));
        assert_eq!(verdict.told().unwrap(), "the state is bad after 1 failure");
    }

    #[test]
    fn more_than_four_changes_in_the_last_ten_runs_are_flapping() {
        let after = |codes: &[u8]| {
            let mut state = AlertState::default();
            codes.iter().for_each(|code| state = state.after(failed(*code), rule(3, 1)).state);
            state
        };
        for (codes, changes) in [
            (&[0, 0, 0][..], 0),
            (&[1, 0, 1, 0], 4),
            (&[1, 0, 1, 0, 1], 5),
            (&[1, 0, 1, 0, 1, 1, 1, 1, 1, 1], 5),
            // The first change is eleven runs ago.
            (&[1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1], 4),
            (&[1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], 10),
        ] {
            let state = after(codes);
            assert_eq!((state.changes(), state.is_flapping()), (changes, changes > 4), "{codes:?}");
        }
        let verdict = after(&[1, 0, 1, 0]).after(failed(1), rule(9, 1));
        assert_eq!(verdict.flapping().as_deref(), Some("flapping: 5 changes in the last 10 runs"));
    }

    /// A week of cron, a run every five minutes, with outages that begin and end at random and single failures.
    fn week(seed: u64) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut left = 0;
        (0..2016)
            .map(|_| {
                if left == 0 && random.u32(..60) == 0 {
                    left = random.u32(1..40);
                }
                let is_down = left > 0;
                left = left.saturating_sub(1);
                let is_bad = if is_down { random.u32(..10) > 0 } else { random.u32(..30) == 0 };
                if is_bad { random.u8(1..=63) } else { 0 }
            })
            .collect()
    }

    #[test]
    fn in_a_week_of_cron_the_state_changes_exactly_when_the_rule_says() {
        for (seed, fail_after, recover_after) in [(1, 1, 1), (2, 3, 1), (3, 1, 4), (4, 3, 2), (5, 5, 5), (6, 2, 12)] {
            let codes = week(seed);
            let (found, changes) = exits(&codes, rule(fail_after, recover_after));
            // By the rule's own words, from the whole history.
            let mut bad = false;
            let mut changed_at = Vec::new();
            for place in 0..codes.len() {
                let last = |count: u32| (place + 1).checked_sub(count as usize).map(|first| &codes[first..=place]);
                let changes = match bad {
                    false => last(fail_after).is_some_and(|runs| runs.iter().all(|code| *code > 0)),
                    true => last(recover_after).is_some_and(|runs| runs.iter().all(|code| *code == 0)),
                };
                if changes {
                    bad = !bad;
                    changed_at.push(place);
                }
                let of_last_failed = codes[..=place].iter().rev().find(|code| **code > 0);
                let expected = if bad { *of_last_failed.unwrap() } else { 0 };
                assert_eq!(found[place], expected, "seed {seed}, run {place}");
            }
            assert_eq!(changes, changed_at, "seed {seed}");
            assert!(changes.len() > 10, "seed {seed}: a week with {} changes shows little", changes.len());
        }
    }
}
