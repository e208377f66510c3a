//! Punycode (RFC 3492): letters of any script in the letters of host names.
//!
//! Owns: encoding one label. Does not: compose or fold characters, decode.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;

/// A label in ASCII, without its `xn--`; nothing where it is longer than a label can be.
pub(super) fn encode(label: &str) -> Option<String> {
    const LONGEST: usize = 63;
    if label.chars().count() > LONGEST {
        return None;
    }
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let total = u32::try_from(label.chars().count()).ok()?;
    let (mut next, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    while handled < total {
        let least = label.chars().map(u32::from).filter(|code| *code >= next).min()?;
        delta = (least - next).checked_mul(handled + 1)?.checked_add(delta)?;
        next = least;
        for code in label.chars().map(u32::from) {
            if code < next {
                delta = delta.checked_add(1)?;
            }
            if code == next {
                digits(delta, bias, &mut out);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    Some(out)
}

/// A number in digits whose worth depends on the bias.
fn digits(number: u32, bias: u32, out: &mut String) {
    let mut rest = number;
    let mut weight = BASE;
    loop {
        let threshold = weight.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            return out.push(digit(rest));
        }
        out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
        rest = (rest - threshold) / (BASE - threshold);
        weight += BASE;
    }
}

fn digit(value: u32) -> char {
    char::from_digit((value + 10) % BASE, BASE).unwrap_or('0')
}

fn adapted(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut steps = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        steps += BASE;
    }
    steps + (BASE - T_MIN + 1) * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_standard() {
        for (label, code) in [
            ("bücher", "bcher-kva"),
            ("münchen", "mnchen-3ya"),
            ("例え", "r8jz45g"),
            ("испытание", "80akhbyknj4f"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("ünicode", "nicode-2ya"),
            ("straße", "strae-oqa"),
        ] {
            assert_eq!(encode(label).as_deref(), Some(code), "{label}");
        }
        assert_eq!(encode(&"ü".repeat(64)), None);
    }
}
