//! What stands under a test that did not pass: where, what was expected, the answer.
//!
//! Owns: the block of a failure, the answer's excerpt. Does not: know what is a secret (the engines took them out).

use super::super::pretty_json::pretty;
use super::layout::{Line, Tone, clean, size};
use crate::ground::columns::{beginning, cut_end, folded, width, wrapped};
use crate::ground::printable::lines;
use crate::judge::outcome::{Excerpt, Failure, FailureKind, Outcome};

/// So much of an answer is shown.
const MOST_BYTES: usize = 2048;
const MOST_LINES: usize = 20;

/// Differences and violations of one failure that are shown.
const MOST_DETAILS: usize = 20;

/// Places begin here.
const INDENT: usize = 5;

/// So wide is what stands before a bar where no line has a number.
const GUTTER: usize = 2;

/// An answer's lines begin here.
const BODY_INDENT: usize = 7;

/// What of an answer is wanted besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// `--print-headers`, `--verbose`.
    pub headers: bool,
    /// The body has been printed whole already.
    pub body_is_shown: bool,
}

/// The lines under a test that did not pass.
pub fn failure_lines(outcome: &Outcome, wanted: Wanted, columns: usize) -> Vec<Line> {
    let mut out = Vec::new();
    let mut answer_is_shown = wanted.body_is_shown;
    let last = outcome.failures.len().saturating_sub(1);
    for (i, failure) in outcome.failures.iter().enumerate() {
        if failure.excerpt.is_some() || has_many_lines(failure) {
            out.extend(block(failure, columns));
            continue;
        }
        let mut line = place(failure).with(Tone::Plain, format!("  {}", failure.message));
        let cause = outcome.ended_by.as_ref().filter(|_| failure.kind == FailureKind::CurlException);
        if let Some(cause) = cause {
            line.push(Tone::Dim, format!("  ({cause})"));
        }
        if i == last
            && !answer_is_shown
            && !wanted.headers
            && let Some(body) = short_body(outcome)
            && line.width() + 3 + width(&body) <= columns
        {
            line.push(Tone::Dim, format!("   {body}"));
            answer_is_shown = true;
        }
        out.extend(or_folded(line, failure, cause, columns));
    }
    if wanted.headers || !answer_is_shown {
        let gutter = outcome.failures.last().map_or(GUTTER, |failure| gutter(failure).len());
        out.extend(answer(outcome, Wanted { body_is_shown: answer_is_shown, ..wanted }, gutter, columns));
    }
    out
}

/// What stands before the bar: the number of the suite's line, if it is shown.
fn gutter(failure: &Failure) -> String {
    failure.excerpt.as_ref().map_or_else(|| " ".repeat(GUTTER), |excerpt| excerpt.number.to_string())
}

fn place(failure: &Failure) -> Line {
    Line::indented(INDENT).with(Tone::Dim, "--> ").with(Tone::Cyan, failure.location.line())
}

/// A reason that does not fit beside its place stands below it, on as many lines as it needs.
fn or_folded(line: Line, failure: &Failure, cause: Option<&String>, columns: usize) -> Vec<Line> {
    if line.width() <= columns {
        return vec![line];
    }
    let bar = Line::indented(BODY_INDENT + 1);
    let room = columns.saturating_sub(bar.width() + 2);
    let message = clean(&failure.message);
    let lines = wrapped(&message, room).take(MOST_DETAILS);
    let cause = cause.map(|cause| bar.clone().with(Tone::Dim, format!("| ({cause})")));
    let lines = lines.map(|text| bar.clone().with(Tone::Dim, "| ").with(Tone::Plain, text));
    std::iter::once(place(failure)).chain(lines).chain(cause).collect()
}

fn has_many_lines(failure: &Failure) -> bool {
    failure.compared.as_ref().is_some_and(|compared| !compared.asked.is_empty())
        || (failure.kind != FailureKind::InvalidResponse && failure.details.is_some())
}

