//! UUIDs of versions 4 and 7, by RFC 9562.
//!
//! Owns: their bits, and that those of version 7 sort as they are made. Does not: read a clock.

use std::sync::{Mutex, PoisonError};

/// The milliseconds of the last UUID of version 7, and its counter.
#[derive(Debug, Default)]
pub struct Last(Mutex<(u64, u16)>);

impl Last {
    /// The time and the counter of the next one: later in any case than the one before.
    pub fn advance(&self, millis: u64, start: u16) -> (u64, u16) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last {
            (before, _) if millis > before => (millis, start & 0x7ff),
            (before, 0xfff) => (before + 1, start & 0x7ff),
            (before, counter) => (before, counter + 1),
        };
        *last
    }
}

/// Version 4: all at random.
pub fn v4(random: u128) -> String {
    text(random, 4)
}

/// Version 7: milliseconds since 1970 first, then a counter, then what is at random.
pub fn v7(millis: u64, counter: u16, random: u64) -> String {
    text(u128::from(millis & 0xffff_ffff_ffff) << 80 | u128::from(counter & 0xfff) << 64 | u128::from(random), 7)
}

fn text(bits: u128, version: u128) -> String {
    let bits = bits & !(0xf << 76 | 0x3 << 62) | version << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        // Appendix A.3 and A.6.
        assert_eq!(v4(0x919108f752d133205bacf847db4148a8), "919108f7-52d1-4320-9bac-f847db4148a8");
        assert_eq!(v7(0x017f22e279b0, 0xcc3, 0x18c4dc0c0c07398f), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    }

    #[test]
    fn version_7_never_goes_back() {
        let last = Last::default();
        assert_eq!(last.advance(5, 0xffff), (5, 0x7ff));
        assert_eq!(last.advance(5, 3), (5, 0x800));
        assert_eq!(last.advance(4, 3), (5, 0x801));
        for _ in 0x801..0xfff {
            last.advance(5, 0);
        }
        assert_eq!(last.advance(5, 9), (6, 9));
        assert_eq!(last.advance(9, 1), (9, 1));
    }
}
