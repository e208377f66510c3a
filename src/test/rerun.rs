//! Which tests run again after some of them failed: those, and the ones whose variables they need.
//!
//! Owns: the choice, as a pure function over test sets. Does not: know where it is kept what failed (see `cli`).

use crate::test::definition::Test;
use crate::test::set::TestSet;
use crate::variables::context::Context;

/// A test or a benchmark that failed, as it is known again in a suite that may have been edited since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    /// Its name.
    pub name: String,
    /// The line where it was written.
    pub line: u32,
}

impl FailedTest {
    /// A test that failed.
    pub fn new(name: &str, line: u32) -> FailedTest {
        FailedTest { name: name.to_owned(), line }
    }
}

/// Leaves of a set what failed and is `wanted`, with the tests that it needs, by their variables or by name, in the
/// same order. Where setup or teardown failed, that is everything: they run with any of the tests.
pub fn again(set: TestSet, failed: &[FailedTest], wanted: &dyn Fn(&Test) -> bool) -> TestSet {
    let around: Vec<&Test> = set.setup.iter().chain(&set.teardown).collect();
    let is_around = |failed: &FailedTest| {
        around.iter().any(|test| test.name == failed.name && test.location.position.line == failed.line)
    };
    let failed_around = failed.iter().any(is_around);
    let everything = set.tests.iter().chain(set.benchmarks.iter().map(|benchmark| &benchmark.test));
    let all: Vec<&Test> = everything.collect();
    let mut keeps = vec![false; all.len()];
    for failed in failed {
        found(&all, failed).into_iter().filter(|place| wanted(all[*place])).for_each(|place| keeps[place] = true);
    }
    if failed_around {
        (0..all.len()).filter(|place| wanted(all[*place])).for_each(|place| keeps[place] = true);
    }
    let mut open: Vec<usize> = (0..all.len()).filter(|place| keeps[*place]).collect();
    while let Some(place) = open.pop() {
        let before = place.min(set.tests.len());
        for name in needed(all[place]) {
            let setter = all[..before].iter().rposition(|test| sets(test, &name));
            if let Some(setter) = setter.filter(|setter| !keeps[*setter]) {
                keeps[setter] = true;
                open.push(setter);
            }
        }
        for need in all[place].needs() {
            for (needed, test) in all.iter().enumerate() {
                if test.id() == need.id && !keeps[needed] {
                    keeps[needed] = true;
                    open.push(needed);
                }
            }
        }
    }
    let (of_tests, of_benchmarks) = keeps.split_at(set.tests.len());
    let (of_tests, of_benchmarks) = (of_tests.to_vec(), of_benchmarks.to_vec());
    let mut set = set;
    let (kept, left_out): (Vec<_>, Vec<_>) =
        std::mem::take(&mut set.tests).into_iter().zip(of_tests).partition(|(_, kept)| *kept);
    set.tests = kept.into_iter().map(|(test, _)| test).collect();
    set.left_out.extend(left_out.into_iter().map(|(test, _)| test));
    let mut keeps = of_benchmarks.into_iter();
    set.benchmarks.retain(|_| keeps.next().unwrap_or_default());
    set
}

/// Where a test is that failed: by its name and its line; else by its name, which may have moved; else by its line,
/// where a name may have been improved.
fn found(all: &[&Test], failed: &FailedTest) -> Vec<usize> {
    let places =
        |holds: &dyn Fn(&Test) -> bool| -> Vec<usize> { (0..all.len()).filter(|place| holds(all[*place])).collect() };
    let named = |test: &Test| test.name == failed.name;
    let there = |test: &Test| test.location.position.line == failed.line;
    [places(&|test| named(test) && there(test)), places(&named), places(&there)]
        .into_iter()
        .find(|places| !places.is_empty())
        .unwrap_or_default()
}

/// The variables that a test uses and does not set itself before it sends.
fn needed(test: &Test) -> Vec<String> {
    let nothing = Context::new();
    let mut names = test.unset_to_send(&nothing);
    names.extend(test.unset_to_judge(&nothing));
    names.extend(test.foreach().map(|foreach| foreach.list.clone()));
    names.retain(|name| {
        let own = test.variable_binds.iter().map(|(variable, _)| variable.as_str());
        let own = own.chain(test.generator_binds.iter().map(|(variable, _)| variable.as_str()));
        !own.chain(test.row_variables()).any(|variable| variable == name)
    });
    names
}

