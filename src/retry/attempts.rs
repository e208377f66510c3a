//! The retry loop: send, decide, wait, again.
//!
//! Owns: the loop, what is counted between the sends of one request, and the small form of it for programs. Does not:
//! decide (see `decision`), know how a send is carried out.

use std::time::{Duration, Instant};

use super::answer::Answer;
use super::circuit::{Closed, Pass};
use super::decision::{Decision, MOST_SENDS, Refusal, RetryConfig, RetryPolicy, Tried};
use super::guards::Guard;
use crate::exchange::request::ExchangeError;
use crate::exchange::response::Response;
use crate::ground::clock::Clock;

/// What the loop goes by.
pub struct RetryLoop<'p> {
    /// What is tried again.
    pub config: &'p RetryConfig,
    /// A program's own way to decide, if it has one.
    pub own: Option<&'p dyn RetryPolicy>,
    /// What outlives this request.
    pub guard: Guard<'p>,
    /// The method, upper-case; without one, no list of methods is looked at.
    pub method: Option<&'p str>,
    /// Statuses that are never tried again.
    pub expected: &'p [i128],
    /// Reads the time and waits.
    pub clock: &'p dyn Clock,
    /// Numbers from 0 up to 1.
    pub draw: &'p dyn Fn() -> f64,
    /// Whether the run is being stopped: then no wait and no further send.
    pub stopped: &'p dyn Fn() -> bool,
}

/// What has been sent of a request so far.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Sends after the first.
    pub retries: u32,
    /// When the first one began.
    pub start: Option<Instant>,
    /// The right by which the last one went out.
    pub pass: Pass,
    /// The backoff before it.
    previous: Option<Duration>,
    /// Retries for each policy, where there are any (see `Tried`).
    used: Option<Box<[u32]>>,
}

/// What all sends of a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concluded<A> {
    /// The answer that stands.
    pub answer: A,
    /// Sends after the first.
    pub retries: u32,
    /// What was decided about it: `Retry` only where the run was stopped during the wait.
    pub decision: Decision,
}

impl<A> Concluded<A> {
    /// Whether another send was wanted, but all had been used.
    pub fn is_exhausted(&self) -> bool {
        self.decision == Decision::Exhausted
    }
}

/// Waits are cut into pieces this long, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);

impl Guard<'_> {
    /// The right to send now.
    ///
    /// # Errors
    /// The origin's circuit is open.
    pub fn ask(&self, clock: &dyn Clock) -> Result<Pass, Closed> {
        self.breaker.map_or(Ok(Pass::Usual), |breaker| breaker.ask(clock.now()))
    }

    /// Waits until the run's rate has room for a send; false if the run was stopped before that.
    pub fn wait_for_rate(&self, clock: &dyn Clock, stopped: &dyn Fn() -> bool) -> bool {
        self.rate.is_none_or(|bucket| bucket.wait(clock, stopped))
    }
}

