//! `--plan`: every origin that a run would ask, with where it comes from.
//!
//! Owns: finding them out before anything is sent, and their lines. Does not: know where an answer would redirect to,
//! or what is set only while the run goes on: it says so.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::cli::environment::environment;
use crate::cli::plan::planned::Plan;
use crate::exchange::curl_options::CurlOptions;
use crate::exchange::egress::{Egress, Role};
use crate::exchange::url::{Treatment, target_with};
use crate::ground::printable::one_line;
use crate::ground::value::Value;
use crate::http::{ProxyEnvironment, Ways};
use crate::secrets::{Secrets, shown_url};
use crate::test::definition::Test;
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;
use crate::variables::context::Context;

/// So many places are named for an origin; the others are counted.
const NAMED: usize = 3;

/// The origins of a plan, a line each: `http://127.0.0.1:8000  smoke.yaml:3, smoke.yaml:9`; `beside` are URLs that the run
/// itself asks, with what they are, by the rules of the command line.
pub fn text(plan: &Plan, beside: &[(&str, &str)], rules: Option<&Egress>) -> String {
    let mut origins =
        Origins { proxies: ProxyEnvironment::of(environment), all: Vec::new(), secrets: Secrets::default() };
    for suite in &plan.suites {
        for set in suite.sets.iter().filter(|set| !set.is_empty()) {
            origins.add_set(suite, set);
        }
    }
    for (url, place) in beside {
        let asked = Asked { url: (*url).to_owned(), written: url, is_known: true };
        origins.add_url(&asked, &CurlOptions::default(), (place, rules));
    }
    origins.lines()
}

struct Origins {
    proxies: ProxyEnvironment,
    all: Vec<Origin>,
    /// A host may be made of one.
    secrets: Secrets,
}

/// A URL that would be asked for.
struct Asked<'t> {
    url: String,
    /// Before variables were filled in.
    written: &'t str,
    /// Whether it has none.
    is_known: bool,
}

struct Origin {
    /// As it is shown.
    name: String,
    /// Why nothing would be sent there.
    refused: Option<String>,
    places: Vec<String>,
}

impl Origins {
    fn add(&mut self, name: String, refused: Option<String>, place: String) {
        match self.all.iter_mut().find(|origin| origin.name == name && origin.refused == refused) {
            Some(origin) if origin.places.contains(&place) => {}
            Some(origin) => origin.places.push(place),
            None => self.all.push(Origin { name, refused, places: vec![place] }),
        }
    }

    fn add_set(&mut self, suite: &PlannedSuite, set: &TestSet) {
        let rules = Egress::narrowed(suite.settings.egress.as_ref(), set.config.allow_hosts.as_deref());
        // What is taken from answers and generators is known only when it is sent.
        let unknown: HashSet<&str> = suite
            .sets
            .iter()
            .flat_map(TestSet::requests)
            .flat_map(|test| {
                let extracted = test.extract_binds.iter().map(|bind| bind.variable.as_str());
                extracted.chain(test.generator_binds.iter().map(|(variable, _)| variable.as_str()))
            })
            .collect();
        let mut context = Context::new();
        let given = suite.settings.secrets.as_deref();
        if let Some(masks) = set.config.masks(given) {
            self.secrets.wear(&masks);
        }
        let (config, vars) = (&set.config.variable_binds, &suite.settings.vars);
        let (first, last) = if set.has_imports { (vars, config) } else { (config, vars) };
        let presets = suite.settings.presets.iter().flat_map(|presets| &presets.vars);
        for (name, value) in presets.chain(first).chain(last).filter(|(name, _)| !unknown.contains(name.as_str())) {
            self.bind(&mut context, name, value);
        }
        for (name, value) in given.iter().flat_map(|given| given.iter()) {
            self.bind(&mut context, name, value);
        }
        for test in set.requests().filter(|test| test.never().is_none()) {
            let covered = test.enter_row(&mut context);
            for (name, value) in test.variable_binds.iter().filter(|(name, _)| !unknown.contains(name.as_str())) {
                self.bind(&mut context, name, value);
            }
            self.add_test(test, &context, rules.as_deref());
            test.leave_row(&mut context, covered);
        }
    }

    fn bind(&mut self, context: &mut Context, name: &str, value: &Value) {
        context.bind(name, value.clone());
        self.secrets.add_variable(name, value);
    }

    fn add_test(&mut self, test: &Test, context: &Context, rules: Option<&Egress>) {
        let place = test.location.line();
        let url = Asked { url: test.url.render(context), written: test.url.source(), is_known: test.url.is_constant() };
        self.add_url(&url, &test.curl_options, (&place, rules));
        let Some(block) = test.auth_block() else { return };
        let token_url = block.filled_in(context).ok().and_then(|fields| fields.optional("token_url").ok().flatten());
        if let Some(url) = token_url {
            let asked = Asked { written: &url, url: url.clone(), is_known: block.is_constant() };
            self.add_url(&asked, &test.curl_options, (&format!("auth of type {} for {place}", block.kind), rules));
        }
    }

    fn add_url(&mut self, asked: &Asked<'_>, options: &CurlOptions, (place, rules): (&str, Option<&Egress>)) {
        let place = place.to_owned();
        let treatment = Treatment { path_as_is: options.path_as_is, encode_spaces: true };
        let target = match target_with(&asked.url, treatment) {
            Ok(target) => target,
            Err(_) if !asked.is_known => {
                let written = format!("{} (known when it is sent)", shown_url(asked.written));
                return self.add(written, None, place);
            }
            Err(why) => return self.add(shown_url(&asked.url).into_owned(), Some(why), place),
        };
        let refused = rules.and_then(|rules| rules.check_host(Role::Host, target.host(), target.port).err());
        self.add(target.origin().to_ascii_lowercase(), refused, place.clone());
        match (Ways { proxies: &self.proxies, rules }).waypoints(&options.connection, &target) {
            Ok(found) => {
                for waypoint in found {
                    self.add(waypoint.origin, waypoint.refused, format!("{} for {place}", waypoint.what));
                }
            }
            Err(why) => self.add(target.origin().to_ascii_lowercase(), Some(why), place),
        }
    }

    fn lines(&self) -> String {
        let mut out = String::new();
        for Origin { name, refused, places } in &self.all {
            let mut line = format!("{name}  {}", places[..places.len().min(NAMED)].join(", "));
            if places.len() > NAMED {
                let _ = write!(line, " and {} more", places.len() - NAMED);
            }
            if let Some(why) = refused {
                let _ = write!(line, "  refused: {why}");
            }
            let _ = writeln!(out, "{}", one_line(&self.secrets.redact(&line)));
        }
        out
    }
}
