//! Hits of many slots that one event loop serves: what each sends next, and what its answers come to.
//!
//! Owns: the permit, the retries and the think time of each slot. Does not: wait, send, or know sockets (see
//! `exchange::request`).

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

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

/// Whoever waits for a token looks so often whether it is there; more seldom where so many others do, too.
const TOKEN_NAP: Duration = Duration::from_millis(1);
const TOKEN_CROWD: usize = 500;

/// Whether a request can go out.
enum Ready {
    Now,
    /// It is to be asked again then.
    At(Instant),
    Never(ExchangeError),
}

/// What a request is made ready with, or why it cannot be.
type Readied = Result<Option<Round>, ExchangeError>;

/// A token that another thread fetches, and the slot that it is fetched for.
struct Errand {
    owner: usize,
    result: Receiver<Readied>,
}

impl Errand {
    fn start(shared: &Arc<Shared>, owner: usize, request: Arc<Request>, number: u8) -> Errand {
        let (sender, result) = bounded(1);
        let run = {
            let shared = shared.clone();
            move || drop(sender.send(ready(&shared, &request, number)))
        };
        if std::thread::Builder::new().spawn(run.clone()).is_err() {
            // Where there is no thread to have, the others wait.
            run();
        }
        Errand { owner, result }
    }

    fn result(&self) -> Option<(usize, Readied)> {
        match self.result.try_recv() {
            Ok(result) => Some((self.owner, result)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some((self.owner, Err(without_token("fetching a token ended without a word"))))
            }
        }
    }
}

fn without_token(message: &str) -> ExchangeError {
    ExchangeError { kind: ErrorKind::Auth, message: message.to_owned(), timing: Box::default() }
}

