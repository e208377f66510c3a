//! Sizes as people write them: bytes, or with KiB, MiB, GiB.
//!
//! Owns: both directions. Does not: know what a size bounds.

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// What a size may be.
pub const ALLOWED: &str = "a size such as 500000, 512 KiB, 64 MiB or 1 GiB; 0 is no limit";

/// Reads `65536`, `64 KiB`, `1.5MiB`; the case of the unit does not matter.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim());
    let factor = match unit {
        "" | "B" => 1,
        _ => UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let bytes = number.parse::<f64>().ok()? * factor as f64;
    // Half a byte is a slip.
    (factor > 1 && bytes.fract() == 0.0 && bytes < u64::MAX as f64).then_some(bytes as u64)
}

/// `64 MiB`, `1 byte`, `1000 bytes`: in the largest unit that divides it.
pub fn shown(bytes: u64) -> String {
    match UNITS.iter().find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor)) {
        Some((name, factor)) => format!("{} {name}", bytes / factor),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("0", Some(0)),
            (" 500000 ", Some(500_000)),
            ("64 MiB", Some(64 << 20)),
            ("64mib", Some(64 << 20)),
            ("1.5 KiB", Some(1536)),
            ("2GiB", Some(2 << 30)),
            ("7 B", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551615 KiB", None),
            ("1.5", None),
            ("0.3 KiB", None),
            ("-1", None),
            ("64 MB", None),
            ("64M", None),
            ("MiB", None),
            ("", None),
            ("1 2", None),
            ("1.2.3 MiB", None),
        ] {
            assert_eq!(parse(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn sizes_are_shown() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1000, "1000 bytes"),
            (64 << 20, "64 MiB"),
            (1536, "1536 bytes"),
            (3 << 30, "3 GiB"),
        ] {
            assert_eq!(shown(bytes), text);
        }
    }
}
