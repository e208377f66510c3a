//! What is chosen, by names, groups, tags and needs.

use super::*;
use crate::ground::source::Location;
use crate::judge::tags::Tags;
use crate::test::order::{Need, Order};

fn sets() -> Vec<TestSet> {
    let test = |name: &str, group: &str| Test { name: name.to_owned(), group: group.to_owned(), ..Test::get("/x") };
    let first = TestSet { tests: vec![test("list people", "People"), test("a/b", "People")], ..TestSet::default() };
    let second = TestSet { tests: vec![test("list pets", "Pets"), test("Unnamed", "Default")], ..TestSet::default() };
    vec![first, second]
}

fn names(selection: &Selection) -> Vec<String> {
    selection.of(sets()).into_iter().flat_map(|set| set.tests).map(|test| test.name).collect()
}

#[test]
fn names_and_groups_choose_and_skip_has_the_last_word() {
    for (only, groups, skip, expected) in [
        (&[][..], &[][..], &[][..], &["list people", "a/b", "list pets", "Unnamed"][..]),
        (&["list*"], &[], &[], &["list people", "list pets"]),
        (&["list*", "Unn?med"], &[], &[], &["list people", "list pets", "Unnamed"]),
        (&["*"], &["People"], &[], &["list people", "a/b"]),
        (&["list*"], &["People", "Pets"], &["*pets"], &["list people"]),
        (&["a*b"], &[], &[], &["a/b"]),
        (&["LIST*"], &[], &[], &[]),
        (&[], &["people"], &[], &[]),
        (&[], &[], &["*"], &[]),
        (&["[al]*"], &[], &["list pe[a-o]*"], &["a/b", "list pets"]),
    ] {
        let mut selection = Selection::default();
        only.iter().for_each(|pattern| selection.only(pattern));
        groups.iter().for_each(|group| selection.group(group));
        skip.iter().for_each(|pattern| selection.skip(pattern));
        assert_eq!(names(&selection), expected, "{only:?} {groups:?} {skip:?}");
        assert_eq!(is_empty(&selection.of(sets())), expected.is_empty());
    }
}

#[test]
fn what_a_chosen_test_needs_runs_too_unless_it_is_left_out_by_name() {
    let test = |name: &str, needs: &[&str]| {
        let need = |id: &&str| Need { id: (*id).to_owned(), location: Location::default() };
        let order = Order { depends_on: needs.iter().map(need).collect(), ..Order::default() };
        Test { name: name.to_owned(), order: Some(Box::new(order)), ..Test::get("/x") }
    };
    let tests = || vec![test("a", &[]), test("b", &["a"]), test("c", &["b"]), test("d", &[]), test("e", &["d"])];
    for (only, skip, expected, needed) in [
        (&["c"][..], &[][..], &["a", "b", "c"][..], &["a by b", "b by c"][..]),
        (&["b", "c"], &[], &["a", "b", "c"], &["a by b"]),
        (&["d"], &[], &["d"], &[]),
        (&["c"], &["a"], &["b", "c"], &["b by c"]),
        (&["c"], &["b"], &["c"], &[]),
        (&[], &["d"], &["a", "b", "c", "e"], &[]),
    ] {
        let mut selection = Selection::default();
        only.iter().for_each(|pattern| selection.only(pattern));
        skip.iter().for_each(|pattern| selection.skip(pattern));
        let chosen = selection.choose(vec![TestSet { tests: tests(), ..TestSet::default() }]);
        let names: Vec<&str> = chosen.sets[0].tests.iter().map(|test| test.name.as_str()).collect();
        let told: Vec<String> =
            chosen.needed.iter().map(|needed| format!("{} by {}", needed.test.name, needed.by)).collect();
        assert_eq!(
            (&names[..], &told[..]),
            (expected, &needed.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()[..]),
            "{only:?} {skip:?}"
        );
    }
}

#[test]
fn a_name_that_is_there_is_no_pattern() {
    let named = |names: &[&str]| {
        let test = |name: &&str| Test { name: (*name).to_owned(), ..Test::get("/x") };
        vec![TestSet { tests: names.iter().map(test).collect(), ..TestSet::default() }]
    };
    let rows = ["Adds [item=a]", "Adds i", "Adds [item=b]", "2 ** 3", "a*", "ab"];
    for (pattern, expected) in [
        ("Adds [item=a]", &["Adds [item=a]"][..]),
        // Nothing is called so: it is a pattern.
        ("Adds [im]", &["Adds i"]),
        ("Adds*", &["Adds [item=a]", "Adds i", "Adds [item=b]"]),
        ("2 ** 3", &["2 ** 3"]),
        ("a*", &["a*"]),
        ("a?", &["a*", "ab"]),
    ] {
        let names = |selection: &Selection| -> Vec<String> {
            selection.of(named(&rows)).into_iter().flat_map(|set| set.tests).map(|test| test.name).collect()
        };
        let (mut only, mut skip) = (Selection::default(), Selection::default());
        only.only(pattern);
        skip.skip(pattern);
        assert_eq!(names(&only), expected, "{pattern}");
        let rest: Vec<&str> = rows.into_iter().filter(|row| !expected.contains(row)).collect();
        assert_eq!(names(&skip), rest, "{pattern}");
    }
    let mut selection = Selection::default();
    selection.only("a*");
    let known = selection.naming(&["a*".to_owned()]);
    assert_eq!(known.names(), ["a*"]);
    assert!(known.of(named(&["ab"]))[0].tests.is_empty());
}

