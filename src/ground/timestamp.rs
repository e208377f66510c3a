//! Dates as text.
//!
//! Owns: RFC 3339 in UTC. Does not: read a clock, know time zones.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `2026-03-01T09:05:07.250+00:00`; what is before 1970 is 1970.
pub fn rfc3339(date: SystemTime) -> String {
    let since = date.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days as i64);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+00:00", since.subsec_millis())
}

/// The date of an RFC 3339 text, `2026-03-01T09:05:07.25+01:00` or with `Z`; nothing if it is none, or before 1970.
pub fn from_rfc3339(text: &str) -> Option<SystemTime> {
    let number = |from: usize, to: usize| -> Option<u64> {
        text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
    };
    let separators = [(4, "-"), (7, "-"), (13, ":"), (16, ":")];
    let is_date = separators.iter().all(|(at, sign)| text.get(*at..at + 1) == Some(sign))
        && matches!(text.get(10..11), Some("T" | "t" | " "));
    let (year, month, day) = (number(0, 4).filter(|_| is_date)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let (fraction, zone) = match text.get(19..)?.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("", text.get(19..)?),
    };
    let fraction: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let part = |from: usize| zone.get(from..from + 2).and_then(|digits| digits.parse::<i64>().ok());
            let seconds = part(1).filter(|hours| *hours < 24)? * 3600 + part(4).filter(|minutes| *minutes < 60)? * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    // What is no day of the calendar is another day when it is counted back.
    let days = days_until(year as i64, month, day);
    if days < 0 || civil(days) != (year as i64, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days * 86_400 + (hour * 3600 + minute * 60 + second) as i64 - offset;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?) + Duration::from_secs_f64(fraction))
}

/// Year, month and day to days since 1970, the inverse of [`civil`].
pub fn days_until(year: i64, month: u64, day: u64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month as i64 + 9) % 12) + 2) / 5 + day as i64 - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Days since 1970 to year, month and day, counted in years that begin in March.
pub fn civil(days: i64) -> (i64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month as u64, day as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_back() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("2000-02-29T01:00:00+01:00", Some(951_782_400.0)),
            ("2024-02-29t23:59:59z", Some(1_709_251_199.0)),
            ("2026-03-01T09:05:07.250+00:00", Some(1_772_355_907.25)),
            ("2026-03-01 04:05:07-05:00", Some(1_772_355_907.0)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400.0)),
            ("2023-02-29T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T10:00:00", None),
            ("1969-12-31T23:59:59Z", None),
            ("tomorrow", None),
            ("", None),
        ] {
            let have = from_rfc3339(text).map(|date| date.duration_since(UNIX_EPOCH).unwrap().as_secs_f64());
            assert_eq!(have, seconds, "{text}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000+00:00"),
            (951_782_400, "2000-02-29T00:00:00.000+00:00"),
            (1_709_251_199, "2024-02-29T23:59:59.000+00:00"),
            (1_772_355_907, "2026-03-01T09:05:07.000+00:00"),
            (4_102_444_800, "2100-01-01T00:00:00.000+00:00"),
            (4_107_542_400, "2100-03-01T00:00:00.000+00:00"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(9)), "1970-01-01T00:00:00.000+00:00");
        assert!(rfc3339(UNIX_EPOCH + Duration::from_millis(1250)).contains("01.250+"));
    }
}
