//! PyRestTest's own extensions, run by the bridge: three in the manner of strangers', and those of its package.

use std::io::Write as _;
use std::process::Command;

use crate::support::{Answer, Finish, Folder, Promised, Ran, has_program, root, sample};

/// Strangers' modules, and a suite for all of them.
fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["lines_of_a_file", "xml_path", "growing"] {
        let text = std::fs::read(root().join(format!("fixtures/extensions/{name}.py"))).expect("a module");
        folder.file(&format!("{name}.py"), text);
    }
    folder.file("days.txt", "2026-01-01\n\n2026-01-03\n");
    folder.file(
        "s.yaml",
        r"
- config:
    - variable_binds: {me: ann, tag: b}
    - generators:
        - day: {Type: Lines, File: days.txt}
        - id: {type: every_other, start: 3}
- test: {name: first, url: {template: '/xml?d=$d&n=$n'}, generator_binds: {d: day, n: id}, validators: [
    extract_test: {xml_path: a, test: exists}, extract_test: {xml_path: nothing, test: exists}]}
- test: {name: second, url: {template: '/xml?d=$d&n=$n'}, generator_binds: {d: day, n: id}, validators: [
    compare: {xml_path: a, comparator: contains, expected: '2'}, compare: {xml_path: {template: 'c/$tag'}, expected: deep},
    compare: {header_names: X-, comparator: count_eq, expected: 2}]}
- test: {name: third, url: {template: '/json?d=$d'}, generator_binds: {d: day}, validators: [
    extract_test: {jsonpath_mini: day, test: is_date}, extract_test: {jsonpath_mini: day, test: is_weekend}]}
- test: {name: fourth, url: /json, validators: [
    compare: {jsonpath_mini: n, comparator: Nearly, expected: 0.995}, growing: {path: n}, owned_by: me,
    compare: {jsonpath_mini: owner, comparator: same.letters, expected: NaN}]}
- test: {name: fifth, url: /json, validators: [growing: {path: n}, owned_by: me]}
- test: {name: sixth, url: /json, validators: [growing: {path: n}, Owned_By: tag]}
- test: {name: seventh, url: /json, extract_binds: {o: {header_names: X-}}, validators: [
    compare: {raw_body: '', comparator: same.letters, expected: x}]}
",
    );
    folder
}

fn server() -> Promised {
    Promised::any(|number, request| match &request.target {
        target if target.starts_with("/xml") => {
            Answer::Full(200, "X-One: 1\r\nX-Two: 2\r\n", "<r><a>1</a><a>2</a><c><b>deep</b></c></r>".to_owned())
        }
        _ if number < 5 => Answer::ok(format!("{{\"n\": {number}, \"day\": \"2026-01-03\", \"owner\": \"ann\"}}")),
        _ => Answer::ok("{\"n\": 1, \"day\": \"2026-01-05\", \"owner\": \"ann\"}"),
    })
}

const MODULES: &str = "lines_of_a_file;xml_path;growing";

/// The names of the tests that a run says to have failed.
fn failed(ran: &Ran) -> Vec<String> {
    let text = format!("{}\n{}", ran.stdout, ran.stderr);
    let lines = text.lines().filter_map(|line| line.split("Test Failed: ").nth(1));
    lines.filter_map(|line| Some(line.split(" URL=").next()?.trim().to_owned())).collect()
}

fn has_python() -> bool {
    has_program("python3")
}

#[test]
fn strangers_modules_work_unchanged() {
    if !has_python() {
        return;
    }
    let (folder, server) = (folder(), server());
    let words = [&*server.url(), "s.yaml", "--import_extensions", MODULES, "--log", "debug"];
    let ran = folder.resttest().args(words).finish();
    assert_eq!(failed(&ran), ["first", "fourth", "sixth", "seventh"], "{ran:#?}");
    assert_eq!(ran.code, Some(4));
    assert!(ran.stderr.contains("n does not grow: 1 after 4"), "{ran:#?}");
    // What a module prints is in the log, and nowhere else.
    assert!(ran.stderr.contains("lines of days.txt") && !ran.stdout.contains("lines of days.txt"), "{ran:#?}");
}

