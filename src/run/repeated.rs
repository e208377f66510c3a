//! The curl command of a test that did not pass.
//!
//! Owns: what its secrets are called, and that none of them is left in it. Does not: write it (see `curl_command`).

use super::session::Session;
use crate::exchange::curl_command::{CurlCommand, Layout};
use crate::exchange::request::Request;
use crate::ground::value::Value;
use crate::judge::outcome::Curl;
use crate::load::plan::LoadPlan;
use crate::secrets::Secrets;
use crate::test::definition::Test;
use crate::variables::context::Context;

/// A longer body is not part of the command.
const LONGEST_BODY: usize = 64 * 1024;

/// The file that a longer body is to be in.
const BODY_FILE: &str = "body.bin";

impl Session<'_> {
    /// The command that repeats a request, where it is wanted; `brought` are secrets that its answer brought.
    pub(super) fn curl(&self, request: &Request, brought: &Secrets) -> Option<Box<Curl>> {
        if !self.engine.settings.curl {
            return None;
        }
        let mut command = self.curl_of(CurlCommand::new(request), brought);
        let long = request.body.as_ref().map(|body| body.len()).filter(|length| *length > LONGEST_BODY);
        if long.is_some() {
            command = command.with_body_in(BODY_FILE);
        }
        let text = |command: CurlCommand<'_>, layout| {
            let written = command.write(layout).text;
            let note =
                long.map_or_else(String::new, |length| format!("  # {BODY_FILE}: the {length} bytes of the body"));
            self.secrets.redact_with(brought, &written).into_owned() + &note
        };
        Some(Box::new(Curl { line: text(command.clone(), Layout::OneLine), pretty: text(command, Layout::Pretty) }))
    }

    /// A command in which all secrets have names; those that it names already keep these.
    pub(super) fn curl_of<'r>(&'r self, command: CurlCommand<'r>, brought: &'r Secrets) -> CurlCommand<'r> {
        let mut command = command.hiding(&self.secrets).hiding(brought);
        for (secret, variable) in names(&self.context, &self.secrets) {
            command = command.naming(&secret, &variable);
        }
        if self.engine.settings.ssl_insecure {
            command = command.accepting_every_certificate();
        }
        command
    }

    /// A request of a load run as it would be sent now, and its secrets.
    pub(super) fn load_request(&self, test: &Test, plan: &LoadPlan) -> Option<(Request, Secrets)> {
        let effective = self.engine.settings.resolve(&self.config.layer, &test.own_layers(Some(&plan.layer)));
        let mut request = test.render(&self.context, effective.timeout.value).ok()?;
        request.connect_timeout = effective.connect_limit();
        request.jar = self.jar.clone();
        let mut own = self.secrets.beside();
        request.tell_secrets(&mut own);
        let request = request.with_its_cookies(self.engine.clock.date());
        Some((request, own))
    }
}

/// Secrets with what they are called: by the environment variable that they came from, else by the suite's variable.
fn names(context: &Context, secrets: &Secrets) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = context
        .environment_values()
        .into_iter()
        .filter(|(name, value)| secrets.is_secret_name(name) || secrets.knows(value))
        .map(|(name, value)| (value, name))
        .collect();
    let mut variables: Vec<(&str, &Value)> = context.variables().collect();
    variables.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in variables {
        leaves(value, &mut |leaf| {
            if secrets.is_secret_name(name) || secrets.knows(leaf) {
                names.push((leaf.to_owned(), name.to_ascii_uppercase()));
            }
        });
    }
    // A shorter value would be found everywhere, and one of the language's words is no secret.
    names.retain(|(value, _)| secrets.knows(value));
    names
}

/// The texts of a value.
fn leaves(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::Str(text) => each(text),
        Value::List(items) => items.iter().for_each(|item| leaves(item, each)),
        Value::Dict(dict) => dict.iter().for_each(|(_, value)| leaves(value, each)),
        _ => {}
    }
}
