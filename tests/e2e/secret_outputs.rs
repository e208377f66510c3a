//! Secrets of every shape through every output that there is, searched in all the forms that they may take.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

use crate::support::{Answer, Finish, Folder, Promised, Ran};

/// Name and value of each, no two alike: quotes, backslashes, signs of base64, umlauts, line ends, digits, JSON.
const SECRETS: [&str; 12] = [
    "plain-Token-0815",
    "with \"double\" quotes",
    "it's 'single' quoted",
    "back\\slash\\n\\path",
    "a+b/c==d+e/f==",
    "Schlüssel-Größe-ß",
    "-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG\nw0BAQEFAASCAUAwggE8\n-----END KEY-----\n",
    "4711081547110815",
    "{\"client\": \"json-leaf-one\", \"list\": [\"json-leaf-two\"]}",
    "<tag attr=\"1\">&amp; text",
    "100% of&it?x=y#z",
    "  trimmed €uro 𝄞  ",
];

/// What stands for a part of a secret in a form that holds other bytes beside it.
fn core(before: usize, value: &str) -> String {
    let text = BASE64_STANDARD.encode([&vec![b'x'; before], value.as_bytes()].concat());
    let whole = (before + value.len()) / 3 * 4;
    text[[0, 2, 3][before]..whole].to_owned()
}

fn percent(value: &str, open: &[u8]) -> String {
    value.bytes().fold(String::new(), |text, byte| match byte {
        _ if byte.is_ascii_alphanumeric() || open.contains(&byte) => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}

fn json(value: &str) -> String {
    let quoted = serde_json::to_string(value).expect("JSON");
    quoted[1..quoted.len() - 1].to_owned()
}

fn html(value: &str) -> String {
    let amp = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    amp.replace('"', "&quot;").replace('\'', "&#39;")
}

/// The forms of a value; what comes twice or is too short to be told from chance is left out.
pub(super) fn forms(value: &str) -> Vec<String> {
    let value = value.trim();
    let url = percent(value, b"-_.~");
    let mut forms = vec![
        value.to_owned(),
        BASE64_STANDARD.encode(value),
        BASE64_URL_SAFE_NO_PAD.encode(value),
        core(1, value),
        core(2, value),
        BASE64_STANDARD.encode(format!("ada:{value}")),
        value.bytes().map(|byte| format!("{byte:02x}")).collect(),
        value.bytes().map(|byte| format!("{byte:02X}")).collect(),
        url.clone(),
        percent(value, b"-_.*").replace("%20", "+"),
        percent(&url, b"-_.~"),
        json(value),
        json(&json(value)),
        html(value),
        value.replace('\'', "''"),
        value.replace('\'', "'\\''"),
        value.bytes().map(char::from).collect(),
        json(&html(value)),
    ];
    for line in value.lines().map(str::trim).filter(|line| line.len() >= 8 && !line.starts_with("---")) {
        forms.push(line.to_owned());
    }
    if let Ok(serde_json::Value::Object(object)) = serde_json::from_str(value) {
        forms.extend(object.values().filter_map(|leaf| leaf.as_str().map(str::to_owned)));
    }
    forms.retain(|form| form.len() >= 8);
    forms
}

/// The same as servers and clients write them, with something beside where they may be in the middle of it.
pub(super) fn written(value: &str) -> Vec<String> {
    let mut all = forms(value);
    all.retain(|form| *form != core(1, value.trim()) && *form != core(2, value.trim()));
    for (before, after) in [("x", ""), ("xy", ""), ("x", "z"), ("xyz", "zz"), ("ada:", "\n")] {
        all.push(BASE64_STANDARD.encode(format!("{before}{value}{after}")));
        all.push(BASE64_URL_SAFE_NO_PAD.encode(format!("{before}{value}{after}")));
    }
    all
}

#[track_caller]
fn search(place: &str, text: &str) {
    for secret in SECRETS {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{form:?} of {secret:?} in {place}:\n{text}");
        }
    }
}

fn search_all(place: &str, ran: &Ran) {
    search(&format!("{place}, stdout"), &ran.stdout);
    search(&format!("{place}, stderr"), &ran.stderr);
}

/// Every file below a folder but those that hold secrets on purpose.
fn search_files(place: &str, folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            search_files(place, &path);
        } else if name != "secrets.json" {
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
            search(&format!("{place}, {name}"), &text);
        }
    }
}

/// A server whose answers hold every secret in every form, in its body and as far as that goes in headers.
fn telling(hits: usize) -> Promised {
    Promised::new(hits, |number, _| {
        let all: Vec<String> = SECRETS.iter().flat_map(|secret| written(secret)).collect();
        let fit = |form: &&String| form.bytes().all(|byte| (b' '..0x7f).contains(&byte));
        let fields: String =
            all.iter().filter(fit).take(90).enumerate().map(|(n, form)| format!("X-Form-{n}: {form}\r\n")).collect();
        let body = match number % 3 {
            0 => serde_json::to_string(&all).expect("JSON"),
            1 => all.join("\n"),
            _ => format!("<p>{}</p>", all.join("</p><p>")),
        };
        Answer::Full(500, fields.leak(), body)
    })
}

