//! Stubs: which requests they are for, and what they answer.
//!
//! Owns: the data. Does not: read it (see `reading`), match (see `matching`), answer (see `respond`).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::api::Api;
use super::conditions::{BodyCheck, Condition};
use super::path::PathPattern;
use super::resource::Resource;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::report::OneLine;
use crate::serve::{Answer, Delivery};
use crate::test::definition::ExtractBind;
use crate::test::headers::Headers;
use crate::test::set::NamedGenerator;
use crate::variables::body::Body;

/// What a stub without a priority has.
pub const USUAL_PRIORITY: i64 = 5;

/// All stubs of a server, those first that are asked first.
#[derive(Default)]
pub struct Stubs {
    /// The stubs.
    pub all: Vec<Stub>,
    /// `config: generators`.
    pub generators: Vec<NamedGenerator>,
    /// `config: variable_binds`.
    pub variables: Vec<(String, Value)>,
}

impl Stubs {
    /// A stub whose answers are to be recorded.
    pub fn recorded(&self) -> Option<&Stub> {
        self.all.iter().find(|stub| matches!(stub.action, Action::Proxy { records: true, .. }))
    }
}

/// A stub.
pub struct Stub {
    /// Where it is written.
    pub location: Location,
    /// The same for people: `stubs.yaml:3`.
    pub place: String,
    /// The requests that it is for.
    pub request: RequestPattern,
    /// What it does.
    pub action: Action,
    /// How often it answers; always without it.
    pub times: Option<u64>,
    /// Lower ones are asked first.
    pub priority: i64,
    /// The state that it needs and makes.
    pub state: Option<StateChange>,
    /// What is kept of requests.
    pub extract_binds: Vec<ExtractBind>,
    /// Variables that take a generator's next value.
    pub generator_binds: Vec<(String, String)>,
    /// How often it has answered.
    pub hits: AtomicU64,
}

impl Stub {
    /// A stub for all requests that answers nothing yet.
    pub fn at(location: Location) -> Stub {
        Stub {
            place: location.line(),
            location,
            request: RequestPattern::default(),
            action: Action::Respond { responses: Vec::new(), cycles: false },
            times: None,
            priority: USUAL_PRIORITY,
            state: None,
            extract_binds: Vec::new(),
            generator_binds: Vec::new(),
            hits: AtomicU64::new(0),
        }
    }
}

/// What a stub does.
pub enum Action {
    /// Answers with one of these, in order.
    Respond {
        /// At least one.
        responses: Vec<Response>,
        /// Whether the first comes after the last, which otherwise stays.
        cycles: bool,
    },
    /// Passes the request on.
    Proxy {
        /// Where to.
        origin: String,
        /// Whether the answer is recorded.
        records: bool,
    },
    /// Answers from a list of objects.
    Resource(Arc<Resource>),
    /// Answers as a document describes the operation of this number.
    Operation(Arc<Api>, usize),
}

/// `state`.
#[derive(Debug, Clone)]
pub struct StateChange {
    /// The scenario.
    pub name: String,
    /// What it must be.
    pub is: Option<String>,
    /// What it becomes.
    pub set: Option<String>,
}

/// Which requests a stub is for.
#[derive(Default)]
pub struct RequestPattern {
    /// The methods; all without any.
    pub methods: Vec<String>,
    /// The path.
    pub path: PathPattern,
    /// Conditions on parameters.
    pub query: Vec<Condition>,
    /// Whether there may be no others.
    pub query_exact: bool,
    /// Conditions on headers.
    pub headers: Vec<Condition>,
    /// Conditions on cookies.
    pub cookies: Vec<Condition>,
    /// Checks of the body.
    pub body: Vec<BodyCheck>,
}

impl RequestPattern {
    /// How many conditions there are besides method and path.
    pub fn conditions(&self) -> usize {
        self.query.len() + self.headers.len() + self.cookies.len() + self.body.len() + usize::from(self.query_exact)
    }
}

/// An answer as a stub has it.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Option<Body>,
    /// How its JSON is laid out, where that is said.
    pub layout: Option<OneLine>,
    /// How long it takes.
    pub delay: Option<Delay>,
    /// How it goes out.
    pub delivery: Delivery,
    /// What it uses of the request and of what is kept.
    pub variables: Vec<String>,
    /// The answer itself, where it is always the same.
    pub prepared: Option<Answer>,
}

/// How long an answer takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// So long.
    Fixed(Duration),
    /// Anything from the first to the second.
    Between(Duration, Duration),
    /// Log-normally about a mean of seconds.
    LogNormal {
        /// The mean, in seconds.
        mean: f64,
        /// The deviation of the logarithm.
        sigma: f64,
    },
}

/// No answer takes longer.
const LONGEST: f64 = 86_400.0;

impl Delay {
    /// How long this time.
    pub fn drawn(self, draw: &mut fastrand::Rng) -> Duration {
        match self {
            Delay::Fixed(time) => time,
            Delay::Between(least, most) => least + most.saturating_sub(least).mul_f64(draw.f64()),
            Delay::LogNormal { mean, sigma } => {
                // Box and Muller's way to the normal distribution; the mean is that of the times, not of the logarithms.
                let radius = libm::sqrt(-2.0 * libm::log(1.0 - draw.f64()));
                let normal = radius * libm::cos(std::f64::consts::TAU * draw.f64());
                let seconds = mean * libm::exp(sigma * normal - sigma * sigma / 2.0);
                Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST)).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_have_the_mean_that_they_are_given() {
        let mut draw = fastrand::Rng::with_seed(1);
        let mut mean = |delay: Delay| (0..20_000).map(|_| delay.drawn(&mut draw).as_secs_f64()).sum::<f64>() / 20_000.0;
        for (delay, expected) in [
            (Delay::Fixed(Duration::from_millis(50)), 0.05),
            (Delay::Between(Duration::from_secs(1), Duration::from_secs(3)), 2.0),
            (Delay::LogNormal { mean: 0.2, sigma: 0.5 }, 0.2),
            (Delay::LogNormal { mean: 0.0, sigma: 0.5 }, 0.0),
        ] {
            let got = mean(delay);
            assert!((got - expected).abs() <= expected * 0.03, "{delay:?}: {got}");
        }
        let mut draw = fastrand::Rng::with_seed(1);
        assert!(Delay::LogNormal { mean: 1e300, sigma: 9.0 }.drawn(&mut draw) <= Duration::from_secs_f64(LONGEST));
    }
}