/// A failure with the suite's line, and both sides below it.
fn block(failure: &Failure, columns: usize) -> Vec<Line> {
    let mut out = vec![place(failure)];
    let number = gutter(failure);
    let bar = || Line::indented(INDENT + number.len() + 1).with(Tone::Dim, "|");
    if let Some(excerpt) = failure.excerpt.as_deref().filter(|excerpt| !excerpt.line.is_empty()) {
        let room = columns.saturating_sub(INDENT + number.len() + 3);
        let (line, mark) = window(excerpt, room);
        out.push(Line::indented(INDENT).with(Tone::Dim, format!("{number} | ")).with(Tone::Plain, line));
        out.extend(
            mark.map(|(at, long)| bar().with(Tone::Plain, " ".repeat(at + 1)).with(Tone::Red, "^".repeat(long))),
        );
    }
    let said = |text: &str| bar().with(Tone::Plain, format!(" {text}"));
    let room = columns.saturating_sub(INDENT + number.len() + 3);
    let told = |text: &str| wrapped(&clean(text), room.max(8)).map(&said).collect::<Vec<_>>();
    let compared = failure.compared.as_deref().filter(|compared| !compared.asked.is_empty());
    match compared.and_then(|compared| Some((compared, failure.message.find(&compared.asked)?))) {
        Some((compared, begins)) => {
            // What stands before it is a reason of its own.
            let before = failure.message[..begins].trim_end_matches([' ', ';', ':', ',']);
            out.extend((!before.is_empty()).then(|| told(before)).into_iter().flatten());
            if compared.differences.is_empty() {
                if compared.subject.contains(' ') {
                    out.push(said(&compared.subject));
                }
                let sides = [("expected ", Tone::Green, &compared.expected), ("     got ", Tone::Red, &compared.got)];
                for (word, tone, value) in sides {
                    let value = clean(value);
                    let rows = folded(&value, room.saturating_sub(width(word)).max(8));
                    out.extend(rows.enumerate().map(|(row, text)| {
                        let word = if row == 0 { word } else { "         " };
                        bar().with(Tone::Dim, format!(" {word}")).with(tone, text)
                    }));
                }
            } else {
                out.extend(details(compared.differences.iter().map(String::as_str), &said));
            }
        }
        None => match failure.details.as_deref().filter(|more| is_schema(failure) && more.lines().count() > 1) {
            Some(violations) => {
                out.push(said("json_schema:"));
                out.extend(details(violations.lines(), &said));
            }
            None => out.extend(told(&failure.message)),
        },
    }
    out
}

fn is_schema(failure: &Failure) -> bool {
    failure.message.starts_with("json_schema")
}

fn details<'d>(all: impl Iterator<Item = &'d str>, said: &impl Fn(&str) -> Line) -> Vec<Line> {
    let mut all = all.filter(|line| !line.is_empty()).peekable();
    let mut out: Vec<Line> = all.by_ref().take(MOST_DETAILS).map(said).collect();
    let more = all.count();
    if more > 0 {
        out.push(said(&format!("… {more} more")));
    }
    out
}

/// The part of a suite's line that has room, and where in it how many columns are meant.
fn window(excerpt: &Excerpt, room: usize) -> (String, Option<(usize, usize)>) {
    let at = (excerpt.column as usize).saturating_sub(1);
    let part = |skip: usize, take: usize| clean(&excerpt.line.chars().skip(skip).take(take).collect::<String>());
    let before = part(0, at).trim_start().to_owned();
    let (meant, after) = (part(at, excerpt.width as usize), part(at + excerpt.width as usize, usize::MAX));
    let whole = format!("{before}{meant}{after}");
    if excerpt.width == 0 {
        return (cut_end(&whole, room), None);
    }
    let begin = width(&before);
    if width(&whole) <= room || begin + width(&meant) < room {
        let long = width(&meant).min(room.saturating_sub(begin)).max(1);
        return (cut_end(&whole, room), Some((begin, long)));
    }
    // What is meant is to be seen: what stands before it goes.
    let kept = room.saturating_sub(width(&meant) + 1 + width(&after).min(4)).max(1);
    let skipped = begin.saturating_sub(kept);
    let first = beginning(&before, skipped);
    let shown = if first.is_empty() { before.clone() } else { format!("…{}", &before[first.len()..]) };
    let begin = width(&shown);
    let long = width(&meant).min(room.saturating_sub(begin)).max(1);
    (cut_end(&format!("{shown}{meant}{after}"), room), Some((begin, long)))
}

