//! Dates as text or as a number, shifted, in a zone that is an offset from UTC.
//!
//! Owns: patterns as `strftime` has them, offsets such as `-1d2h`. Does not: read a clock, know zones by name.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::ground::timestamp::{civil, days_until};
use crate::ground::value::Value;

/// How a date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dates {
    /// The form.
    pub format: Format,
    /// What is added to the time, in milliseconds.
    pub offset: i64,
    /// Minutes east of UTC.
    pub zone: i32,
}

/// The form of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// `2026-03-01T09:05:07Z`.
    Rfc3339,
    /// Whole seconds since 1970, a number.
    Epoch,
    /// Whole milliseconds since 1970, a number.
    EpochMillis,
    /// `Sun, 01 Mar 2026 09:05:07 GMT`.
    Http,
    /// A pattern such as `%Y-%m-%d`.
    Pattern(Vec<Piece>),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// What stands for `%` and this letter.
    Letter(char),
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The letters that may stand behind `%`.
const LETTERS: &str = "aAbBcdDeFfHIjmMpRsSTuwyYzZ%";

/// What a format may be.
const FORMATS: &str = "rfc3339, epoch, epoch_ms, http, or a pattern such as \"%Y-%m-%d %H:%M:%S\"";

/// No date is shifted further, so that years keep four digits.
const FURTHEST: i64 = 1000 * 366 * 86_400_000;

impl Format {
    /// The format of a name, or of a pattern.
    ///
    /// # Errors
    /// What is allowed.
    pub fn parse(text: &str) -> Result<Format, String> {
        match text {
            "rfc3339" => return Ok(Format::Rfc3339),
            "epoch" => return Ok(Format::Epoch),
            "epoch_ms" => return Ok(Format::EpochMillis),
            "http" => return Ok(Format::Http),
            _ if !text.contains('%') => return Err(format!("format must be {FORMATS}, not \"{text}\"")),
            _ => {}
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            let letter = rest[at + 1..].chars().next().filter(|letter| LETTERS.contains(*letter));
            let Some(letter) = letter else {
                let wrong: String = rest[at..].chars().take(2).collect();
                let known: Vec<String> = LETTERS.chars().map(|letter| format!("%{letter}")).collect();
                return Err(format!("format has \"{wrong}\", which is none of {}", known.join(" ")));
            };
            pieces.push(Piece::Letter(letter));
            rest = &rest[at + 2..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Format::Pattern(pieces))
    }
}

/// `-1d2h`, `+90s`, `2w`: milliseconds.
///
/// # Errors
/// What is allowed.
pub fn parse_offset(text: &str) -> Result<i64, String> {
    let wrong = || format!("offset must be such as \"-1d2h\" or \"+30m\", of w, d, h, m, s, ms, not \"{text}\"");
    let text_trimmed = text.trim();
    let (sign, mut rest) = match text_trimmed.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text_trimmed.strip_prefix('+').unwrap_or(text_trimmed)),
    };
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "w" => 7 * 86_400_000,
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        total = number.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
    }
    if total > FURTHEST { Err(format!("offset {text} is more than 1000 years")) } else { Ok(sign * total) }
}

/// `utc`, or `+02:00`: minutes east of it.
///
/// # Errors
/// What is allowed.
pub fn parse_zone(text: &str) -> Result<i32, String> {
    if matches!(text.to_ascii_lowercase().as_str(), "utc" | "z" | "gmt") {
        return Ok(0);
    }
    let minutes = || {
        let (sign, rest) = match text.as_bytes().first()? {
            b'+' => (1, &text[1..]),
            b'-' => (-1, &text[1..]),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let number = |digits: &str| -> Option<i32> {
            Some(digits).filter(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    };
    minutes().ok_or_else(|| {
        format!("timezone must be utc or an offset such as \"+02:00\", not \"{text}\"; zones have no names here")
    })
}

impl Dates {
    /// What stands for a time.
    pub fn value(&self, now: SystemTime) -> Value {
        let now = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_micros() as i64,
            Err(before) => -(before.duration().as_micros() as i64),
        };
        let micros = now.saturating_add(self.offset.saturating_mul(1000));
        let zone = if self.format == Format::Http { 0 } else { self.zone };
        let local = Local::of(micros, zone);
        Value::Str(match &self.format {
            Format::Epoch => return Value::Int(micros.div_euclid(1_000_000).into()),
            Format::EpochMillis => return Value::Int(micros.div_euclid(1000).into()),
            Format::Rfc3339 => {
                let zone = if zone == 0 { "Z".to_owned() } else { local.zone(":") };
                format!("{}T{}{zone}", local.letter('F'), local.letter('T'))
            }
            Format::Http => {
                let [day, date, month] = ['a', 'd', 'b'].map(|letter| local.letter(letter));
                format!("{day}, {date} {month} {:04} {} GMT", local.year, local.letter('T'))
            }
            Format::Pattern(pieces) => {
                let mut out = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => out.push_str(text),
                        Piece::Letter(letter) => out.push_str(&local.letter(*letter)),
                    }
                }
                out
            }
        })
    }
}

/// A time as calendar and clock have it.
struct Local {
    micros: i64,
    zone: i32,
    year: i64,
    month: u64,
    day: u64,
    /// 0 is Monday.
    weekday: usize,
    of_year: i64,
    second: i64,
}

