//! A test: what to send and what to expect.
//!
//! Owns: the data, and turning it into a `Request` for a context. Does not: parse it (see `suite`),
//! send it (see `http`), judge the answer (see `run`).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{AuthBlock, AuthChoice};
use crate::exchange::authorization::Authorization;
use crate::exchange::curl_options::CurlOptions;
use crate::exchange::request::{DEFAULT_MAX_BODY, Request, Timeout};
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::judge::described::{About, Described, Parameter};
use crate::judge::extract::Extractor;
use crate::judge::tags::Tags;
use crate::judge::validate::Validator;
use crate::load::plan::LoadPlan;
use crate::settings::precedence::Layer;
use crate::settings::run_settings::OwnLayers;
use crate::settings::sparse::SparseLayer;
use crate::test::headers::Headers;
use crate::test::inherited::{FromDefaults, Inherited, OwnAuth};
use crate::test::order::{Need, Order};
use crate::test::poll::Poll;
use crate::test::row::{Column, INDEX, Row, Rows};
use crate::variables::body::{ACCEPT, Body, ContentType, Pairs, Rendered};
use crate::variables::context::Context;
use crate::variables::template::Text;

/// One test, or the request part of a benchmark.
#[derive(Debug, Clone)]
pub struct Test {
    /// The name; `Unnamed` by default.
    pub name: String,
    /// What it is for, for people.
    pub description: Option<Arc<str>>,
    /// The group it is counted in; `Default` by default.
    pub group: String,
    /// What `--tags` and `--skip-tags` choose by; those of the whole file among them.
    pub tags: Tags,
    /// The URL, already joined with the base; a template is substituted after joining.
    pub url: Text,
    /// The method, upper-case.
    pub method: String,
    /// The headers.
    pub headers: Headers,
    /// What is added to the URL's own query.
    pub query: Pairs,
    /// The body.
    pub body: Option<Body>,
    /// Statuses that pass.
    pub expected_status: Vec<i128>,
    /// Statuses that pass, in place of those, where variables say which.
    pub status_templates: Vec<Text>,
    /// Where the answer's body is written, if it is.
    pub save: Option<Text>,
    /// Basic authentication, where the test has its own.
    pub auth: Option<Box<OwnAuth>>,
    /// What `config` has for every request of the file.
    pub inherited: Option<Arc<Inherited>>,
    /// What the test has from `defaults`.
    pub from_defaults: Option<Box<FromDefaults>>,
    /// Wait before sending.
    pub delay: Duration,
    /// Whether a failure ends the tests of the set.
    pub stop_on_failure: bool,
    /// What the test itself sets of timeout and retries.
    pub layer: SparseLayer,
    /// Whether it stands in a runner configuration: then its own keys win over the configuration's.
    pub from_runner: bool,
    /// What is waited for, if its request is sent until then.
    pub poll: Option<Box<Poll>>,
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
    /// What orders it among the other tests, if anything does.
    pub order: Option<Box<Order>>,
    /// What makes it one of several, if anything does.
    pub rows: Option<Arc<Rows>>,
    /// `labels` and `links`, and its part in the file.
    pub about: Option<Arc<About>>,
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

impl Test {
    /// A GET that expects 200, with everything at its default.
    pub fn get(url: impl Into<String>) -> Test {
        Test {
            name: "Unnamed".to_owned(),
            description: None,
            group: "Default".to_owned(),
            tags: Tags::default(),
            url: Text::Plain(url.into()),
            method: "GET".to_owned(),
            headers: Headers::default(),
            query: Pairs::default(),
            body: None,
            expected_status: vec![200],
            status_templates: Vec::new(),
            save: None,
            auth: None,
            inherited: None,
            from_defaults: None,
            delay: Duration::ZERO,
            stop_on_failure: false,
            layer: SparseLayer::default(),
            from_runner: false,
            poll: None,
            performance: None,
            variable_binds: Vec::new(),
            generator_binds: Vec::new(),
            extract_binds: Vec::new(),
            validators: Vec::new(),
            curl_options: CurlOptions::unset(),
            order: None,
            rows: None,
            about: None,
            location: Location::default(),
        }
    }

