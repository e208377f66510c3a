//! A set of secrets against texts that hold them.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};

use super::super::forms::forms;
use super::*;

fn of(values: &[&str]) -> Secrets {
    let mut secrets = Secrets::default();
    values.iter().for_each(|value| secrets.add(value));
    secrets
}

#[test]
fn a_secret_vanishes_in_every_form() {
    let mut secrets = Secrets::default();
    secrets.add("p@ss word/1");
    secrets.add_login("ada", "p@ss word/1");
    secrets.add_header("Authorization", "Bearer abc.def");
    secrets.add_header("Cookie", "sid=12345; theme=dark");
    let text = "p@ss word/1 p%40ss%20word%2F1 cEBzcyB3b3JkLzE= YWRhOnBAc3Mgd29yZC8x Bearer abc.def abc.def 12345";
    let clean = secrets.redact(text);
    for leak in ["p@ss", "p%40ss", "abc.def", "12345", "cEBzcyB3b3JkLzE", "YWRhOnBAc3Mgd29yZC8x"] {
        assert!(!clean.contains(leak), "{leak} in {clean}");
    }
    assert!(matches!(secrets.redact("nothing here"), Cow::Borrowed("nothing here")));
    assert!(!format!("{secrets:?}").contains("p@ss"));
}

#[test]
fn where_secrets_overlap_all_of_them_goes() {
    for (values, text, clean) in [
        (&["abcdef", "defghi"][..], "xabcdefghiy", "x(redacted)y"),
        (&["abcd", "abcdef"], "abcdef abcd", "(redacted) (redacted)"),
        (&["bcde", "abcdef"], "abcdefabc", "(redacted)abc"),
        (&["aaaa"], "aaaaaa", "(redacted)"),
        (&["abc", "ADMIN"], "abc ADMIN", "abc ADMIN"),
        (&["tok1", "tok2"], "tok1tok2", "(redacted)(redacted)"),
        (&["é€é"], "aé€éa", "a(redacted)a"),
        (&["ab", "true", "  "], "ab true", "ab true"),
        (&[" padded "], "[padded]", "[(redacted)]"),
    ] {
        assert_eq!(of(values).redact(text), clean, "{values:?}");
    }
}

#[test]
fn a_set_that_grows_finds_everything_and_has_few_layers() {
    let mut secrets = Secrets::default();
    for i in 0..1000 {
        secrets.add(&format!("value-{i:04}"));
        assert_eq!(secrets.redact(&format!("<value-{i:04}>")), "<(redacted)>");
        assert_eq!(secrets.redact("<value-0000>"), "<(redacted)>");
        assert!(secrets.layers.len() <= 11, "{}", secrets.layers.len());
    }
}

#[test]
fn those_of_an_answer_go_with_the_others() {
    let (run, answer) = (of(&["abcdef"]), of(&["defghi"]));
    assert!(run.knows(" abcdef") && !run.knows("abc"));
    assert_eq!(run.met_in("abcdef YWJjZGVm abcdef").into_iter().collect::<Vec<_>>(), ["YWJjZGVm", "abcdef"]);
    assert_eq!(run.redact_with(&answer, "abcdefghi abcdef defghi"), "(redacted) (redacted) (redacted)");
    assert_eq!(run.redact("defghi"), "defghi");
}

#[test]
fn the_beginning_of_a_secret_before_a_cut_goes() {
    let none = Secrets::default();
    for (message, clean) in [
        ("got \"x hunter2-and…", "got \"x (redacted)…"),
        ("got \"hunt…\"", "got \"(redacted)…\""),
        ("got \"hun…\"", "got \"hun…\""),
        ("got \"hunter2-and-more…", "got \"(redacted)…"),
        ("got \"é…", "got \"é…"),
    ] {
        let mut text = message.to_owned();
        of(&["hunter2-and-more"]).redact_message(&none, &mut text);
        assert_eq!(text, clean);
        let mut text = message.to_owned();
        none.redact_message(&of(&["hunter2-and-more"]), &mut text);
        assert_eq!(text, clean);
    }
}