impl Local {
    fn of(micros: i64, zone: i32) -> Local {
        let seconds = micros.div_euclid(1_000_000) + i64::from(zone) * 60;
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let of_year = days - days_until(year, 1, 1) + 1;
        Local { micros, zone, year, month, day, weekday: (days + 3).rem_euclid(7) as usize, of_year, second }
    }

    fn zone(&self, colon: &str) -> String {
        let sign = if self.zone < 0 { '-' } else { '+' };
        let minutes = self.zone.abs();
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }

    fn letter(&self, letter: char) -> String {
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        let twelve = (hour + 11) % 12 + 1;
        let day = DAYS.get(self.weekday).copied().unwrap_or_default();
        let month = MONTHS.get((self.month as usize).saturating_sub(1)).copied().unwrap_or_default();
        let short = |name: &str| name[..name.len().min(3)].to_owned();
        let mut out = String::new();
        let _ = match letter {
            'a' => write!(out, "{}", short(day)),
            'A' => write!(out, "{day}"),
            'b' => write!(out, "{}", short(month)),
            'B' => write!(out, "{month}"),
            'c' => write!(
                out,
                "{} {} {:2} {hour:02}:{minute:02}:{second:02} {:04}",
                short(day),
                short(month),
                self.day,
                self.year
            ),
            'd' => write!(out, "{:02}", self.day),
            'D' => write!(out, "{:02}/{:02}/{:02}", self.month, self.day, self.year.rem_euclid(100)),
            'e' => write!(out, "{:2}", self.day),
            'F' => write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day),
            'f' => write!(out, "{:06}", self.micros.rem_euclid(1_000_000)),
            'H' => write!(out, "{hour:02}"),
            'I' => write!(out, "{twelve:02}"),
            'j' => write!(out, "{:03}", self.of_year),
            'm' => write!(out, "{:02}", self.month),
            'M' => write!(out, "{minute:02}"),
            'p' => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
            'R' => write!(out, "{hour:02}:{minute:02}"),
            's' => write!(out, "{}", self.micros.div_euclid(1_000_000)),
            'S' => write!(out, "{second:02}"),
            'T' => write!(out, "{hour:02}:{minute:02}:{second:02}"),
            'u' => write!(out, "{}", self.weekday + 1),
            'w' => write!(out, "{}", (self.weekday + 1) % 7),
            'y' => write!(out, "{:02}", self.year.rem_euclid(100)),
            'Y' => write!(out, "{:04}", self.year),
            'z' => write!(out, "{}", self.zone("")),
            'Z' if self.zone == 0 => write!(out, "UTC"),
            'Z' => write!(out, "UTC{}", self.zone(":")),
            other => write!(out, "{other}"),
        };
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn shown(format: &str, offset: &str, zone: &str) -> String {
        let offset = parse_offset(offset).unwrap();
        let dates = Dates { format: Format::parse(format).unwrap(), offset, zone: parse_zone(zone).unwrap() };
        // 2026-03-01 09:05:07.25 UTC, a Sunday.
        dates.value(UNIX_EPOCH + Duration::from_millis(1_772_355_907_250)).to_text()
    }

    #[test]
    fn dates_are_written_in_every_form() {
        for (format, offset, zone, text) in [
            ("rfc3339", "0s", "utc", "2026-03-01T09:05:07Z"),
            ("rfc3339", "-1d2h", "+02:00", "2026-02-28T09:05:07+02:00"),
            ("rfc3339", "+1w", "-09:30", "2026-03-07T23:35:07-09:30"),
            ("epoch", "1m", "+02:00", "1772355967"),
            ("epoch_ms", "-250ms", "utc", "1772355907000"),
            ("http", "0d", "+02:00", "Sun, 01 Mar 2026 09:05:07 GMT"),
            ("%Y-%m-%d", "+1d", "utc", "2026-03-02"),
            ("%d.%m.%y %I:%M %p", "4h", "utc", "01.03.26 01:05 PM"),
            ("%A %a %B %b %j %u %w %e|%f|%s", "0s", "utc", "Sunday Sun March Mar 060 7 0  1|250000|1772355907"),
            ("%F %T %R %D %z %Z %%", "0s", "+05:45", "2026-03-01 14:50:07 14:50 03/01/26 +0545 UTC+05:45 %"),
            ("%c", "0s", "utc", "Sun Mar  1 09:05:07 2026"),
            ("%F", "-600w", "utc", "2014-08-31"),
            ("%F", "-25000d", "utc", "1957-09-19"),
        ] {
            assert_eq!(shown(format, offset, zone), text, "{format} {offset} {zone}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for format in ["iso", "", "%Q", "%"] {
            assert!(Format::parse(format).is_err(), "{format}");
        }
        for offset in ["", "+", "1", "d", "1x", "1d-2h", "1.5h", "99999999999999999999d", "400000d"] {
            assert!(parse_offset(offset).is_err(), "{offset}");
        }
        for zone in ["Europe/Berlin", "local", "+2", "+24:00", "02:00", "+0200", ""] {
            assert!(parse_zone(zone).is_err(), "{zone}");
        }
    }
}
