//! The curl commands of tests that are exported: of all of them, passed or not, and without sending.
//!
//! Owns: what stands for variables that nothing has set yet, bodies that curl puts together itself. Does not: write the
//! command (see `curl_command`), send (a run does, and asks for the command then).

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::session::{Engine, Session};
use super::shared::Shared;
use crate::exchange::curl_command::{CurlCommand, FormContent, FormPart, Layout, Written};
use crate::exchange::request::Request;
use crate::ground::source::Location;
use crate::judge::outcome::Curl;
use crate::secrets::Secrets;
use crate::settings::precedence::Origin;
use crate::test::definition::Test;
use crate::test::set::TestSet;
use crate::variables::body::{Body, Multipart, PartContent};
use crate::variables::content::FileName;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// A test, and the command that sends what it sends.
#[derive(Debug)]
pub struct Exported {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// The command on one line; in its place, why there is none.
    pub line: Result<String, Missing>,
    /// The variables of the shell that it needs.
    pub variables: Vec<String>,
}

/// Why there is no command.
#[derive(Debug)]
pub enum Missing {
    /// The URL begins with no scheme and host, and nothing gives them: the URL.
    Base(String),
    /// The request cannot be made: why.
    Request(String),
}

/// A variable that nothing has set, and what stands for it until the command is written.
struct StandIn {
    name: String,
    value: String,
}

/// The commands of the tests of a suite, in the order in which they would run; nothing is sent.
pub fn commands(engine: &Engine<'_>, sets: &[TestSet]) -> Vec<Exported> {
    let mut exported = Vec::new();
    let shared = Shared::in_run(sets);
    for set in sets.iter().filter(|set| !set.is_empty()) {
        let mut session = Session::new(engine, set, sets, &shared);
        for test in set.requests().filter(|test| test.never().is_none()) {
            // A list that an answer brings has no items yet.
            match test.items(&session.context) {
                Ok(Some(items)) => items.iter().for_each(|item| exported.push(session.export(item))),
                Ok(None) | Err(_) => exported.push(session.export(test)),
            }
        }
    }
    exported
}

impl Session<'_> {
    fn export(&mut self, test: &Test) -> Exported {
        let covered = test.enter_row(&mut self.context);
        let line = self.export_bound(test);
        test.leave_row(&mut self.context, covered);
        // Values that its answer would bring are not those of before.
        for bind in &test.extract_binds {
            self.context.replace(&bind.variable, None);
        }
        let (line, variables) = match line {
            Ok(Written { text, variables }) => (Ok(text), variables),
            Err(missing) => (Err(missing), Vec::new()),
        };
        Exported { name: test.name.clone(), location: test.location.clone(), line, variables }
    }

    fn export_bound(&mut self, test: &Test) -> Result<Written, Missing> {
        test.bind(&mut self.context).map_err(Missing::Request)?;
        let stand_ins: Vec<StandIn> = test
            .unset_to_send(&self.context)
            .into_iter()
            .enumerate()
            .map(|(number, name)| {
                let value = stand_in(&test.url, &name, number);
                self.context.bind(&name, value.as_str().into());
                StandIn { name, value }
            })
            .collect();
        let written = self.written(test, &stand_ins);
        for StandIn { name, .. } in &stand_ins {
            self.context.replace(name, None);
        }
        written
    }

    fn written(&mut self, test: &Test, stand_ins: &[StandIn]) -> Result<Written, Missing> {
        let effective = self.engine.settings.resolve(&self.config.layer, &test.own_layers(None));
        let mut request = self.prepare(&without_files(test, &self.context), &effective).map_err(Missing::Request)?;
        if !request.url.contains("://") {
            return Err(Missing::Base(request.url));
        }
        if effective.timeout.origin == Origin::Default {
            request.timeout = None;
        }
        let request = request.with_its_cookies(self.engine.clock.date());
        Ok(self.command(test, &request, stand_ins))
    }

    fn command(&self, test: &Test, request: &Request, stand_ins: &[StandIn]) -> Written {
        let mut own = self.secrets.beside();
        request.tell_body_secrets(&mut own);
        let mut command = CurlCommand::new(request);
        for StandIn { name, value } in stand_ins {
            command = command.naming(value, name);
        }
        let mut command = self.curl_of(command, &own);
        let (form, file) = (form_of(test, &self.context), file_of(test, &self.context));
        command = command.with_form(form);
        if let Some(file) = &file {
            command = command.with_body_in(file);
        }
        self.without_secrets_in(command, &own)
    }

    fn without_secrets_in(&self, command: CurlCommand<'_>, own: &Secrets) -> Written {
        let written = command.write(Layout::Quoted);
        Written { text: self.secrets.redact_with(own, &written.text).into_owned(), variables: written.variables }
    }

    /// The command of the test that has just been sent.
    pub(super) fn exported_curl(&self, test: &Test) -> Option<Box<Curl>> {
        let mut request = self.prepared.clone()?;
        let effective = self.engine.settings.resolve(&self.config.layer, &test.own_layers(None));
        if effective.timeout.origin == Origin::Default {
            request.timeout = None;
        }
        let line = self.command(test, &request, &[]).text;
        Some(Box::new(Curl { pretty: line.clone(), line }))
    }
}

