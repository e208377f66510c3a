//! The metrics and aggregates of benchmarks: names, meaning, arithmetic.
//!
//! Owns: PyRestTest's 14 metrics and its aggregates, percentiles with linear interpolation.
//! Does not: measure (see `http`), keep samples of load runs (see `run::load`).

use crate::exchange::response::Timing;

/// What can be measured of an exchange, with libcurl's meaning: seconds, bytes, bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Seconds until the name was looked up.
    NamelookupTime,
    /// Seconds until connected.
    ConnectTime,
    /// Seconds until the TLS handshake was done; 0 without TLS.
    AppconnectTime,
    /// Seconds until ready to send.
    PretransferTime,
    /// Seconds until the first byte came.
    StarttransferTime,
    /// Seconds that redirects took.
    RedirectTime,
    /// Seconds until the last byte came.
    TotalTime,
    /// Body bytes received.
    SizeDownload,
    /// Body bytes sent.
    SizeUpload,
    /// Bytes of the request heads.
    RequestSize,
    /// Body bytes received a second.
    SpeedDownload,
    /// Body bytes sent a second.
    SpeedUpload,
    /// Redirects followed.
    RedirectCount,
    /// New connections made.
    NumConnects,
}

impl Metric {
    /// All metrics with their names in suites and reports.
    pub const ALL: [(&'static str, Metric); 14] = [
        ("appconnect_time", Metric::AppconnectTime),
        ("connect_time", Metric::ConnectTime),
        ("namelookup_time", Metric::NamelookupTime),
        ("num_connects", Metric::NumConnects),
        ("pretransfer_time", Metric::PretransferTime),
        ("redirect_count", Metric::RedirectCount),
        ("redirect_time", Metric::RedirectTime),
        ("request_size", Metric::RequestSize),
        ("size_download", Metric::SizeDownload),
        ("size_upload", Metric::SizeUpload),
        ("speed_download", Metric::SpeedDownload),
        ("speed_upload", Metric::SpeedUpload),
        ("starttransfer_time", Metric::StarttransferTime),
        ("total_time", Metric::TotalTime),
    ];

    /// The metric of a name; any case, surrounding space ignored.
    pub fn by_name(name: &str) -> Option<Metric> {
        let name = name.trim().to_ascii_lowercase();
        Metric::ALL.iter().find(|(have, _)| *have == name).map(|(_, metric)| *metric)
    }

    /// The name in suites and reports.
    pub fn name(self) -> &'static str {
        Metric::ALL.iter().find(|(_, metric)| *metric == self).map_or("", |(name, _)| name)
    }

    /// What it is, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Metric::NamelookupTime => "seconds until the name was looked up",
            Metric::ConnectTime => "seconds until connected",
            Metric::AppconnectTime => "seconds until the TLS handshake was done; 0 without TLS",
            Metric::PretransferTime => "seconds until ready to send",
            Metric::StarttransferTime => "seconds until the first byte came",
            Metric::RedirectTime => "seconds that redirects took",
            Metric::TotalTime => "seconds until the last byte came",
            Metric::SizeDownload => "body bytes received",
            Metric::SizeUpload => "body bytes sent",
            Metric::RequestSize => "bytes of the request heads",
            Metric::SpeedDownload => "body bytes received a second",
            Metric::SpeedUpload => "body bytes sent a second",
            Metric::RedirectCount => "redirects followed",
            Metric::NumConnects => "new connections made",
        }
    }

    /// Whether values are whole numbers by nature.
    pub fn is_count(self) -> bool {
        matches!(self, Metric::RequestSize | Metric::RedirectCount | Metric::NumConnects)
    }

    /// The value of one exchange.
    pub fn of(self, timing: &Timing) -> f64 {
        let speed = |bytes: u64| {
            let seconds = timing.total.as_secs_f64();
            if seconds > 0.0 { (bytes as f64 / seconds).floor() } else { 0.0 }
        };
        match self {
            Metric::NamelookupTime => timing.namelookup.as_secs_f64(),
            Metric::ConnectTime => timing.connect.as_secs_f64(),
            Metric::AppconnectTime => timing.appconnect.as_secs_f64(),
            Metric::PretransferTime => timing.pretransfer.as_secs_f64(),
            Metric::StarttransferTime => timing.starttransfer.as_secs_f64(),
            Metric::RedirectTime => timing.redirect.as_secs_f64(),
            Metric::TotalTime => timing.total.as_secs_f64(),
            Metric::SizeDownload => timing.size_download as f64,
            Metric::SizeUpload => timing.size_upload as f64,
            Metric::RequestSize => timing.request_size as f64,
            Metric::SpeedDownload => speed(timing.size_download),
            Metric::SpeedUpload => speed(timing.size_upload),
            Metric::RedirectCount => f64::from(timing.redirect_count),
            Metric::NumConnects => f64::from(timing.num_connects),
        }
    }
}

