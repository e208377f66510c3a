//! The forms in which a secret comes back: encoded, escaped, in the middle of something that is encoded.
//!
//! Owns: the encodings, a row each. Does not: search for them (see `known`).

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// A shorter form is not replaced: it would blot out half of every text.
pub const SHORTEST: usize = 3;

/// What is left of a base64 form without the letters that depend on its neighbours is at least this long.
const SHORTEST_CORE: usize = 8;

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a browser's `encodeURIComponent` leaves alone is more.
const COMPONENT: &AsciiSet = &RESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');

/// What cannot stand in a URL at all: clients that mend a URL encode only this.
const UNFIT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// Adds the forms that an encoding makes of a value.
type Encoding = fn(&str, &mut Vec<String>);

/// The encodings; a new one is a row here.
const ENCODINGS: [Encoding; 6] = [plain, base64, percent, escaped, markup, hex];

/// All forms of a value, each once, none too short to be replaced.
pub fn forms(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for encoding in ENCODINGS {
        encoding(value, &mut forms);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn plain(value: &str, out: &mut Vec<String>) {
    out.push(value.to_owned());
}

/// Alone, and in the middle of a text: three bytes make four letters, so it depends on where it begins.
fn base64(value: &str, out: &mut Vec<String>) {
    for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
        for before in 0..3 {
            at_alignment(engine, before, value, out);
        }
    }
}

fn at_alignment(engine: &GeneralPurpose, before: usize, value: &str, out: &mut Vec<String>) {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value.as_bytes());
    let padded = engine.encode(&bytes);
    // The first letters also hold bits of what stands before, the last one bits of what follows.
    let own = &padded[[0, 2, 3][before]..];
    let bare = own.trim_end_matches('=');
    let core = if bytes.len().is_multiple_of(3) { bare } else { &bare[..bare.len().saturating_sub(1)] };
    for form in [own, bare] {
        if before == 0 || form.len() >= SHORTEST_CORE {
            out.push(form.to_owned());
        }
    }
    if core.len() >= SHORTEST_CORE {
        out.push(core.to_owned());
    }
}

fn percent(value: &str, out: &mut Vec<String>) {
    for set in [RESERVED, COMPONENT, UNFIT] {
        let encoded = utf8_percent_encode(value, set).to_string();
        // Again, and as a form's field, where a space is a plus.
        let twice = utf8_percent_encode(&encoded, RESERVED).to_string();
        for form in [encoded.replace("%20", "+"), encoded, twice] {
            out.push(lower_triplets(&form));
            out.push(form);
        }
    }
}

/// `%2F` as `%2f`.
fn lower_triplets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = 0;
    for c in text.chars() {
        out.push(if digits > 0 { c.to_ascii_lowercase() } else { c });
        digits = if c == '%' { 2 } else { usize::saturating_sub(digits, 1) };
    }
    out
}

/// As JSON writes it, once and in a text that is JSON again, and as Python's `repr`.
fn escaped(value: &str, out: &mut Vec<String>) {
    let json = json(value);
    out.push(json.replace('/', "\\/"));
    out.push(ascii(&json));
    out.push(self::json(&json));
    out.push(json);
    let backslashes = value.replace('\\', "\\\\");
    out.push(backslashes.replace('\'', "\\'"));
    out.push(backslashes);
}

/// A JSON text without its quotes.
fn json(value: &str) -> String {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// As JSON that is ASCII only.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// As HTML and XML have it, and that within JSON.
fn markup(value: &str, out: &mut Vec<String>) {
    let angles = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quotes = angles.replace('"', "&quot;");
    for apostrophe in ["&#39;", "&#x27;", "&apos;"] {
        out.push(quotes.replace('\'', apostrophe));
    }
    out.push(json(&angles));
    out.push(angles);
    out.push(quotes.replace('"', "&#34;"));
    out.push(quotes);
    // Encoders of JSON that may stand in a page.
    let json = json(value);
    out.push(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
    out.push(json.replace('<', "\\u003C").replace('>', "\\u003E").replace('&', "\\u0026").replace('\'', "\\u0027"));
}

fn hex(value: &str, out: &mut Vec<String>) {
    out.push(value.bytes().map(|byte| format!("{byte:02x}")).collect());
    out.push(value.bytes().map(|byte| format!("{byte:02X}")).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_has_its_forms() {
        let forms = forms("p@ss \"w\\o'rd\"/é<&");
        for form in [
            "p@ss \"w\\o'rd\"/é<&",
            "p%40ss%20%22w%5Co%27rd%22%2F%C3%A9%3C%26",
            "p%40ss%20%22w%5co%27rd%22%2f%c3%a9%3c%26",
            "p%40ss+%22w%5Co%27rd%22%2F%C3%A9%3C%26",
            "p%40ss%20%22w%5Co'rd%22%2F%C3%A9%3C%26",
            "p@ss%20%22w\\o'rd%22/%C3%A9%3C&",
            "p%2540ss%2520%2522w%255Co%2527rd%2522%252F%25C3%25A9%253C%2526",
            r#"p@ss \"w\\o'rd\"/é<&"#,
            r#"p@ss \"w\\o'rd\"\/é<&"#,
            r#"p@ss \"w\\o'rd\"/\u00e9<&"#,
            r#"p@ss \\\"w\\\\o'rd\\\"/é<&"#,
            r#"p@ss "w\\o\'rd"/é<&"#,
            "p@ss &quot;w\\o&#39;rd&quot;/é&lt;&amp;",
            r#"p@ss \"w\\o'rd\"/é\u003c\u0026"#,
            "704073732022775c6f2772642",
        ] {
            assert!(forms.iter().any(|have| have.starts_with(form)), "{form} in {forms:#?}");
        }
    }

    #[test]
    fn base64_is_found_wherever_it_begins() {
        let secret = "correct-horse/battery?";
        let forms = forms(secret);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "xyz"] {
                for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
                    let text = engine.encode(format!("{before}{secret}{after}"));
                    let longest = forms.iter().filter(|form| text.contains(form.as_str())).map(String::len).max();
                    // All letters but those that also hold bits of a neighbour.
                    assert!(
                        longest.is_some_and(|length| length * 3 / 4 >= secret.len() - 2),
                        "{before}|{after} {text}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_short_is_a_form() {
        assert!(forms("ab").iter().all(|form| form.len() >= SHORTEST));
        assert!(forms("").is_empty());
        assert!(forms("abcd").contains(&"YWJjZA".to_owned()));
        assert!(!forms("abcd").iter().any(|form| form == "WJj"));
    }
}
