//! Thresholds: what a load run must keep to, in k6's form: `p(95)<500`, `failed<1%`, `rps>100`.
//!
//! Owns: the grammar and the comparison. Does not: measure.

use std::fmt;

use crate::load::metrics::percentile_rank;

/// One condition on a load run.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As written, without spaces.
    pub text: String,
    quantity: Quantity,
    operator: Operator,
    bound: f64,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// A percentile of the response times, in milliseconds.
    Percentile(f64),
    /// Mean response time, in milliseconds.
    Mean,
    /// Shortest response time, in milliseconds.
    Min,
    /// Longest response time, in milliseconds.
    Max,
    /// Failed requests: a share where the bound has a percent sign.
    Failed,
    /// The share of failed requests, 0 to 1.
    FailedRatio,
    /// Passed requests.
    Passed,
    /// Requests.
    Count,
    /// Passed answers a second.
    Rps,
    /// Sends a second, retries included.
    AttemptsRps,
    /// Requests that were due and never sent.
    Dropped,
    /// A percentile of the service times, in milliseconds.
    Service(f64),
    /// A percentile of the start lags, in milliseconds; only at a rate.
    StartLag(f64),
    /// Retries.
    Retries,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operator {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

const NAMES: [(&str, Quantity); 18] = [
    ("avg", Quantity::Mean),
    ("mean", Quantity::Mean),
    ("min", Quantity::Min),
    ("max", Quantity::Max),
    ("med", Quantity::Percentile(50.0)),
    ("median", Quantity::Percentile(50.0)),
    ("failed", Quantity::Failed),
    ("http_req_failed", Quantity::FailedRatio),
    ("rate", Quantity::FailedRatio),
    ("passed", Quantity::Passed),
    ("count", Quantity::Count),
    ("total", Quantity::Count),
    ("rps", Quantity::Rps),
    ("attempts_rps", Quantity::AttemptsRps),
    ("dropped", Quantity::Dropped),
    ("dropped_iterations", Quantity::Dropped),
    ("http_reqs", Quantity::Count),
    ("retries", Quantity::Retries),
];

/// What a threshold may look like, for error messages.
pub const ALLOWED: &str = "p(95)<500, avg, min, max, med (milliseconds), failed<1%, failed<5, rate<0.01, rps>100, attempts_rps, count, passed, retries, dropped, service_p(95) or start_lag_p(99)";

/// The figures that thresholds are held against.
pub trait Figures {
    /// The value of a quantity; `None` where there are no samples.
    fn figure(&self, quantity: Quantity) -> Option<f64>;
}

impl Threshold {
    /// Reads a threshold.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed.
    pub fn parse(text: &str) -> Result<Threshold, String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let wrong = |what: &str| format!("threshold \"{text}\" {what}; write for example {ALLOWED}");
        let at = text.find(['<', '>', '=', '!']).ok_or_else(|| wrong("has no comparison"))?;
        let (name, rest) = text.split_at(at);
        let (sign, operator) =
            OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(|| wrong("has no comparison"))?;
        let bound = &rest[sign.len()..];
        let (digits, is_percent) = match bound.strip_suffix('%') {
            Some(digits) => (digits, true),
            None => (bound.strip_suffix("ms").unwrap_or(bound), false),
        };
        let number: f64 = digits
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite() && *n >= 0.0)
            .ok_or_else(|| wrong("has no number, 0 or more, to compare with"))?;
        let quantity = quantity(name).ok_or_else(|| wrong("names no known quantity"))?;
        let (quantity, bound) = match (quantity, is_percent) {
            // A hundredth by the exponent: 0.7 / 100 is not 0.007, and 7 of 1000 must be just that.
            (Quantity::Failed | Quantity::FailedRatio, true) => {
                (Quantity::FailedRatio, format!("{digits}e-2").parse().unwrap_or(number / 100.0))
            }
            (_, true) => return Err(wrong("has a percent sign, which only failed and rate can have")),
            (quantity, false) => (quantity, number),
        };
        Ok(Threshold { quantity, operator: *operator, bound, text })
    }

    /// What it looks at.
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// Whether the figures keep to it; without samples they do not. The value comes with the verdict.
    pub fn check(&self, figures: &dyn Figures) -> (bool, Option<f64>) {
        let value = figures.figure(self.quantity);
        let kept = value.is_some_and(|value| match self.operator {
            Operator::Less => value < self.bound,
            Operator::AtMost => value <= self.bound,
            Operator::Greater => value > self.bound,
            Operator::AtLeast => value >= self.bound,
            Operator::Equal => value == self.bound,
            Operator::Unequal => value != self.bound,
        });
        (kept, value)
    }

    /// A value of its quantity, with its unit: `612.30 ms`, `2.0%`.
    pub fn shown(&self, value: Option<f64>) -> String {
        let Some(value) = value else { return "no samples".to_owned() };
        match self.quantity {
            Quantity::Percentile(_)
            | Quantity::Service(_)
            | Quantity::StartLag(_)
            | Quantity::Mean
            | Quantity::Min
            | Quantity::Max => format!("{value:.2} ms"),
            Quantity::FailedRatio => format!("{:.2}%", value * 100.0),
            Quantity::Rps | Quantity::AttemptsRps => format!("{value:.1}"),
            _ => format!("{value:.0}"),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn quantity(name: &str) -> Option<Quantity> {
    let name = name.to_ascii_lowercase();
    if let Some((_, quantity)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*quantity);
    }
    let (name, of): (_, fn(f64) -> Quantity) = match (name.strip_prefix("service_"), name.strip_prefix("start_lag_")) {
        (Some(rest), _) => (rest, Quantity::Service),
        (_, Some(rest)) => (rest, Quantity::StartLag),
        _ => (name.as_str(), Quantity::Percentile),
    };
    let rest = name.strip_prefix('p')?;
    let digits = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    percentile_rank(digits).map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Option<f64>);

    impl Figures for Fixed {
        fn figure(&self, _: Quantity) -> Option<f64> {
            self.0
        }
    }

    #[test]
    fn thresholds_are_read_and_kept_or_missed() {
        let table = [
            ("p(95)<500", Some(499.9), true),
            ("p(95) < 500", Some(500.0), false),
            ("p99.9<=500ms", Some(500.0), true),
            ("failed<1%", Some(0.009), true),
            ("failed<1%", Some(0.01), false),
            ("failed==0", Some(0.0), true),
            ("failed<=0.7%", Some(7.0 / 1000.0), true),
            ("failed<1e1%", Some(0.09), true),
            ("rate<0.01", Some(0.02), false),
            ("rps>100", Some(101.0), true),
            ("avg!=3", Some(3.0), false),
            ("max<5", None, false),
            ("start_lag_p(99)<1", Some(0.5), true),
            ("service_p95<500ms", Some(501.0), false),
            ("dropped==0", Some(0.0), true),
        ];
        for (text, value, kept) in table {
            let threshold = Threshold::parse(text).unwrap();
            assert_eq!(threshold.check(&Fixed(value)), (kept, value), "{text}");
        }
    }

    #[test]
    fn what_is_no_threshold_is_an_error() {
        for text in
            ["", "p(95)", "p(95)<<5", "p(95)<", "p(101)<5", "speed<3", "avg<1%", "p(95)<5s", "<5", "p(-1)<5", "avg<inf"]
        {
            let message = Threshold::parse(text).unwrap_err();
            assert!(message.contains("p(95)<500"), "{text}: {message}");
        }
    }
}