/// Makes a request ready for its send of this number, and waits for it.
fn ready(shared: &Shared, request: &Request, number: u8) -> Readied {
    let stopped = || shared.stop.load(Ordering::Relaxed);
    let way: (&dyn Exchange, &dyn Fn() -> bool) = (&*shared.exchange, &stopped);
    shared.target.on_its_way(request, way, |way| Round::at(number, way))
}

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
    errand: Option<Errand>,
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
    /// What it is signed with, how often it was, what was fetched for it, and whether it waits for that.
    round: Option<Round>,
    sends: u8,
    fetched: Option<Readied>,
    needs_token: bool,
    /// It goes out again for its authentication.
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
            errand: None,
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
        let permits = self.permits;
        let unsent = || {
            permits.iter().for_each(|permits| permits.give_back());
            Next::End
        };
        let is_late = || shared.stop.load(Ordering::Relaxed) || permits.is_some_and(|permits| permits.is_late(now));
        let asked = || slot.breaker.as_ref().map_or(Ok(Pass::Usual), |breaker| breaker.ask(now));
        let closed = match slot.pass.take().map_or_else(asked, Ok) {
            Ok(pass) => {
                if let Some(Err(room)) = target.guarding.rate().map(|bucket| bucket.take(now)) {
                    if is_late() {
                        return unsent();
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
            return unsent();
        }
        if is_late() {
            return unsent();
        }
        slot.is_held = true;
        let nap = now + BREAKER_NAP;
        Next::At(match closed {
            Closed::Until(then) => then.min(nap),
            _ => nap,
        })
    }

    /// Makes the request of a slot ready to go out: it may need a token first, which is fetched in another thread, so
    /// that the others go on.
    fn make_ready(&mut self, number: usize, now: Instant) -> Ready {
        if let Some((owner, result)) = self.errand.as_ref().and_then(Errand::result) {
            self.errand = None;
            if let Some(owner) = self.slots.get_mut(owner) {
                owner.fetched = Some(result);
            }
        }
        let nap = TOKEN_NAP * (1 + (self.slots.len() / TOKEN_CROWD) as u32);
        let Some(slot) = self.slots.get_mut(number) else { return Ready::Now };
        let Some(request) = slot.request.as_ref().filter(|request| request.auth.is_some()) else { return Ready::Now };
        let is_ready = request.auth.as_ref().is_none_or(|auth| auth.0.is_ready(self.shared.target.clock.now()));
        let result = match slot.fetched.take() {
            Some(result) => result,
            None if is_ready => ready(self.shared, request, slot.sends + 1),
            None => {
                if self.errand.is_none() {
                    self.errand = Some(Errand::start(self.shared, number, request.clone(), slot.sends + 1));
                }
                return Ready::At(now + nap);
            }
        };
        match result {
            Ok(round) => {
                (slot.round, slot.sends) = (round, slot.sends + 1);
                Ready::Now
            }
            Err(error) => Ready::Never(error),
        }
    }

    /// Begins with the request of a slot, once that is ready; nothing where it cannot be.
    fn begin(&mut self, number: usize, now: Instant) -> Option<Next> {
        match self.make_ready(number, now) {
            Ready::Now => {
                let breaker = self.subject(number).and_then(|subject| subject.breaker());
                if let Some(slot) = self.slots.get_mut(number) {
                    slot.breaker = breaker;
                }
                Some(self.start(number, now))
            }
            Ready::At(until) => Some(self.wait_for_token(number, until, now)),
            Ready::Never(error) => {
                let reason = Some(self.shared.target.secrets.redact(&error.message).into_owned());
                self.add(Sample { error: Some(error.kind), reason, ..Sample::default() }, now);
                None
            }
        }
    }

    /// Whether an answer has its request sent once more for its authentication.
    fn is_refused(&mut self, number: usize, answer: &Response) -> bool {
        let status = i128::from(answer.status);
        let Some(slot) = self.slots.get(number) else { return false };
        let Some((round, request)) = slot.round.zip(slot.request.clone()) else { return false };
        let target = &self.shared.target;
        let is_expected = self.subject(number).is_some_and(|subject| subject.statuses(target).contains(&status));
        let goes_on = round.after(answer, is_expected, &request).is_some();
        if let Some(slot) = self.slots.get_mut(number) {
            slot.is_refused = goes_on;
        }
        goes_on
    }

    /// What becomes of a slot whose request waits to be made ready.
    fn wait_for_token(&mut self, number: usize, until: Instant, now: Instant) -> Next {
        let is_late = self.is_stopped() || self.permits.is_some_and(|permits| permits.is_late(now));
        if is_late {
            self.permits.iter().for_each(|permits| permits.give_back());
            return Next::End;
        }
        if let Some(slot) = self.slots.get_mut(number) {
            slot.needs_token = true;
        }
        Next::At(until)
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
        if slot.is_refused {
            let ready = match self.make_ready(number, now) {
                Ready::At(_) if is_stopped => Ready::Never(without_token("the run was stopped before it had a token")),
                Ready::At(until) => return Next::At(until),
                ready => ready,
            };
            let Some(slot) = self.slots.get_mut(number) else { return Next::End };
            slot.is_refused = false;
            match (ready, &slot.request) {
                (Ready::Never(error), _) => self.done(number, Err(error), Ended { at: now, sent: None }),
                (_, Some(request)) => return Next::Send(request.clone(), self.shared.target.known().wanted),
                _ => {}
            }
            return self.next(number, now);
        }
        if std::mem::take(&mut slot.needs_token) {
            match self.begin(number, now) {
                Some(next) => return next,
                None => return self.next(number, now),
            }
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
            match self.request(number) {
                Ok(request) => {
                    if let Some(slot) = self.slots.get_mut(number) {
                        slot.request = Some(request);
                    }
                    if let Some(next) = self.begin(number, now) {
                        return next;
                    }
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
                let is_refused = self.is_refused(number, response);
                if let Some(slot) = self.slots.get_mut(number).filter(|_| is_refused) {
                    slot.connections += response.timing.num_connects;
                    return;
                }
                Ok(response)
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
