//! Sends that a stop can leave behind, so that what is to be cleaned up does not wait for them.
//!
//! Owns: the thread that sends. Does not: decide when the run is stopped, bound the time of a request.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::exchange::request::{Exchange, ExchangeError, Request};
use crate::exchange::response::Response;

/// How often it is asked whether the run is stopped.
const TICK: Duration = Duration::from_millis(20);

type Answered = Result<Response, ExchangeError>;

/// Sends on a thread of its own.
pub(super) struct Courier {
    exchange: Arc<dyn Exchange>,
    /// Made for the first request, and anew after one that was left behind.
    lane: Option<Lane>,
}

struct Lane {
    requests: Sender<Request>,
    answers: Receiver<Answered>,
}

impl Courier {
    /// Over an exchange.
    pub fn new(exchange: Arc<dyn Exchange>) -> Courier {
        Courier { exchange, lane: None }
    }

    /// Sends a request and waits for its answer; nothing comes back where the run was stopped meanwhile.
    pub fn send(&mut self, request: &Request, stopped: &dyn Fn() -> bool) -> Option<Answered> {
        let Some(lane) = self.lane.take().or_else(|| Lane::open(self.exchange.clone())) else {
            // There is no thread to have.
            return Some(self.exchange.send(request));
        };
        if lane.requests.send(request.clone()).is_err() {
            return Some(self.exchange.send(request));
        }
        loop {
            match lane.answers.recv_timeout(TICK) {
                Ok(answer) => {
                    self.lane = Some(lane);
                    return Some(answer);
                }
                Err(RecvTimeoutError::Timeout) if !stopped() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

impl Lane {
    fn open(exchange: Arc<dyn Exchange>) -> Option<Lane> {
        let ((requests, asked), (answer, answers)) = (bounded::<Request>(1), bounded(1));
        let thread = std::thread::Builder::new().name("courier".to_owned());
        let started = thread.spawn(move || asked.iter().all(|request| answer.send(exchange.send(&request)).is_ok()));
        started.is_ok().then_some(Lane { requests, answers })
    }
}
