//! A test: what to send and what to expect.
//!
//! Owns: the data, and turning it into a `Request` for a context. Does not: parse it (see `suite`),
//! send it (see `http`), judge the answer (see `run`).

use std::sync::Arc;
use std::time::Duration;

use crate::exchange::curl_options::CurlOptions;
use crate::exchange::request::{DEFAULT_MAX_BODY, Request, Timeout};
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::judge::extract::Extractor;
use crate::judge::validate::Validator;
use crate::load::plan::LoadPlan;
use crate::secrets::Secret;
use crate::settings::precedence::Layer;
use crate::settings::run_settings::OwnLayers;
use crate::variables::content::Content;
use crate::variables::context::Context;
use crate::variables::template::{Template, Text};

/// One test, or the request part of a benchmark.
#[derive(Debug, Clone)]
pub struct Test {
    /// The name; `Unnamed` by default.
    pub name: String,
    /// The group it is counted in; `Default` by default.
    pub group: String,
    /// The URL, already joined with the base; a template is substituted after joining.
    pub url: Text,
    /// The method, upper-case.
    pub method: String,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Option<Content>,
    /// Statuses that pass.
    pub expected_status: Vec<i128>,
    /// Name for Basic authentication, used only with a password.
    pub auth_username: Option<String>,
    /// Password for Basic authentication.
    pub auth_password: Option<Secret>,
    /// Wait before sending.
    pub delay: Duration,
    /// Whether a failure ends the tests of the set.
    pub stop_on_failure: bool,
    /// What the test itself sets of timeout and retries.
    pub layer: Layer,
    /// Whether it stands in a runner configuration: then its own keys win over the configuration's.
    pub from_runner: bool,
    /// A load run in place of one request.
    pub performance: Option<Box<LoadPlan>>,
    /// Variables set before sending.
    pub variable_binds: Vec<(String, Value)>,
    /// Variables taken from generators before sending: variable, generator.
    pub generator_binds: Vec<(String, String)>,
    /// Variables taken from the answer.
    pub extract_binds: Vec<ExtractBind>,
    /// Assertions on the answer.
    pub validators: Vec<Validator>,
    /// `curl_option_…` keys.
    pub curl_options: Arc<CurlOptions>,
    /// Where it is written.
    pub location: Location,
}

/// A variable taken from the answer.
#[derive(Debug, Clone)]
pub struct ExtractBind {
    /// The variable.
    pub variable: String,
    /// What is taken.
    pub extractor: Extractor,
    /// Where it is written.
    pub location: Location,
}

/// Headers as the suite has them.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    /// Names and values; with `template`, both are templates.
    pub entries: Vec<(Text, Text)>,
}

impl Headers {
    /// Headers without templates.
    pub fn plain(entries: Vec<(String, String)>) -> Headers {
        Headers { entries: entries.into_iter().map(|(name, value)| (Text::Plain(name), Text::Plain(value))).collect() }
    }

    /// Headers whose names and values are templates.
    pub fn templated(entries: Vec<(String, String)>) -> Headers {
        let template = |text: String| Text::Template(Template::parse(&text));
        Headers { entries: entries.into_iter().map(|(name, value)| (template(name), template(value))).collect() }
    }

    /// Names and values for a context; of equal names the last value wins, at the first place.
    pub fn render(&self, context: &Context) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::with_capacity(self.entries.len());
        for (name, value) in &self.entries {
            let (name, value) = (name.render(context), value.render(context));
            match out.iter_mut().find(|(have, _)| *have == name) {
                Some(entry) => entry.1 = value,
                None => out.push((name, value)),
            }
        }
        out
    }
}