/// What stands for a variable. It is found again in every part of a request, and one that a URL begins with is a URL.
fn stand_in(url: &Text, name: &str, number: usize) -> String {
    let value = format!("x7q{number}q7x");
    let rest = url.source().strip_prefix('$').and_then(|rest| {
        let braced = rest.strip_prefix('{').and_then(|rest| rest.strip_prefix(name)?.strip_prefix('}'));
        let is_end = |rest: &&str| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric());
        braced.or_else(|| rest.strip_prefix(name).filter(is_end))
    });
    match rest {
        None => value,
        Some(rest) if rest.starts_with('/') => format!("http://{value}"),
        // The path that every URL has.
        Some(_) => format!("http://{value}/"),
    }
}

/// The test without the files that curl is to read by itself.
fn without_files<'t>(test: &'t Test, context: &Context) -> Cow<'t, Test> {
    if file_of(test, context).is_none() && form_of(test, context).is_empty() {
        return Cow::Borrowed(test);
    }
    let body = Some(Body::Bytes(Arc::from(b"-".as_slice())));
    Cow::Owned(Test { body, ..test.clone() })
}

/// The file that is the body, byte for byte.
fn file_of(test: &Test, context: &Context) -> Option<String> {
    match &test.body {
        Some(Body::File(file)) => Some(found(file, context)),
        _ => None,
    }
}

fn found(file: &FileName, context: &Context) -> String {
    file.found(context).to_string_lossy().into_owned()
}

/// The parts of a form that curl can put together; nothing of a form with bytes in it.
fn form_of(test: &Test, context: &Context) -> Vec<FormPart> {
    let Some(Body::Multipart(Multipart { parts, .. })) = &test.body else { return Vec::new() };
    let own_type = |name: &str, value: &str| {
        // A boundary that the test has chosen itself.
        name.eq_ignore_ascii_case("content-type") && !value.trim().is_empty()
    };
    if test.header_texts().any(|(name, value)| own_type(&name.render(context), &value.render(context))) {
        return Vec::new();
    }
    let parts = parts.iter().map(|part| {
        let content = match &part.content {
            PartContent::Text(text) => FormContent::Text(text.render(context)),
            PartContent::File(file) => FormContent::File(found(file, context)),
            PartContent::Bytes(_) | PartContent::Spelled(..) => return None,
        };
        let mut filename = part.filename.as_ref().map(|name| name.render(context));
        if let (FormContent::File(path), None) = (&content, &filename)
            && Path::new(path).file_name().is_none()
        {
            filename = Some(path.clone());
        }
        Some(FormPart {
            name: part.name.render(context),
            content,
            filename,
            content_type: part.content_type.as_ref().map(|kind| kind.render(context)),
        })
    });
    parts.collect::<Option<Vec<_>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::template::Template;

    #[test]
    fn what_a_url_begins_with_stands_for_a_url() {
        for (url, name, expected) in [
            ("$base/a", "base", "http://x7q1q7x"),
            ("${base}/a", "base", "http://x7q1q7x"),
            ("$base", "base", "http://x7q1q7x/"),
            ("$base?a=1", "base", "http://x7q1q7x/"),
            ("$based/a", "base", "x7q1q7x"),
            ("http://h/$id", "id", "x7q1q7x"),
            ("$base/$id", "id", "x7q1q7x"),
        ] {
            assert_eq!(stand_in(&Text::Template(Template::parse(url)), name, 1), expected, "{url} {name}");
        }
    }
}
