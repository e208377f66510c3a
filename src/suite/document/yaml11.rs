//! Plain scalars as YAML 1.1 reads them, the way PyYAML does it.
//!
//! Owns: what a plain scalar means where serde_yaml (YAML 1.2) leaves it as text. Does not: see quoted text.

use crate::ground::value::{Date, Value};

/// The value of a plain scalar.
pub fn resolve(text: &str) -> Value {
    // The first character tells what a scalar may be; nearly every one is a word.
    let value = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => integer(text).or_else(|| float(text)).or_else(|| timestamp(text)),
        Some(b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' | b't' | b'T' | b'f' | b'F') => {
            boolean(text).or_else(|| null(text))
        }
        Some(b'~') | None => null(text),
        Some(_) => None,
    };
    value.unwrap_or_else(|| Value::Str(text.to_owned()))
}

/// The value of a scalar behind `!!int`, `!!float`, `!!bool` or `!!null`; `None` where it is no such thing.
pub fn tagged(tag: &str, text: &str) -> Option<Value> {
    match (tag, resolve(text)) {
        ("!!null", _) => Some(Value::Null),
        ("!!bool", _) => boolean(&text.to_ascii_lowercase()),
        ("!!int", value @ (Value::Int(_) | Value::Huge(_))) | ("!!float", value @ Value::Float(_)) => Some(value),
        ("!!float", value @ (Value::Int(_) | Value::Huge(_))) => value.to_float().map(Value::Float),
        ("!!float", _) => text.trim().parse().ok().map(Value::Float),
        _ => None,
    }
}

fn null(text: &str) -> Option<Value> {
    matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Value::Null)
}

/// yes, no, on, off, true, false in lower, Title and UPPER case; `y` and `n` are text.
fn boolean(text: &str) -> Option<Value> {
    const WORDS: [(&str, bool); 6] =
        [("yes", true), ("no", false), ("on", true), ("off", false), ("true", true), ("false", false)];
    let (word, flag) = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text))?;
    let rest_is_lower = text[1..] == word[1..];
    (rest_is_lower || text == word.to_ascii_uppercase()).then_some(Value::Bool(*flag))
}