#[test]
fn numbers_and_booleans_are_no_secrets() {
    let value = json::parse(br#"{"a": 200, "b": true, "c": null, "d": 1.25, "e": ["leaf-1", {"f": "leaf-2"}]}"#);
    let mut secrets = Secrets::default();
    secrets.add_value("a", &value.unwrap());
    assert_eq!(secrets.redact("200 True None 1.25 leaf-1 leaf-2"), "200 True None 1.25 (redacted) (redacted)");
}

#[test]
fn urls_carry_secrets() {
    let mut secrets = Secrets::default();
    secrets.add_url("http://ada:p%40ss@h/?api_key=long%20enough&key=name&max_tokens=12345678");
    let text = "p@ss p%40ss long enough long+enough name 12345678";
    assert_eq!(secrets.redact(text), "(redacted) (redacted) (redacted) (redacted) name 12345678");
}

/// The encodings that a secret is searched in, as others make them: none of them is the code under test.
const ENCODINGS: [fn(&str) -> String; 17] = [
    str::to_owned,
    |value| BASE64_STANDARD.encode(value),
    |value| BASE64_URL_SAFE_NO_PAD.encode(value),
    |value| BASE64_STANDARD.encode(format!("x{value}")),
    |value| BASE64_URL_SAFE.encode(format!("ab{value}c")),
    |value| value.bytes().map(|byte| format!("{byte:02x}")).collect(),
    |value| value.bytes().map(|byte| format!("{byte:02X}")).collect(),
    |value| percent(value, b"-_.~", "%20"),
    |value| percent(value, b"-_.~", "%20").to_lowercase_triplets(),
    |value| percent(value, b"-_.*", "+"),
    |value| percent(value, b"-_.!~*'()", "%20"),
    |value| percent(&percent(value, b"-_.~", "%20"), b"-_.~", "%20"),
    json_text,
    |value| json_text(&json_text(value)),
    |value| json_text(&percent(value, b"-_.~", "%20")),
    markup,
    |value| json_text(&markup(value)),
];

trait Triplets {
    fn to_lowercase_triplets(&self) -> String;
}

impl Triplets for String {
    fn to_lowercase_triplets(&self) -> String {
        let mut parts = self.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let (digits, rest) = part.split_at(2);
            format!("{text}%{}{rest}", digits.to_lowercase())
        })
    }
}