    /// What `depends_on` calls it: its id, or its name; that of all its rows is one.
    pub fn id(&self) -> &str {
        let own = self.order.as_ref().and_then(|order| order.id.as_deref());
        own.or(self.rows.as_ref().map(|rows| &*rows.written)).unwrap_or(&self.name)
    }

    /// What is said of it in reports, if anything.
    pub fn described(&self) -> Option<Box<Described>> {
        let row = self.row().map(Row::shown);
        if self.description.is_none() && self.about.is_none() && row.is_none() {
            return None;
        }
        let is_passing = self.rows.as_ref().is_some_and(|rows| rows.is_item);
        let cells = row.iter().flat_map(|row| row.columns.iter().zip(&row.cells));
        let parameter = |(column, cell): (&Column, &Option<Value>)| {
            let (name, is_secret) = (column.name.clone(), column.is_secret());
            Some(Parameter { name, is_secret, is_passing, value: cell.as_ref()?.to_text() })
        };
        let mut parameters: Vec<Parameter> = cells.filter_map(parameter).collect();
        // Rows of `repeat` have nothing else to be told by.
        if let Some(row) = row.as_ref().filter(|row| row.columns.is_empty()) {
            let value = row.number.to_string();
            parameters.push(Parameter { name: INDEX.to_owned(), value, ..Parameter::default() });
        }
        Some(Box::new(Described { description: self.description.clone(), about: self.about.clone(), parameters }))
    }

    /// Why it never runs, whatever the variables, if so.
    pub fn never(&self) -> Option<&str> {
        let skip = self.order.as_ref().and_then(|order| order.never());
        skip.or(self.rows.as_ref().and_then(|rows| rows.nothing.as_deref()))
    }

    /// What it needs.
    pub fn needs(&self) -> &[Need] {
        self.order.as_ref().map_or(&[], |order| &order.depends_on)
    }

    /// The statuses that pass when a test names none.
    pub fn default_status(method: &str) -> Vec<i128> {
        match method {
            "POST" | "PUT" => vec![200, 201, 204],
            "DELETE" => vec![200, 202, 204],
            _ => vec![200],
        }
    }