/// Each secret in the URL, in a header and in a body, by validators, extractors and templates of all kinds.
fn suite() -> String {
    let mut suite = "- config: {variables: {shown: nothing}}\n".to_owned();
    let names: Vec<String> = (0..SECRETS.len()).map(|n| format!("s{n}")).collect();
    let all: String = names.iter().map(|name| format!("${name}, ")).collect();
    for (place, more) in [
        (String::new(), ""),
        ("?q=$s0&r=$s4".to_owned(), ", headers: {template: {X-One: $s0, X-Two: $s7, Authorization: 'Bearer $s4'}}"),
        ("/$s7".to_owned(), ", auth_username: ada, auth_password: {template: $s1}"),
        (String::new(), ", query: {template: {a: $s10, b: $s5}}"),
    ] {
        suite += &format!(
            "- test: {{name: 'Sends {}', url: {{template: '/x{place}'}}, method: POST, body: {{template: 'all: {all}'}}{more}}}\n",
            place.len()
        );
    }
    for name in &names {
        suite += &format!(
            "- test: {{name: 'Judges {name}', url: /y, expected_status: 500, validators: [compare: {{raw_body: '', comparator: eq, expected: {{template: 'x ${name}'}}}}, compare: {{raw_body: '', comparator: regex, expected: {{template: '(${name}'}}}}]}}\n"
        );
    }
    suite
        + "- test: {name: Refused, url: {template: 'http://ada:$s0@127.0.0.1:1/$s7?k=$s4'}}\n\
           - test: {name: Misses, url: /y, expected_status: 500, validators: [snapshot: {file: {template: 'no-$s7.json'}}]}\n\
           - test: {name: Load, url: {template: '/z?k=$s0'}, headers: {template: {X-One: $s7}}, method: POST, body: {template: '$s2'}, performance: {repeat: 3}}\n"
}

/// The tests of the suite that reach the server: four that send, one for each secret, the snapshot's, three of the load.
const HITS: usize = 4 + SECRETS.len() + 1 + 3;

fn folder() -> Folder {
    let folder = Folder::new();
    let values: serde_json::Map<String, serde_json::Value> =
        SECRETS.iter().enumerate().map(|(n, secret)| (format!("s{n}"), (*secret).into())).collect();
    folder.file("secrets.json", serde_json::to_string(&values).expect("JSON"));
    folder.file("s.yaml", suite());
    folder
}

#[test]
fn no_output_has_a_secret_in_any_form() {
    let formats = ["junit", "json", "ndjson", "tap", "html", "prom"];
    for (place, words) in [
        ("console", &[][..]),
        ("everything", &["--verbose", "--log", "debug", "--show-curl", "true"]),
        ("log as JSON", &["--log", "debug", "--log-format", "json"]),
        ("literal lines", &["--output", "pyresttest"]),
        ("nagios", &["--output", "nagios"]),
        ("leaks", &["--leaks", "fail"]),
        ("state", &["--state-dir", "state", "--alert-state", "alert.json"]),
    ] {
        let (folder, server) = (folder(), telling(HITS));
        let mut command = folder.resttest();
        command.args([&*server.url(), "s.yaml", "--secrets-file", "secrets.json"]).args(words);
        for format in formats {
            command.arg(format!("--report-{format}")).arg(format!("r.{format}"));
        }
        command.args(["--report-allure", "r.allure", "--allure-attach", "all"]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
        let ran = command.finish();
        assert!(ran.code.is_some_and(|code| code != 0), "{ran:#?}");
        search_all(place, &ran);
        search_files(place, folder.path());
        let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
        assert!(report.matches("(redacted)").count() > 100, "{place}: {report}");
    }
}

#[test]
fn processes_of_parallel_suites_tell_none() {
    let (folder, server) = (folder(), telling(2 * HITS));
    folder.file("t.yaml", suite());
    let ran = folder
        .resttest()
        .args([&*server.url(), "s.yaml", "t.yaml", "--secrets-file", "secrets.json", "--parallel-suites", "2"])
        .args(["--verbose", "--log", "debug", "--report-json", "r.json", "--report-html", "r.html"])
        .finish();
    assert!(ran.code.is_some_and(|code| code != 0), "{ran:#?}");
    search_all("parallel", &ran);
    search_files("parallel", folder.path());
}

#[test]
fn what_only_reads_a_suite_tells_none() {
    let folder = folder();
    for words in [&["explain", "http://127.0.0.1:1", "s.yaml"][..], &["list", "s.yaml"], &["lint", "s.yaml"]] {
        let ran = folder.resttest().args(words).args(["--secrets-file", "secrets.json"]).finish();
        search_all(words[0], &ran);
    }
    let server = telling(HITS);
    let ran = folder
        .resttest()
        .args([&*server.url(), "s.yaml", "--interactive", "--secrets-file", "secrets.json"])
        .finish_with(&"\n".repeat(40));
    search_all("interactive", &ran);
}
