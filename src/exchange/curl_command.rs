//! The curl command that repeats a request.
//!
//! Owns: which flags say what a request and its options say, secrets as variables of the shell. Does not: quote for
//! the shell (see `shell`), send (see `http`, whose decisions about method, headers and credentials it repeats).
//!
//! What curl cannot be told is left out: how long names stay known, and whether a connection is kept. A PUT that is
//! redirected with 303 stays PUT in curl, which names the method once for all hops.

mod form;
pub(super) mod shell;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use self::shell::{Names, Text, body, word};
use crate::exchange::authorization::{Authorization, CurlFlag};
use crate::exchange::curl_options::{ConnectionOptions, CurlOptions, Family, Form, HttpVersion, ProxyType};
use crate::exchange::request::Request;
use crate::exchange::secret_places::{of_body, of_pairs};
use crate::exchange::url::{Treatment, percent_decode, percent_encode, target_with};
use crate::secrets::{Secret, Secrets, is_secret_header, shown_url};

pub use self::form::{FormContent, FormPart};
pub use self::shell::Layout;

/// How many redirects are followed without `maxredirs`; curl's own default is 50.
const MAX_REDIRECTS: u32 = 30;

/// What `--compressed` asks for at least.
pub const COMPRESSED: &str = "deflate, gzip";

/// From this size on some versions of curl ask before they send a body.
const ASKED_BEFORE: usize = 1024;

/// A command, and the variables of the shell that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// For sh, bash and other POSIX shells.
    pub text: String,
    /// The names that stand for secrets, in the order in which they are met.
    pub variables: Vec<String>,
}

/// A request that is to be repeated with curl.
#[derive(Debug, Clone)]
pub struct CurlCommand<'r> {
    request: &'r Request,
    secrets: Vec<&'r Secrets>,
    names: Names,
    insecure: bool,
    body_file: Option<&'r str>,
    form: Vec<FormPart>,
    /// Whether it is to be as people write it, where curl's own ways come to the same.
    is_quoted: bool,
}

/// One flag with its value.
struct Flag {
    name: &'static str,
    value: Option<Text>,
}

impl<'r> CurlCommand<'r> {
    /// A command for a request. What is secret in it by name becomes a variable that is called like its header, its
    /// parameter or `PASSWORD`.
    pub fn new(request: &'r Request) -> CurlCommand<'r> {
        CurlCommand {
            request,
            secrets: Vec::new(),
            names: Names::default(),
            insecure: false,
            body_file: None,
            form: Vec::new(),
            is_quoted: false,
        }
    }

    /// Puts a variable wherever a secret value stands.
    #[must_use]
    pub fn naming(mut self, secret: &str, variable: &str) -> CurlCommand<'r> {
        self.names.give(secret, variable);
        self
    }

    /// Puts variables wherever one of these secrets stands that has no name of its own, in whatever form.
    #[must_use]
    pub fn hiding(mut self, secrets: &'r Secrets) -> CurlCommand<'r> {
        self.secrets.push(secrets);
        self
    }

    /// Every certificate is accepted, as with `--ssl-insecure`.
    #[must_use]
    pub fn accepting_every_certificate(mut self) -> CurlCommand<'r> {
        self.insecure = true;
        self
    }

    /// The body is read from a file of this name.
    #[must_use]
    pub fn with_body_in(mut self, file: &'r str) -> CurlCommand<'r> {
        self.body_file = Some(file);
        self
    }

    /// The body is a form of these parts, which curl puts together itself.
    #[must_use]
    pub fn with_form(mut self, form: Vec<FormPart>) -> CurlCommand<'r> {
        self.form = form;
        self
    }

    /// Writes it. A variable that is called `…_ENCODED` has its value as the request carries it: with `%2F`, in
    /// base64, escaped for JSON.
    pub fn write(mut self, layout: Layout) -> Written {
        self.is_quoted = layout == Layout::Quoted;
        // What is secret by its place has its name only when the last place has been seen.
        self.compose(layout);
        self.names.give_forms(&self.secrets);
        let text = self.compose(layout);
        Written { text, variables: self.names.used() }
    }

