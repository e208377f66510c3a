//! What holds for every format, and readers that know nothing of the writers.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{
    Format, Forms, JunitStyle, ResponseLimits, TapVersion, fixture, github_annotations, github_summary, nagios,
    ndjson_event,
};
use crate::record::run_fault::RunFault;
use crate::record::run_record::RunRecord;

const FORMATS: [Format; 6] = [Format::Junit, Format::Json, Format::Ndjson, Format::Tap, Format::Html, Format::Prom];

fn text(format: Format, run: &RunRecord) -> String {
    format.text(run, Forms::default())
}

#[test]
fn no_report_has_what_only_the_console_may_show() {
    let run = fixture::run();
    let mut texts: Vec<String> = FORMATS.iter().map(|format| text(*format, &run)).collect();
    texts.extend([nagios(&run, ResponseLimits::default()), github_annotations(&run), github_summary(&run)]);
    texts.extend(fixture::events().iter().map(ndjson_event));
    assert!(texts.iter().all(|text| !text.contains(fixture::SECRET)));
}

#[test]
fn a_run_of_nothing_is_a_report_in_every_format() {
    for format in FORMATS {
        assert!(!text(format, &fixture::nothing()).is_empty(), "{format:?}");
    }
    assert_eq!(text(Format::Tap, &fixture::nothing()), "TAP version 13\n1..0\n");
}