impl Test {
    /// A GET that expects 200, with everything at its default.
    pub fn get(url: impl Into<String>) -> Test {
        Test {
            name: "Unnamed".to_owned(),
            group: "Default".to_owned(),
            url: Text::Plain(url.into()),
            method: "GET".to_owned(),
            headers: Headers::default(),
            body: None,
            expected_status: vec![200],
            auth_username: None,
            auth_password: None,
            delay: Duration::ZERO,
            stop_on_failure: false,
            layer: Layer::default(),
            from_runner: false,
            performance: None,
            variable_binds: Vec::new(),
            generator_binds: Vec::new(),
            extract_binds: Vec::new(),
            validators: Vec::new(),
            curl_options: CurlOptions::unset(),
            location: Location::default(),
        }
    }

    /// The statuses that pass when a test names none.
    pub fn default_status(method: &str) -> Vec<i128> {
        match method {
            "POST" | "PUT" => vec![200, 201, 204],
            "DELETE" => vec![200, 202, 204],
            _ => vec![200],
        }
    }

    /// What it sets itself; `plan` is its load run's.
    pub fn own_layers<'t>(&'t self, plan: Option<&'t Layer>) -> OwnLayers<'t> {
        OwnLayers { test: &self.layer, plan, from_runner: self.from_runner }
    }

    /// Binds the test's variables, then steps its generators.
    ///
    /// # Errors
    /// Generators that are not defined, all of them.
    pub fn bind(&self, context: &mut Context) -> Result<(), String> {
        for (name, value) in &self.variable_binds {
            context.bind(name, value.clone());
        }
        let mut unknown = Vec::new();
        for (variable, generator) in &self.generator_binds {
            if !context.bind_next(variable, generator) {
                let known = context.generator_names();
                let meant = crate::ground::source::did_you_mean(generator, known.iter().copied());
                unknown.push(format!("generator \"{generator}\" is not defined under config: generators{meant}"));
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(unknown.join("; ")) }
    }

    /// Whether two renderings in one context can differ only through its variables' values changing.
    pub fn is_constant(&self) -> bool {
        self.url.is_constant()
            && self.headers.entries.iter().all(|(name, value)| name.is_constant() && value.is_constant())
            && self.body.as_ref().is_none_or(Content::is_constant)
    }

    /// The request as libcurl would send it for PyRestTest. `timeout` bounds the exchange.
    ///
    /// # Errors
    /// The body's file cannot be read.
    pub fn render(&self, context: &Context, timeout: Timeout) -> Result<Request, String> {
        let body = self.body.as_ref().map(|body| body.load(context)).transpose()?;
        let mut headers = self.headers.render(context);
        if body.is_some()
            && let Some((_, value)) = headers.iter_mut().find(|(name, _)| name == "content-type")
            && !value.contains("charset")
        {
            value.push_str(" ; charset=UTF-8");
        }
        // libcurl takes an empty value as "do not send this header, not even your own".
        let mut suppressed = Vec::new();
        headers.retain(|(name, value)| {
            let kept = !value.trim().is_empty();
            if !kept {
                suppressed.push(name.to_ascii_lowercase());
            }
            kept
        });
        let form = self.curl_options.method_of(&self.method);
        let sends_body = !matches!(form, "GET" | "HEAD");
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            || suppressed.iter().any(|name| name == "content-type");
        let gets_type = match form {
            "POST" | "PATCH" => true,
            "PUT" => false,
            _ => sends_body && body.is_some(),
        };
        if gets_type && !has_type {
            headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        let body = match body {
            Some(text) if sends_body => Some(Arc::from(text.into_bytes())),
            None if matches!(form, "POST" | "PUT" | "PATCH") => Some(Arc::from([])),
            _ => None,
        };
        Ok(Request {
            method: self.method.clone(),
            url: self.url.render(context),
            headers,
            suppressed,
            body,
            basic_auth: self.basic_auth(),
            options: self.curl_options.clone(),
            timeout: timeout.limit(),
            connect_timeout: None,
            max_body: Some(DEFAULT_MAX_BODY),
        })
    }

    fn basic_auth(&self) -> Option<(String, String)> {
        let (name, password) = (self.auth_username.as_ref()?, self.auth_password.as_ref()?);
        (!name.is_empty() && !password.0.is_empty()).then(|| (name.clone(), password.0.clone()))
    }
}