    fn compose(&mut self, layout: Layout) -> String {
        self.names.begin();
        let request = self.request;
        let options = &*request.options;
        let mut headers = headers(request);
        if !self.form.is_empty() {
            // curl chooses a boundary.
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        }
        let body_sent = sent_body(request);
        let mut start = vec!["curl".to_owned()];
        match (method(request), body_sent) {
            ("GET", None) | ("POST", Some(_)) => {}
            ("HEAD", None) => start.push("--head".to_owned()),
            (method, _) => start.push(format!("-X {}", word(&Text::plain(method), layout))),
        }
        let (url, userinfo) = self.url();
        // Brackets and braces in a URL are patterns to curl.
        if url.plain_contains(['[', ']', '{', '}']) {
            start.push("-g".to_owned());
        }
        start.push(word(&url, layout));

        let mut flags: Vec<Flag> = Vec::new();
        for (name, value) in &headers {
            let is_authorization = name.eq_ignore_ascii_case("authorization");
            let login = basic_login(value).filter(|(name, password)| !name.contains(':') && !password.is_empty());
            flags.push(match login.filter(|_| is_authorization) {
                Some((name, password)) => {
                    Flag { name: "-u", value: Some(self.login(&name, &password, "AUTH_PASSWORD")) }
                }
                None => Flag { name: "-H", value: Some(self.header(name, value)) },
            });
        }
        flags.extend(self.withheld(&headers, body_sent));
        flags.extend(self.authorization(&headers));
        flags.extend(self.credentials(&headers, userinfo));
        flags.extend(self.defaults(&headers));
        flags.extend(way(options));
        flags.extend(self.connection(&options.connection));
        flags.extend(bounds(request));

        let mut words = vec![start.join(" ")];
        words.extend(flags.iter().map(|flag| match &flag.value {
            Some(value) => format!("{} {}", flag.name, word(value, layout)),
            None => flag.name.to_owned(),
        }));
        let mut before = String::new();
        if !self.form.is_empty() {
            for part in &self.form {
                let (name, value) = form::flag(part, &mut self.names);
                words.push(format!("{name} {}", word(&value, layout)));
            }
        } else if let Some(file) = self.body_file.filter(|_| body_sent.is_some()) {
            words.push(format!("--data-binary @{}", word(&Text::plain(file), layout)));
        } else if let Some(bytes) = body_sent {
            let body = body(bytes, &of_body(bytes), &mut self.names, layout);
            before = body.before;
            words.push(format!("{} {}", body.flag, body.value));
        }
        let separator = if layout == Layout::Pretty { " \\\n  " } else { " " };
        format!("{before}{}", words.join(separator))
    }

    /// The URL as it is sent, and the name and password that stood in it.
    fn url(&mut self) -> (Text, Option<(String, String)>) {
        let treatment = Treatment { path_as_is: self.request.options.path_as_is, encode_spaces: false };
        let Ok(target) = target_with(&self.request.url, treatment) else {
            // It cannot be sent, by curl neither.
            return (self.names.text(&shown_url(&self.request.url)), None);
        };
        let mut uri = target.uri;
        // curl adds the path that every URL has, as it is added here.
        let path = uri.find("://").and_then(|scheme| Some(scheme + 3 + uri[scheme + 3..].find('/')?));
        if let Some(at) = path.filter(|_| self.is_quoted)
            && self.request.url.strip_prefix(&uri[..at]) == Some(&uri[at + 1..])
        {
            uri.remove(at);
        }
        let query = uri.find('?').map_or(uri.len(), |at| at + 1);
        let mut url = self.names.marked(&uri, &of_pairs(&uri, query));
        if let Some((name, value)) = self.request.auth.as_ref().and_then(|auth| auth.0.parameter()) {
            let start = if uri.contains('?') { '&' } else { '?' };
            url.append(Text::plain(format!("{start}{}=", percent_encode(name))));
            let written = percent_encode(value);
            let called = if written == value { name.to_owned() } else { format!("{name}_ENCODED") };
            url.append(self.names.secret(&written, &called));
        }
        (url, target.userinfo)
    }

