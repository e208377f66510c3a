//! What the command line (or a program, or a runner configuration) sets over a suite.
//!
//! Owns: the data, and the order in which it and the suite's own settings hold. Does not: read any of it.

use std::sync::Arc;

use crate::exchange::egress::Egress;
use crate::exchange::trace::SuiteTrace;
use crate::exchange::witness::Witness;
use crate::ground::file_root::FileRoot;
use crate::ground::value::Value;
use crate::retry::{Guards, RetryPolicy};
use crate::settings::commands::Commands;
use crate::settings::evidence::Evidence;
use crate::settings::given_secrets::GivenSecrets;
use crate::settings::hooks::Hooks;
use crate::settings::leaks::Leaks;
use crate::settings::part::Part;
use crate::settings::precedence::{Effective, Layer, resolve};
use crate::settings::presets::Presets;
use crate::settings::probe::Probe;
use crate::shape::Shapes;

/// Settings that hold over every test of a suite.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `--print-bodies`: replaces what the suite says.
    pub print_bodies: Option<bool>,
    /// `--print-headers`.
    pub print_headers: Option<bool>,
    /// `--include`: every answer is printed with its head.
    pub print_answers: bool,
    /// `--interactive`.
    pub interactive: bool,
    /// `--verbose`: every request and answer head on stderr.
    pub verbose: bool,
    /// `--update-snapshots`: files of snapshots are written where they are missing or differ.
    pub update_snapshots: bool,
    /// Whether failures are to have their lines of the suite.
    pub excerpts: bool,
    /// `--show-curl`: the curl command is printed under failed tests.
    pub show_curl: Option<bool>,
    /// That, or a report that shows it: failed tests get the curl command that repeats their request.
    pub curl: bool,
    /// A report that shows what went and came: of which tests that is kept.
    pub evidence: Evidence,
    /// Every test is to have its command, to be exported.
    pub exports: bool,
    /// `--ssl-insecure`.
    pub ssl_insecure: bool,
    /// What `.resttest.yaml` and the environment set: below all suites.
    pub presets: Option<Arc<Presets>>,
    /// What a runner configuration sets: globally, for the environment, for the suite.
    pub runner: Vec<Layer>,
    /// `--max-retries` and the like: wins over everything.
    pub layer: Layer,
    /// `--vars`: set over the suite's `config: variable_binds`.
    pub vars: Vec<(String, Value)>,
    /// `--secret`, `--secrets-file`, `RESTTEST_SECRET_…`: set over everything.
    pub secrets: Option<Arc<GivenSecrets>>,
    /// `--leaks`: what becomes of a secret that comes back, or goes where it does not belong.
    pub leaks: Leaks,
    /// `--drift`: what answers looked like.
    pub drift: Option<Arc<Shapes>>,
    /// Whoever wants to know what else tests would have passed on.
    pub probe: Option<Arc<dyn Probe>>,
    /// `--report-bodies`: the answers of tests that passed are kept for reports, too.
    pub keeps_bodies: bool,
    /// `--file-root`: where a suite may have files written.
    pub file_root: FileRoot,
    /// `--seed`: what load runs draw from in place of their usual seed.
    pub seed: Option<u64>,
    /// What waits before retries are drawn from, where anybody chose it.
    pub draws: Option<u64>,
    /// `--split-load`: which part of every load run is made here.
    pub part: Part,
    /// How many processes the run's rate limit is shared out to; 0 is none but this one.
    pub processes: u32,
    /// `--allow-host`, `--deny-host`, `--offline`: where requests may go; `None` is everywhere.
    pub egress: Option<Arc<Egress>>,
    /// `--allow-exec`, `--no-exec`: whose commands may be run.
    pub commands: Commands,
    /// Commands around each test.
    pub hooks: Hooks,
    /// Budgets of retries, circuit breakers and rates, which all suites of a process share.
    pub guards: Arc<Guards>,
    /// Whether suites tell what they met of the document that describes their API.
    pub covers: bool,
    /// Who hears of the exchanges of functional tests.
    pub witness: Option<Arc<dyn Witness>>,
    /// Whether answers are recorded ones: nothing is sent again, and there is no load.
    pub replays: bool,
    /// A program's own way to decide about retries, in place of what `retry:` says.
    pub retry_policy: Option<Arc<dyn RetryPolicy>>,
    /// The traces of its tests, where there are any.
    pub trace: Option<Arc<SuiteTrace>>,
}

