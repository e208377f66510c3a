//! Hits of many slots that one event loop serves: what each sends next, and what its answers come to.
//!
//! Owns: the permit, the retries and the think time of each slot. Does not: wait, send, or know sockets (see
//! `exchange::request`).

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Shared;
use super::hit::{BREAKER_NAP, LEAST, LeftOver, Subject, explain};
use super::judges::Judges;
use super::permits::{Offer, Permit, Permits};
use super::sampled;
use super::stats::Sample;
use super::target::{Circumstances, Target};
use crate::exchange::request::{Ended, ErrorKind, Exchange, ExchangeError, Next, Request, Slots};
use crate::exchange::response::Response;
use crate::retry::{Answer, Breaker, Closed, Decision, Pass, Progress};
use crate::run::rounds::Round;

/// The slots of one loop.
pub(super) struct Hits<'s> {
    shared: &'s Arc<Shared>,
    /// The loop's number, and that of its first slot among all of the run.
    number: usize,
    first: usize,
    /// One for each slot; a single one where no hit leaves anything in its context.
    subjects: Vec<Subject>,
    /// The request, if it never changes.
    constant: Option<Arc<Request>>,
    slots: Vec<Slot>,
    /// `None` while warming up.
    permits: Option<&'s Permits>,
    random: fastrand::Rng,
    /// What waits before retries are drawn from.
    draws: RefCell<fastrand::Rng>,
}

/// A slot, and the hit that it is at.
#[derive(Default)]
struct Slot {
    /// It waited for what was due.
    is_waiting: bool,
    permit: Option<Permit>,
    request: Option<Arc<Request>>,
    /// What has been sent of this hit.
    progress: Progress,
    /// The breaker of the origin that it asks, if origins have any.
    breaker: Option<Arc<Breaker>>,
    /// It has a request that could not be sent yet: the origin's circuit is open, or the run's rate has no room.
    is_held: bool,
    /// The circuit lets it send, once the rate does.
    pass: Option<Pass>,
    lag: Option<Duration>,
    own_lag: Option<Duration>,
    connections: u32,
    /// When the next send is, and what the hit comes to if there is none.
    again: Option<(Instant, Box<Sample>)>,
    /// What it is signed with, and whether it goes out again for that.
    round: Option<Round>,
    is_refused: bool,
    /// It thinks until then.
    thinks: Option<Instant>,
}

impl<'s> Hits<'s> {
    /// The slots of loop `number`, so many from `first` on.
    pub fn new(shared: &'s Arc<Shared>, number: usize, first: usize, slots: usize) -> Hits<'s> {
        let subjects = if shared.target.known().is_stateless { 1 } else { slots };
        Hits {
            shared,
            number,
            first,
            subjects: (0..subjects).map(|_| Subject::new(shared.target.clone(), shared.context.clone())).collect(),
            constant: None,
            slots: (0..slots).map(|_| Slot::default()).collect(),
            permits: None,
            random: fastrand::Rng::with_seed(shared.seed.wrapping_add(number as u64)),
            draws: RefCell::new(shared.draws(number)),
        }
    }

    /// From now on hits are measured.
    pub fn measure(&mut self, permits: Option<&'s Permits>) {
        self.permits = permits;
    }

    /// The context that has the most to offer to what follows.
    pub fn into_left_over(self) -> Option<LeftOver> {
        self.subjects.into_iter().map(Subject::into_left_over).max_by_key(|left| left.rank)
    }

    fn permits(&self) -> &'s Permits {
        self.permits.unwrap_or(&self.shared.warmup)
    }

    fn is_stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    fn subject(&mut self, slot: usize) -> Option<&mut Subject> {
        let last = self.subjects.len().saturating_sub(1);
        self.subjects.get_mut(slot.min(last))
    }

    /// The next request of a slot.
    fn request(&mut self, slot: usize) -> Result<Arc<Request>, String> {
        let number = self.permits.and_then(|_| self.shared.target.sample());
        if let Some(constant) = self.constant.as_ref().filter(|_| number.is_none()) {
            return Ok(constant.clone());
        }
        let Some(subject) = self.subject(slot) else { return Err("there is no such slot".to_owned()) };
        let request = subject.request(&Response::default())?;
        if let Some(number) = number {
            return Ok(Arc::new(sampled::with_span(request, number)));
        }
        let request = Arc::new(request);
        if self.shared.target.known().is_constant {
            self.constant = Some(request.clone());
        }
        Ok(request)
    }