    /// The statuses that pass in a context.
    ///
    /// # Errors
    /// A template comes to something else than digits.
    #[inline]
    pub fn statuses<'t>(&'t self, context: &Context) -> Result<Cow<'t, [i128]>, String> {
        if self.status_templates.is_empty() {
            return Ok(Cow::Borrowed(&self.expected_status));
        }
        self.rendered_statuses(context).map(Cow::Owned)
    }

    fn rendered_statuses(&self, context: &Context) -> Result<Vec<i128>, String> {
        let status = |template: &Text| {
            let text = template.render(context);
            let digits = Some(&text).filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
                let written = template.source();
                format!("expected_status {written} is \"{}\", which is no status", text.escape_debug())
            })
        };
        self.status_templates.iter().map(status).collect()
    }

    /// What it sets itself; `plan` is its load run's.
    pub fn own_layers<'t>(&'t self, plan: Option<&'t Layer>) -> OwnLayers<'t> {
        OwnLayers { test: &self.layer, plan, from_runner: self.from_runner }
    }

    /// Binds the test's variables, then steps its generators.
    ///
    /// # Errors
    /// Generators that are not defined or have no value, all of them.
    pub fn bind(&self, context: &mut Context) -> Result<(), String> {
        for (name, value) in &self.variable_binds {
            context.bind(name, value.clone());
        }
        let mut unknown = Vec::new();
        for (variable, generator) in &self.generator_binds {
            match context.bind_next(variable, generator) {
                Some(Ok(())) => {}
                Some(Err(why)) => unknown.push(format!("generator \"{generator}\": {why}")),
                None => {
                    let known = context.generator_names();
                    let meant = crate::ground::source::did_you_mean(generator, known.iter().copied());
                    unknown.push(format!("generator \"{generator}\" is not defined under config: generators{meant}"));
                }
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(unknown.join("; ")) }
    }

    /// Whether two renderings in one context can differ only through its variables' values changing.
    pub fn is_constant(&self) -> bool {
        self.url.is_constant()
            && self.header_texts().all(|(name, value)| name.is_constant() && value.is_constant())
            && self.auth_texts().all(Text::is_constant)
            && self.auth_block().is_none_or(AuthBlock::is_constant)
            && self.query.is_constant()
            && self.body.as_ref().is_none_or(Body::is_constant)
    }

    /// The request as libcurl would send it for PyRestTest. `timeout` bounds the exchange.
    ///
    /// # Errors
    /// The body's file cannot be read.
    pub fn render(&self, context: &Context, timeout: Timeout) -> Result<Request, String> {
        let mut headers = self.headers(context);
        let form = self.curl_options.method_of(&self.method);
        let sends_body = !matches!(form, "GET" | "HEAD");
        let body = match &self.body {
            Some(body) if sends_body || matches!(body, Body::Text(_)) => {
                Some(body.render(context, chosen_boundary(&headers))?)
            }
            _ => None,
        };
        if let Some(Rendered { content_type: ContentType::Text, .. }) = &body
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
        let gets_type = match form {
            "POST" | "PATCH" => true,
            "PUT" => false,
            _ => sends_body && body.is_some(),
        };
        let has = |headers: &[(String, String)], wanted: &str| {
            headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
                || suppressed.iter().any(|name| name == wanted)
        };
        let own_type = body.as_ref().and_then(|body| own_type(&body.content_type, &mut headers)).filter(|_| sends_body);
        if !has(&headers, "content-type")
            && let Some(kind) = own_type.or_else(|| gets_type.then(|| FORM.to_owned()))
        {
            headers.push(("Content-Type".to_owned(), kind));
        }
        if matches!(&self.body, Some(Body::Graphql(_))) && !has(&headers, "accept") {
            headers.push(("Accept".to_owned(), ACCEPT.to_owned()));
        }
        let body = match body {
            Some(body) if sends_body => Some(body.bytes),
            None if matches!(form, "POST" | "PUT" | "PATCH") => Some(Arc::from([])),
            _ => None,
        };
        Ok(Request {
            method: self.method.clone(),
            url: self.url(context),
            headers,
            suppressed,
            body,
            basic_auth: self.basic_auth(context),
            auth: self.authorization(context)?,
            options: self.curl_options.clone(),
            jar: None,
            wants_certificate: self.reads_certificate(),
            timeout: timeout.limit(),
            connect_timeout: None,
            max_body: Some(DEFAULT_MAX_BODY),
            permit: None,
            trace: None,
        })
    }

    /// The URL with the query that is added to it.
    pub fn url(&self, context: &Context) -> String {
        let url = self.url.render(context);
        if self.query.0.is_empty() { url } else { self.query.add_to_url(&url, context) }
    }

    /// Everything that looks at an answer and says whether it is right: validators, and what is waited for.
    pub fn asserted(&self) -> impl Iterator<Item = &Validator> {
        self.validators.iter().chain(self.poll.iter().flat_map(|poll| poll.conditions()))
    }

    /// Whether something in it looks at the server's certificate.
    fn reads_certificate(&self) -> bool {
        self.asserted().any(Validator::reads_certificate)
            || self.extract_binds.iter().any(|bind| bind.extractor.reads_certificate())
    }

    /// The headers' texts, those of `config` first that hold for this test.
    pub fn header_texts(&self) -> impl Iterator<Item = &(Text, Text)> {
        let of_file = self.inherited.iter().flat_map(|inherited| &inherited.headers.entries);
        of_file.filter(|(name, _)| self.inherits(name)).chain(&self.headers.entries)
    }

    /// Whether a header of `config` holds for this test: not if it has one of that name, and a login of its own
    /// replaces `Authorization`.
    pub fn inherits(&self, name: &Text) -> bool {
        let is_given = |text: &Option<Text>| text.as_ref().is_some_and(|text| !text.source().is_empty());
        let is_login = name.source().eq_ignore_ascii_case("authorization");
        let has_login = || self.auth.as_ref().is_some_and(|own| is_given(&own.username) && is_given(&own.password));
        let has_own = self.headers.names(name) || is_login && (has_login() || self.auth_choice().is_some());
        !has_own
    }

    fn headers(&self, context: &Context) -> Vec<(String, String)> {
        let Some(inherited) = &self.inherited else { return self.headers.render(context) };
        let of_file = inherited.headers.entries.iter().filter(|(name, _)| self.inherits(name));
        self.headers.render_over(of_file, context)
    }

    /// Name and password for Basic authentication: the test's own, or else those of `config`.
    pub fn auth(&self) -> (Option<&Text>, Option<&Text>) {
        let own = self.auth.as_deref();
        let of_file = self.inherited.as_deref().map(|inherited| &inherited.auth);
        let pick = |part: fn(&OwnAuth) -> Option<&Text>| own.and_then(part).or_else(|| of_file.and_then(part));
        (pick(|auth| auth.username.as_ref()), pick(|auth| auth.password.as_ref()))
    }

    /// What it has in place of name and password.
    pub fn auth_choice(&self) -> Option<&AuthChoice> {
        self.auth.as_ref().and_then(|own| own.choice.as_ref())
    }

    /// The block that proves who asks, if it has one.
    pub fn auth_block(&self) -> Option<&AuthBlock> {
        match self.auth_choice() {
            Some(AuthChoice::Block(block)) => Some(block),
            Some(AuthChoice::Off(_)) | None => None,
        }
    }

    fn authorization(&self, context: &Context) -> Result<Option<Authorization>, String> {
        let Some(block) = self.auth_block() else { return Ok(None) };
        block
            .authorization(context)
            .map(Some)
            .map_err(|wrong| format!("auth of type {}: {}", block.kind, wrong.message))
    }

    /// The texts of name and password.
    pub fn auth_texts(&self) -> impl Iterator<Item = &Text> {
        let (name, password) = if self.auth_choice().is_some() { (None, None) } else { self.auth() };
        name.into_iter().chain(password)
    }

    fn basic_auth(&self, context: &Context) -> Option<(String, String)> {
        if self.auth_choice().is_some() {
            return None;
        }
        let (Some(name), Some(password)) = self.auth() else { return None };
        let (name, password) = (name.render(context), password.render(context));
        (!name.is_empty() && !password.is_empty()).then_some((name, password))
    }
}