impl Settings {
    /// The names of the secrets that are given.
    pub fn secret_names(&self) -> Vec<String> {
        self.secrets.iter().flat_map(|secrets| secrets.iter()).map(|(name, _)| name.to_owned()).collect()
    }

    /// Whether every answer's body is printed; `config` is what the suite says of it.
    pub fn prints_bodies(&self, config: Option<bool>) -> bool {
        let preset = || self.presets.as_ref()?.print_bodies;
        self.print_bodies.or(config).or_else(preset).unwrap_or(false)
    }

    /// Whether every answer's headers are printed.
    pub fn prints_headers(&self) -> bool {
        let preset = || self.presets.as_ref()?.print_headers;
        self.print_headers.or_else(preset).unwrap_or(false)
    }

    /// Whether the curl command is printed under failed tests.
    pub fn shows_curl(&self) -> bool {
        let preset = || self.presets.as_ref()?.show_curl;
        self.show_curl.or_else(preset).unwrap_or(false)
    }

    /// The one order of precedence: defaults < `.resttest.yaml` < environment < suite config < test < JSON global < JSON environment <
    /// JSON suite < a JSON test's own keys < command line.
    pub fn resolve(&self, config: &Layer, own: &OwnLayers<'_>) -> Effective {
        let from_runner = own.from_runner;
        let own = [Some(own.test), own.plan];
        let mut layers: Vec<&Layer> = self.presets.iter().map(|presets| &presets.layer).collect();
        layers.push(config);
        if from_runner {
            layers.extend(&self.runner);
            layers.extend(own.into_iter().flatten());
        } else {
            layers.extend(own.into_iter().flatten());
            layers.extend(&self.runner);
        }
        layers.push(&self.layer);
        resolve(&layers)
    }
}

/// What a test itself sets.
#[derive(Debug, Clone, Copy)]
pub struct OwnLayers<'t> {
    /// Its own keys.
    pub test: &'t Layer,
    /// Its load run's block.
    pub plan: Option<&'t Layer>,
    /// Whether it stands in a runner configuration, so that its keys win over the configuration's.
    pub from_runner: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::precedence::{Origin, Setting};
    use crate::settings::retry::RetryLayer;

    /// A layer that sets max_retries, so that the winner is known by its number.
    fn layer(number: u32) -> Layer {
        let max_retries = Some(Setting::new(number, Origin::Default));
        Layer { retry: RetryLayer { max_retries, ..RetryLayer::default() }, ..Layer::default() }
    }

    #[test]
    fn precedence_is_one_order() {
        let none = Layer::default;
        // config, test, global, environment, suite, command line; who wins for a YAML test and a JSON test.
        let table = [
            ([1, 0, 0, 0, 0, 0], 1, 1),
            ([1, 2, 0, 0, 0, 0], 2, 2),
            ([1, 2, 3, 0, 0, 0], 3, 2),
            ([1, 2, 3, 4, 0, 0], 4, 2),
            ([1, 2, 3, 4, 5, 0], 5, 2),
            ([1, 0, 3, 4, 5, 0], 5, 5),
            ([1, 2, 3, 4, 5, 6], 6, 6),
            ([0, 2, 3, 0, 0, 6], 6, 6),
        ];
        for (set, yaml, json) in table {
            let [config, test, global, environment, suite, command] =
                set.map(|number| if number == 0 { none() } else { layer(number) });
            let settings = Settings { runner: vec![global, environment, suite], layer: command, ..Settings::default() };
            for (from_runner, winner) in [(false, yaml), (true, json)] {
                let own = OwnLayers { test: &test, plan: None, from_runner };
                assert_eq!(settings.resolve(&config, &own).retry().max_retries, winner, "{set:?}");
            }
        }
    }
}