/// A number computed over all values of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The name as reports show it, lower-case and trimmed.
    pub name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Mean,
    HarmonicMean,
    Median,
    StdDeviation,
    Sum,
    Min,
    Max,
    Percentile(f64),
}

impl Aggregate {
    /// The names that suites may use, percentiles aside.
    pub const NAMES: [&'static str; 9] =
        ["mean_arithmetic", "mean", "mean_harmonic", "median", "std_deviation", "sum", "total", "min", "max"];

    /// The aggregate of a name: one of `NAMES` or `p95`, `p99.9`; any case, surrounding space ignored.
    pub fn by_name(name: &str) -> Option<Aggregate> {
        let name = name.trim().to_ascii_lowercase();
        let kind = match name.as_str() {
            "mean" | "mean_arithmetic" => Kind::Mean,
            "mean_harmonic" => Kind::HarmonicMean,
            "median" => Kind::Median,
            "std_deviation" => Kind::StdDeviation,
            "sum" | "total" => Kind::Sum,
            "min" => Kind::Min,
            "max" => Kind::Max,
            other => Kind::Percentile(percentile_rank(other.strip_prefix('p')?)?),
        };
        Some(Aggregate { name, kind })
    }

    /// The aggregate of a percentile, 0 to 100.
    pub fn percentile(rank: f64) -> Aggregate {
        Aggregate { name: format!("p{rank}"), kind: Kind::Percentile(rank) }
    }

    /// The value over `numbers`; `None` over nothing, and where it is not a number (a harmonic mean over a zero).
    pub fn over(&self, numbers: &[f64]) -> Option<f64> {
        if numbers.is_empty() {
            return None;
        }
        let count = numbers.len() as f64;
        let sum: f64 = numbers.iter().sum();
        let value = match self.kind {
            Kind::Mean => sum / count,
            // count / Σ(1/x)
            Kind::HarmonicMean => 1.0 / (numbers.iter().map(|x| 1.0 / x).sum::<f64>() / count),
            Kind::Median => percentile(numbers, 50.0),
            // Of the population: the root of the mean squared distance from the mean.
            Kind::StdDeviation => {
                let mean = sum / count;
                (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt()
            }
            Kind::Sum => sum,
            Kind::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            Kind::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Kind::Percentile(rank) => percentile(numbers, rank),
        };
        value.is_finite().then_some(value)
    }
}

/// A percentile's rank from its digits: `95`, `99.9`; above 100 is none.
pub fn percentile_rank(digits: &str) -> Option<f64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits.parse::<f64>().ok().filter(|rank| plain && (0.0..=100.0).contains(rank))
}

/// Linear interpolation between closest ranks: k = (n-1)·p/100.
fn percentile(numbers: &[f64], rank: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let k = (sorted.len() - 1) as f64 * rank / 100.0;
    let below = sorted[k.floor() as usize];
    let above = sorted[k.ceil() as usize];
    below + (above - below) * k.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(name: &str, numbers: &[f64]) -> Option<f64> {
        Aggregate::by_name(name).and_then(|aggregate| aggregate.over(numbers))
    }

    #[test]
    fn aggregates_are_pyresttests() {
        let numbers = [4.0, 1.0, 3.0, 2.0];
        let table = [
            ("mean", 2.5),
            ("mean_arithmetic", 2.5),
            ("mean_harmonic", 1.92),
            (" Median ", 2.5),
            ("std_deviation", 1.25_f64.sqrt()),
            ("sum", 10.0),
            ("total", 10.0),
            ("min", 1.0),
            ("max", 4.0),
            ("p0", 1.0),
            ("p100", 4.0),
            ("p50", 2.5),
            ("p90", 3.7),
            ("P99.9", 3.997),
        ];
        for (name, expected) in table {
            let value = over(name, &numbers).unwrap();
            assert!((value - expected).abs() < 1e-12, "{name}: {value}");
        }
        assert_eq!(over("median", &[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(over("std_deviation", &[7.0]), Some(0.0));
        assert_eq!(over("mean", &[]), None);
        assert_eq!(over("mean_harmonic", &[1.0, 0.0]), Some(0.0));
        for wrong in ["p101", "p", "p-1", "p1e1", "average", "pp9", ""] {
            assert!(Aggregate::by_name(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn every_metric_has_its_name() {
        for (name, metric) in Metric::ALL {
            assert_eq!(Metric::by_name(&name.to_uppercase()), Some(metric));
            assert_eq!(metric.name(), name);
        }
        assert_eq!(Metric::by_name("latency"), None);
    }
}