impl RetryLoop<'_> {
    /// Sends until the answer stands; `pass` is the right to the first send, for which the run's rate has room. `send` gets the time that is left for all
    /// of them, if that is bounded. `sent` hears of every send: its number from 0, the answer, and what is done about
    /// it.
    pub fn run<A>(
        &self,
        pass: Pass,
        mut send: impl FnMut(Option<Duration>) -> A,
        answer_of: impl Fn(&A) -> Answer<'_>,
        mut sent: impl FnMut(u32, &A, Decision),
    ) -> Concluded<A> {
        let mut progress = self.begin(pass, self.clock.now());
        loop {
            let answer = send(self.left(&progress));
            let decision = self.conclude(&mut progress, answer_of(&answer));
            sent(progress.retries, &answer, decision);
            let retries = progress.retries;
            match decision {
                Decision::Retry(wait) if self.rest(wait.time) => match self.guard.ask(self.clock) {
                    Ok(pass) if self.guard.wait_for_rate(self.clock, self.stopped) => self.repeat(&mut progress, pass),
                    Ok(_) => return Concluded { answer, retries, decision },
                    Err(_) => return Concluded { answer, retries, decision: Decision::Refused(Refusal::Circuit) },
                },
                _ => return Concluded { answer, retries, decision },
            }
        }
    }

    /// The first send of a request goes out now.
    pub fn begin(&self, pass: Pass, now: Instant) -> Progress {
        if let Some(budget) = self.guard.budget {
            budget.deposit();
        }
        Progress { start: Some(now), pass, ..Progress::default() }
    }

    /// Another send of it goes out.
    pub fn repeat(&self, progress: &mut Progress, pass: Pass) {
        progress.retries += 1;
        progress.pass = pass;
    }

    /// The time that is left for sends, where it is bounded.
    pub fn left(&self, progress: &Progress) -> Option<Duration> {
        let most = self.config.max_elapsed?;
        Some(most.saturating_sub(self.elapsed(progress)))
    }

    fn elapsed(&self, progress: &Progress) -> Duration {
        progress.start.map_or(Duration::ZERO, |start| self.clock.now().saturating_duration_since(start))
    }

    /// What is done about the answer to the last send.
    pub fn conclude(&self, progress: &mut Progress, answer: Answer<'_>) -> Decision {
        if let Some(breaker) = self.guard.breaker
            && let Some(news) = breaker.hear(progress.pass, answer, self.expected, self.clock.now())
            && let Some(guards) = self.guard.guards
        {
            guards.tell(news);
        }
        // Load runs ask very often: neither the time nor a draw is needed to know this.
        if self.own.is_none() && (self.config.is_off() || !self.config.is_wanted(answer, self.expected)) {
            return Decision::Stop;
        }
        let tried = Tried {
            attempt: progress.retries,
            used: progress.used.as_deref().unwrap_or_default(),
            method: self.method,
            answer,
            expected: self.expected,
            elapsed: self.elapsed(progress),
            previous: progress.previous,
            draw: (self.draw)(),
            now: self.clock.date(),
        };
        let decision = match self.own {
            Some(own) => own.decide(&tried),
            None => self.config.decide(&tried),
        };
        let Decision::Retry(wait) = decision else { return decision };
        if progress.retries + 1 >= MOST_SENDS {
            return Decision::Exhausted;
        }
        if let Some(refusal) = self.refusal(wait.time) {
            return Decision::Refused(refusal);
        }
        progress.previous = Some(wait.backoff);
        let policies = self.config.policies.all().len();
        if policies > 0 && self.own.is_none() {
            let used = progress.used.get_or_insert_with(|| vec![0; policies + 1].into());
            if let Some(count) = used.get_mut(self.config.rule_for(answer).place) {
                *count += 1;
            }
        }
        decision
    }

    /// Why the run as a whole does not want a retry after such a wait.
    fn refusal(&self, wait: Duration) -> Option<Refusal> {
        let then = || self.clock.now().checked_add(wait);
        if let Some(breaker) = self.guard.breaker
            && then().and_then(|then| breaker.held_until(then)).is_some()
        {
            return Some(Refusal::Circuit);
        }
        let budget = self.guard.budget.filter(|budget| !budget.withdraw())?;
        if let Some(guards) = self.guard.guards.filter(|_| budget.counts().1 == 1) {
            let granted = budget.counts().0;
            guards
                .tell(format!("retry budget used up after {granted} retries: no more until enough requests are sent"));
        }
        Some(Refusal::Budget)
    }

    /// Waits; false if the run was stopped meanwhile.
    fn rest(&self, wait: Duration) -> bool {
        let mut left = wait;
        while !left.is_zero() && !(self.stopped)() {
            let nap = left.min(NAP);
            self.clock.sleep(nap);
            left -= nap;
        }
        !(self.stopped)()
    }
}

/// What an exchange's result means for a decision.
pub fn answer_of(result: &Result<Response, ExchangeError>) -> Answer<'_> {
    match result {
        Ok(response) => Answer::Status(response.status, &response.headers),
        Err(error) => Answer::Error(error.kind),
    }
}

/// Calls `send` until its answer stands or all retries are used; returns it with the number of retries.
///
/// # Errors
/// The last send's error.
///
/// ```
/// use resttest::SystemClock;
/// use resttest::Response;
/// use resttest::{RetryConfig, retry_sync};
/// use std::time::Duration;
///
/// let config = RetryConfig { max_retries: 3, backoff_base: Duration::from_millis(1), ..RetryConfig::default() };
/// let mut hits = 0;
/// let (answer, retries) = retry_sync(&config, &SystemClock, || {
///     hits += 1;
///     Ok(Response::new(if hits < 3 { 503 } else { 200 }, "ok"))
/// });
/// assert_eq!((answer.map(|response| response.status).ok(), retries), (Some(200), 2));
/// ```
pub fn retry_sync(
    config: &RetryConfig,
    clock: &dyn Clock,
    send: impl FnMut() -> Result<Response, ExchangeError>,
) -> (Result<Response, ExchangeError>, u32) {
    let all = RetryLoop {
        config,
        own: None,
        guard: Guard::default(),
        method: None,
        expected: &[],
        clock,
        draw: &fastrand::f64,
        stopped: &|| false,
    };
    let mut send = send;
    let concluded = all.run(Pass::Usual, |_| send(), answer_of, |_, _, _| {});
    (concluded.answer, concluded.retries)
}

#[cfg(test)]
mod tests {
    use super::super::budget::RetryBudget;
    use super::super::circuit::CircuitBreaker;
    use super::super::decision::Wait;
    use super::super::guards::Guards;
    use super::super::policies::{Policy, PolicyKey};
    use super::super::rate_limit::{Bucket, RateLimit};
    use super::*;
    use crate::exchange::request::ErrorKind;
    use crate::ground::clock::FakeClock;
    use std::cell::Cell;