/// A body that is short enough for the end of a line.
fn short_body(outcome: &Outcome) -> Option<String> {
    let body = outcome.body.as_deref().filter(|_| outcome.body_cut == 0)?.trim();
    (!body.is_empty() && body.len() <= 200 && !body.contains(['\n', '\r'])).then(|| clean(body))
}

/// `= answer application/json, 109 B`, and the beginning of the body.
fn answer(outcome: &Outcome, wanted: Wanted, gutter: usize, columns: usize) -> Vec<Line> {
    let Some(body) = outcome.body.as_deref() else { return Vec::new() };
    let total = outcome.body_size.unwrap_or(body.len() as u64 + outcome.body_cut);
    let content_type = outcome.content_type().filter(|name| !name.is_empty()).unwrap_or("without a content type");
    let mut out =
        vec![Line::indented(INDENT + gutter + 1).with(Tone::Dim, format!("= answer {content_type}, {}", size(total)))];
    if wanted.headers {
        let headers = outcome.headers.iter().flatten();
        out.extend(headers.map(|(name, value)| {
            Line::indented(BODY_INDENT).with(Tone::Dim, format!("{}: ", clean(name))).with(Tone::Plain, value)
        }));
    }
    if !wanted.body_is_shown {
        out.extend(body_lines(body, outcome.body_cut, total, columns));
    }
    out
}