    /// Whether an answer is judged by other threads. Where the next request depends on it, it cannot be.
    fn is_heavy(&self, response: &Response) -> bool {
        let target = &self.shared.target;
        target.known().is_stateless
            && self.permits.is_some()
            && target.is_heavy(response)
            && self.shared.judges().is_some_and(Judges::has_room)
    }

    /// Has an answer judged by other threads, and counted by them; its times are taken.
    fn judge_elsewhere(
        &mut self,
        slot: usize,
        response: Response,
        since_due: Option<Duration>,
        mut sample: Sample,
        at: Instant,
    ) -> bool {
        let (shared, number) = (self.shared.clone(), self.number);
        let since_start = self.permits().since_start(at);
        let Some(mut subject) = self.subject(slot).map(|subject| subject.fork()) else { return false };
        let Some(judges) = self.shared.judges() else { return false };
        judges.give(move || {
            subject.answered(&response, since_due, &mut sample);
            sample.at = since_start;
            if !shared.abandoned.load(Ordering::Relaxed) {
                shared.shards.add(number, sample);
            }
        });
        true
    }

    /// Sends the request of a slot for the first time, as soon as its origin's circuit and the run's rate let it.
    fn start(&mut self, number: usize, now: Instant) -> Next {
        let (shared, target) = (self.shared, &self.shared.target);
        let Some(slot) = self.slots.get_mut(number) else { return Next::End };
        slot.is_held = false;
        let Some(request) = slot.request.clone() else { return Next::End };
        let known = target.known();
        if known.is_sent_once {
            slot.progress.start = Some(now);
            return Next::Send(request, known.wanted);
        }
        let is_late =
            || shared.stop.load(Ordering::Relaxed) || self.permits.is_some_and(|permits| permits.is_late(now));
        let asked = || slot.breaker.as_ref().map_or(Ok(Pass::Usual), |breaker| breaker.ask(now));
        let closed = match slot.pass.take().map_or_else(asked, Ok) {
            Ok(pass) => {
                if let Some(Err(room)) = target.guarding.rate().map(|bucket| bucket.take(now)) {
                    if is_late() {
                        return Next::End;
                    }
                    (slot.is_held, slot.pass) = (true, Some(pass));
                    return Next::At(room.min(now + BREAKER_NAP));
                }
                let of = Circumstances { expected: &[], draw: &|| 0.0, stopped: &|| false };
                slot.progress = target.sends(slot.breaker.as_deref(), of).begin(pass, now);
                return Next::Send(request, known.wanted);
            }
            Err(closed) => closed,
        };
        if let (Closed::ForEver, Some(breaker)) = (closed, &slot.breaker) {
            shared.break_off(breaker.message(now));
            return Next::End;
        }
        if is_late() {
            return Next::End;
        }
        slot.is_held = true;
        let nap = now + BREAKER_NAP;
        Next::At(match closed {
            Closed::Until(then) => then.min(nap),
            _ => nap,
        })
    }

    /// Makes the request of a slot ready: it may need a token first.
    fn make_ready(&mut self, number: usize, request: &Request) -> Result<(), ExchangeError> {
        if request.auth.is_none() {
            return Ok(());
        }
        let stopped = || self.is_stopped();
        let way: (&dyn Exchange, &dyn Fn() -> bool) = (&*self.shared.exchange, &stopped);
        let round = self.shared.target.on_its_way(request, way, Round::begin)?;
        if let Some(slot) = self.slots.get_mut(number) {
            slot.round = round;
        }
        Ok(())
    }

    /// Whether an answer has its request sent once more for its authentication.
    ///
    /// # Errors
    /// There is nothing to prove it with any more.
    fn is_refused(&mut self, number: usize, answer: &Response) -> Result<bool, ExchangeError> {
        let target = &self.shared.target;
        let status = i128::from(answer.status);
        let Some(slot) = self.slots.get(number) else { return Ok(false) };
        let Some((round, request)) = slot.round.zip(slot.request.clone()) else { return Ok(false) };
        let is_expected = self.subject(number).is_some_and(|subject| subject.statuses(target).contains(&status));
        let stopped = || self.is_stopped();
        let way: (&dyn Exchange, &dyn Fn() -> bool) = (&*self.shared.exchange, &stopped);
        let next = target.on_its_way(&request, way, |way| round.next(answer, is_expected, way))?;
        let Some(slot) = self.slots.get_mut(number) else { return Ok(false) };
        slot.round = next.or(slot.round);
        slot.is_refused = next.is_some();
        Ok(slot.is_refused)
    }