#[test]
fn the_name_of_an_element_is_that_of_all_its_rows_and_a_value_of_a_list_has_one_of_its_own() {
    use crate::test::row::{Column, Foreach, Rows};
    let row = |name: &str, written: &str| {
        let rows = Rows { written: written.into(), ..Rows::default() };
        Test { name: name.to_owned(), rows: Some(std::sync::Arc::new(rows)), ..Test::get("/x") }
    };
    let each = |name: &str| {
        let foreach = Foreach { item: Column::new("i"), list: "l".to_owned(), chosen: ChosenItems::default() };
        let rows = Rows { written: "E".into(), foreach: Some(foreach), ..Rows::default() };
        Test { name: name.to_owned(), rows: Some(std::sync::Arc::new(rows)), ..Test::get("/x") }
    };
    let tests = || vec![row("R [a=1]", "R"), row("R [a=2]", "R"), row("x 1", "x $a"), each("E"), each("E [b=1]")];
    let shown = |selection: &Selection| -> Vec<String> {
        let sets = selection.of(vec![TestSet { tests: tests(), ..TestSet::default() }]);
        let shown = |test: &Test| {
            let chosen = test.foreach().map(|foreach| foreach.chosen.clone()).unwrap_or_default();
            let numbers = |numbers: &[usize]| numbers.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(",");
            match (numbers(&chosen.only).as_str(), numbers(&chosen.not).as_str()) {
                ("", "") => test.name.clone(),
                (only, not) => format!("{} +{only} -{not}", test.name),
            }
        };
        sets[0].tests.iter().map(shown).collect()
    };
    for (only, skip, expected) in [
        (&["R"][..], &[][..], &["R [a=1]", "R [a=2]"][..]),
        (&["R"], &["R [a=1]"], &["R [a=2]"]),
        (&["x $a"], &[], &["x 1"]),
        (&["E"], &[], &["E", "E [b=1]"]),
        (&["E [1]", "E [3]"], &[], &["E +1,3 -"]),
        (&["E [b=1] [0]"], &[], &["E [b=1] +0 -"]),
        (&["E [1]", "E*"], &[], &["E", "E [b=1]"]),
        (&["E [1]"], &["E [2]"], &["E +1 -2"]),
        (&[], &["R", "x*", "E [0]"], &["E + -0", "E [b=1]"]),
        (&["E [x]", "E [-1]"], &[], &[]),
    ] {
        let mut selection = Selection::default();
        only.iter().for_each(|pattern| selection.only(pattern));
        skip.iter().for_each(|pattern| selection.skip(pattern));
        assert_eq!(shown(&selection), expected, "{only:?} {skip:?}");
    }
}

#[test]
fn any_of_the_tags_chooses_and_skip_tags_wins() {
    let tagged = || {
        let test = |name: &str, tags: &[&str]| Test {
            name: name.to_owned(),
            tags: Tags::new(tags.iter().map(|tag| (*tag).to_owned())),
            ..Test::get("/x")
        };
        let tests = vec![test("a", &["slow", "eu"]), test("b", &["eu"]), test("c", &["us"]), test("d", &[])];
        vec![TestSet { tests, ..TestSet::default() }]
    };
    for (tags, skip_tags, expected) in [
        (&[][..], &[][..], "abcd"),
        (&["eu"], &[], "ab"),
        (&["slow", "us"], &[], "ac"),
        (&["eu"], &["slow"], "b"),
        (&[], &["eu"], "cd"),
        (&["EU"], &[], ""),
        (&["slow"], &["slow"], ""),
    ] {
        let mut selection = Selection::default();
        tags.iter().for_each(|tag| selection.tag(tag));
        skip_tags.iter().for_each(|tag| selection.skip_tag(tag));
        let names: String =
            selection.of(tagged()).into_iter().flat_map(|set| set.tests).map(|test| test.name).collect();
        assert_eq!(names, expected, "{tags:?} {skip_tags:?}");
    }
    let mut selection = Selection::default();
    selection.tag("eu");
    selection.tag("slwo");
    selection.skip_tag("de");
    assert_eq!(selection.unknown_tags(tagged().iter()), [("--tags", "slwo"), ("--skip-tags", "de")]);
    assert_eq!(super::tags(tagged().iter()), ["eu", "slow", "us"]);
}

#[test]
fn slips_are_told() {
    let mut selection = Selection::default();
    assert!(selection.is_everything());
    let wrong = |pattern: &str| {
        let mut selection = Selection::default();
        selection.skip(pattern);
        selection.naming(&["a [b".to_owned(), "c".to_owned()]).wrong_pattern().map(|(flag, _)| flag)
    };
    assert_eq!((wrong("[a"), wrong("a [b"), wrong("[a]")), (Some("skip"), None, None));
    selection.group("Peeple");
    assert_eq!(selection.unknown_groups(sets().iter()), ["Peeple"]);
    assert_eq!(groups(sets().iter()), ["Default", "People", "Pets"]);
}
