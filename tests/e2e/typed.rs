//! The tables of what people type for curl, hey and oha: every line of ours runs, and keystrokes are counted.

use std::process::{Command, Stdio};

use resttest::SampleApi;

use crate::support::{Finish, Folder, binary, has_program, resttest, root, sample};

/// What stands right in the rows of the table.
fn lines() -> Vec<String> {
    let guide = std::fs::read_to_string(root().join("src/guides/commands.md")).expect("the guide");
    let rows = guide.lines().skip_while(|line| *line != "|---|---|").skip(1);
    let cells = rows.filter_map(|row| row.strip_prefix("| `")?.strip_suffix("` |")?.split_once("` | `"));
    cells.map(|(_, here)| here.replace("\\|", "|")).collect()
}

#[test]
fn every_line_of_the_table_runs() {
    let lines = lines();
    assert!(lines.len() >= 50, "{}", lines.len());
    let api = sample();
    let folder = Folder::new();
    folder.file("body.json", "{\"a\": 1}");
    for line in &lines {
        assert!(line.contains("resttest "), "{line}");
        passes(line, &api, &folder);
    }
}

/// Runs a line in a shell, against the sample API in place of the address in the guide.
fn passes(line: &str, api: &SampleApi, folder: &Folder) {
    let here = line.replace("http://127.0.0.1:8000", &api.url());
    let here = here.replace("127.0.0.1:8000", api.url().trim_start_matches("http://"));
    let script = format!("resttest() {{ '{}' \"$@\"; }}\n{here}\n", binary());
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder.path()).env("TOKEN", "s3cr3t-token");
    for name in ["http_proxy", "all_proxy", "ALL_PROXY", "GITHUB_ACTIONS"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let before = api.requests();
    let ran = command.finish();
    assert_eq!(ran.code, Some(0), "{line}\n{ran:#?}");
    assert!(api.requests() > before, "{line}\n{ran:#?}");
}

#[test]
fn keystrokes_are_counted() {
    let guide = std::fs::read_to_string(root().join("src/guides/commands.md")).expect("the guide");
    let folder = Folder::new();
    let mut counted = Vec::new();
    for row in guide.lines().filter_map(|row| row.strip_prefix("| ")?.strip_suffix("` |")) {
        let [_, with, keys, typed] = *row.splitn(4, " | ").collect::<Vec<_>>() else { continue };
        let (Ok(keys), Some(typed)) = (keys.parse::<usize>(), typed.strip_prefix('`')) else { continue };
        let typed = typed.replace("\\|", "|");
        // Enter is one, too.
        assert_eq!(keys, typed.chars().count() + 1, "{typed}");
        let is_here = match with {
            "resttest" => typed.starts_with("resttest "),
            "curl" => ["curl", "jq", "seq", "xargs"].iter().all(|program| has_program(program)),
            _ => false,
        };
        // Thousands of processes would take their time. Each has people of its own: a login can be had once.
        if is_here && !typed.contains("xargs") {
            passes(&typed, &sample(), &folder);
        }
        counted.push(with.to_owned());
    }
    for (with, least) in [("resttest", 7), ("curl", 5), ("hurl", 4), ("oha", 2)] {
        assert!(counted.iter().filter(|name| *name == with).count() >= least, "{counted:?}");
    }
}

#[test]
fn words_that_do_not_go_together_are_told() {
    for (words, part) in [
        (&["check"][..], "a URL is needed: resttest check URL"),
        (&["load", "http://h", "more"], "unexpected argument \"more\"; resttest load takes one URL"),
        (&["check", "http://h", "-q", "5"], "unknown option \"-q\"; resttest check has -"),
        (&["check", "http://h", "--threshold", "p(95)<1"], "option --threshold belongs to resttest load"),
        (&["load", "http://h", "-i"], "unknown option \"-i\"; resttest load has -"),
        (&["load", "http://h", "--warning", "1"], "option --warning belongs to resttest check"),
        (&["check", "http://h", "-d", "a", "--json", "1"], "options -d and --json both say what the body is; keep one"),
        (&["check", "http://h", "-d", "a", "-d", "@b"], "option -d @b is a file, and stands alone"),
        (&["check", "http://h", "-X", "HEAD", "-d", "a"], "option -d is a body, and HEAD has none"),
        (&["check", "http://h", "-X", "GE T"], "option -X: method must be an HTTP method such as GET or POST"),
        (&["check", "http://h", "-H", "X"], "option -H must be \"NAME: VALUE\""),
        (&["check", "http://h", "-u", "s3cr3t"], "option -u must be NAME:PASSWORD"),
        (&["check", "http://h", "--max-time", "0"], "option --max-time must be a number of seconds above 0"),
        (&["check", "http://h", "--that", "jsonpath_mini a eqs 1"], "unknown comparator \"eqs\"; did you mean \"eq\"?"),
        (&["check", "http://h", "--that", "jsonpath $[ eq 1"], "option --that \"jsonpath $[ eq 1\""),
        (&["check", "http://h", "--that", "raw_body '' between 5"], "option --that \"raw_body '' between 5\": "),
        (&["check", "http://h:99999"], "port \"99999\" is not a number"),
        (&["check", "ftp://h"], "unsupported scheme \"ftp\""),
        (&["load", "http://h", "-n", "5", "-z", "5s"], "options -n and -z exclude each other; keep one"),
        (&["load", "http://h", "-n", "0"], "must be 1 or more, not 0"),
        (&["load", "http://h", "-c", "20000"], "option -c must be an integer from 1 to 10000"),
        (&["load", "http://h", "-q"], "option -q needs a value: -q, --rate N"),
        (&["load", "http://h", "--mode", "asink"], "option --mode must be async or sync, not \"asink\""),
        (&["load", "http://h", "--threshold", "p95"], "option --threshold \"p95\" has no comparison"),
        (&["check", "http://h", "--that", "x"], "option --that names an unknown extractor \"x\"; one of "),
        (&["check", "http://h", "--that", "header"], "option --that must be EXTRACTOR ARGUMENT"),
        (&["http://h", "s.yaml", "--save", "x.yaml"], "option --save belongs to resttest check, resttest load"),
    ] {
        let ran = resttest().args(words).finish().exits(64);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(part), "{words:?} {ran:#?}");
        assert!(!ran.stderr.contains("s3cr3t") && ran.stdout.is_empty(), "{words:?} {ran:#?}");
    }
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /\n");
    let ran = folder.resttest().args(["check", "s.yaml"]).finish().exits(64);
    assert!(
        ran.stderr.contains("\"s.yaml\" is a suite, and resttest check needs none: resttest URL s.yaml"),
        "{ran:#?}"
    );
}
