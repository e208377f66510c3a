//! What a result is called, in this run and in all others.
//!
//! Owns: names and hashes that stay the same over runs, machines and base URLs; which suites ran side by side.

use std::collections::HashMap;
use std::path::{Component, Path};
use std::time::SystemTime;

use super::AllureForm;
use crate::ground::printable::one_line;
use crate::record::run_record::SuiteRecord;
use crate::report::case::Case;

/// What a result is known by.
pub struct Identity {
    /// `suites/a.yaml: Group: Name`.
    pub full_name: String,
    /// The same for all runs of the test with these values.
    pub history_id: String,
    /// The same for all runs of the test.
    pub test_case_id: String,
    /// Where the suite is.
    pub place: String,
}

/// Tells equal names apart.
pub struct Identities<'f> {
    form: &'f AllureForm,
    seen: HashMap<String, usize>,
}

impl<'f> Identities<'f> {
    pub fn new(form: &'f AllureForm) -> Identities<'f> {
        Identities { form, seen: HashMap::new() }
    }

    /// A suite's file: as it was named where that is below the folder of the run, else from the top of the repository.
    pub fn place(&self, file: &str) -> String {
        let path = Path::new(file);
        let below = |top: &Path| path.strip_prefix(top).ok();
        let inner = if path.is_relative() {
            Some(path)
        } else {
            below(&self.form.here).or_else(|| below(self.form.top.as_deref()?))
        };
        // What of an absolute path is the same elsewhere is not known: its name.
        let inner = inner.or(path.file_name().map(Path::new)).unwrap_or(path);
        let parts = inner.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        });
        let path = parts.collect::<Vec<_>>().join("/");
        if path.is_empty() { file.to_owned() } else { path }
    }

    pub fn of(&mut self, place: &str, case: &Case<'_>) -> Identity {
        let group = if case.group.is_empty() { String::new() } else { format!("{}: ", one_line(case.group)) };
        let name = format!("{place}: {group}{}", one_line(case.name));
        let times = self.seen.entry(name.clone()).or_default();
        *times += 1;
        let full_name = if *times > 1 { format!("{name} #{times}") } else { name };
        let mut values: Vec<String> = case
            .described
            .iter()
            .flat_map(|described| &described.parameters)
            .filter(|parameter| !parameter.is_passing)
            .map(|parameter| format!("\n{}={}", parameter.name, parameter.value))
            .collect();
        values.sort();
        let hash = |text: String| format!("{:x}", md5::compute(text));
        Identity {
            history_id: hash(format!("{full_name}{}", values.concat())),
            test_case_id: hash(full_name.clone()),
            full_name,
            place: place.to_owned(),
        }
    }
}

/// Which of those that work side by side each suite has: the first that is free when it begins.
pub fn lanes(suites: &[SuiteRecord]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..suites.len()).collect();
    order.sort_by_key(|at| suites[*at].started);
    let mut free: Vec<Option<SystemTime>> = Vec::new();
    let mut lanes = vec![0; suites.len()];
    for at in order {
        let begins = suites[at].started;
        let ends = begins.and_then(|begins| begins.checked_add(suites[at].elapsed));
        let lane = free.iter().position(|free| begins.is_none() || *free <= begins).unwrap_or(free.len());
        match free.get_mut(lane) {
            Some(free) => *free = ends.max(*free),
            None => free.push(ends),
        }
        lanes[at] = lane;
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use std::time::Duration;

    #[test]
    fn a_path_is_the_same_on_every_machine() {
        let form = AllureForm {
            here: "/home/ci/build/7/repo/tests".into(),
            top: Some("/home/ci/build/7/repo".into()),
            ..AllureForm::default()
        };
        let identities = Identities::new(&form);
        for (file, path) in [
            ("suites/a.yaml", "suites/a.yaml"),
            ("./suites//a.yaml", "suites/a.yaml"),
            ("../other/a.yaml", "other/a.yaml"),
            ("/home/ci/build/7/repo/tests/suites/a.yaml", "suites/a.yaml"),
            ("/home/ci/build/7/repo/b/a.yaml", "b/a.yaml"),
            ("/elsewhere/x/a.yaml", "a.yaml"),
            ("-", "-"),
        ] {
            assert_eq!(identities.place(file), path, "{file}");
        }
    }

    #[test]
    fn equal_names_are_numbered_and_values_count() {
        let (form, run) = (AllureForm::default(), fixture::run());
        let mut identities = Identities::new(&form);
        let suite = &run.suites[0];
        let cases = super::super::cases(suite);
        let place = identities.place(&suite.file);
        let (first, second) = (identities.of(&place, &cases[0]), identities.of(&place, &cases[0]));
        assert_eq!(second.full_name, format!("{} #2", first.full_name));
        assert_ne!(second.history_id, first.history_id);
        assert_eq!(
            (first.history_id.len(), &first.history_id),
            (32, &Identities::new(&form).of(&place, &cases[0]).history_id)
        );
    }

    #[test]
    fn suites_that_overlap_have_lanes_of_their_own() {
        let run = fixture::run();
        let suite = |begins: u64, takes: u64| {
            let mut suite = run.suites[0].clone();
            suite.started = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(begins));
            suite.elapsed = Duration::from_secs(takes);
            suite
        };
        assert_eq!(lanes(&[suite(1, 1), suite(2, 1), suite(3, 1)]), [0, 0, 0]);
        assert_eq!(lanes(&[suite(1, 5), suite(2, 1), suite(3, 9), suite(4, 1)]), [0, 1, 1, 2]);
    }
}