    fn config(max_retries: u32) -> RetryConfig {
        RetryConfig { max_retries, ..RetryConfig::default() }
    }

    fn error(kind: ErrorKind) -> ExchangeError {
        ExchangeError { kind, message: kind.name().to_owned(), timing: Box::default() }
    }

    fn statuses(list: &'static [u16]) -> impl FnMut() -> Result<Response, ExchangeError> {
        let mut left = list.iter();
        move || Ok(Response::new(*left.next().unwrap(), ""))
    }

    fn sends<'p>(config: &'p RetryConfig, clock: &'p FakeClock) -> RetryLoop<'p> {
        RetryLoop {
            config,
            own: None,
            guard: Guard::default(),
            method: Some("GET"),
            expected: &[],
            clock,
            draw: &|| 0.5,
            stopped: &|| false,
        }
    }

    #[test]
    fn retry_sync_counts_and_waits() {
        let clock = FakeClock::default();
        for (max, list, status, retries) in [
            (3, &[200][..], 200, 0),
            (3, &[500, 503, 200], 200, 2),
            (2, &[500, 500, 500], 500, 2),
            (0, &[500], 500, 0),
            (3, &[404], 404, 0),
        ] {
            let (answer, counted) = retry_sync(&config(max), &clock, statuses(list));
            assert_eq!((answer.unwrap().status, counted), (status, retries), "{list:?}");
        }
        let half = Duration::from_millis(500);
        assert_eq!(clock.slept(), (half + half * 2) * 2);
        let mut calls = 0;
        let (answer, retries) = retry_sync(&config(2), &clock, || {
            calls += 1;
            Err(error(ErrorKind::Connect))
        });
        assert_eq!((answer.unwrap_err().kind, retries, calls), (ErrorKind::Connect, 2, 3));
        let (answer, retries) = retry_sync(&config(2), &clock, || Err(error(ErrorKind::Url)));
        assert_eq!((answer.unwrap_err().kind, retries), (ErrorKind::Url, 0));
        let narrowed = RetryConfig { methods: Some(vec!["PUT".to_owned()]), ..config(1) };
        assert_eq!(retry_sync(&narrowed, &clock, statuses(&[503, 200])).1, 1, "a program has no method to look at");
    }

    #[test]
    fn the_last_decision_stands_beside_the_answer() {
        let clock = FakeClock::default();
        for (max, list, decision) in [
            (1, &[503, 503][..], Decision::Exhausted),
            // The retry was used, but nothing wanted another.
            (1, &[503, 404], Decision::Stop),
            (1, &[503, 200], Decision::Stop),
            (0, &[503], Decision::Stop),
        ] {
            let config = config(max);
            let all = RetryLoop { expected: &[200], ..sends(&config, &clock) };
            let mut heard = 0;
            let mut send = statuses(list);
            let concluded = all.run(Pass::Usual, |_| send(), answer_of, |_, _, _| heard += 1);
            assert_eq!(concluded.decision, decision, "{list:?}");
            assert_eq!((concluded.is_exhausted(), heard), (decision == Decision::Exhausted, list.len()));
        }
    }

    #[test]
    fn a_stop_ends_the_wait_and_no_further_send_follows() {
        let clock = FakeClock::default();
        let asked = Cell::new(0);
        let stopped = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let config = config(5);
        let all = RetryLoop { stopped: &stopped, ..sends(&config, &clock) };
        let mut send = statuses(&[503]);
        let concluded = all.run(Pass::Usual, |_| send(), answer_of, |_, _, _| {});
        assert_eq!((concluded.retries, concluded.is_exhausted()), (0, false));
        assert_eq!(clock.slept(), NAP * 3);
    }

    /// What answers with these statuses come to: how many were asked for, and the last decision.
    fn ran(all: &RetryLoop<'_>, list: &'static [u16]) -> (usize, Decision) {
        let (mut send, mut count) = (statuses(list), 0);
        let counted = |_| {
            count += 1;
            send()
        };
        let decision = all.run(Pass::Usual, counted, answer_of, |_, _, _| {}).decision;
        (count, decision)
    }

    #[test]
    fn retries_keep_to_the_rate() {
        let clock = FakeClock::default();
        let bucket = Bucket::new(RateLimit::parse("6/m").unwrap());
        let config = RetryConfig { backoff_base: Duration::from_secs(1), ..config(2) };
        let guard = Guard { rate: Some(&bucket), ..Guard::default() };
        let all = RetryLoop { guard, ..sends(&config, &clock) };
        assert!(guard.wait_for_rate(&clock, &|| false));
        assert_eq!(ran(&all, &[503, 503, 200]), (3, Decision::Stop));
        assert_eq!((clock.slept(), bucket.sends()), (Duration::from_secs(20), 3));
        let stopped = || clock.slept() > Duration::from_secs(25);
        let all = RetryLoop { stopped: &stopped, ..all };
        assert!(matches!(ran(&all, &[503]), (1, Decision::Retry(_))), "stopped while it waits for its turn");
    }

