//! `resttest export curl`: commands that send what the suite's tests send, and that become the same suite again.

use crate::support::{Answer, Finish, Folder, Promised, Ran, root};

fn export(folder: &Folder, words: &[&str]) -> Ran {
    folder.resttest().args(["export", "curl"]).args(words).finish()
}

const SHOP: &str = "\
- config: {variable_binds: [{host: localhost}, {token: tok-123456}], secrets: [token, given]}
- test:
    name: Create
    group: shop
    url: /carts
    method: POST
    headers: {template: {Authorization: Bearer $token, X-Given: $given}}
    body: \"it's\\nline 2\"
    expected_status: [201]
    extract_binds: {id: {jsonpath_mini: id}}
- test:
    name: Fetch
    group: shop
    url: {template: '/carts/$id?a[]=1'}
- test: {name: Left out, url: /never, skip: true}
";

#[test]
fn every_test_is_a_line() {
    let folder = Folder::new();
    folder.file("shop.yaml", SHOP);
    let ran = export(&folder, &["shop.yaml", "--url", "http://h:81/v1/"]).exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:#?}");
    assert!(lines[0].starts_with("curl 'http://h:81/carts' "), "{ran:#?}");
    for part in ["-H \"Authorization: Bearer $TOKEN\"", "-H \"X-Given: $given\"", "--data-binary $'it\\'s\\nline 2'"] {
        assert!(lines[0].contains(part), "{part}: {ran:#?}");
    }
    assert_eq!(lines[1], "curl -g \"http://h:81/carts/$id?a[]=1\"");
    assert!(!ran.stdout.contains("tok-123456"), "{ran:#?}");
    assert_eq!(ran.stderr, "the shell needs to have TOKEN, given, id\n");
    let one = export(&folder, &["shop.yaml", "--url", "http://h", "--only", "Fetch"]).exits(0);
    assert_eq!(one.stdout, "curl -g \"http://h/carts/$id?a[]=1\"\n");
    let bound = export(&folder, &["shop.yaml", "--url", "http://h", "--only", "Fetch", "--vars", "{id: 7}"]).exits(0);
    assert_eq!((bound.stdout.as_str(), bound.stderr.as_str()), ("curl -g 'http://h/carts/7?a[]=1'\n", ""));
}

#[test]
fn a_run_gives_variables_their_values() {
    let folder = Folder::new();
    folder.file("shop.yaml", SHOP);
    let server = Promised::any(|_, request| match request.target.as_str() {
        "/carts" => Answer::Full(201, "", "{\"id\": 42}".into()),
        "/carts/42?a[]=1" => Answer::ok("{}"),
        _ => Answer::Full(404, "", String::new()),
    });
    let words = ["shop.yaml", "--run", "--url", &server.url(), "--vars", "{given: g-555555}"];
    let ran = export(&folder, &words).exits(0);
    assert!(ran.stdout.ends_with(&format!("curl -g '{}/carts/42?a[]=1'\n", server.url())), "{ran:#?}");
    assert!(ran.stdout.contains("\"X-Given: $GIVEN\"") && !ran.stdout.contains("g-555555"), "{ran:#?}");
    folder.file("bad.yaml", "- test: {name: Bad, url: /none}\n");
    let bad = export(&folder, &["bad.yaml", "--run", "--url", &server.url()]).exits(1);
    assert!(bad.stderr.contains("failed: bad.yaml:1: \"Bad\": "), "{bad:#?}");
    assert_eq!(bad.stdout, format!("curl '{}/none'\n", server.url()));
}

