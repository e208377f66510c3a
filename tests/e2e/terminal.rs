//! What a person sees: runs in a pseudo-terminal of 80 and of 200 columns, with and without colours, dumb, resized.

use std::process::{Command, Stdio};

use crate::support::{Finish, Folder, Ran, binary, has_program, root, sample};

const MIX: &str = "- config: {testset: Orders}
- test: {name: List of people, group: People, url: /api/person/}
- test:
    - name: First person is jenkins
    - group: People
    - url: /api/person/1/
    - validators:
      - compare: {jsonpath_mini: \"login\", comparator: \"eq\", expected: \"jenkins\"}
- test: {name: Flaky service answers at last, group: Orders, url: /flaky/t/2/503, retry: {max_retries: 4, backoff_base: 0}}
- test: {name: Missing order, group: Orders, url: /status/404}
- test: {name: Slow report, group: Orders, url: /slow/2500}
- test:
    name: A report of which nobody knows when it will be here at last, or whether anybody wrote it
    group: Orders
    url: /slow/2000
    timeout: 0.3
- test: {name: Stops here, group: Orders, url: /status/500, stop_on_failure: true}
- test: {name: Never runs, group: Orders, url: /status/200}
";

/// What a terminal got, and what stands on it in the end.
struct Screen {
    raw: String,
    code: Option<i32>,
}

impl Screen {
    /// The lines that stay, without colours.
    fn lines(&self) -> Vec<String> {
        let plain = without_colours(&self.raw);
        let stays = |line: &str| {
            let line = line.trim_end_matches('\r');
            line.rsplit(['\r']).next().unwrap_or_default().replace("\x1b[K", "")
        };
        plain.split('\n').map(stays).collect()
    }

    fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Every line that was ever shown, the live ones too.
    fn shown(&self) -> Vec<String> {
        without_colours(&self.raw).replace("\x1b[K", "").split(['\n', '\r']).map(str::to_owned).collect()
    }

    #[track_caller]
    fn is_not_wider_than(&self, columns: usize) {
        for line in self.shown() {
            assert!(line.chars().map(wide).sum::<usize>() <= columns, "{columns}: {line:?}\n{}", self.raw);
        }
    }
}

fn wide(c: char) -> usize {
    if ('\u{1100}'..='\u{115f}').contains(&c) || ('\u{2e80}'..='\u{ff60}').contains(&c) || c > '\u{1f000}' {
        2
    } else {
        1
    }
}

fn without_colours(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        out.push_str(&rest[..at]);
        let end = rest[at + 2..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |end| at + 3 + end);
        if !rest[at..end].ends_with('m') {
            out.push_str(&rest[at..end]);
        }
        rest = &rest[end..];
    }
    out + rest
}

/// Runs in a pseudo-terminal of so many columns (see the program); `None` if there is no way to have one.
fn on_a_terminal(columns: &str, folder: &Folder, words: &[&str], environment: &[(&str, &str)]) -> Option<Screen> {
    if !has_program("python3") {
        return None;
    }
    let mut command = Command::new("python3");
    command.arg(root().join("tests/programs/in_terminal.py")).arg(columns).arg(binary()).args(words);
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("NO_COLOR").env_remove("GITHUB_ACTIONS").env("TERM", "xterm-256color");
    command.envs(environment.iter().copied());
    let Ran { code, stdout, stderr } = command.finish();
    assert_eq!(stderr, "");
    Some(Screen { raw: stdout, code })
}

fn mix(columns: &str, more: &[&str], environment: &[(&str, &str)]) -> Option<Screen> {
    let api = sample();
    let folder = Folder::new();
    folder.file("mix.yaml", MIX);
    let url = api.url();
    let screen = on_a_terminal(columns, &folder, &[&[&*url, "mix.yaml"], more].concat(), environment)?;
    assert_eq!(screen.code, Some(4), "{}", screen.raw);
    Some(screen)
}