#[test]
fn the_original_judges_the_same() {
    let skip = |why: &str| {
        let line = format!("SKIPPED: {why}; extensions are not held against the original\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    };
    if !has_python() || !has_program("flock") {
        return skip("there is no python3 or no flock");
    }
    let packages = ["pyresttest==1.7.1", "pycurl", "future", "jsonschema", "jmespath"];
    let made = Command::new(root().join("tests/venv.sh")).arg("pyresttest").args(packages).output().expect("a shell");
    if !made.status.success() {
        return skip("PyRestTest cannot be installed");
    }
    let python = String::from_utf8(made.stdout).expect("a path").trim().to_owned();
    let folder = folder();
    let original = |url: &str, suite: &str, modules: &str| {
        let start = "from pyresttest import resttest, six; import sys; resttest.command_line_run(sys.argv[1:])";
        let mut command = Command::new(&python);
        command.current_dir(folder.path()).args(["-W", "ignore", "-c", start, url, suite]);
        command.args([&*format!("--import_extensions={modules}"), "--log=debug"]).finish()
    };
    let probe = Promised::any(|_, _| Answer::ok("{}"));
    folder.file("probe.yaml", "- test: {url: /}\n");
    let probed = original(&probe.url(), "probe.yaml", "growing");
    if probed.code != Some(0) {
        return skip(&format!("PyRestTest does not run here: {}", probed.stderr.lines().last().unwrap_or_default()));
    }
    let (theirs, ours) = (server(), server());
    let judged = original(&theirs.url(), "s.yaml", MODULES);
    let words = [&*ours.url(), "s.yaml", "--import_extensions", MODULES];
    let ran = folder.resttest().args(words).finish();
    assert_eq!(failed(&ran), failed(&judged), "{ran:#?}\n{judged:#?}");
    assert_eq!(failed(&ran).len(), 4, "{ran:#?}");
    assert_eq!(ran.code, judged.code);
    // The extensions of PyRestTest's own package, which it loads by itself.
    folder.file(
        "own.yaml",
        r#"
- test: {name: one, url: /json, validators: [compare: {jmespath: 'join(`-`, [owner, day])', expected: ann-2026-01-03}]}
- test: {name: two, url: /json, validators: [json_schema: {schema: '{"required": ["n", "day"]}'}]}
- test: {name: three, url: /json, validators: [json_schema: {schema: {template: '{"required": ["$none"]}'}}]}
- test: {name: four, url: /json, validators: [compare: {jmespath: 'length(day)', comparator: gt, expected: 99}]}
"#,
    );
    let (theirs, ours) = (server(), server());
    let judged = original(&theirs.url(), "own.yaml", "growing");
    let modules = "pyresttest.ext.extractor_jmespath;pyresttest.ext.validator_jsonschema";
    let words = [&*ours.url(), "own.yaml", "--import_extensions", modules, "--log", "info"];
    let ran = folder.resttest().env("RESTTEST_PYTHON", &python).args(words).finish();
    assert_eq!(failed(&ran), ["three", "four"], "{ran:#?}");
    assert_eq!(failed(&ran), failed(&judged), "{ran:#?}\n{judged:#?}");
    assert!(ran.stderr.contains("the extractor jmespath of extension import_extensions wins"), "{ran:#?}");
}

#[test]
fn what_cannot_be_imported_sends_nothing() {
    if !has_python() {
        return;
    }
    let server = Promised::new(0, |_, _| Answer::ok(""));
    let folder = folder();
    folder.file("empty.py", "x = 1\n");
    folder.file("number.py", "GENERATORS = {'word': 3}\n");
    folder.file("list_of.py", "COMPARATORS = [1]\n");
    folder.file("broken.py", "import growing\nraise SystemExit(3)\n");
    folder.file("t.yaml", "- test: {url: /}\n");
    for (modules, said) in [
        ("no_such_module", "module no_such_module cannot be imported: ModuleNotFoundError"),
        ("growing;empty", "module empty cannot be imported: ImportError: nothing is in its VALIDATORS"),
        ("broken", "module broken cannot be imported: SystemExit: 3"),
        ("growing; growing", "module growing cannot be imported: its VALIDATORS: ValueError"),
        ("number", "module number cannot be imported: its GENERATORS: TypeError: \"word\" is no function: 3"),
        ("list_of", "cannot be imported: its COMPARATORS: TypeError: it must be a dictionary of names and functions"),
    ] {
        let ran = folder.resttest().args([&*server.url(), "t.yaml", "--import_extensions", modules]).finish().exits(66);
        assert!(ran.stderr.contains(said), "{modules}: {ran:#?}");
    }
    let words = [&*server.url(), "t.yaml", "--import_extensions", "growing"];
    let ran = folder.resttest().env("RESTTEST_PYTHON", "./no-python").args(words).finish().exits(66);
    assert!(
        ran.stderr.contains("growing\" cannot be started: ./no-python: no such file or directory; RESTTEST_PYTHON"),
        "{ran:#?}"
    );
}

#[test]
fn what_a_module_cannot_read_sends_nothing() {
    if !has_python() {
        return;
    }
    let server = Promised::new(0, |_, _| Answer::ok(""));
    let folder = folder();
    folder.file("endless.py", "GENERATORS = {'endless': lambda config: config['start']}\n");
    folder.file(
        "t.yaml",
        "- config: {generators: {g: {type: lines}, h: {type: endless, start: 3}}}\n\
         - test: {url: /, validators: [growing: {}, compare: {xml_path: [1], expected: 2}], extract_binds: {x: {header_names: 1}}}\n",
    );
    let modules = format!("{MODULES};endless");
    let words = [&*server.url(), "t.yaml", "--import_extensions", &modules];
    let run = folder.resttest().args(words).finish().exits(65);
    let lint = folder.resttest().arg("lint").args(&words[1..]).finish().exits(65);
    for said in [
        "t.yaml:1:25: generator \"g\": TypeError: lines needs the name of a file",
        "generator \"h\": TypeError: its function must return a generator, not 3",
        "t.yaml:2:31: growing: KeyError: 'path'",
        "t.yaml:2:54: xml_path: TypeError: ",
        "header_names: TypeError: ",
    ] {
        assert!(run.stderr.contains(said), "{said}: {run:#?}");
        assert!(lint.stdout.contains(said.trim_start_matches("t.yaml:").split(": ").last().unwrap()), "{lint:#?}");
    }
}

#[test]
fn variables_that_a_module_sets_are_those_of_later_tests() {
    if !has_python() {
        return;
    }
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "keeping.py",
        "from pyresttest.validators import AbstractValidator\n\
         class Keeping(AbstractValidator):\n    def validate(self, body=None, headers=None, context=None):\n        \
         context.bind_variable(self.config, 'kept-' + context.get_value('me'))\n        return True\n\
         def parse(config):\n    made = Keeping()\n    made.config = config\n    return made\n\
         VALIDATORS = {'keeping': parse}\n",
    );
    // A module of this name is none of Python's own.
    folder.file("logging.py", "raise SystemExit('not this one')\n");
    folder.file(
        "t.yaml",
        "- config: {variable_binds: {me: ann, seen: no}}\n\
         - test: {url: /echo, validators: [keeping: seen]}\n- test: {url: {template: '/echo/$seen'}}\n",
    );
    folder.resttest().args([&*api.url(), "t.yaml", "--import_extensions", "keeping"]).finish().exits(0);
    assert_eq!(api.log()[1].path, "/echo/kept-ann");
}

#[test]
fn no_module_is_asked_for_by_an_empty_word() {
    let server = Promised::new(1, |_, _| Answer::ok(""));
    let folder = folder();
    folder.file("t.yaml", "- test: {url: /}\n");
    let words = [&*server.url(), "t.yaml", "--import_extensions", ""];
    folder.resttest().env("RESTTEST_PYTHON", "./no-python").args(words).finish().exits(0);
}