    fn header(&mut self, name: &str, value: &str) -> Text {
        if value.is_empty() {
            return Text::plain(format!("{name};"));
        }
        let mut text = Text::plain(format!("{name}: "));
        if !is_secret_header(name) && !self.secrets.iter().any(|secrets| secrets.is_secret_header(name)) {
            text.append(self.names.text(value));
            return text;
        }
        // `Bearer` is no secret, what follows it may have a name of its own.
        match value.split_once(' ').filter(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphabetic())) {
            Some((scheme, secret)) if !secret.is_empty() && (is_token(scheme) || self.names.has(secret)) => {
                text.append(Text::plain(format!("{scheme} ")));
                text.append(self.names.secret(secret, if is_token(scheme) { "TOKEN" } else { name }));
            }
            _ => text.append(self.names.secret(value, name)),
        }
        text
    }

    /// What curl would send by itself and the request does not.
    fn withheld(&self, headers: &[(String, String)], body: Option<&[u8]>) -> Vec<Flag> {
        let has = |wanted: &str| has(headers, wanted);
        let is_suppressed = |wanted: &str| self.request.suppressed.iter().any(|name| name == wanted);
        let agentless = self.request.options.user_agent.as_deref() == Some("");
        [
            ("Accept:", is_suppressed("accept") && !has("accept")),
            ("User-Agent:", (is_suppressed("user-agent") || agentless) && !has("user-agent")),
            ("Content-Type:", body.is_some() && !has("content-type") && self.form.is_empty()),
            ("Expect:", body.is_some_and(|body| body.len() >= ASKED_BEFORE) && !has("expect")),
        ]
        .into_iter()
        .filter(|(_, is_withheld)| *is_withheld)
        .map(|(line, _)| Flag { name: "-H", value: Some(Text::plain(line)) })
        .collect()
    }

    /// What the request is signed with, unless the test has its header itself.
    fn authorization(&mut self, headers: &[(String, String)]) -> Vec<Flag> {
        let Some(Authorization(auth)) = &self.request.auth else { return Vec::new() };
        let suppressed = &self.request.suppressed;
        if auth.header().is_some_and(|name| has(headers, name) || suppressed.iter().any(|held| held == name)) {
            return Vec::new();
        }
        let flag = |told: CurlFlag| {
            let login = basic_login(&format!("Basic {}", told.secret)).filter(|_| told.before.ends_with(": Basic "));
            if let Some((name, password)) = login {
                return Flag { name: "-u", value: Some(self.login(&name, &password, "AUTH_PASSWORD")) };
            }
            let mut value = self.names.text(&told.before);
            match &told.variable {
                Some(variable) if told.secret.is_empty() => value.append(self.names.variable(variable)),
                Some(variable) => value.append(self.names.secret(&told.secret, variable)),
                None if told.before.is_empty() => return Flag { name: told.flag, value: None },
                None => {}
            }
            Flag { name: told.flag, value: Some(value) }
        };
        auth.curl().into_iter().map(flag).collect()
    }

    /// Name and password, or a bearer token: what options say replaces what the test says, the URL comes last.
    fn credentials(&mut self, headers: &[(String, String)], userinfo: Option<(String, String)>) -> Option<Flag> {
        if self.request.auth.is_some()
            || has(headers, "authorization")
            || self.request.suppressed.iter().any(|name| name == "authorization")
        {
            return None;
        }
        let options = &*self.request.options;
        let own = self.request.basic_auth.as_ref();
        if let (None, Some(bearer)) = (own, &options.bearer) {
            return Some(Flag { name: "--oauth2-bearer", value: Some(self.names.secret(&bearer.0, "TOKEN")) });
        }
        let variable = if options.password.is_none() && own.is_some() { "AUTH_PASSWORD" } else { "PASSWORD" };
        let name = options.username.as_deref().or(own.map(|(name, _)| name.as_str())).unwrap_or_default();
        let password = options.password.as_ref().map(|password| password.0.as_str());
        let password = password.or(own.map(|(_, password)| password.as_str())).unwrap_or_default();
        let (name, password) = match &userinfo {
            Some((name, password)) if own.is_none() && options.username.is_none() && options.password.is_none() => {
                (name.as_str(), password.as_str())
            }
            _ => (name, password),
        };
        if name.is_empty() && password.is_empty() {
            return None;
        }
        if name.contains(':') {
            // curl would end the name there.
            let value = format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")));
            return Some(Flag { name: "-H", value: Some(self.header("Authorization", &value)) });
        }
        Some(Flag { name: "-u", value: Some(self.login(name, password, variable)) })
    }

    fn login(&mut self, name: &str, password: &str, variable: &str) -> Text {
        let mut text = self.names.text(name);
        text.append(Text::plain(":"));
        if !password.is_empty() {
            text.append(self.names.secret(password, variable));
        }
        text
    }

    /// Headers that options give, where the test has none of its own.
    fn defaults(&mut self, headers: &[(String, String)]) -> Vec<Flag> {
        let request = self.request;
        let options = &*request.options;
        let is_open = |name: &str| !has(headers, name) && !request.suppressed.iter().any(|held| held == name);
        let mut flags = Vec::new();
        let names = &mut self.names;
        let mut add = |name: &'static str, value: Text| flags.push(Flag { name, value: Some(value) });
        if let Some(agent) = options.user_agent.as_ref().filter(|agent| !agent.is_empty() && is_open("user-agent")) {
            add("-A", names.text(agent));
        }
        let referer = options.referer.as_ref().filter(|_| is_open("referer"));
        match (referer, options.auto_referer && options.follow_location) {
            (Some(referer), true) => add("-e", names.text(&format!("{referer};auto"))),
            (Some(referer), false) => add("-e", names.text(referer)),
            (None, true) => add("-e", Text::plain(";auto")),
            (None, false) => {}
        }
        if let Some(cookie) = options.cookie.as_ref().filter(|_| is_open("cookie")) {
            let value = names.secret(&cookie.0, "COOKIE");
            // Without a `=` it would be the name of a file.
            if cookie.0.contains('=') {
                add("-b", value);
            } else {
                let mut header = Text::plain("Cookie: ");
                header.append(value);
                add("-H", header);
            }
        }
        if options.keep_cookies {
            add("-b", Text::plain(""));
        }
        let encoding = options.accept_encoding.as_ref().filter(|_| is_open("accept-encoding"));
        if let Some(encoding) = encoding.filter(|encoding| !self.is_quoted || *encoding != COMPRESSED) {
            let mut header = Text::plain("Accept-Encoding: ");
            header.append(names.text(encoding));
            add("-H", header);
        }
        if let Some(range) = options.range.as_ref().filter(|_| is_open("range")) {
            add("-r", names.text(range));
        }
        if (encoding.is_some() || has(headers, "accept-encoding")) && !options.raw_content {
            flags.push(Flag { name: "--compressed", value: None });
        }
        flags
    }

    fn connection(&mut self, options: &ConnectionOptions) -> Vec<Flag> {
        let mut flags = Vec::new();
        let is_insecure = self.insecure || options.no_verify_peer;
        for (name, is_set) in [
            ("-p", options.proxy_tunnel),
            ("-4", options.family == Family::V4),
            ("-6", options.family == Family::V6),
            ("-k", is_insecure),
            ("--no-tcp-nodelay", options.delay),
        ] {
            if is_set {
                flags.push(Flag { name, value: None });
            }
        }
        let mut add = |name: &'static str, value: Text| flags.push(Flag { name, value: Some(value) });
        if let Some(Secret(proxy)) = &options.proxy {
            let (address, userinfo) = proxy_address(proxy, options);
            add("-x", self.names.text(&address));
            let name = options.proxy_username.clone().or(userinfo.as_ref().map(|(name, _)| name.clone()));
            let password = match &options.proxy_username {
                Some(_) => options.proxy_password.as_ref().map(|password| password.0.clone()),
                None => userinfo.map(|(_, password)| password),
            };
            if let Some(name) = name {
                add("-U", self.login(&name, &password.unwrap_or_default(), "PROXY_PASSWORD"));
            }
        }
        let texts = [("--noproxy", &options.no_proxy), ("--interface", &options.interface)];
        for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            add(name, self.names.text(value));
        }
        for (name, path, has_password) in [
            ("--cacert", &options.ca_file, false),
            ("--capath", &options.ca_folder, false),
            ("--cert", &options.client_cert, true),
            ("--key", &options.client_key, false),
        ] {
            let Some(path) = path else { continue };
            let path = path.to_string_lossy();
            // Behind a colon curl would read the certificate's password.
            let path = if has_password { path.replace('\\', "\\\\").replace(':', "\\:") } else { path.into_owned() };
            add(name, self.names.text(&path));
        }
        for (name, lines) in [("--resolve", &options.resolve), ("--connect-to", &options.connect_to)] {
            for line in lines {
                add(name, self.names.text(line));
            }
        }
        flags
    }
}

