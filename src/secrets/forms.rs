//! The forms in which a secret comes back: encoded, escaped, in the middle of something that is encoded.
//!
//! Owns: the encodings, a row each. Does not: search for them (see `known`).

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// A shorter value or form is not replaced: it would blot out half of every text.
pub const SHORTEST: usize = 4;

/// What is left of a base64 form without the letters that depend on its neighbours is at least this long.
const SHORTEST_CORE: usize = 8;

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a browser's `encodeURIComponent` leaves alone is more.
const COMPONENT: &AsciiSet = &RESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');

/// What browsers leave of a form's field.
const FIELD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

/// What cannot stand in a URL at all: clients that mend a URL encode only this.
const UNFIT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// Adds the forms that an encoding makes of a value.
type Encoding = fn(&str, &mut Vec<String>);

/// The encodings with their names; a new one is a row here.
const ENCODINGS: [(&str, Encoding); 8] = [
    ("", plain),
    ("base64", base64),
    ("hex", hex),
    ("percent-encoded", percent),
    ("escaped", escaped),
    ("HTML-escaped", markup),
    ("quoted", quoted),
    ("Latin-1", misread),
];

/// Those that leave letters, digits and the signs of tokens as they are.
const ENCODINGS_OF_SIGNS: usize = 3;

/// All forms of a value, each once, none too short to be replaced.
pub fn forms(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for (_, encoding) in encodings_of(value) {
        encoding(value, &mut forms);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// In which form a text is a value: the encoding's name, nothing for the value itself.
pub fn form_name(value: &str, text: &str) -> Option<&'static str> {
    encodings_of(value).iter().find_map(|(name, encoding)| {
        let mut forms = Vec::new();
        encoding(value, &mut forms);
        forms.iter().any(|form| form == text).then_some(*name)
    })
}

fn encodings_of(value: &str) -> &'static [(&'static str, Encoding)] {
    let is_token = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
    &ENCODINGS[..if is_token { ENCODINGS_OF_SIGNS } else { ENCODINGS.len() }]
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
    for form in [own, bare, core] {
        if form.len() >= SHORTEST_CORE || (before == 0 && form.len() >= bare.len()) {
            // In a URL, its signs are encoded once more.
            if form.contains(['+', '/']) {
                out.push(utf8_percent_encode(form, RESERVED).to_string());
            }
            out.push(form.to_owned());
        }
    }
}

fn percent(value: &str, out: &mut Vec<String>) {
    for set in [RESERVED, COMPONENT, UNFIT] {
        let encoded = utf8_percent_encode(value, set).to_string();
        // As a form's field, where a space is a plus.
        with_triplets(&encoded.replace("%20", "+"), out);
        with_triplets(&encoded, out);
    }
    with_triplets(&utf8_percent_encode(value, FIELD).to_string().replace(' ', "+"), out);
}

/// Digits of either case, each alone and encoded again.
fn with_triplets(encoded: &str, out: &mut Vec<String>) {
    for form in [lower_triplets(encoded), encoded.to_owned()] {
        if form.contains(['%', '+']) {
            let twice = utf8_percent_encode(&form, RESERVED).to_string();
            out.push(lower_triplets(&twice));
            out.push(twice);
        }
        // A JSON text has it as it is, but for what this encoding leaves alone.
        out.push(json(&form));
        out.push(form);
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

/// As JSON writes it, once and in a text that is JSON again, and as Python's and Rust's dumps have it.
fn escaped(value: &str, out: &mut Vec<String>) {
    let json = json(value);
    for form in [json.replace('/', "\\/"), ascii(&json, false), ascii(&json, true)] {
        out.push(self::json(&form));
        out.push(form);
    }
    out.push(self::json(&json));
    out.push(json);
    let backslashes = value.replace('\\', "\\\\");
    out.push(backslashes.replace('\'', "\\'"));
    let lines = backslashes.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    out.push(lines.replace('\'', "\\'"));
    out.push(lines);
    out.push(backslashes);
    out.push(value.escape_debug().to_string());
    if !value.is_ascii() {
        // What Python shows of bytes.
        let bytes = |byte: u8| std::ascii::escape_default(byte).map(char::from).collect::<String>();
        let dump: String = value.bytes().map(bytes).collect();
        out.push(dump.replace("\\\"", "\""));
        out.push(dump.replace("\\\"", "\"").replace("\\'", "'"));
    }
}

/// A JSON text without its quotes.
fn json(value: &str) -> String {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// As JSON that is ASCII only, with digits of one case.
fn ascii(json: &str, is_upper: bool) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&if is_upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
            }
        }
    }
    out
}

/// As HTML and XML have it, and that within JSON.
fn markup(value: &str, out: &mut Vec<String>) {
    // Encoders of JSON that may stand in a page.
    let json = json(value);
    out.push(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
    out.push(json.replace('<', "\\u003C").replace('>', "\\u003E").replace('&', "\\u0026").replace('\'', "\\u0027"));
    if !value.contains(['&', '<', '>', '"', '\'']) {
        return;
    }
    let angles = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for quote in ["\"", "&quot;", "&#34;"] {
        let quotes = angles.replace('"', quote);
        for apostrophe in ["'", "&#39;", "&#039;", "&#x27;", "&apos;"] {
            let form = quotes.replace('\'', apostrophe);
            out.push(self::json(&form));
            out.push(form);
        }
    }
}

fn hex(value: &str, out: &mut Vec<String>) {
    out.push(value.bytes().map(|byte| format!("{byte:02x}")).collect());
    out.push(value.bytes().map(|byte| format!("{byte:02X}")).collect());
}

/// Between the single quotes of YAML and of a shell.
fn quoted(value: &str, out: &mut Vec<String>) {
    if value.contains('\'') {
        out.extend(["''", "'\\''", "'\"'\"'"].map(|quote| value.replace('\'', quote)));
    }
}

/// UTF-8 that was taken for Latin-1, as headers are.
fn misread(value: &str, out: &mut Vec<String>) {
    if !value.is_ascii() {
        out.push(value.bytes().map(char::from).collect());
    }
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
    fn a_token_has_few_forms() {
        // Each is a row of the automaton, which is built anew where an answer brings another secret.
        for (value, most) in [("abcDEF0123456789-abcd", 16), ("Bearer abc.DEF-0123456789", 40)] {
            assert!(forms(value).len() <= most, "{} forms of {value}: {:#?}", forms(value).len(), forms(value));
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