    #[test]
    fn policies_count_for_themselves() {
        let clock = FakeClock::default();
        let policies = vec![
            Policy {
                max_retries: Some(2),
                backoff_base: Some(Duration::from_secs(10)),
                ..Policy::new(PolicyKey::Status(429))
            },
            Policy { max_retries: Some(0), ..Policy::new(PolicyKey::Status(504)) },
        ];
        let config = RetryConfig { policies: policies.into(), ..config(1) };
        assert_eq!(ran(&sends(&config, &clock), &[429, 503, 429, 429]), (4, Decision::Exhausted));
        // 10 and 20 s for 429, half a second for 503: each has its own backoff.
        assert_eq!(clock.slept(), Duration::from_millis(30_500));
        assert_eq!(ran(&sends(&config, &clock), &[503, 504]), (2, Decision::Stop));
    }

    #[test]
    fn a_hundred_sends_are_the_end_of_every_request() {
        #[derive(Debug)]
        struct Stubborn;
        impl RetryPolicy for Stubborn {
            fn decide(&self, tried: &Tried<'_>) -> Decision {
                match tried.answer {
                    Answer::Status(200, _) => Decision::Stop,
                    _ => Decision::Retry(Wait::of(Duration::from_secs(u64::from(tried.attempt)))),
                }
            }
        }
        let clock = FakeClock::default();
        let never = RetryConfig::default();
        let own = RetryLoop { own: Some(&Stubborn), ..sends(&never, &clock) };
        assert_eq!(ran(&own, &[404, 404, 404, 200]), (4, Decision::Stop));
        assert_eq!(clock.slept(), Duration::from_secs(3));
        assert_eq!(ran(&own, &[503; 200]), (100, Decision::Exhausted));
        let many = RetryConfig { backoff_base: Duration::ZERO, ..config(5000) };
        assert_eq!(ran(&sends(&many, &clock), &[503; 200]), (100, Decision::Exhausted));
    }

    #[test]
    fn the_time_that_is_left_for_a_send_is_bounded() {
        let clock = FakeClock::default();
        let config = RetryConfig { max_elapsed: Some(Duration::from_secs(4)), ..config(9) };
        let mut left = Vec::new();
        let concluded = sends(&config, &clock).run(
            Pass::Usual,
            |time| {
                left.push(time.unwrap().as_millis());
                clock.sleep(Duration::from_millis(600));
                Ok(Response::new(503, ""))
            },
            answer_of,
            |_, _, _| {},
        );
        // 0.6 s each, waits of 0.5 and 1 s; one of 2 s would end at 5.3 s.
        assert_eq!(left, [4000, 2900, 1300]);
        let wait = Duration::from_secs(2);
        let refused = Refusal::Elapsed { wait, most: Duration::from_secs(4) };
        assert_eq!(concluded.decision, Decision::Refused(refused));
    }

    #[test]
    fn a_budget_and_a_breaker_end_retries_and_it_is_told_once() {
        let clock = FakeClock::default();
        let config = config(9);
        let guards = Guards::default();
        let budget = guards.budget(RetryBudget { ratio: 0, min_retries: 3 });
        let guard = Guard { guards: Some(&guards), budget: Some(&budget), ..Guard::default() };
        let all = RetryLoop { guard, ..sends(&config, &clock) };
        assert_eq!(ran(&all, &[503; 9]), (4, Decision::Refused(Refusal::Budget)));
        assert_eq!(ran(&all, &[503; 9]), (1, Decision::Refused(Refusal::Budget)));
        assert_eq!(guards.news(), ["retry budget used up after 3 retries: no more until enough requests are sent"]);

        let breakers = guards.breakers(&CircuitBreaker { failures: 3, ..CircuitBreaker::default() });
        let breaker = breakers.of("http://a/").unwrap();
        let guard = Guard { guards: Some(&guards), breaker: Some(&breaker), ..Guard::default() };
        let all = RetryLoop { guard, ..sends(&config, &clock) };
        assert_eq!(ran(&all, &[503; 9]), (3, Decision::Refused(Refusal::Circuit)));
        assert!(guard.ask(&clock).is_err());
        assert_eq!(guards.news().len(), 1);
        let expecting = RetryLoop { expected: &[503], ..sends(&config, &clock) };
        assert_eq!(ran(&expecting, &[503]), (1, Decision::Stop));
    }
}