fn sign_of(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn is_made_of(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(|c| allowed(c) || c == '_')
}

/// 0755, 0b101, 0x1F, 1_000, and base 60: 12:30:45.
fn integer(text: &str) -> Option<Value> {
    let (sign, digits) = sign_of(text);
    let radix = |digits: &str, radix: u32| i128::from_str_radix(&digits.replace('_', ""), radix).ok();
    let number = if let Some(bits) = digits.strip_prefix("0b").filter(|d| is_made_of(d, |c| matches!(c, '0' | '1'))) {
        radix(bits, 2)
    } else if let Some(hex) = digits.strip_prefix("0x").filter(|d| is_made_of(d, |c| c.is_ascii_hexdigit())) {
        radix(hex, 16)
    } else if digits == "0" {
        Some(0)
    } else if let Some(octal) = digits.strip_prefix('0').filter(|d| is_made_of(d, |c| c.is_digit(8))) {
        radix(octal, 8)
    } else if digits.starts_with(|c: char| c.is_ascii_digit() && c != '0') && is_made_of(digits, |c| c.is_ascii_digit())
    {
        return Value::integer(&format!("{}{}", if sign < 0 { "-" } else { "" }, digits.replace('_', "")));
    } else {
        base60(digits)
    }?;
    Some(Value::Int(sign * number))
}

/// `[1-9][0-9_]*(:[0-5]?[0-9])+`
fn base60(digits: &str) -> Option<i128> {
    let mut parts = digits.split(':');
    let first = parts.next()?;
    if !first.starts_with(|c: char| c.is_ascii_digit() && c != '0') || !is_made_of(first, |c| c.is_ascii_digit()) {
        return None;
    }
    let mut total: i128 = first.replace('_', "").parse().ok()?;
    let mut any = false;
    for part in parts {
        total = total.checked_mul(60)?.checked_add(sixtieth(part)?)?;
        any = true;
    }
    any.then_some(total)
}

/// `[0-5]?[0-9]`
fn sixtieth(part: &str) -> Option<i128> {
    let fits = match part.as_bytes() {
        [d] => d.is_ascii_digit(),
        [tens, d] => (b'0'..=b'5').contains(tens) && d.is_ascii_digit(),
        _ => false,
    };
    fits.then(|| part.parse().ok())?
}

/// 685.230_15e+03, .5, 1_0.5, 12:30.5, .inf, .NaN; an exponent needs a point before it and a sign.
fn float(text: &str) -> Option<Value> {
    let (sign, digits) = sign_of(text);
    let signed = |number: f64| Value::Float(if sign < 0 { -number } else { number });
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(signed(f64::INFINITY));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Value::Float(f64::NAN));
    }
    if digits.contains(':') {
        let (head, fraction) = digits.rsplit_once('.')?;
        if !fraction.chars().all(|c| c.is_ascii_digit() || c == '_') {
            return None;
        }
        let whole = head.split_once(':').and_then(|(first, rest)| {
            is_made_of(first, |c| c.is_ascii_digit()).then_some(())?;
            let mut total: f64 = first.replace('_', "").parse().ok()?;
            for part in rest.split(':') {
                total = total * 60.0 + sixtieth(part)? as f64;
            }
            Some(total)
        })?;
        let fraction: f64 = format!("0.{}", fraction.replace('_', "")).parse().ok()?;
        return Some(signed(whole + fraction));
    }
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    if whole.is_empty() && digits.len() < text.len() {
        // PyYAML's pattern has no sign before a bare point.
        return None;
    }
    let numeric = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    if !numeric(whole) || !numeric(fraction) || (whole.is_empty() && fraction.is_empty()) || whole.starts_with('_') {
        return None;
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['+', '-'])?;
        if power.is_empty() || !power.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
    }
    format!("0{}", digits.replace('_', "")).parse().ok().map(signed)
}

/// `2001-01-02` and `2001-12-14t21:59:43.10-05:00` with their looser spellings.
fn timestamp(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes.is_ascii() || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let year: u32 = text[..4].parse().ok()?;
    let (month, rest) = leading_number(&text[5..], 2)?;
    let (day, rest) = leading_number(rest.strip_prefix('-')?, 2)?;
    if year == 0 || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    if rest.is_empty() {
        // PyYAML's short form has two digits for month and day.
        return (text.len() == 10).then(|| {
            Value::Date(Box::new(Date {
                text: format!("{year:04}-{month:02}-{day:02}"),
                repr: format!("datetime.date({year}, {month}, {day})"),
            }))
        });
    }
    let clock = match rest.strip_prefix(['T', 't']) {
        Some(clock) => clock,
        None => rest.strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']),
    };
    let (hour, rest) = leading_number(clock, 2)?;
    let (minute, rest) = exactly_two(rest.strip_prefix(':')?)?;
    let (second, rest) = exactly_two(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, rest) = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
            let six: String = fraction[..end].chars().chain("000000".chars()).take(6).collect();
            (six.parse::<u32>().ok()?, &fraction[end..])
        }
        None => (0, rest),
    };
    let zone = zone(rest.trim_start_matches([' ', '\t']))?;
    let mut shown = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    let mut repr = format!("datetime.datetime({year}, {month}, {day}, {hour}, {minute}");
    if second > 0 || micros > 0 {
        repr.push_str(&format!(", {second}"));
    }
    if micros > 0 {
        shown.push_str(&format!(".{micros:06}"));
        repr.push_str(&format!(", {micros}"));
    }
    if let Some((suffix, zone_repr)) = zone {
        shown.push_str(&suffix);
        repr.push_str(&format!(", tzinfo={zone_repr}"));
    }
    repr.push(')');
    Some(Value::Date(Box::new(Date { text: shown, repr })))
}