#[test]
fn a_person_gets_words_places_and_one_summary() {
    for columns in [80, 200] {
        let Some(screen) = mix(&columns.to_string(), &[], &[]) else { return };
        screen.is_not_wider_than(columns);
        let text = screen.text();
        for part in [
            "   1 suite, 8 tests\n\nmix.yaml  Orders\n  PASS ",
            "First person is jenkins   GET /api/person/1/ → 200\n     --> mix.yaml:8\n     8 | ",
            "   ^^^^^^^^^\n       | expected",
            "       | expected \"jenkins\"\n       |      got \"gbaltar\"\n       = answer application/json, 100 B\n       {\n         \"first_name\": \"Gaius\",\n",
            "Flaky service answers at last   503 503 200\n",
            "     --> mix.yaml:10  expected status 200, got 404   {",
            "  SLOW > 2.00 s  Orders  Slow report\n  PASS   2.5",
            "GET /slow/2000 → no answer\n     --> mix.yaml:12  no complete answer within 0.3 s  (timeout: 0.3, line 16)\n",
            "────────────\n  Failed  8 tests: 3 passed (1 flaky), 3 failed, 1 error, 1 not run   ",
            " login: expected \"jenkins\", got \"gbaltar\"\n     mix.yaml:10  Missing order: expected status 200, got 404\n",
            "more: --verbose, --report-html FILE\n",
        ] {
            assert!(text.contains(part), "{columns}: {part}\n{text}");
        }
        assert!(!text.contains("TEST RESULT") && !text.contains("Test Group"), "{text}");
        assert!(columns < 200 || text.contains("whether anybody wrote it   GET"), "{text}");
        assert!(columns > 80 || text.contains("A report of w…"), "{text}");
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let Some(screen) = mix("80", &[], &[]) else { return };
    for part in [
        "\x1b[32;1mPASS",
        "\x1b[31;1mFAIL",
        "\x1b[31;1mERROR",
        "\x1b[33;1mFLAKY",
        "\x1b[33;1mSLOW",
        "\x1b[35mPeople",
        "\x1b[36mmix.yaml:8",
    ] {
        assert!(screen.raw.contains(part), "{part:?}\n{}", screen.raw);
    }
    let no_color: &[(&str, &str)] = &[("NO_COLOR", "1")];
    let dumb: &[(&str, &str)] = &[("TERM", "dumb")];
    for (more, environment) in [(&[][..], no_color), (&["--skip_term_colors"], &[]), (&[], dumb)] {
        let Some(screen) = mix("80", more, environment) else { return };
        assert_eq!(without_colours(&screen.raw), screen.raw, "{}", screen.raw);
        // A dumb terminal has no line that lives, either.
        assert!(environment != dumb || !screen.raw.contains('\u{1b}'), "{}", screen.raw);
    }
    let Some(screen) = mix("80", &[], &[("NO_COLOR", "")]) else { return };
    assert!(screen.raw.contains("\x1b[32;1mPASS"), "an empty NO_COLOR says nothing");
}

#[test]
fn a_line_lives_while_the_run_does() {
    let Some(screen) = mix("80", &[], &[]) else { return };
    let shown = screen.shown();
    assert!(
        shown.iter().any(|line| line.contains("4/8  2 failed   Slow report  1 s") && line.contains('▱')),
        "{shown:#?}"
    );
    assert!(!screen.text().contains('▱'), "{}", screen.raw);
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {name: Waits, url: /flaky/t/1/503, retry: {max_retries: 3, backoff_base: 1}}\n- test: {name: L, url: /slow/5, performance: {duration: 1500ms, concurrency: 2}}\n");
    let Some(screen) = on_a_terminal("100", &folder, &[&api.url(), "s.yaml"], &[]) else { return };
    assert_eq!(screen.code, Some(0), "{}", screen.raw);
    screen.is_not_wider_than(100);
    let shown = screen.shown();
    assert!(shown.iter().any(|line| line.contains("0/2   Waits: 503, try 2 of 4 in 0.")), "{shown:#?}");
    let load = |line: &String| line.contains("   L: ") && line.contains(" requests, ") && line.contains("/s, p95 ");
    assert!(shown.iter().any(|line| load(line) && line.contains(", 0 failed, 1 s left")), "{shown:#?}");
    let text = screen.text();
    assert!(text.contains("Default  L\n         total: ") && text.contains("response time histogram"), "{text}");
    assert!(!text.contains("==="), "{text}");
}

#[test]
fn a_terminal_may_become_narrower() {
    let Some(screen) = mix("160,60@1.2", &[], &[]) else { return };
    let text = screen.text();
    let (before, after) = text.split_once("  SLOW > ").expect("a slow test");
    assert!(before.lines().any(|line| line.chars().count() > 60), "{text}");
    assert!(after.lines().all(|line| line.chars().count() <= 60), "{text}");
}

#[test]
fn the_literal_lines_are_to_be_had() {
    let Some(screen) = mix("80", &["--output", "pyresttest"], &[]) else { return };
    let text = screen.text();
    assert!(text.contains("TEST RESULT: List of people | URL=http://"), "{text}");
    assert!(text.contains("\nTest Group Orders FAILED: : 2/5 Tests Passed!"), "{text}");
    assert!(!text.contains("PASS "), "{text}");
}

/// Characters that a terminal obeys, alone and in sequences.
const CONTROLS: [&str; 18] = [
    "\0",
    "\x07",
    "\x08",
    "\t",
    "\r",
    "\x0b",
    "\x0c",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x1bP+q\x1b\\",
    "\x1b[?1049h",
    "\x7f",
    "\u{85}",
    "\u{9b}31m",
    "\u{9d}0;x\u{9c}",
    "\u{202e}",
    "\u{2066}\u{2069}",
];

/// A text as YAML has it in quotes.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if u32::from(c) < 0x20 || ('\u{7f}'..='\u{9f}').contains(&c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// The same texts in every run.
struct Texts(u64);

impl Texts {
    fn number(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    fn text(&mut self) -> String {
        let words = ["plain", "日本語", "e\u{301}", " ", "\"", "\\", "{\"a\": 1}", "\u{1f600}", "x"];
        (0..self.number(12) + 1)
            .map(|_| match self.number(2) {
                0 => words[self.number(words.len())],
                _ => CONTROLS[self.number(CONTROLS.len())],
            })
            .collect()
    }
}

#[test]
fn foreign_text_gives_a_terminal_no_orders() {
    use crate::support::{Answer, Promised};
    if !has_program("python3") {
        return;
    }
    let mut texts = Texts(7);
    let mut suite = String::new();
    for _ in 0..500 {
        let (name, group) = (quoted(&texts.text()), quoted(&texts.text()));
        let expected = quoted(&texts.text());
        suite.push_str(&format!(
            "- test: {{name: {name}, group: {group}, url: /x, validators: [compare: {{raw_body: '', expected: {expected}}}, compare: {{header: x-a, expected: {expected}}}]}}\n"
        ));
    }
    let folder = Folder::new();
    folder.file("s.yaml", &suite);
    let server = Promised::new(2000, |number, _| {
        let mut texts = Texts(number as u64 + 100);
        let header: String = texts.text().chars().filter(|c| !matches!(c, '\r' | '\n' | '\0')).collect();
        let body = format!("{}\n{}", texts.text(), texts.text());
        let headers = Box::leak(format!("x-a: {header}\r\n").into_boxed_str());
        Answer::Full(200 + (number % 2 * 300) as u16, headers, body)
    });
    for words in [
        &[][..],
        &["--verbose"],
        &["--print-bodies", "true", "--print-headers", "true"],
        &["--log", "debug", "--output", "pyresttest"],
    ] {
        let url = server.url();
        let Some(screen) = on_a_terminal("80", &folder, &[&[&*url, "s.yaml"], words].concat(), &[("NO_COLOR", "1")])
        else {
            return;
        };
        assert_eq!(screen.code, Some(63), "{}", screen.raw);
        // Our own: a line's end, and the line that lives.
        let rest = screen.raw.replace("\r\n", "\n").replace("\x1b[K", "").replace('\r', "");
        let is_order = |c: &char| {
            (c.is_control() && *c != '\n')
                || ('\u{202a}'..='\u{202e}').contains(c)
                || ('\u{2066}'..='\u{2069}').contains(c)
        };
        let found: Vec<char> = rest.chars().filter(is_order).collect();
        assert!(found.is_empty(), "{words:?}: {found:?}");
    }
}

#[test]
fn an_interrupted_run_is_not_green() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {name: Fine, url: /status/200}\n- test: {name: Long, url: /slow/9000}\n- test: {name: Never, url: /status/200}\n",
    );
    if !has_program("timeout") || !has_program("python3") {
        return;
    }
    let mut command = Command::new("python3");
    command.arg(root().join("tests/programs/in_terminal.py")).args(["80", "timeout", "--foreground", "-s", "INT", "1"]);
    command.arg(binary()).args([&api.url(), "s.yaml"]).current_dir(folder.path()).env("NO_COLOR", "1");
    let ran = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).finish();
    let screen = Screen { raw: ran.stdout, code: ran.code };
    let text = screen.text();
    assert!(text.contains("  Interrupted  3 tests: 1 passed, 2 not run   "), "{text}");
    assert!(text.contains("interrupted while \"Long\" (s.yaml:2) was running"), "{text}");
    assert!(!text.contains("Passed  "), "{text}");
}
