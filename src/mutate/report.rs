//! What tests do not notice, for people and for programs.
//!
//! Owns: both forms, the score. Does not: judge (see `survey`).

use std::fmt::Write as _;

use serde_json::json;

use super::mutants::{Change, Mutant};
use super::survey::Surveyed;
use crate::ground::counted::counted;

/// So many places are listed for a test.
const LISTED: usize = 30;

/// The version of the JSON form.
const VERSION: u64 = 1;

/// 100 x killed / mutants; nothing where there are none.
pub fn score(tests: &[Surveyed]) -> Option<f64> {
    let (killed, mutants) = totals(tests);
    (mutants > 0).then(|| 100.0 * killed as f64 / mutants as f64)
}

fn totals(tests: &[Surveyed]) -> (u64, u64) {
    tests.iter().fold((0, 0), |(killed, mutants), test| (killed + test.killed(), mutants + test.mutants))
}

/// For people: the score last, before it each test with what it does not notice.
pub fn text(tests: &[Surveyed], most: usize) -> String {
    let mut out = String::new();
    for test in tests {
        let _ = writeln!(
            out,
            "{} ({}): {} of {} killed",
            test.name,
            test.location.line(),
            test.killed(),
            counted(test.mutants, "mutant")
        );
        if test.passes_on_nothing() {
            out.push_str("  would pass on {}\n");
        }
        let places = grouped(&test.survivors);
        for (place, changes) in places.iter().take(LISTED) {
            let _ = writeln!(out, "  {place}: {}", changes.join(", "));
        }
        if places.len() > LISTED {
            let _ = writeln!(out, "  and {} more places; -o FILE has all of them", places.len() - LISTED);
        }
        if test.is_cut {
            let _ = writeln!(out, "  the answer has more than {most} mutants: --max-mutants N looks further");
        }
    }
    let with_body = tests.iter().filter(|test| test.had_body).count();
    let on_nothing = tests.iter().filter(|test| test.passes_on_nothing()).count();
    if on_nothing > 0 {
        let who = if on_nothing == with_body { "this suite".to_owned() } else { counted(on_nothing as u64, "test") };
        let _ = writeln!(out, "\n{who} would pass on {{}}");
    }
    let (killed, mutants) = totals(tests);
    if let Some(score) = score(tests) {
        let tests = counted(tests.len() as u64, "answer");
        let _ = writeln!(out, "\nscore {score:.1}: {killed} of {mutants} mutants of {tests} killed");
    }
    out
}

/// Survivors by their place, items of a list as one.
fn grouped(survivors: &[Mutant]) -> Vec<(String, Vec<&'static str>)> {
    /// The first of places that differ in their items alone, and how many there are.
    struct Group<'m> {
        kind: String,
        first: &'m str,
        places: Vec<&'m str>,
        changes: Vec<Change>,
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for mutant in survivors.iter().filter(|mutant| mutant.change != Change::Body) {
        let kind = match mutant.change {
            Change::Header | Change::Status => mutant.change.word().to_owned() + &mutant.place,
            _ => without_numbers(&mutant.place),
        };
        let at = groups.iter().position(|group| group.kind == kind).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push(Group { kind, first: &mutant.place, places: Vec::new(), changes: Vec::new() });
        }
        let group = &mut groups[at];
        if group.places.last() != Some(&mutant.place.as_str()) {
            group.places.push(&mutant.place);
        }
        if !group.changes.contains(&mutant.change) {
            group.changes.push(mutant.change);
        }
    }
    let shown = |group: Group<'_>| {
        let more = group.places.len() - 1;
        let more = if more > 0 { format!(" and {more} like it") } else { String::new() };
        let place = match group.changes.as_slice() {
            [Change::Header] => format!("header {}", group.first),
            [Change::Status] => "status".to_owned(),
            _ => format!("{}{more}", group.first),
        };
        let words = group.changes.iter().map(|change| match change {
            Change::Header => "dropped",
            change => change.word(),
        });
        (place, words.collect())
    };
    groups.into_iter().map(shown).collect()
}

/// `$.lines[].note` for `$.lines[3].note`.
fn without_numbers(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('[') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1 + digits..];
    }
    out + rest
}

/// For programs.
pub fn to_json(tests: &[Surveyed]) -> String {
    let survivor = |mutant: &Mutant| {
        let key = match mutant.change {
            Change::Header => "header",
            Change::Status => "status",
            _ => "path",
        };
        json!({"change": mutant.change.word(), key: mutant.place})
    };
    let test = |test: &Surveyed| {
        json!({
            "name": test.name, "file": &*test.location.file, "line": test.location.position.line,
            "killed": test.killed(), "mutants": test.mutants, "bounded": test.is_cut,
            "survivors": test.survivors.iter().map(survivor).collect::<Vec<_>>(),
        })
    };
    let (killed, mutants) = totals(tests);
    let report = json!({
        "version": VERSION, "score": score(tests), "killed": killed, "mutants": mutants,
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;

    fn surveyed(survivors: &[(Change, &str)], mutants: u64) -> Surveyed {
        let survivors =
            survivors.iter().map(|(change, place)| Mutant { change: *change, place: (*place).to_owned() }).collect();
        let location = Location { file: "s.yaml".into(), ..Location::default() };
        Surveyed { name: "t".to_owned(), location, had_body: true, mutants, survivors, is_cut: false }
    }

    #[test]
    fn survivors_are_told_by_their_place() {
        let all = [
            (Change::Body, "$"),
            (Change::Header, "server"),
            (Change::Dropped, "$.a"),
            (Change::Value, "$.a"),
            (Change::Null, "$.l[0].x"),
            (Change::Value, "$.l[0].x"),
            (Change::Null, "$.l[1].x"),
        ];
        let told = text(&[surveyed(&all, 28)], 9);
        assert_eq!(
            told,
            "t (s.yaml): 21 of 28 mutants killed\n  would pass on {}\n  header server: dropped\n  $.a: dropped, value\n  \
             $.l[0].x and 1 like it: null, value\n\nthis suite would pass on {}\n\nscore 75.0: 21 of 28 mutants of 1 \
             answer killed\n"
        );
        let cut = Surveyed { is_cut: true, ..surveyed(&[], 9) };
        assert!(text(&[cut], 9).contains("more than 9 mutants"));
    }

    #[test]
    fn a_score_is_a_share_of_all() {
        assert_eq!(score(&[]), None);
        assert_eq!(score(&[surveyed(&[], 3), surveyed(&[(Change::Status, "200 -> 500")], 1)]), Some(75.0));
        let report: serde_json::Value =
            serde_json::from_str(&to_json(&[surveyed(&[(Change::Null, "$.a")], 2)])).unwrap();
        assert_eq!((&report["score"], &report["killed"], &report["mutants"]), (&json!(50.0), &json!(1), &json!(2)));
        assert_eq!(report["tests"][0]["survivors"], json!([{"change": "null", "path": "$.a"}]));
    }
}