/// Nothing, `Z`, or an offset; the text and Python's repr of it.
fn zone(text: &str) -> Option<Option<(String, String)>> {
    match text {
        "" => return Some(None),
        "Z" => return Some(Some(("+00:00".to_owned(), "datetime.timezone.utc".to_owned()))),
        _ => {}
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', text.strip_prefix('+')?),
    };
    let (hours, rest) = leading_number(rest, 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(rest) => exactly_two(rest).filter(|(_, rest)| rest.is_empty())?.0,
        None if rest.is_empty() => 0,
        None => return None,
    };
    let seconds = i64::from(hours * 3600 + minutes * 60) * if sign == '-' { -1 } else { 1 };
    let delta = match seconds {
        0 => return Some(Some(("+00:00".to_owned(), "datetime.timezone.utc".to_owned()))),
        s if s < 0 => format!("days=-1, seconds={}", 86_400 + s),
        s => format!("seconds={s}"),
    };
    Some(Some((format!("{sign}{hours:02}:{minutes:02}"), format!("datetime.timezone(datetime.timedelta({delta}))"))))
}

fn leading_number(text: &str, most: usize) -> Option<(u32, &str)> {
    let end = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (end > 0).then(|| Some((text[..end].parse().ok()?, &text[end..])))?
}

fn exactly_two(text: &str) -> Option<(u32, &str)> {
    let two = text.get(..2)?;
    two.bytes().all(|b| b.is_ascii_digit()).then(|| Some((two.parse().ok()?, &text[2..])))?
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_yaml_1_1() {
        let table = [
            ("yes", "True"),
            ("Off", "False"),
            ("TRUE", "True"),
            ("nO", "'nO'"),
            ("y", "'y'"),
            ("0755", "493"),
            ("00", "0"),
            ("08", "'08'"),
            ("0b101", "5"),
            ("0x1F", "31"),
            ("-0x1f", "-31"),
            ("1_000", "1000"),
            ("12:30:45", "45045"),
            ("190:20:30", "685230"),
            ("12:60", "'12:60'"),
            ("12:30.5", "750.5"),
            ("1,000", "'1,000'"),
            ("1.2.3", "'1.2.3'"),
            ("1_0.5", "10.5"),
            ("685.230_15e+03", "685230.15"),
            ("-.inf", "-inf"),
            (".5", "0.5"),
            ("+.5", "'+.5'"),
            ("-0.5", "-0.5"),
            ("1e3", "'1e3'"),
            ("99999999999999999999999999999999999999999", "99999999999999999999999999999999999999999"),
            ("-99_999999999999999999999999999999999999999", "-99999999999999999999999999999999999999999"),
            ("1.", "1.0"),
            ("1.5e3", "'1.5e3'"),
            (".", "'.'"),
            ("=x", "'=x'"),
            ("_", "'_'"),
            ("2001-01-02", "datetime.date(2001, 1, 2)"),
            ("2001-13-02", "'2001-13-02'"),
            ("2001-1-2", "'2001-1-2'"),
            ("0o17", "'0o17'"),
            ("", "None"),
            ("~", "None"),
            ("Null", "None"),
            ("nULL", "'nULL'"),
            ("~x", "'~x'"),
        ];
        for (text, repr) in table {
            assert_eq!(resolve(text).repr(), repr, "{text}");
        }
    }

    #[test]
    fn timestamps_print_as_pythons() {
        let table = [
            ("2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.100000-05:00"),
            ("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43.100000-05:00"),
            ("2001-12-15 2:59:43.10", "2001-12-15 02:59:43.100000"),
            ("2001-12-15T02:59:43Z", "2001-12-15 02:59:43+00:00"),
            ("2001-12-15T02:59", "2001-12-15T02:59"),
        ];
        for (text, shown) in table {
            assert_eq!(resolve(text).to_text(), shown, "{text}");
        }
    }
}
