//! Jobs that take their time: what polling is for.
//!
//! Owns: their states. Does not: do any work, know HTTP framing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http1::{Answer, Call};

/// How many jobs are kept; the oldest go first.
const MOST_JOBS: usize = 10_000;

/// All jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    jobs: BTreeMap<u64, Job>,
    last_id: u64,
}

#[derive(Debug)]
struct Job {
    begun: Instant,
    /// So many times it is asked for before it has ended.
    polls: u64,
    /// So long it takes at least.
    takes: Duration,
    /// How it ends: `done`, `failed`; `never`, if it does not.
    end: String,
    asked: u64,
}

impl Jobs {
    /// `POST /jobs` with `polls`, `ms` and `end` as JSON, all of which may be left out; `GET /jobs/ID`.
    pub fn answer(&mut self, below: &[&str], call: &Call) -> Answer {
        match (call.method.as_str(), below) {
            ("POST", []) => self.create(call),
            ("GET", [id]) => match id.parse().ok().and_then(|id: u64| Some((id, self.jobs.get_mut(&id)?))) {
                Some((id, job)) => job.state(id),
                None => Answer::error(404, "no such job"),
            },
            _ => Answer::error(405, "jobs are created with POST and looked at with GET").with("Allow", "GET, POST"),
        }
    }

    fn create(&mut self, call: &Call) -> Answer {
        let given: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let end = given["end"].as_str().unwrap_or("done");
        if !matches!(end, "done" | "failed" | "never") {
            return Answer::error(400, "a job ends as done or failed, or never");
        }
        let number = |name: &str| given[name].as_u64().unwrap_or_default();
        self.last_id += 1;
        let job = Job {
            begun: Instant::now(),
            polls: number("polls"),
            takes: Duration::from_millis(number("ms")),
            end: end.to_owned(),
            asked: 0,
        };
        self.jobs.insert(self.last_id, job);
        if self.jobs.len() > MOST_JOBS {
            self.jobs.pop_first();
        }
        Answer::json(202, &json!({ "id": self.last_id, "state": "running" }))
            .with("Location", format!("/jobs/{}", self.last_id))
    }
}

impl Job {
    fn state(&mut self, id: u64) -> Answer {
        self.asked += 1;
        let is_over = self.end != "never" && self.asked > self.polls && self.begun.elapsed() >= self.takes;
        let mut state = json!({ "id": id, "state": "running", "asked": self.asked });
        if is_over {
            state["state"] = self.end.as_str().into();
        }
        if state["state"] == "done" {
            state["result"] = json!({ "rows": 42 });
        }
        Answer::json(200, &state)
    }
}