/// Whether what follows such a word in `Authorization` is a token.
fn is_token(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")
}

/// A Basic header that curl makes of name and password by itself.
fn basic_login(value: &str) -> Option<(String, String)> {
    let credentials = value.split_once(' ').filter(|(scheme, _)| *scheme == "Basic")?.1;
    let login = String::from_utf8(BASE64_STANDARD.decode(credentials).ok()?).ok()?;
    let (name, password) = login.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The method that is sent.
fn method(request: &Request) -> &str {
    request.options.method.as_deref().unwrap_or_else(|| request.options.method_of(&request.method))
}

fn has(headers: &[(String, String)], wanted: &str) -> bool {
    headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
}

/// The body that is sent, if one is: a method that needs a length has an empty one.
fn sent_body(request: &Request) -> Option<&[u8]> {
    let options = &*request.options;
    let bodiless = matches!(options.form, Some(Form::Get | Form::Head));
    let needed = matches!(method(request), "POST" | "PUT" | "PATCH").then_some([].as_slice());
    request.body.as_deref().filter(|_| !bodiless).or(needed)
}

/// The test's headers, and the lines of `httpheader` in place of those of the same name.
fn headers(request: &Request) -> Vec<(String, String)> {
    let mut headers = request.headers.clone();
    for line in &request.options.headers {
        let (name, value) = match (line.split_once(':'), line.strip_suffix(';')) {
            (Some((name, value)), _) => (name, Some(value.trim()).filter(|value| !value.is_empty())),
            (None, Some(name)) => (name, Some("")),
            (None, None) => continue,
        };
        headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    let has_body = sent_body(request).is_some_and(|body| !body.is_empty());
    // A length that stands over no body is not sent.
    headers.retain(|(name, _)| has_body || !name.eq_ignore_ascii_case("content-length"));
    headers
}

/// Redirects, and what counts as an error.
fn way(options: &CurlOptions) -> Vec<Flag> {
    let mut flags = Vec::new();
    if options.follow_location {
        let name = if options.unrestricted_auth { "--location-trusted" } else { "-L" };
        flags.push(Flag { name, value: None });
        let most = options.max_redirects.unwrap_or(MAX_REDIRECTS);
        let most = if most == u32::MAX { "-1".to_owned() } else { most.to_string() };
        flags.push(Flag { name: "--max-redirs", value: Some(Text::plain(most)) });
        for (bit, name) in [(1, "--post301"), (2, "--post302"), (4, "--post303")] {
            if options.post_redirects & bit != 0 {
                flags.push(Flag { name, value: None });
            }
        }
    }
    let is_old = options.http_version == HttpVersion::Http10;
    for (name, is_set) in [("--path-as-is", options.path_as_is), ("-f", options.fail_on_error), ("-0", is_old)] {
        if is_set {
            flags.push(Flag { name, value: None });
        }
    }
    if let Some(size) = options.max_file_size {
        flags.push(Flag { name: "--max-filesize", value: Some(Text::plain(size.to_string())) });
    }
    flags
}

/// The bounds on the exchange, in seconds.
fn bounds(request: &Request) -> Vec<Flag> {
    let options = &*request.options;
    let bounds = [
        ("--connect-timeout", options.connect_timeout.or(request.connect_timeout)),
        ("--max-time", options.timeout.or(request.timeout)),
    ];
    bounds
        .into_iter()
        .filter_map(|(name, bound)| Some((name, bound.filter(|bound| *bound != Duration::MAX)?)))
        .map(|(name, bound)| Flag { name, value: Some(Text::plain(bound.as_secs_f64().to_string())) })
        .collect()
}

/// A proxy's address with scheme and port, and the name and password that stood in it.
fn proxy_address(proxy: &str, options: &ConnectionOptions) -> (String, Option<(String, String)>) {
    if proxy.is_empty() {
        return (String::new(), None);
    }
    let (scheme, rest) = match proxy.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => (options.proxy_type.unwrap_or(ProxyType::Http).scheme(), proxy),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => {
            let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
            (Some((percent_decode(name), percent_decode(password))), host)
        }
        None => (None, authority),
    };
    let has_port = host[host.rfind(']').unwrap_or(0)..].contains(':');
    let port = options.proxy_port.filter(|_| !has_port).map_or_else(String::new, |port| format!(":{port}"));
    (format!("{scheme}://{host}{port}"), userinfo)
}

#[cfg(test)]
mod tests;
