//! `Retry-After`: how long a server asks to be left alone.
//!
//! Owns: both forms of the header (RFC 9110, 10.2.3), and whose clock a date counts by. Does not: read `RateLimit` or
//! `X-RateLimit-Reset`, whose numbers are seconds with some servers and dates with others.

use std::time::{Duration, SystemTime};

/// A number of seconds that no clock reaches.
const FOR_EVER: Duration = Duration::from_secs(u64::MAX / 4);

/// The wait that these headers ask for; nothing if they ask for none, or cannot be read. A date counts from the
/// answer's own `Date` where that can be read, so that it does not matter whose clock is wrong; else from `now`.
pub fn retry_after(headers: &[(String, String)], now: SystemTime) -> Option<Duration> {
    let of =
        |name: &str| headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    let asked = of("retry-after")?;
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = asked.parse().map_or(FOR_EVER, Duration::from_secs);
        return Some(seconds.min(FOR_EVER));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let from = of("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default())
}