/// Whether a test sets a variable.
fn sets(test: &Test, name: &str) -> bool {
    test.extract_binds.iter().any(|bind| bind.variable == name)
        || test.variable_binds.iter().any(|(variable, _)| variable == name)
        || test.generator_binds.iter().any(|(variable, _)| variable == name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ground::value::Value;
    use crate::test::order::{Need, Order};
    use crate::variables::template::{Template, Text};

    /// A test on a line that uses variables and sets others.
    fn test(name: &str, line: u32, uses: &str, sets: &[&str]) -> Test {
        let mut test = Test::get("");
        test.name = name.to_owned();
        test.location.position.line = line;
        test.url = Text::Template(Template::parse(uses));
        test.variable_binds = sets.iter().map(|name| ((*name).to_owned(), Value::from(1))).collect();
        test
    }

    fn names(failed: &[(&str, u32)], wanted: &dyn Fn(&Test) -> bool) -> Vec<String> {
        let tests = vec![
            test("sign in", 1, "/", &["token"]),
            test("make", 2, "/$token", &["id"]),
            test("other", 3, "/", &["id2"]),
            test("Unnamed", 4, "/", &[]),
            test("get", 5, "/$id", &[]),
            test("make again", 6, "/", &["id"]),
            test("Unnamed", 7, "/", &[]),
            test("get the later", 8, "/$id/$own", &["own"]),
        ];
        let failed: Vec<FailedTest> = failed.iter().map(|(name, line)| FailedTest::new(name, *line)).collect();
        let set = again(TestSet { tests, ..TestSet::default() }, &failed, wanted);
        assert_eq!(set.tests.len() + set.left_out.len(), 8);
        set.tests.into_iter().map(|test| test.name).collect()
    }

    #[test]
    fn what_failed_runs_again_with_the_tests_that_it_needs() {
        for (failed, expected) in [
            (&[][..], &[][..]),
            (&[("get", 5)], &["sign in", "make", "get"]),
            (&[("get the later", 8)], &["make again", "get the later"]),
            // It has moved; its name has changed; it is gone.
            (&[("other", 30)], &["other"]),
            (&[("otter", 3)], &["other"]),
            (&[("gone", 30)], &[]),
            (&[("Unnamed", 7)], &["Unnamed"]),
            (&[("Unnamed", 9)], &["Unnamed", "Unnamed"]),
            (&[("make", 2), ("sign in", 1)], &["sign in", "make"]),
        ] {
            assert_eq!(names(failed, &|_| true), expected, "{failed:?}");
        }
        let mut tests = vec![test("a", 1, "/", &[]), test("b", 2, "/", &[]), test("c", 3, "/", &[])];
        let need = Need { id: "a".to_owned(), location: Default::default() };
        tests[2].order = Some(Box::new(Order { depends_on: vec![need], ..Order::default() }));
        let teardown = vec![test("away", 9, "/", &[])];
        let set = TestSet { tests, teardown, ..TestSet::default() };
        for (failed, expected) in [(("c", 3), &["a", "c"][..]), (("away", 9), &["a", "b", "c"])] {
            let again = again(set.clone(), &[FailedTest::new(failed.0, failed.1)], &|_| true);
            assert_eq!(again.tests.iter().map(|test| test.name.as_str()).collect::<Vec<_>>(), expected);
        }
        let only_get = |test: &Test| test.name == "get";
        assert_eq!(names(&[("get", 5), ("other", 3)], &only_get), ["sign in", "make", "get"]);
    }

    #[test]
    fn a_list_is_needed_and_a_column_is_not() {
        use crate::test::row::{Column, Foreach, Row, Rows};
        let rows =
            |row: Option<Row>, foreach: Option<Foreach>| Some(Arc::new(Rows { row, foreach, ..Rows::default() }));
        let row = Row { number: 0, columns: Arc::from([Column::new("id")]), cells: vec![Some(7.into())] };
        let foreach = Foreach { item: Column::new("id"), list: "list".to_owned(), chosen: Default::default() };
        let tests = vec![
            test("make", 1, "/", &["id"]),
            test("list", 2, "/", &["list"]),
            Test { rows: rows(Some(row), None), ..test("get [id=7]", 3, "/$id/$index", &[]) },
            Test { rows: rows(None, Some(foreach)), ..test("each", 4, "/$id", &[]) },
        ];
        let set = TestSet { tests, ..TestSet::default() };
        // What ran was one of the tests that the list came to: it is known by its line.
        for (failed, expected) in [
            (FailedTest::new("get [id=7]", 3), &["get [id=7]"][..]),
            (FailedTest::new("each [1]", 4), &["list", "each"]),
        ] {
            let set = again(set.clone(), std::slice::from_ref(&failed), &|_| true);
            let names: Vec<&str> = set.tests.iter().map(|test| test.name.as_str()).collect();
            assert_eq!(names, expected, "{failed:?}");
        }
    }
}