#[test]
fn forms_files_and_urls_that_are_variables() {
    let folder = Folder::new();
    folder.file("data.bin", [0_u8, 255]);
    folder.file(
        "s.yaml",
        "- test: {name: A, url: {template: '$base/a'}, method: PUT, body: {file: data.bin, binary: true}}\n\
         - test:\n    name: B\n    url: http://h/b\n    method: POST\n    body:\n      multipart:\n      \
         - {name: f, file: data.bin, type: a/b}\n      - {name: t, value: '@x;y'}\n\
         - test: {name: C, url: {template: $base}}\n",
    );
    let ran = export(&folder, &["s.yaml"]).exits(0);
    assert_eq!(
        ran.stdout,
        "curl -X PUT \"$base/a\" -H Content-Type: --data-binary @data.bin\n\
         curl 'http://h/b' -F 'f=@data.bin;type=a/b' --form-string 't=@x;y'\n\
         curl \"$base\"\n"
            .replace("-H Content-Type:", "-H 'Content-Type:'")
    );
}

#[test]
fn what_is_wrong_is_told() {
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {name: A, url: /a}\n");
    folder.file("f.yaml", "- test: {name: A, url: http://h/a, method: POST, body: {file: none}}\n");
    folder.file("bad.yaml", "- test: {url: [1]}\n");
    for (words, code, part) in [
        (vec![], 64, "resttest export curl SUITE.yaml"),
        (vec!["crul", "s.yaml"], 64, "not for \"crul\"; did you mean \"curl\"?"),
        (vec!["curl", "s.yaml"], 64, "s.yaml:1: \"A\" asks for \"/a\", which needs a base: --url URL"),
        (vec!["curl", "f.yaml"], 1, "error: f.yaml:1: \"A\": cannot read none: "),
        (vec!["curl", "none.yaml"], 66, "none.yaml"),
        (vec!["curl", "bad.yaml"], 65, "bad.yaml:1:"),
        (vec!["curl", "s.yaml", "--report-json", "x"], 64, "option --report-json is about running tests"),
    ] {
        let ran = folder.resttest().arg("export").args(&words).finish().exits(code);
        assert!(ran.stderr.contains(part), "{part}: {ran:#?}");
        assert_eq!(ran.stdout, "");
    }
}

/// Commands that curl refuses: they have two bodies.
const REFUSED: [&str; 2] = ["multiple_urls", "put_with_T_option"];

/// A suite without its comments, and without what says where variables come from.
fn essence(suite: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut is_config = false;
    for line in suite.lines().filter(|line| !line.trim_start().starts_with('#')) {
        is_config = if line.starts_with("- ") { line.starts_with("- config") } else { is_config };
        if !is_config && !line.trim_start().starts_with("generator_binds") {
            lines.push(line.split("  # ").next().unwrap_or(line));
        }
    }
    lines.join("\n")
}

#[test]
fn commands_become_suites_and_these_the_same_commands() {
    let vectors = root().join("../shared/vectors/curl-commands/commands");
    let Ok(commands) = std::fs::read_dir(&vectors) else {
        eprintln!("SKIPPED: {} is not there", vectors.display());
        return;
    };
    let folder = Folder::new();
    let (mut compared, mut wrong) = (0, Vec::new());
    for command in commands.flatten() {
        let name = command.path().file_stem().expect("a name").to_string_lossy().into_owned();
        let words = ["convert", &command.path().display().to_string(), "-o", "one.yaml", "--force"].map(str::to_owned);
        if folder.resttest().args(words).finish().code != Some(0) || REFUSED.contains(&name.as_str()) {
            continue;
        }
        let first = std::fs::read_to_string(folder.path().join("one.yaml")).expect("a suite");
        let exported = export(&folder, &["one.yaml"]);
        folder.file("two.sh", &exported.stdout);
        let ran = folder.resttest().args(["convert", "two.sh"]).finish();
        if essence(&first) != essence(&ran.stdout) {
            wrong.push(format!(
                "== {name}\n{}{}\n{}-- and then\n{}{}",
                essence(&first),
                exported.stderr,
                exported.stdout,
                essence(&ran.stdout),
                ran.stderr
            ));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}\n{} of {compared}", wrong.join("\n"), wrong.len());
    assert!(compared > 90, "{compared}");
}