    /// The request of a slot once more, with the time that is left; nothing where its origin's circuit is open.
    fn repeated(&mut self, number: usize, request: &Arc<Request>) -> Option<Arc<Request>> {
        let target = &self.shared.target;
        let slot = self.slots.get_mut(number)?;
        let of = Circumstances { expected: &[], draw: &|| 0.0, stopped: &|| false };
        let sends = target.sends(slot.breaker.as_deref(), of);
        let pass = sends.guard.ask(sends.clock).ok()?;
        sends.repeat(&mut slot.progress, pass);
        Some(match sends.left(&slot.progress) {
            None => request.clone(),
            Some(left) => Arc::new(request.within(left.max(LEAST)).into_owned()),
        })
    }

    fn add(&mut self, mut sample: Sample, at: Instant) {
        let Some(permits) = self.permits else {
            // Only its connections count: they are the ones that the run goes on with.
            self.shared.shards.add_connections(self.number, sample.connections);
            return;
        };
        sample.at = permits.since_start(at);
        self.shared.shards.add(self.number, sample);
    }
}

impl Slots for Hits<'_> {
    fn next(&mut self, number: usize, now: Instant) -> Next {
        let is_stopped = self.is_stopped();
        let permits = self.permits();
        let Some(slot) = self.slots.get_mut(number) else { return Next::End };
        if std::mem::take(&mut slot.is_refused)
            && let Some(request) = &slot.request
        {
            return Next::Send(request.clone(), self.shared.target.known().wanted);
        }
        let mut given_up = None;
        match (slot.again.take(), &slot.request) {
            (Some((_, sample)), _) if is_stopped => given_up = Some(sample),
            (Some((at, sample)), _) if at > now => {
                slot.again = Some((at, sample));
                return Next::At(at);
            }
            (Some((_, sample)), Some(request)) => {
                let request = request.clone();
                if let Some(Err(room)) = self.shared.target.guarding.rate().map(|bucket| bucket.take(now)) {
                    slot.again = Some((room, sample));
                    return Next::At(room.min(now + BREAKER_NAP));
                }
                match self.repeated(number, &request) {
                    Some(request) => return Next::Send(request, self.shared.target.known().wanted),
                    // The circuit opened while it waited: what it had come to stands.
                    None => given_up = Some(sample),
                }
            }
            _ => {}
        }
        if self.slots.get(number).is_some_and(|slot| slot.is_held) {
            return self.start(number, now);
        }
        let Some(slot) = self.slots.get_mut(number) else { return Next::End };
        if let Some(until) = slot.thinks.take_if(|until| *until > now).filter(|_| !permits.is_over(now)) {
            slot.thinks = Some(until);
            return Next::At(until);
        }
        if let Some(sample) = given_up {
            self.add(*sample, now);
        }
        // Nobody has anything to send before the rate has room, whatever is due.
        if let Some(room) = self.shared.target.guarding.rate().and_then(|bucket| bucket.lacks_until(now))
            && !permits.is_over(now)
            && !permits.is_late(now)
            && let Some(slot) = self.slots.get_mut(number)
        {
            slot.is_waiting = false;
            return Next::Due(room.min(now + BREAKER_NAP));
        }
        loop {
            let offered = permits.offer(self.first + number, now);
            let Some(slot) = self.slots.get_mut(number) else { return Next::End };
            let permit = match offered {
                Offer::Over => return Next::End,
                Offer::Turn(at) => return Next::At(at),
                Offer::Due(at) => {
                    slot.is_waiting = true;
                    return Next::Due(at);
                }
                Offer::Permit(permit) => permit,
            };
            let own_lag = permit.due.filter(|_| slot.is_waiting).map(|due| now.saturating_duration_since(due));
            *slot = Slot { permit: Some(permit), own_lag, ..Slot::default() };
            match self.request(number).map(|request| (self.make_ready(number, &request), request)) {
                Ok((Err(error), _)) => {
                    let reason = Some(self.shared.target.secrets.redact(&error.message).into_owned());
                    self.add(Sample { error: Some(error.kind), reason, ..Sample::default() }, now);
                }
                Ok((Ok(()), request)) => {
                    let breaker = self.subject(number).and_then(|subject| subject.breaker());
                    if let Some(slot) = self.slots.get_mut(number) {
                        slot.request = Some(request);
                        slot.breaker = breaker;
                    }
                    return self.start(number, now);
                }
                Err(message) => self.add(Sample { reason: Some(message), ..Sample::default() }, now),
            }
        }
    }

    fn done(&mut self, number: usize, result: Result<&mut Response, ExchangeError>, ended: Ended) {
        if self.is_abandoned() {
            return;
        }
        let shared = self.shared;
        let target: &Target = &shared.target;
        let result = match result {
            Ok(response) if self.slots.get(number).is_some_and(|slot| slot.round.is_some()) => {
                let refused = self.is_refused(number, response);
                if let (Ok(true), Some(slot)) = (&refused, self.slots.get_mut(number)) {
                    slot.connections += response.timing.num_connects;
                    return;
                }
                refused.map(|_| response)
            }
            result => result,
        };
        let is_sent_once = target.known().is_sent_once;
        let expected = match is_sent_once {
            true => Cow::default(),
            false => self.subject(number).map(|subject| subject.statuses(target)).unwrap_or_default(),
        };
        let Some(slot) = self.slots.get_mut(number) else { return };
        let start = slot.progress.start.unwrap_or(ended.at);
        let due = slot.permit.and_then(|permit| permit.due);
        if slot.progress.retries == 0 {
            slot.lag = due.map(|due| ended.sent.unwrap_or(start).saturating_duration_since(due));
        }
        slot.connections += match &result {
            Ok(response) => response.timing.num_connects,
            Err(error) => error.timing.num_connects,
        };
        let stopped = || shared.stop.load(Ordering::Relaxed);
        let draw = || self.draws.borrow_mut().f64();
        let retries = slot.progress.retries;
        let decision = if is_sent_once {
            Decision::Stop
        } else {
            let of = Circumstances { expected: &expected, draw: &draw, stopped: &stopped };
            let sends = target.sends(slot.breaker.as_deref(), of);
            let answer = match &result {
                Ok(response) => Answer::Status(response.status, &response.headers),
                Err(error) => Answer::Error(error.kind),
            };
            sends.conclude(&mut slot.progress, answer)
        };
        if retries > 0 || decision != Decision::Stop {
            match &result {
                Ok(response) => {
                    let timing = &response.timing;
                    target.note(retries, Ok((response.status, timing.total)));
                }
                Err(error) => target.note(retries, Err(error)),
            }
        }
        let mut sample = Sample {
            retries,
            is_exhausted: decision == Decision::Exhausted,
            connections: slot.connections,
            attempts: retries + 1,
            lag: slot.lag,
            own_lag: slot.own_lag,
            ..Sample::default()
        };
        if let Some(request) = slot.request.as_ref().filter(|_| !matches!(decision, Decision::Retry(_))) {
            sampled::keep(request, ended.at, result.as_deref(), retries);
        }
        let since_due = due.filter(|_| retries == 0).map(|due| ended.at.saturating_duration_since(due));
        let elsewhere = match result {
            Ok(response) if self.is_heavy(response) => {
                self.judge_elsewhere(number, std::mem::take(response), since_due, std::mem::take(&mut sample), ended.at)
            }
            Ok(response) => {
                if let Some(subject) = self.subject(number) {
                    subject.answered(response, since_due, &mut sample);
                }
                false
            }
            Err(error) => {
                if error.kind == ErrorKind::Egress {
                    shared.break_off(error.message.clone());
                }
                if let Some(subject) = self.subject(number) {
                    subject.unanswered(&error, &Response::default(), &mut sample);
                }
                false
            }
        };
        explain(&mut sample, decision);
        match decision {
            Decision::Retry(wait) if !stopped() => {
                let at = ended.at.checked_add(wait.time).unwrap_or(ended.at);
                if let Some(slot) = self.slots.get_mut(number) {
                    slot.again = Some((at, Box::new(sample)));
                }
            }
            _ => {
                if !elsewhere {
                    self.add(sample, ended.at);
                }
                let think = shared.think_time.filter(|_| self.permits.is_some());
                if let Some(think) = think {
                    let thinks = ended.at.checked_add(think.draw(&mut self.random));
                    if let Some(slot) = self.slots.get_mut(number) {
                        slot.thinks = thinks;
                    }
                }
            }
        }
    }

    fn is_ending(&self) -> bool {
        self.is_stopped() || self.permits().is_over(Instant::now())
    }

    fn is_abandoned(&self) -> bool {
        self.shared.abandoned.load(Ordering::Relaxed)
    }
}
