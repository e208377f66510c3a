//! Dates of cookies, as leniently as RFC 6265 (5.1.1) reads them: `Thu, 01-Jan-1970 00:00:00 GMT`, `1 Jan 70 0:0:0`.
//!
//! Owns: the date of an `Expires`. Does not: know cookies.

use std::time::{Duration, SystemTime};

use crate::ground::timestamp::days_until;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The date; one before 1970 is 1970, and what is none is `None`.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for word in text.split(is_between).filter(|word| !word.is_empty()) {
        // Each word is the first thing that it can be and that was not there yet.
        if time.is_none()
            && let Some(found) = time_of(word)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(word, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(word)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(word, 2, 4)
        {
            year = Some(found);
        }
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=longest).contains(&day) || year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_until(year, month.unsigned_abs(), day.unsigned_abs());
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

fn is_between(letter: char) -> bool {
    matches!(letter, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// A number of so many digits at the beginning of a word; whatever follows is no digit.
fn number(word: &str, least: usize, most: usize) -> Option<i64> {
    let length = word.bytes().take_while(u8::is_ascii_digit).count();
    if (least..=most).contains(&length) { word[..length].parse().ok() } else { None }
}

fn time_of(word: &str) -> Option<(i64, i64, i64)> {
    let mut parts = word.splitn(3, ':');
    let mut whole = || {
        let part = parts.next()?;
        number(part, 1, 2).filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (hour, minute) = (whole()?, whole()?);
    Some((hour, minute, number(parts.next()?, 1, 2)?))
}

fn month_of(word: &str) -> Option<i64> {
    let start = word.get(..3)?.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, month)| *month == start).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_browsers_read_them() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 01-Jan-1970 00:00:01 GMT", Some(1)),
            ("Thu, 01-Jan-70 00:00:10 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("6 november 1994 8:49:37", Some(784_111_777)),
            ("08:49:37 1994 nov 6th", Some(784_111_777)),
            ("08:49:37 6th nov 1994AD", Some(784_111_777)),
            ("29 Feb 2024 23:59:59", Some(1_709_251_199)),
            ("01 Jan 69 00:00:00", Some(3_124_224_000)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Mon, 01-Jan-1601 00:00:00 GMT", Some(0)),
            ("01 Jan 1600 00:00:00", None),
            ("29 Feb 2023 00:00:00", None),
            ("31 Apr 2023 00:00:00", None),
            ("32 Jan 2023 00:00:00", None),
            ("00 Jan 2023 00:00:00", None),
            ("01 Jan 2023 24:00:00", None),
            ("01 Jan 2023 00:60:00", None),
            ("01 Jan 2023", None),
            ("01 Jan 20233 00:00:00", None),
            ("Jan 2023 00:00:00", None),
            ("\u{e4}\u{e4} \u{e4}", None),
            ("0", None),
            ("", None),
        ] {
            let expected = seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
