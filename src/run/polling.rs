//! `poll`: sends until the answer that is waited for comes, or there is nothing left to wait for.
//!
//! Owns: the order of things in a turn, and the end of all turns. Does not: send (see `one_test`), judge the answer
//! that settled it.

use std::time::Duration;

use super::guarded::mark;
use super::sending::{Answered, Deadline, Sending, Sent};
use super::session::{Session, failure};
use crate::exchange::request::{ErrorKind, Request};
use crate::exchange::response::Response;
use crate::judge::outcome::{Excerpt, Failure, FailureKind};
use crate::judge::validate::{Keeper, Validator};
use crate::record::event::Sink;
use crate::retry::{Concluded, Decision, Pass, RetryConfig, retry_after};
use crate::test::definition::Test;
use crate::test::poll::Poll;

/// Waits are cut into pieces this long, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);

/// An answer that is cut at the limit may end this much before it: timers are not exact.
const CUT: Duration = Duration::from_millis(5);

/// Statuses of which `Retry-After` says when to ask again.
const BUSY: [u16; 3] = [202, 429, 503];

/// What an answer says about what is waited for.
enum Turn<'p> {
    /// The answer, or the error, stands: there is nothing to wait for any more.
    Stands,
    /// What is waited for will never be there, as this holds.
    Met(&'p Validator),
    /// Not yet, for this reason.
    NotYet(String),
}

/// A poll after which what is waited for is not there.
struct Unsettled<'p> {
    poll: &'p Poll,
    sending: &'p Sending<'p>,
    deadline: Deadline,
    polls: u32,
    answer: &'p Answered,
    last: String,
}