/// Python's reading of a document from stdin; nothing where there is no Python.
fn python(script: &str, document: &str) -> Option<String> {
    let child = Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: python3 is not installed");
        return None;
    };
    child.stdin.take().unwrap().write_all(document.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{document}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn junit_is_read_by_another_reader() {
    let script = "
import sys, xml.etree.ElementTree as ET
root = ET.fromstring(sys.stdin.buffer.read())
assert root.tag == 'testsuites', root.tag
for suite in [root] + list(root):
    cases = list(suite.iter('testcase'))
    assert int(suite.get('tests')) == len(cases)
    assert int(suite.get('failures')) == sum(c.find('failure') is not None for c in cases)
    assert int(suite.get('errors')) == sum(c.find('error') is not None for c in cases)
    assert int(suite.get('skipped')) == sum(c.find('skipped') is not None for c in cases)
names = [(c.get('classname'), c.get('name')) for c in root.iter('testcase')]
assert len(set(names)) == len(names), names
sys.stdout.reconfigure(encoding='utf-8')
for suite in root:
    for case in suite:
        if case.tag != 'testcase': continue
        float(case.get('time'))
        inside = [e.tag for e in case if e.tag not in ('properties', 'system-out')]
        print('|'.join([suite.get('name'), case.get('classname'), case.get('name'), case.get('line') or '-', ','.join(inside)]))
wrong = [c for c in root.iter('testcase') if c.find('failure') is not None][0]
print(wrong.find('failure').get('message'))
print(repr(wrong.find('system-out').text))
print([(p.get('name'), p.get('value')) for p in wrong.iter('property')])
";
    let Some(read) = python(script, &text(Format::Junit, &fixture::run())) else { return };
    let nasty = fixture::NASTY;
    let lines: Vec<String> = read.lines().map(str::to_owned).collect();
    assert_eq!(
        lines[..10],
        [
            "smoke.yaml|smoke.yaml.Person \"x\"|get person|3|".to_owned(),
            "smoke.yaml|smoke.yaml.Person \"x\"|sometimes|10|flakyFailure,flakyFailure".to_owned(),
            format!("smoke.yaml|smoke.yaml.Person \"x\"|{nasty}|20|failure"),
            "smoke.yaml|smoke.yaml.Person \"x\"|refused|30|error".to_owned(),
            "smoke.yaml|smoke.yaml.Load|under load|40|".to_owned(),
            "smoke.yaml|smoke.yaml.Bench|list people|50|failure".to_owned(),
            "dir/orders.yaml|dir/orders.yaml.Order|get order|3|".to_owned(),
            "dir/orders.yaml|dir/orders.yaml.Order|left <out>|9|skipped".to_owned(),
            "dir/orders.yaml|dir/orders.yaml.Order|left # out, too|12|skipped".to_owned(),
            "dead.yaml|dead.yaml|dead.yaml|-|error".to_owned(),
        ]
    );
    assert_eq!(lines[10], "jsonpath_mini \"login\" eq: expected \"a|b\", got \"]]>\" (and 1 more)");
    assert!(lines[11].contains("x-a: \"<&>") && lines[11].contains("\u{fffd}[31m]]></script>"), "{}", lines[11]);
    assert_eq!(lines[12], "[('file', 'smoke.yaml'), ('line', '20')]");
}

#[test]
fn tests_of_one_name_stay_apart_in_junit() {
    let mut run = fixture::run();
    let test = run.suites[1].tests[0].clone();
    run.suites[1].tests.push(test);
    run.faults.push(RunFault::found("too many retries: 30 % > \"5\" %"));
    let text = text(Format::Junit, &run);
    assert!(text.contains("name=\"get order\"") && text.contains("name=\"get order #2\""));
    let script =
        "import sys, xml.etree.ElementTree as ET; print(ET.fromstring(sys.stdin.buffer.read()).get('failures'))";
    if let Some(failures) = python(script, &text) {
        assert_eq!(failures, "3\n");
    }
}

/// A point of a TAP document: its verdict, its description, the keys of its diagnostics.
type Point = (bool, String, Vec<String>);

/// Reads one level of a TAP document by the specification, and the levels below it.
fn tap(lines: &mut std::iter::Peekable<std::str::Lines<'_>>, indent: &str) -> (Vec<Point>, Vec<Vec<Point>>) {
    let (mut points, mut below) = (Vec::new(), Vec::new());
    let mut plan = None;
    while let Some(line) = lines.peek().copied() {
        let Some(text) = line.strip_prefix(indent) else { break };
        if text.starts_with("    ") {
            below.push(tap(lines, &format!("{indent}    ")).0);
            continue;
        }
        lines.next();
        if let Some(count) = text.strip_prefix("1..") {
            assert!(plan.replace(count.parse::<usize>().unwrap()).is_none(), "two plans");
        } else if text == "  ---" {
            let mut keys = Vec::new();
            loop {
                let line = lines.next().and_then(|line| line.strip_prefix(indent)).expect("the block ends");
                if line == "  ..." {
                    break;
                }
                if let Some(item) = line.strip_prefix("    - ") {
                    assert!(serde_yaml::from_str::<String>(item).is_ok(), "{line}");
                    continue;
                }
                let (key, value) = line.strip_prefix("  ").and_then(|line| line.split_once(':')).expect(line);
                let parsed: Result<serde_yaml::Value, _> = serde_yaml::from_str(value);
                let value = parsed.unwrap_or_else(|error| panic!("{error}: {value}"));
                assert_eq!(key == "duration_ms", value.is_f64(), "{line}");
                keys.push(key.to_owned());
            }
            let last: &mut Point = points.last_mut().expect("a point before its block");
            last.2 = keys;
        } else if let Some((number, description)) =
            text.strip_prefix("ok ").or(text.strip_prefix("not ok ")).and_then(|text| text.split_once(" - "))
        {
            assert_eq!(number.parse(), Ok(points.len() + 1), "{text}");
            assert!(!description.replace("\\\\", "").replace("\\#", "").replace("# SKIP", "").contains(['#', '\\']));
            points.push((text.starts_with("ok"), description.to_owned(), Vec::new()));
        } else {
            assert!(text.starts_with("# ") || text.starts_with("Bail out! "), "{text}");
        }
    }
    assert_eq!(plan, Some(points.len()), "the plan");
    (points, below)
}

#[test]
fn tap_is_read_by_another_reader() {
    let mut run = fixture::run();
    run.interrupted = true;
    let text = Format::Tap.text(&run, Forms { tap: TapVersion::V14, ..Forms::default() });
    let mut lines = text.lines().peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let (suites, tests) = tap(&mut lines, "");
    let suites: Vec<(bool, &str)> = suites.iter().map(|(good, name, _)| (*good, name.as_str())).collect();
    assert_eq!(suites, [(false, "smoke.yaml"), (true, "dir/orders.yaml"), (false, "dead.yaml")]);
    let smoke: Vec<(bool, &str)> = tests[0].iter().map(|(good, name, _)| (*good, name.as_str())).collect();
    assert_eq!(
        smoke,
        [
            (true, "Person \"x\": get person"),
            (true, "Person \"x\": sometimes"),
            (false, "Person \"x\": wrong: 100%, <b>bad</b> ]]> \\\\ \\# é"),
            (false, "Person \"x\": refused"),
            (true, "Load: under load"),
            (false, "Bench: list people"),
        ]
    );
    let orders: Vec<(bool, &str)> = tests[1].iter().map(|(good, name, _)| (*good, name.as_str())).collect();
    let why = "# SKIP stop_on_failure of \"get order\"";
    let left = [format!("Order: left <out> {why}"), format!("Order: left \\# out, too {why}")];
    assert_eq!(orders, [(true, "Order: get order"), (true, &left[0]), (true, &left[1])]);
    assert_eq!(tests[0][1].2, ["severity", "attempts", "duration_ms"]);
    let keys = ["message", "severity", "type", "at", "failures", "request", "body", "duration_ms"];
    assert_eq!(tests[0][2].2, keys);
    assert!(text.ends_with("\nBail out! interrupted\n"));
    run.suites.truncate(1);
    run.interrupted = false;
    let single = Format::Tap.text(&run, Forms::default());
    let mut lines = single.lines().peekable();
    lines.next();
    assert_eq!(tap(&mut lines, "").0.len(), 6);
}

#[test]
fn the_versions_of_tap_differ_in_their_first_line_and_strict_junit_has_less() {
    let run = fixture::run();
    let of = |tap| Format::Tap.text(&run, Forms { tap, ..Forms::default() });
    let (older, newer) = (of(TapVersion::V13), of(TapVersion::V14));
    assert_eq!(older.replacen("13", "14", 1), newer);
    let strict = Format::Junit.text(&run, Forms { junit: JunitStyle::Strict, ..Forms::default() });
    for beyond in [" disabled=", " file=", " line=", "<property name=\"rps\""] {
        assert!(text(Format::Junit, &run).contains(beyond) && !strict.contains(beyond), "{beyond}");
    }
}
