//! A command of curl as tests, one for each URL.
//!
//! Owns: which method and headers curl makes of its options, and the keys for the others. Does not: put data together (see
//! `body`), know how a command proves who asks (see `credentials`).

use super::body::{self, OF_DATA, Payload};
use super::credentials;
use super::shell::{CommandLine, Word};
use super::transfer::{Given, Transfer, transfers};
use super::{location, variables};
use crate::convert::Input;
use crate::convert::made::{Item, Loss, MadeSuite, MadeTest};
use crate::convert::request::Body;
use crate::convert::text::{Piece, Text};
use crate::convert::yaml::Yaml;
use crate::exchange::curl_command::COMPRESSED;
use crate::ground::source::Fault;

/// The type that curl gives data.
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The statuses that `--retry` sends again after.
const RETRIED: [u16; 8] = [408, 429, 500, 502, 503, 504, 522, 524];

/// Adds the tests of a command.
///
/// # Errors
/// The command is none that curl would take.
pub fn translate(input: &Input, command: &CommandLine, suite: &mut MadeSuite) -> Result<(), Fault> {
    for transfer in transfers(input, command)? {
        for name in &transfer.harmless {
            suite.note(format!("without a meaning for a test: --{name}"));
        }
        if transfer.urls.is_empty() {
            let at = transfer.given.first().map_or(0, |given| given.at);
            return Err(Fault::new(location(input, at), "the command has no URL"));
        }
        let mut uploads = transfer.all(&["upload-file"]);
        for url in &transfer.urls {
            let one = One { input, transfer: &transfer, stdin: command.input.as_ref(), upload: uploads.next() };
            match one.test(url, suite) {
                Ok(test) => suite.push(test),
                Err(what) => suite.items.push(Item::Lost(Loss { place: location(input, url.at), what })),
            }
        }
    }
    Ok(())
}

/// One request of a transfer.
struct One<'t> {
    input: &'t Input,
    transfer: &'t Transfer,
    stdin: Option<&'t Word>,
    upload: Option<&'t Given>,
}

