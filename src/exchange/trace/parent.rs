//! `traceparent`: a place in a trace, as W3C Trace Context writes it.

use std::fmt;

/// The flag of a trace that is recorded.
const SAMPLED: u8 = 1;

/// The flag of a trace whose id was drawn at random.
const RANDOM: u8 = 2;

/// A place in a trace: where it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The trace.
    pub trace: u128,
    /// The span.
    pub span: u64,
    /// Whether it is recorded.
    pub is_sampled: bool,
    /// Whether its id is known to be random.
    pub is_random: bool,
}

impl Parent {
    /// Reads a header's value; of versions that are not known yet, the four fields that are.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Parent, &'static str> {
        const LENGTH: usize = 55;
        let text = text.trim_matches([' ', '\t']);
        let bytes = text.as_bytes();
        let field = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            u128::from_str_radix(digits, 16).ok().filter(|_| is_hex)
        };
        if bytes.len() < LENGTH || [2, 35, 52].iter().any(|at| bytes[*at] != b'-') {
            return Err("it is not VERSION-TRACE-SPAN-FLAGS with 2, 32, 16 and 2 hexadecimal digits");
        }
        let (Some(version), Some(trace), Some(span), Some(flags)) =
            (field(0, 2), field(3, 35), field(36, 52), field(53, 55))
        else {
            return Err("it has a field that is not hexadecimal digits in lower case");
        };
        match version {
            0xff => return Err("version ff is none"),
            0 if bytes.len() > LENGTH => return Err("version 00 has four fields and nothing more"),
            _ if bytes.len() > LENGTH && bytes[LENGTH] != b'-' => return Err("its flags have more than 2 digits"),
            _ if trace == 0 => return Err("its trace id is 0"),
            _ if span == 0 => return Err("its span id is 0"),
            _ => {}
        }
        // Both fields have as many digits as their numbers.
        let (span, flags) = (span as u64, flags as u8);
        Ok(Parent { trace, span, is_sampled: flags & SAMPLED != 0, is_random: flags & RANDOM != 0 })
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let flags = flag(self.is_sampled, SAMPLED) | flag(self.is_random, RANDOM);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_version_00() {
        let head = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        for (version, flags, written) in
            [("00", "01", "01"), ("00", "00", "00"), ("00", "ff", "03"), ("cc", "03-more", "03"), ("01", "02", "02")]
        {
            let parent = Parent::parse(&format!(" {version}-{head}-{flags}\t")).unwrap();
            assert_eq!(parent.to_string(), format!("00-{head}-{written}"), "{version} {flags}");
        }
        for wrong in [
            "",
            "00",
            "ü0-",
            "00-0af7651916cd43dd8448eb211c80319ü-b7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(Parent::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_case_of_the_vectors_is_told_right() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vectors/otlp/traceparent.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("skipped: {path} is missing");
            return;
        };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert!(cases.len() > 15);
        for case in cases {
            let written = case["traceparent"].as_str().unwrap();
            assert_eq!(Parent::parse(written).is_ok(), case["valid"], "{written}: {}", case["note"]);
        }
    }
}