impl Session<'_> {
    /// Sends until what is waited for is there. Nothing else is judged of the answers.
    pub(super) fn poll(&self, poll: &Poll, first: &Sending<'_>, sink: &mut dyn Sink) -> Sent {
        let clock = &*self.engine.clock;
        if !first.guard.wait_for_rate(clock, &|| sink.is_stopped()) {
            let concluded = Concluded { answer: Err(self.leave_behind()), retries: 0, decision: Decision::Stop };
            return Sent { concluded, attempts: Vec::new(), polls: 0, earlier: 0, ended: None };
        }
        let deadline = Deadline::from(clock.now(), poll.timeout);
        let mut sending = Sending { deadline: Some(deadline), ..*first };
        let (mut polls, mut earlier) = (0, 0);
        loop {
            polls += 1;
            let left = deadline.left(clock.now());
            let bounded = first.retry.max_elapsed.map_or(left, |most| most.min(left));
            let retry = RetryConfig { max_elapsed: Some(bounded), ..first.retry.clone() };
            let renewed = if polls == 1 { None } else { renewed(first) };
            let request = renewed.as_ref().unwrap_or(first.request);
            sending.before = u32::try_from(earlier).unwrap_or(u32::MAX);
            let (concluded, attempts) = self.send(&Sending { retry: &retry, request, ..sending }, sink);
            let ended = match self.turn(poll, first.test, (&deadline, &concluded.answer)) {
                Turn::Stands => None,
                Turn::Met(condition) => {
                    let (time, claim) = (shown(deadline.elapsed(clock.now())), condition.claim(&self.context));
                    let message = format!("fail_if met after {} ({time} s): {claim}", counted(polls));
                    let excerpt = Excerpt::wanted(condition.location.position);
                    let failure = failure(FailureKind::ValidatorFailed, message, &condition.location);
                    Some(Box::new(Failure { excerpt, ..failure }))
                }
                Turn::NotYet(last) => {
                    let answer = &concluded.answer;
                    let so_far = Unsettled { poll, sending: first, deadline, polls, answer, last };
                    match self.wait_for_next(&so_far, sink) {
                        Ok(pass) => {
                            earlier += attempts.len() as u64;
                            sending.pass = pass;
                            continue;
                        }
                        Err(failure) => Some(failure),
                    }
                }
            };
            return Sent { concluded, attempts, polls, earlier, ended };
        }
    }

    /// What an answer says: errors first, then `fail_if`, then `until`.
    fn turn<'p>(&self, poll: &'p Poll, test: &Test, (deadline, answer): (&Deadline, &Answered)) -> Turn<'p> {
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                let is_cut = error.kind == ErrorKind::Timeout && deadline.left(self.engine.clock.now()) <= CUT;
                let is_not_yet = is_cut || poll.errors.contains(&error.kind);
                return if is_not_yet { Turn::NotYet(error.message.clone()) } else { Turn::Stands };
            }
        };
        let unmet = |condition: &Validator| condition.unmet(response, &self.context);
        if let Some(met) = poll.fail_if.iter().find(|condition| unmet(condition).is_none()) {
            return Turn::Met(met);
        }
        let unmet =
            if poll.until.is_empty() { self.not_right(test, response) } else { poll.until.iter().find_map(unmet) };
        unmet.map_or(Turn::Stands, Turn::NotYet)
    }

    /// What keeps an answer from being right, by the test's own status and validators. What is kept of an answer in a
    /// file is held against the answer that settles it.
    fn not_right(&self, test: &Test, response: &Response) -> Option<String> {
        let expected = test.statuses(&self.context).unwrap_or_default();
        if !expected.contains(&i128::from(response.status)) {
            return Some(format!("status was {}", response.status));
        }
        let updates = self.engine.settings.update_snapshots;
        let redact = |text: &str| self.without_secrets(test, response, text);
        let keeper = Keeper { redact: &redact, updates: false };
        test.validators.iter().filter(|validator| !(updates && validator.is_snapshot())).find_map(|validator| {
            let failure = validator.check_with(response, &self.context, &keeper).err()?;
            Some(validator.in_short(&failure, response, &self.context))
        })
    }

    /// Waits for the next poll, and gives the right to send it.
    ///
    /// # Errors
    /// There is none: it could not begin in time, there were enough, the run was stopped, or the origin's circuit is
    /// open.
    fn wait_for_next(&self, so_far: &Unsettled<'_>, sink: &mut dyn Sink) -> Result<Pass, Box<Failure>> {
        let Unsettled { poll, sending, deadline, polls, answer, last } = so_far;
        let clock = &*self.engine.clock;
        let interval = poll.interval_after(*polls);
        let asked = match answer {
            Ok(response) if sending.retry.respect_retry_after && BUSY.contains(&response.status) => {
                retry_after(&response.headers, clock.date()).filter(|asked| *asked > interval)
            }
            _ => None,
        };
        let (wait, left) = (asked.unwrap_or(interval), deadline.left(clock.now()));
        let counted = counted(*polls);
        let mut message = if poll.max_polls.is_some_and(|most| *polls >= most) {
            let time = shown(deadline.elapsed(clock.now()));
            format!("not settled in {time} s after {counted}, which is max_polls; last: {last}")
        } else if left.is_zero() || wait > left || !self.is_let_go(so_far, wait, sink) && !sink.is_stopped() {
            format!("not settled in {} s after {counted}; last: {last}", poll.timeout.as_secs_f64())
        } else if !sink.is_stopped() {
            return sending.guard.ask(clock).map_err(|closed| {
                let why = sending.guard.breaker.map(|breaker| breaker.refuse(closed, clock.now()));
                let why = why.unwrap_or_default();
                Box::new(failure(FailureKind::TestException, why, &sending.test.location))
            });
        } else {
            self.left_behind.set(self.courier.is_some());
            let time = shown(deadline.elapsed(clock.now()));
            format!("not settled in {time} s after {counted}, when the run was stopped; last: {last}")
        };
        if let Some(asked) = asked.filter(|_| interval <= left) {
            message.push_str(&format!("; server asked for {} s", asked.as_secs_f64()));
        }
        let kind = if answer.is_ok() { FailureKind::ValidatorFailed } else { FailureKind::CurlException };
        let excerpt = Excerpt::wanted(poll.location.position);
        Err(Box::new(Failure { excerpt, ..failure(kind, message, &poll.location) }))
    }

    /// Waits, and then until the run's rate has room; false if the run was stopped before that, or all time was over.
    fn is_let_go(&self, so_far: &Unsettled<'_>, wait: Duration, sink: &mut dyn Sink) -> bool {
        let clock = &*self.engine.clock;
        let mut left = wait;
        while !left.is_zero() && !sink.is_stopped() {
            let nap = left.min(NAP);
            clock.sleep(nap);
            left -= nap;
        }
        let is_over = || sink.is_stopped() || so_far.deadline.left(clock.now()).is_zero();
        !sink.is_stopped() && so_far.sending.guard.wait_for_rate(clock, &is_over)
    }
}

/// The request with a new key: each poll is a request of its own, which a server is not to answer as it did the last.
fn renewed(first: &Sending<'_>) -> Option<Request> {
    let key = first.retry.idempotency_key.as_ref()?;
    if first.test.header_texts().any(|(name, _)| name.source().eq_ignore_ascii_case(&key.header)) {
        return None;
    }
    let mut request = first.request.clone();
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&key.header));
    mark(&mut request, Some(key));
    Some(request)
}

fn counted(polls: u32) -> String {
    if polls == 1 { "1 poll".to_owned() } else { format!("{polls} polls") }
}

/// Seconds, as exact as people read them.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{seconds:.2}") } else { format!("{seconds:.1}") }
}