impl One<'_> {
    fn test(&self, url: &Word, suite: &mut MadeSuite) -> Result<MadeTest, String> {
        let transfer = self.transfer;
        let mut test = MadeTest::default();
        let place = location(self.input, url.at);
        test.source = format!("{}:{}", self.input.source.file_name(), place.position.line);
        test.statuses = vec![200];
        test.remarks.push((Some("expected_status"), "curl says nothing of the status".to_owned()));
        for (given, why) in &transfer.lost {
            test.lose(None, &location(self.input, given.at), format!("--{}: {why}", given.name));
        }
        let (data, lost) = body::payload(self.input, transfer, self.stdin);
        let (form, lost_parts) = body::parts(transfer);
        for (given, why) in lost.into_iter().chain(lost_parts) {
            test.lose(Some("body"), &location(self.input, given.at), why);
        }
        let has_data = transfer.all(&OF_DATA).next().is_some();
        if self.upload.is_some() && (has_data || form.is_some()) && !transfer.is_on("get") {
            return Err("-T and data are two bodies, and curl takes one".to_owned());
        }
        test.request.url = self.url(&url.text, data.as_ref(), &mut test)?;
        test.request.method = self.method(has_data || form.is_some());
        self.headers(&mut test, suite, has_data);
        test.request.body = self.body(data, form);
        if transfer.is_on("head") && test.request.body.is_some() {
            return Err("-I asks for the head alone, and has no body".to_owned());
        }
        self.settle_form_type(&mut test);
        credentials::translate(self.input, self.transfer, &mut test, suite);
        self.keys(&mut test, suite);
        test.name = format!("{} {}", test.request.method, shown_path(&test.request.url));
        suite.hide_secrets(&mut test.request);
        self.bind_variables(&mut test, suite);
        Ok(test)
    }

    fn method(&self, has_body: bool) -> String {
        let asked = self.transfer.value("request").and_then(Text::as_plain).filter(|method| !method.is_empty());
        let implied = match () {
            () if self.transfer.is_on("head") => "HEAD",
            () if self.upload.is_some() => "PUT",
            () if has_body && !self.transfer.is_on("get") => "POST",
            () => "GET",
        };
        asked.unwrap_or(implied).to_owned()
    }

    /// The URL with its scheme, the data of `-G`, and what `--url-query` adds.
    fn url(&self, url: &Text, data: Option<&Payload>, test: &mut MadeTest) -> Result<Text, String> {
        let mut url = url.clone();
        if url.beginning().contains(' ') || url.is_empty() {
            return Err("the URL has a blank in it, or nothing; curl refuses it".to_owned());
        }
        if !url.beginning().contains("://") && !url.beginning().is_empty() {
            let mut absolute = Text::from("http://");
            absolute.append(url);
            url = absolute;
        }
        if let Some(scheme) = url.beginning().split_once("://").map(|(scheme, _)| scheme)
            && !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        {
            return Err(format!("{scheme} is not HTTP, which alone is tested here"));
        }
        let is_pattern = |text: &str| text.contains(['[', ']', '{', '}']);
        let plain_parts = |text: &Text| {
            text.pieces()
                .iter()
                .any(|piece| matches!(piece, Piece::Plain(text) if is_pattern(&text.replace("://[", ""))))
        };
        if !self.transfer.is_on("globoff") && plain_parts(&url) {
            let what = "curl makes several URLs of [ ] and { }, unless -g is given; they are sent as they are";
            test.lose(Some("url"), &location(self.input, self.transfer.urls[0].at), what);
        }
        // A fragment is not sent, and would stand before the query.
        if url.has_variables() || url.beginning().contains('#') {
            url = url.split_once('#').map_or(url, |(before, _)| before);
        }
        if let Some(given) = self.upload {
            url = self.upload_url(url, &given.value);
        }
        let mut added: Vec<Text> = Vec::new();
        for given in self.transfer.all(&["url-query"]) {
            match given.value.strip_prefix("+") {
                Some(raw) => added.push(raw),
                None => match body::urlencoded(self.input, &given.value) {
                    Ok(text) => added.push(text),
                    Err(why) => test.lose(Some("url"), &location(self.input, given.at), why),
                },
            }
        }
        if self.transfer.is_on("get") {
            match data {
                Some(Payload::Text(text)) if !text.is_empty() => added.push(text.clone()),
                Some(Payload::File(_)) => {
                    return Err("-G sends a file in the URL, whose content is not known".to_owned());
                }
                _ => {}
            }
        }
        for text in added {
            let has_query = url.pieces().iter().any(|piece| matches!(piece, Piece::Plain(text) if text.contains('?')));
            let ends_open = matches!(url.pieces().last(), Some(Piece::Plain(text)) if text.ends_with(['?', '&']));
            url.push(match (has_query, ends_open) {
                (_, true) => "",
                (true, false) => "&",
                (false, false) => "?",
            });
            url.append(text);
        }
        Ok(url)
    }

    /// Of a folder, the file's own name is put behind.
    fn upload_url(&self, mut url: Text, file: &Text) -> Text {
        let Some(file) = file.as_plain().filter(|file| !matches!(*file, "-" | ".")) else { return url };
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (url.clone(), None),
        };
        let tail = path.pieces().last();
        let begins = path.beginning();
        let rest = begins.split_once("://").map_or(begins, |(_, rest)| rest);
        let has_path = rest.contains('/') || path.has_variables();
        let is_folder = matches!(tail, Some(Piece::Plain(text)) if text.ends_with('/'));
        if has_path && !is_folder {
            return url;
        }
        url = path;
        url.push(if has_path { "" } else { "/" });
        url.push(&crate::exchange::url::percent_encode(file.rsplit('/').next().unwrap_or(file)));
        if let Some(query) = query {
            url.push("?");
            url.append(query);
        }
        url
    }

    fn body(&self, data: Option<Payload>, form: Option<Body>) -> Option<Body> {
        if let Some(given) = self.upload {
            return Some(match (given.value.as_plain(), self.stdin) {
                (Some("-" | "."), Some(word)) => Body::File(word.text.clone()),
                _ => Body::File(given.value.clone()),
            });
        }
        if self.transfer.is_on("get") {
            return None;
        }
        match data {
            // What these methods send anyway.
            Some(Payload::Text(text)) if text.is_empty() && self.needs_length() => None,
            // Data wins over a form, which curl would refuse.
            Some(Payload::Text(text)) => Some(Body::Text(text)),
            Some(Payload::File(path)) => Some(Body::File(path)),
            None => form,
        }
    }

    /// Whether a request of its method has an empty body where it has none.
    fn needs_length(&self) -> bool {
        matches!(self.method(true).as_str(), "POST" | "PUT" | "PATCH")
    }

    fn headers(&self, test: &mut MadeTest, suite: &mut MadeSuite, has_data: bool) {
        let request = &mut test.request;
        let mut lost = Vec::new();
        for given in self.transfer.all(&["header"]) {
            if given.value.beginning().starts_with('@') {
                lost.push((given, "headers of a file are not read; write them".to_owned()));
                continue;
            }
            let (name, value) = match given.value.split_once(':') {
                Some((name, value)) => (name, Some(value.trim())),
                None => match given.value.as_plain().and_then(|line| line.strip_suffix(';')) {
                    Some(name) => (Text::from(name), None),
                    None => {
                        lost.push((given, "a header without a colon is not sent by curl, and not here".to_owned()));
                        continue;
                    }
                },
            };
            let Some(name) = name.as_plain().map(str::trim).filter(|name| !name.is_empty()) else {
                lost.push((given, "the name of a header cannot be a variable".to_owned()));
                continue;
            };
            match value {
                // Nothing is asked before a body here, as curl does with large ones.
                Some(value) if value.is_empty() && name.eq_ignore_ascii_case("expect") => {}
                // `Name:` keeps curl from sending its own.
                Some(value) if value.is_empty() => request.withheld.push(name.to_owned()),
                Some(value) => request.headers.push((name.to_owned(), value)),
                None => request.headers.push((name.to_owned(), Text::default())),
            }
        }
        for (given, why) in lost {
            test.lose(Some("headers"), &location(self.input, given.at), why);
        }
        let request = &mut test.request;
        // What the data itself decides.
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        if self.transfer.last("json").is_some() {
            request.add_missing("Content-Type", "application/json".into());
            request.add_missing("Accept", "application/json".into());
        }
        if has_data && !self.transfer.is_on("get") {
            request.add_missing("Content-Type", FORM_TYPE.into());
        }
        if let Some(agent) = self.transfer.value("user-agent") {
            match agent.is_empty() {
                true => request.withheld.push("User-Agent".to_owned()),
                false => request.add_missing("User-Agent", agent.clone()),
            }
        }
        if let Some(range) = self.transfer.value("range") {
            let mut value = Text::from("bytes=");
            value.append(range.clone());
            // As curl does with a warning.
            value.push(if range.as_plain().is_some_and(|range| !range.contains('-')) { "-" } else { "" });
            request.add_missing("Range", value);
        }
        self.referer(test);
        self.cookies(test, suite);
    }

    fn referer(&self, test: &mut MadeTest) {
        let Some(referer) = self.transfer.value("referer") else { return };
        let plain = referer.as_plain().unwrap_or_default();
        let (address, follows) = match plain.strip_suffix(";auto") {
            Some(address) => (Text::from(address), true),
            None => (referer.clone(), false),
        };
        if !address.is_empty() {
            test.request.add_missing("Referer", address);
        }
        if follows {
            test.set("curl_option_autoreferer", Yaml::word(true));
        }
    }

    /// `-b` is the header where it has a `=`, else a file.
    fn cookies(&self, test: &mut MadeTest, suite: &mut MadeSuite) {
        let mut header = Text::default();
        let mut jar: Vec<(&str, Yaml)> = Vec::new();
        for given in self.transfer.all(&["cookie"]) {
            let is_header =
                given.value.pieces().iter().any(|piece| matches!(piece, Piece::Plain(text) if text.contains('=')));
            if is_header {
                header.push(if header.is_empty() { "" } else { "; " });
                header.append(given.value.clone());
            } else if let Some(path) = given.value.as_plain() {
                // curl says nothing of a file that is not there, and a suite does.
                let is_there = std::path::Path::new(path).is_file() || self.input.folder.join(path).is_file();
                jar.extend(is_there.then(|| ("file", Yaml::text(path))));
                if !is_there && !path.is_empty() && !jar.iter().any(|(key, _)| *key == "file") {
                    suite.note(format!("the file of cookies {path} is not there; curl begins without cookies then"));
                }
            }
        }
        if !header.is_empty() {
            test.request.add_missing("Cookie", header);
        }
        let saved = self.transfer.value("cookie-jar").and_then(Text::as_plain).filter(|path| *path != "-");
        jar.extend(saved.map(|path| ("save", Yaml::text(path))));
        if !jar.is_empty() {
            suite.config.retain(|(key, _)| key != "cookies");
            suite.config.push(("cookies".to_owned(), Yaml::map(jar)));
        }
    }

    /// A form in parts has a boundary, which the header cannot know.
    fn settle_form_type(&self, test: &mut MadeTest) {
        if !matches!(test.request.body, Some(Body::Multipart(_))) {
            return;
        }
        let Some(kind) = test.request.header("content-type").cloned() else { return };
        test.request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        let plain = kind.as_plain().unwrap_or_default();
        if !plain.trim().to_ascii_lowercase().starts_with("multipart/form-data") {
            let at = self.transfer.urls.first().map_or(0, |url| url.at);
            test.lose(
                Some("body"),
                &location(self.input, at),
                format!("the type of a form in parts is multipart/form-data, not {plain}"),
            );
        }
    }

    /// What is no part of the message.
    fn keys(&self, test: &mut MadeTest, suite: &mut MadeSuite) {
        let transfer = self.transfer;
        let yes = || Yaml::word(true);
        for (name, option, value) in [
            ("path-as-is", "path_as_is", yes()),
            ("http1.0", "http_version", Yaml::word(1)),
            ("proxytunnel", "httpproxytunnel", yes()),
            ("insecure", "ssl_verifypeer", Yaml::word(0)),
            ("insecure", "ssl_verifyhost", Yaml::word(0)),
            ("ipv4", "ipresolve", Yaml::word(1)),
            ("ipv6", "ipresolve", Yaml::word(2)),
        ] {
            if transfer.is_on(name) {
                test.set(&format!("curl_option_{option}"), value);
            }
        }
        let trusted = transfer.is_on("location-trusted");
        let is_followed = transfer.given.iter().rev().find(|given| given.name.starts_with("location"));
        if is_followed.is_some_and(|given| given.is_on) {
            test.set("curl_option_followlocation", yes());
            if trusted {
                test.set("curl_option_unrestricted_auth", yes());
            }
            let kept: u32 = [("post301", 1), ("post302", 2), ("post303", 4)]
                .into_iter()
                .filter(|(name, _)| transfer.is_on(name))
                .map(|(_, bit)| bit)
                .sum();
            if kept > 0 {
                test.set("curl_option_postredir", Yaml::word(kept));
            }
        }
        if transfer.is_on("compressed") && test.request.header("accept-encoding").is_none() {
            test.set("curl_option_accept_encoding", Yaml::text(COMPRESSED));
        }
        self.numbers(test);
        self.texts(test, suite);
        self.retries(test);
    }

    fn numbers(&self, test: &mut MadeTest) {
        let followed = self.transfer.given.iter().rev().find(|given| given.name.starts_with("location"));
        let is_followed = followed.is_some_and(|given| given.is_on);
        for (name, key) in [
            ("max-time", "curl_option_timeout_ms"),
            ("connect-timeout", "connect_timeout"),
            ("max-redirs", "curl_option_maxredirs"),
            ("max-filesize", "curl_option_maxfilesize"),
        ] {
            let Some(given) = self.transfer.last(name) else { continue };
            let plain = given.value.as_plain().unwrap_or_default();
            let number = plain.parse::<f64>().ok().filter(|number| number.is_finite());
            match (number, key) {
                // So many are followed anyway, or none.
                (Some(number), "curl_option_maxredirs") if number == 30.0 || !is_followed => {}
                // A test's own `timeout` is none that PyRestTest knows.
                (Some(number), "curl_option_timeout_ms") if number >= 0.0 => {
                    test.set(key, Yaml::word((number * 1000.0).round()));
                }
                (Some(number), "connect_timeout") if number >= 0.0 => test.set(key, Yaml::word(number)),
                (Some(number), _) if number.fract() == 0.0 => test.set(key, Yaml::word(number)),
                _ => test.lose(None, &location(self.input, given.at), format!("--{name} is no number")),
            }
        }
    }

    fn texts(&self, test: &mut MadeTest, suite: &mut MadeSuite) {
        for (name, option) in [
            ("cacert", "cainfo"),
            ("capath", "capath"),
            ("cert", "sslcert"),
            ("key", "sslkey"),
            ("proxy", "proxy"),
            ("socks4", "proxy"),
            ("socks4a", "proxy"),
            ("socks5", "proxy"),
            ("socks5-hostname", "proxy"),
            ("noproxy", "noproxy"),
            ("interface", "interface"),
            ("proxy-user", "proxyuserpwd"),
        ] {
            let Some(given) = self.transfer.last(name) else { continue };
            let place = location(self.input, given.at);
            let Some(value) = given.value.as_plain() else {
                test.lose(None, &place, format!("--{name} cannot be a variable here"));
                continue;
            };
            let value = match name {
                "cert" => {
                    let (path, password) = cert_and_password(value);
                    if password.is_some() {
                        test.lose(
                            None,
                            &place,
                            "a certificate that a password protects is not read; decrypt its key first",
                        );
                    }
                    path
                }
                "socks4" | "socks4a" | "socks5" => format!("{name}://{value}"),
                "socks5-hostname" => format!("socks5h://{value}"),
                // curl's own word for SOCKS without a version.
                "proxy" => value.strip_prefix("socks://").map_or(value.to_owned(), |rest| format!("socks4://{rest}")),
                _ => value.to_owned(),
            };
            let has_password = match name {
                "proxy-user" => true,
                "proxy" => value.split('/').nth(2).is_some_and(|authority| authority.contains('@')),
                _ => false,
            };
            // An option has no variables.
            if has_password && suite.hides_secrets() {
                test.lose(None, &place, format!("--{name} holds a password, and curl_option_{option} takes no variable; --keep-secrets writes it"));
                continue;
            }
            test.set(&format!("curl_option_{option}"), Yaml::text(value));
        }
        for (name, option) in [("resolve", "resolve"), ("connect-to", "connect_to")] {
            let lines: Vec<Yaml> =
                self.transfer.all(&[name]).filter_map(|given| given.value.as_plain()).map(Yaml::text).collect();
            if !lines.is_empty() {
                test.set(&format!("curl_option_{option}"), Yaml::List(lines));
            }
        }
    }

    /// `--retry N`: timeouts and some statuses, after 1 s, doubled up to 10 minutes.
    fn retries(&self, test: &mut MadeTest) {
        let number = |name: &str| self.transfer.value(name)?.as_plain()?.parse::<f64>().ok().filter(|n| *n >= 0.0);
        let Some(count) = number("retry").filter(|count| *count > 0.0) else { return };
        let delay = number("retry-delay").filter(|delay| *delay > 0.0);
        let mut keys = vec![
            ("max_retries", Yaml::word(count as u32)),
            ("backoff_base", Yaml::word(delay.unwrap_or(1.0))),
            ("backoff_max", Yaml::word(delay.unwrap_or(600.0))),
            ("retry_after_max", Yaml::word(600)),
        ];
        let mut errors = vec!["timeout"];
        if self.transfer.is_on("retry-connrefused") || self.transfer.is_on("retry-all-errors") {
            errors.push("connect");
        }
        if self.transfer.is_on("retry-all-errors") {
            errors.extend(["resolve", "disconnected"]);
        }
        keys.push(("retry_statuses", Yaml::List(RETRIED.iter().map(Yaml::word).collect())));
        keys.push(("errors", Yaml::List(errors.into_iter().map(Yaml::text).collect())));
        keys.extend(number("retry-max-time").filter(|time| *time > 0.0).map(|time| ("max_elapsed", Yaml::word(time))));
        test.set("retry", Yaml::map(keys));
    }

    /// Variables of the shell come from the environment.
    fn bind_variables(&self, test: &mut MadeTest, suite: &mut MadeSuite) {
        let mut binds = Vec::new();
        let request = &test.request;
        let mut texts: Vec<&Text> = vec![&request.url];
        texts.extend(request.headers.iter().map(|(_, value)| value));
        match &request.body {
            Some(Body::Text(text) | Body::File(text)) => texts.push(text),
            Some(Body::Multipart(parts)) => {
                use crate::convert::request::Content;
                texts.extend(parts.iter().map(|part| match &part.content {
                    Content::Text(text) | Content::File(text) => text,
                }));
            }
            _ => {}
        }
        let user = self.transfer.value("user").filter(|_| test.keys.iter().any(|(key, _)| key == "auth_username"));
        texts.extend(user);
        for text in texts {
            variables(suite, text, &mut binds);
        }
        test.generator_binds = binds;
    }
}

/// `path:password`; a colon of the path itself is written `\:`.
fn cert_and_password(value: &str) -> (String, Option<String>) {
    let mut path = String::new();
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match c {
            ':' => return (path, Some(characters.collect())),
            '\\' => path.extend(characters.next()),
            c => path.push(c),
        }
    }
    (path, None)
}

/// The path of a URL, for people.
fn shown_path(url: &Text) -> String {
    let template = url.map(str::to_owned).template();
    let behind = template.split_once("://").map_or(template.as_str(), |(_, rest)| rest);
    let path = behind.find('/').map_or("/", |at| &behind[at..]);
    path.split('?').next().unwrap_or(path).to_owned()
}