/// What libcurl says of a body that nobody says anything of.
const FORM: &str = "application/x-www-form-urlencoded";

/// The boundary that a test's own content type names.
fn chosen_boundary(headers: &[(String, String)]) -> Option<&str> {
    let (_, kind) = headers.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    let parameter = |part: &&str| part.trim_start().get(..9).is_some_and(|name| name.eq_ignore_ascii_case("boundary="));
    let chosen = kind.split(';').skip(1).find(parameter)?.trim();
    Some(chosen["boundary=".len()..].trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// The content type of a body that has one. Where the test's own is that of parts and names no boundary, no receiver
/// could read it: there the boundary is added.
fn own_type(kind: &ContentType, headers: &mut [(String, String)]) -> Option<String> {
    match kind {
        ContentType::Text | ContentType::Bytes => None,
        ContentType::Own(kind) => Some(kind.clone()),
        ContentType::Multipart(boundary) => {
            let is_parts = |(name, kind): &&mut (String, String)| {
                name.eq_ignore_ascii_case("content-type")
                    && kind.trim_start().to_ascii_lowercase().starts_with("multipart/")
            };
            if chosen_boundary(headers).is_none()
                && let Some((_, kind)) = headers.iter_mut().find(is_parts)
            {
                kind.push_str(&format!("; boundary={boundary}"));
            }
            Some(format!("multipart/form-data; boundary={boundary}"))
        }
    }
}