fn percent(value: &str, open: &[u8], space: &str) -> String {
    value.bytes().fold(String::new(), |text, byte| match byte {
        b' ' => text + space,
        _ if byte.is_ascii_alphanumeric() || open.contains(&byte) => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}

fn json_text(value: &str) -> String {
    value.chars().fold(String::new(), |text, c| match c {
        '"' | '\\' => text + &format!("\\{c}"),
        '\n' => text + "\\n",
        '\t' => text + "\\t",
        '\r' => text + "\\r",
        _ => text + &c.to_string(),
    })
}

fn markup(value: &str) -> String {
    let amp = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    amp.replace('"', "&quot;").replace('\'', "&#39;")
}

#[test]
fn ten_thousand_secrets_vanish_in_every_encoding() {
    const SIGNS: &[char] = &[
        'a', 'b', 'Z', '0', '9', 'q', 'T', '7', 'k', '"', '\'', '\\', '/', '+', '=', '&', '<', '>', ' ', '%', '-', '_',
        '.', '~', '!', '*', '(', ')', ':', ';', '$', '{', '}', '[', 'é', 'ß', '€', '𝄞', '\n', '#', '?', '@', ',', '^',
    ];
    std::thread::scope(|scope| {
        (0..4).for_each(|part| drop(scope.spawn(move || many_secrets(fastrand::Rng::with_seed(part), SIGNS))));
    });
}

fn many_secrets(mut random: fastrand::Rng, signs: &[char]) {
    for round in 0..2_500 {
        let length = random.usize(8..28);
        let secret: String = (0..length).map(|_| signs[random.usize(..signs.len())]).collect();
        let secret = format!("s{secret}e");
        let encoded = ENCODINGS[random.usize(..ENCODINGS.len())](&secret);
        let (before, after) =
            ([r#"{"x": ""#, "?a=", "<b>", "…é", ""][random.usize(..5)], ["\"}", "&b", "…", ""][random.usize(..4)]);
        let text = format!("{before}{encoded}{after}");
        // An automaton finds what a search for each form does; one for each secret takes its time.
        let clean = match round % 500 {
            0 => of(&[&secret, "another-secret", "s3cr3t"]).redact(&text).into_owned(),
            _ => {
                let forms = forms(&secret);
                let spans = forms.iter().flat_map(|form| text.match_indices(form.as_str()));
                replace(&text, spans.map(|(at, form)| (at, at + form.len())).collect()).into_owned()
            }
        };
        // Of base64 in the middle of something, letters stay that hold bits of what is beside the secret, and the
        // neighbours themselves.
        let left: usize = clean.replace("(redacted)", "").chars().count();
        let around = before.chars().count() + after.chars().count();
        assert!(clean.contains("(redacted)") && left <= around + 8, "{round}: {secret:?} as {text:?}: {clean:?}");
        assert!(!clean.contains(&*secret), "{round}: {secret:?}");
    }
}

#[test]
fn parts_of_a_value_are_secrets_too() {
    let secrets = of(&[
        "-----BEGIN KEY-----\nMIIBVgIBADANBgkq\n  hkiG9w0BAQEFAASC\nxyz\n-----END KEY-----\n",
        r#"{"client": {"client_secret": "leaf-secret-1"}, "list": ["leaf-secret-2", 12345678], "a": "short"}"#,
        "\"quoted-secret\"",
    ]);
    for (text, clean) in [
        ("MIIBVgIBADANBgkq", "(redacted)"),
        ("a hkiG9w0BAQEFAASC b", "a (redacted) b"),
        ("xyz -----BEGIN KEY-----", "xyz -----BEGIN KEY-----"),
        ("leaf-secret-1 leaf-secret-2 12345678 short", "(redacted) (redacted) 12345678 short"),
        ("[quoted-secret]", "[(redacted)]"),
    ] {
        assert_eq!(secrets.redact(text), clean, "{text}");
    }
}

#[test]
fn what_cannot_be_hidden_is_told() {
    let mut secrets = Secrets::default();
    for (value, hiding) in [
        (Value::Str("abc".to_owned()), Hiding::TooShort),
        (Value::Int(123), Hiding::TooShort),
        (Value::Bool(true), Hiding::Common),
        (Value::Str("Admin".to_owned()), Hiding::Common),
        (Value::Int(123_456), Hiding::Hidden),
        (json::parse(br#"["long enough", "ab"]"#).unwrap(), Hiding::TooShort),
        (Value::Null, Hiding::Hidden),
    ] {
        assert_eq!(secrets.add_declared("x", &value), hiding, "{value:?}");
    }
    assert_eq!(secrets.redact("123456 123 long enough"), "(redacted) 123 (redacted)");
}

#[test]
fn what_is_found_has_a_name_and_a_form() {
    let mut secrets = of(&["nameless-1"]);
    secrets.add_named(Some("token"), "tok/4711-x");
    for (text, found) in [
        ("tok/4711-x", Some((Some("token"), ""))),
        ("dG9rLzQ3MTEteA", Some((Some("token"), "base64"))),
        ("tok%2F4711-x", Some((Some("token"), "percent-encoded"))),
        ("tok\\/4711-x", Some((Some("token"), "escaped"))),
        ("746f6b2f343731312d78", Some((Some("token"), "hex"))),
        ("nameless-1", Some((None, ""))),
        ("something", None),
    ] {
        let place = secrets.places(text).first().copied();
        let described = place.map(|(start, end, value)| secrets.describe(value, &text[start..end]));
        assert_eq!(described.map(|(_, name, form)| (name.map(|name| &**name), form)), found, "{text}");
    }
    assert_eq!(secrets.places("x tok/4711-x nameless-1"), [(2, 12, "tok/4711-x"), (13, 23, "nameless-1")]);
    secrets.add_header("Authorization", "Bearer tok/4711-x");
    let (value, name, _) = secrets.describe("Bearer tok/4711-x", "Bearer tok/4711-x");
    assert_eq!((value, name.map(|name| &**name)), ("tok/4711-x", Some("token")));
}

#[test]
fn what_a_mask_found_is_hidden_where_it_stands_alone() {
    let mut secrets = Secrets::default();
    for value in [r#""a7""#, "42", "true", r#"["x1", {"y": "é"}]"#, "null", r#""""#, r#""long-enough""#] {
        secrets.add_masked("$..masked", &json::parse(value.as_bytes()).unwrap());
    }
    for (text, clean) in [
        (r#"{"m": "a7", "n": "a7b a7"}"#, r#"{"m": "(redacted)", "n": "a7b (redacted)"}"#),
        ("42, 142, 4.2, -42", "(redacted), 142, 4.2, -(redacted)"),
        ("got true, not truer", "got (redacted), not truer"),
        ("x1 é éa null xlong-enoughy", "(redacted) (redacted) éa null x(redacted)y"),
    ] {
        assert_eq!(secrets.redact(text), clean);
    }
}

#[test]
fn what_has_become_known_since() {
    let mut secrets = of(&["first-one", "second"]);
    assert!(secrets.redact("first-one").contains("redacted"));
    let mut at = secrets.mark();
    for round in 0..20 {
        secrets.add(&format!("value-{round}"));
        secrets.add("first-one");
        assert!(secrets.redact("a value-0").contains("redacted"));
        assert_eq!(secrets.since(at).collect::<Vec<_>>(), [format!("value-{round}")]);
        at = secrets.mark();
    }
    assert_eq!((secrets.since(at).count(), secrets.since(0).count()), (0, 22));
}

/// What the masker of GitHub's runner is held against: the same secrets in the same places.
#[test]
fn cases_of_another_masker() {
    for (values, text, clean) in [
        // One after the other, one in the other, one over the other.
        (&["abcdef"][..], "abcdef xyz abcdef", "(redacted) xyz (redacted)"),
        (&["abcd", "efgh"], "xabcdefghx", "x(redacted)(redacted)x"),
        (&["bcde", "abcdefg"], "abcdefg", "(redacted)"),
        (&["abcdef", "efghij"], "abcdefghij", "(redacted)"),
        // Lines: short ones are left, so that they do not blot out everything; braces of JSON are lines, too.
        (&["first-line\nx\nsecond-line"], "first-line x y second-line", "(redacted) x y (redacted)"),
        (&["{\n  \"key\": \"leaf-of-json\"\n}"], "{ leaf-of-json }", "{ (redacted) }"),
        (&["line-one-1\r\nline-two-2"], "line-one-1|line-two-2", "(redacted)|(redacted)"),
        (&["a\nb\nc"], "a b c", "a b c"),
        // Blanks around it, and quotes that a shell took off.
        (&["  my secret  "], "(my secret)", "((redacted))"),
        (&["\"quoted-value\""], "quoted-value", "(redacted)"),
        (&["my\"secret"], r#"{"x": "my\"secret"}"#, r#"{"x": "(redacted)"}"#),
        (&["it's mine"], "'it''s mine' 'it'\\''s mine'", "'(redacted)' '(redacted)'"),
        (&["back\\slash"], r#""back\\slash""#, r#""(redacted)""#),
        (&["a<b>&c=d"], "a&lt;b&gt;&amp;c=d", "(redacted)"),
        (&["100%sure?"], "100%25sure%3F 100%2525sure%253F", "(redacted) (redacted)"),
        (&["tab\tand\nline"], r"tab\tand\nline", "(redacted)"),
        (&["\u{8868}\u{793a}key"], r"\u8868\u793akey", "(redacted)"),
    ] {
        assert_eq!(of(values).redact(text), clean, "{values:?} in {text}");
    }
}

/// A secret between others, in the three positions that base64 knows: of it no four letters in a row are left.
#[test]
fn no_shift_of_base64_lets_a_secret_through() {
    for secret in ["mysecret", "my-secret-1", "mysecret12", "a/b+c=d?e>f", "pässwörter"] {
        let secrets = of(&[secret]);
        for before in ["", "u", "ul", "usr", "user:", "Authorization: "] {
            for after in ["", "!", "!!", "!!!", "\n"] {
                for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
                    let whole = engine.encode(format!("{before}{secret}{after}"));
                    let clean = secrets.redact(&whole);
                    assert!(clean.contains(REDACTED), "{secret} in {whole}");
                    let core = &engine.encode(format!("{}{secret}", "x".repeat(before.len() % 3)))[4..8];
                    assert!(!clean.contains(core), "{core} of {secret} in {clean}");
                }
            }
        }
    }
}