/// The beginning of a body: JSON laid out, nothing wider than the terminal, and how much is missing.
fn body_lines(body: &str, cut: u64, total: u64, columns: usize) -> Vec<Line> {
    let laid_out = pretty(body, cut > 0);
    let text = laid_out.as_deref().unwrap_or(body);
    let text = text.trim_end();
    if text.is_empty() && cut == 0 {
        return Vec::new();
    }
    let room = columns.saturating_sub(BODY_INDENT);
    let (mut out, mut shown) = (Vec::new(), 0);
    let mut is_whole = cut == 0;
    'lines: for line in text.split('\n') {
        let line = line.trim_end_matches('\r');
        if out.len() == MOST_LINES || shown >= MOST_BYTES {
            is_whole = false;
            break;
        }
        // A line of a body may be megabytes.
        let mut end = line.len().min(MOST_BYTES - shown);
        end = (0..=end).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        let part = clean(&lines(&line[..end]));
        for row in folded(&part, room) {
            if out.len() == MOST_LINES {
                is_whole = false;
                break 'lines;
            }
            out.push(Line::indented(BODY_INDENT).with(Tone::Dim, row));
        }
        shown += end + 1;
        if end < line.len() {
            is_whole = false;
            break;
        }
    }
    if !is_whole {
        // Of a body that was laid out, the share that is shown is that of its text.
        let share = shown.min(text.len()) as f64 / text.len().max(1) as f64;
        let here = total.saturating_sub(cut);
        let left = total.saturating_sub((here as f64 * share) as u64).max(1);
        out.push(
            Line::indented(BODY_INDENT).with(Tone::Dim, format!("… {} more (--print-bodies shows all)", size(left))),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::{Location, Position};
    use crate::judge::outcome::Compared;

    fn location(line: u32) -> Location {
        Location { file: "s/mix.yaml".into(), position: Position { line, column: 3 } }
    }

    fn compared() -> Outcome {
        let message = "jsonpath_mini \"login\" eq: expected \"jenkins\", got \"gbaltar\"";
        let line = r#"    - compare: {jsonpath_mini: "login", comparator: "eq", expected: "jenkins"}"#;
        let failure = Failure {
            compared: Some(Box::new(Compared {
                asked: "jsonpath_mini \"login\" eq".to_owned(),
                subject: "login".to_owned(),
                expected: "\"jenkins\"".to_owned(),
                got: "\"gbaltar\"".to_owned(),
                differences: Vec::new(),
            })),
            excerpt: Some(Box::new(Excerpt {
                number: 11,
                line: line.to_owned(),
                column: line.find("\"jenkins").unwrap() as u32 + 1,
                width: 9,
            })),
            ..Failure::new(FailureKind::ValidatorFailed, message, &location(11))
        };
        Outcome {
            failures: vec![failure],
            body: Some(r#"{"first_name": "Gaius","id": 1,"login":"gbaltar"}"#.to_owned()),
            body_size: Some(109),
            headers: Some(vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())]),
            ..Outcome::default()
        }
    }

    fn text(lines: &[Line], columns: usize) -> String {
        lines.iter().map(|line| line.text(columns, false) + "\n").collect()
    }

    #[test]
    fn a_comparison_points_at_what_was_expected() {
        let lines = failure_lines(&compared(), Wanted::default(), 90);
        let expected = "     --> s/mix.yaml:11
     11 | - compare: {jsonpath_mini: \"login\", comparator: \"eq\", expected: \"jenkins\"}
        |                                                        ^^^^^^^^^
        | expected \"jenkins\"
        |      got \"gbaltar\"
        = answer application/json, 109 B
       {
         \"first_name\": \"Gaius\",
         \"id\": 1,
         \"login\": \"gbaltar\"
       }
";
        // The caret stands below the value, wherever the picture has it.
        let caret = expected.lines().nth(1).unwrap().find("\"jenkins").unwrap();
        let mut wanted: Vec<String> = expected.lines().map(str::to_owned).collect();
        wanted[2] = format!("        |{}^^^^^^^^^", " ".repeat(caret - 9));
        assert_eq!(text(&lines, 90).lines().collect::<Vec<_>>(), wanted);
        for columns in 10..100 {
            let lines = failure_lines(&compared(), Wanted::default(), columns);
            assert!(text(&lines, columns).lines().all(|line| width(line) <= columns), "{columns}");
            let all = text(&lines, columns);
            assert!(columns < 40 || all.lines().nth(1).unwrap().contains("\"jenkins\""), "{columns}\n{all}");
        }
    }

    #[test]
    fn an_answer_stands_below_the_bar_whatever_the_number_of_the_line() {
        let mut outcome = compared();
        outcome.failures[0].excerpt.as_mut().unwrap().number = 9;
        let all = text(&failure_lines(&outcome, Wanted::default(), 90), 90);
        assert!(all.contains("\n     9 | ") && all.contains("\n       = answer"), "{all}");
        (outcome.body, outcome.body_size) = (Some(String::new()), Some(0));
        let all = text(&failure_lines(&outcome, Wanted::default(), 90), 90);
        assert!(all.ends_with("= answer application/json, 0 B\n"), "{all}");
    }

    #[test]
    fn a_short_failure_is_one_line() {
        let outcome = Outcome {
            failures: vec![Failure::new(FailureKind::InvalidResponse, "expected status 200, got 404", &location(18))],
            body: Some("{\"status\": 404}\n".to_owned()),
            ..Outcome::default()
        };
        let line = "     --> s/mix.yaml:18  expected status 200, got 404   {\"status\": 404}\n";
        assert_eq!(text(&failure_lines(&outcome, Wanted::default(), 80), 80), line);
    }

    #[test]
    fn long_answers_are_cut() {
        let list: Vec<String> = (0..6000).map(|number| number.to_string()).collect();
        let body = format!("[{}]", list.join(","));
        let lines = body_lines(&body, 0, body.len() as u64, 80);
        assert_eq!(lines.len(), 21);
        assert_eq!(lines[20].text(80, false), "       … 29 kB more (--print-bodies shows all)");
        for (body, kept) in [("x".repeat(60_000), 21), ("日本".repeat(20_000), 21), (String::new(), 0)] {
            let lines = body_lines(&body, 0, body.len() as u64, 80);
            assert!(lines.len() <= kept && lines.iter().all(|line| line.width() <= 80));
        }
        assert_eq!(
            body_lines(&"x".repeat(60_000), 0, 60_000, 200).last().unwrap().text(200, false).trim(),
            "… 58 kB more (--print-bodies shows all)"
        );
    }
}
