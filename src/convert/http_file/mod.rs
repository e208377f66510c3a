//! `.http` files of editors, as tests.
//!
//! Owns: requests and what parts them, variables of the file and of its environment, bodies that name files. Does not: know
//! scripts (see `script`).

mod script;

use std::collections::HashMap;

use serde_json::Value as Json;

use super::braces;
use super::made::{Item, Loss, MadeSuite, MadeTest};
use super::request::{Body, Content, Part};
use super::text::Text;
use super::yaml::Yaml;
use super::{Input, Options, Refusal};
use crate::ground::input::{TEXT_LIMIT, open_input_text};
use crate::ground::json;
use crate::ground::source::{Fault, Location, Position, did_you_mean, plain};
use crate::secrets::is_secret_name;

/// The files with environments, beside the source; the second one's values are secret.
const ENVIRONMENTS: [&str; 2] = ["http-client.env.json", "http-client.private.env.json"];

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "PATCH", "OPTIONS", "TRACE"];

/// Whether a text is one: a request line, and `###` or a name of such a file.
pub fn looks_like_it(input: &Input) -> bool {
    let name = input.source.name();
    let has_request = || {
        input.source.text().lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(|word| METHODS.contains(&word))
                && words.next().is_some_and(|url| url.contains('/') || url.starts_with("{{"))
        })
    };
    name.ends_with(".http") || name.ends_with(".rest") || has_request()
}

/// A line and its number.
type Line<'t> = (u32, &'t str);

fn place(input: &Input, line: u32) -> Location {
    input.source.location(Position { line, column: 1 })
}

/// Reads the requests.
pub fn read(input: &Input, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let mut file = File { input, values: HashMap::new() };
    file.read_environment(options, suite)?;
    let lines: Vec<Line<'_>> = (1..).zip(input.source.text().lines()).collect();
    for (number, line) in &lines {
        if let Some((name, value)) = line.strip_prefix('@').and_then(|rest| rest.split_once('=')) {
            file.set(name.trim(), value.trim(), *number, suite);
        }
    }
    let mut blocks: Vec<(&str, Vec<Line<'_>>)> = vec![("", Vec::new())];
    for (number, line) in lines {
        match line.strip_prefix("###") {
            // No suite takes more; a block may be empty.
            Some(_) if blocks.len() > 4 * MadeSuite::MOST => break,
            Some(title) => blocks.push((title.trim_start_matches('#').trim(), Vec::new())),
            None => blocks.last_mut().into_iter().for_each(|(_, lines)| lines.push((number, line))),
        }
    }
    let before = suite.items.len();
    // By the names that requests give themselves: which test of the suite it is.
    let mut named: HashMap<String, usize> = HashMap::new();
    for (title, lines) in blocks {
        if suite.is_full(|| place(input, lines.first().map_or(1, |(number, _)| *number))) {
            break;
        }
        file.request(title, &lines, suite, &mut named);
    }
    if suite.items.len() == before {
        return Err(Refusal::Invalid(Fault::new(place(input, 1), "there is no request in it, such as GET http://…")));
    }
    Ok(())
}

struct File<'i> {
    input: &'i Input,
    /// What variables of the file and of its environment hold.
    values: HashMap<String, String>,
}

impl File<'_> {
    /// The variables of `--environment`.
    fn read_environment(&mut self, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
        let Some(wanted) = &options.environment else { return Ok(()) };
        let mut names: Vec<String> = Vec::new();
        let mut is_found = false;
        for file in ENVIRONMENTS {
            let path = self.input.folder.join(file);
            if !path.exists() {
                continue;
            }
            let location = Location { file: path.to_string_lossy().as_ref().into(), position: Position::default() };
            let fault = |message: String| Fault::new(location.clone(), message);
            let text = open_input_text(&path, TEXT_LIMIT).map_err(|error| Refusal::Unreadable(fault(plain(&error))))?;
            let read = json::parse(text.as_bytes())
                .map_err(|error| Refusal::Invalid(fault(format!("is no JSON: {error}"))))?;
            let Json::Object(environments) = json::to_serde(&read) else {
                return Err(Refusal::Invalid(fault("must be a mapping of environments".to_owned())));
            };
            names.extend(environments.keys().cloned());
            let Some(Json::Object(values)) = environments.get(wanted) else { continue };
            is_found = true;
            for (name, value) in values {
                let variable = suite.names.of(name);
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.values.insert(name.clone(), text);
                let is_secret = file == ENVIRONMENTS[1] || is_secret_name(&variable);
                if is_secret && suite.hides_secrets() {
                    suite.declare_secret(&variable);
                } else {
                    suite.variables.retain(|(have, _)| *have != variable);
                    suite.variables.push((variable, Yaml::json(value)));
                }
            }
        }
        if is_found {
            return Ok(());
        }
        let meant = did_you_mean(wanted, names.iter().map(String::as_str));
        let there = if names.is_empty() {
            format!("there is no {} beside it", ENVIRONMENTS[0])
        } else {
            format!("there are {}", names.join(", "))
        };
        Err(Refusal::Invalid(Fault::new(
            place(self.input, 0),
            format!("no environment is called \"{wanted}\"{meant}; {there}"),
        )))
    }

    /// `@name = value`; other variables in the value are filled in now.
    fn set(&mut self, name: &str, value: &str, line: u32, suite: &mut MadeSuite) {
        let mut is_known = true;
        let filled = braces::fill(value, &mut |inside| {
            let known = self.values.get(inside).map(|value| Text::from(value.as_str()));
            is_known &= known.is_some();
            known
        });
        let variable = suite.names.of(name);
        let text = filled.as_plain().unwrap_or_default().to_owned();
        if !is_known {
            let what = format!("the variable {name} is made of what is only known when it runs: {value}");
            suite.losses.push(Loss { place: place(self.input, line), what });
        }
        self.values.insert(name.to_owned(), text.clone());
        suite.variables.retain(|(have, _)| *have != variable);
        if is_secret_name(&variable) && suite.hides_secrets() {
            suite.declare_secret(&variable);
        } else {
            suite.variables.push((variable, Yaml::text(text)));
        }
    }

    fn request(&self, title: &str, lines: &[Line<'_>], suite: &mut MadeSuite, named: &mut HashMap<String, usize>) {
        let mut test = MadeTest { name: title.to_owned(), statuses: vec![200], ..MadeTest::default() };
        let (mut own_name, mut follows, mut at) = (None, true, 0);
        // Comments and scripts before the request.
        while let Some((number, line)) = lines.get(at).copied() {
            let trimmed = line.trim();
            let comment = trimmed.strip_prefix('#').or_else(|| trimmed.strip_prefix("//"));
            if let Some(tag) = comment.map(str::trim).and_then(|comment| comment.strip_prefix('@')) {
                let (tag, value) = tag.split_once([' ', '=']).unwrap_or((tag, ""));
                match tag {
                    "name" => own_name = Some(value.trim().trim_start_matches('=').trim().to_owned()),
                    "no-redirect" => follows = false,
                    "no-log" | "no-cookie-jar" | "no-auto-encoding" | "prompt" | "note" | "use-os-credentials" => {}
                    "timeout" | "connection-timeout" => {
                        let number: Option<f64> = value.trim().split(' ').next().and_then(|number| number.parse().ok());
                        if let Some(seconds) = number.filter(|seconds| seconds.is_finite() && *seconds >= 0.0) {
                            test.set("curl_option_timeout_ms", Yaml::word((seconds * 1000.0).round()));
                        }
                    }
                    _ => test.lose(None, &place(self.input, number), format!("@{tag} has no counterpart")),
                }
                at += 1;
            } else if comment.is_some() || trimmed.is_empty() || trimmed.starts_with('@') {
                at += 1;
            } else if trimmed.starts_with("< ") {
                let end = script_end(lines, at);
                test.lose(
                    None,
                    &place(self.input, number),
                    format!("the script before the request\n{}", source(&lines[at..end])),
                );
                at = end;
            } else {
                break;
            }
        }
        let Some((number, line)) = lines.get(at).copied() else { return };
        at += 1;
        test.source = match title {
            "" => format!("{}:{number}", self.input.source.file_name()),
            title => format!("{}:{number}: {title}", self.input.source.file_name()),
        };
        let (method, mut url) = match line.trim().split_once(char::is_whitespace) {
            Some((method, url)) if method.chars().all(|c| c.is_ascii_uppercase()) => (method, url.trim().to_owned()),
            _ => ("GET", line.trim().to_owned()),
        };
        if matches!(method, "GRAPHQL" | "WEBSOCKET" | "GRPC") {
            suite.items.push(Item::Lost(Loss {
                place: place(self.input, number),
                what: format!("{method} is not translated"),
            }));
            return;
        }
        // The URL may go on, deeper.
        while let Some((_, line)) =
            lines.get(at).filter(|(_, line)| line.starts_with([' ', '\t']) && !line.trim().is_empty())
        {
            url.push_str(line.trim());
            at += 1;
        }
        let url = match url.rsplit_once(' ') {
            Some((url, version)) if version.starts_with("HTTP/") => url.trim().to_owned(),
            _ => url,
        };
        test.request.method = method.to_owned();
        test.request.url = self.fill(&url, number, suite, &mut test, named);
        if !url.contains("://") && !url.starts_with("{{") && !url.starts_with('/') {
            let mut absolute = Text::from("http://");
            absolute.append(std::mem::take(&mut test.request.url));
            test.request.url = absolute;
        }
        while let Some((number, line)) = lines.get(at).copied().filter(|(_, line)| !line.trim().is_empty()) {
            at += 1;
            if line.starts_with(['#']) || line.starts_with("//") {
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                test.lose(
                    Some("headers"),
                    &place(self.input, number),
                    format!("the line is no header: {}", line.trim()),
                );
                continue;
            };
            let value = self.fill(value.trim(), number, suite, &mut test, named);
            self.header(name.trim(), value, number, suite, &mut test);
        }
        // A script may say which one, and takes the remark away.
        test.remarks.push((Some("expected_status"), "the file says nothing of the status".to_owned()));
        self.rest(&lines[at..], suite, &mut test, named);
        if follows {
            test.set("curl_option_followlocation", Yaml::word(true));
        }
        if let Some(name) = own_name {
            if test.name.is_empty() {
                test.name.clone_from(&name);
            }
            named.insert(name, suite.items.len());
        }
        suite.hide_secrets(&mut test.request);
        suite.push(test);
    }

    /// A header; credentials that an editor encodes are not one.
    fn header(&self, name: &str, value: Text, number: u32, suite: &mut MadeSuite, test: &mut MadeTest) {
        let scheme = value.beginning().split(' ').next().unwrap_or_default().to_owned();
        let rest = value.strip_prefix(&scheme).unwrap_or_default().trim();
        let pair = rest.split_once(' ').or_else(|| rest.split_once(':'));
        match (name.eq_ignore_ascii_case("authorization"), scheme.as_str(), pair) {
            (true, "Basic" | "Digest", Some((user, password))) => {
                let password = password.trim();
                let password = match password.as_plain() {
                    Some(plain) => suite.secret("password", plain),
                    None => password,
                };
                test.set("auth_username", user.to_yaml());
                test.set("auth_password", password.to_yaml());
                if scheme == "Digest" {
                    test.set("curl_option_httpauth", Yaml::word(2));
                }
            }
            (true, "Digest" | "AWS", _) => {
                test.lose(
                    Some("headers"),
                    &place(self.input, number),
                    format!("{scheme}: write it as auth of the test"),
                );
            }
            _ => test.request.headers.push((name.to_owned(), value)),
        }
    }

    /// Body, scripts, and where the answer goes.
    fn rest(&self, lines: &[Line<'_>], suite: &mut MadeSuite, test: &mut MadeTest, named: &mut HashMap<String, usize>) {
        let mut body: Vec<Line<'_>> = Vec::new();
        let mut at = 0;
        while let Some((number, line)) = lines.get(at).copied() {
            if line.starts_with("> {%") {
                let end = script_end(lines, at);
                script::translate(&source(&lines[at..end]), &place(self.input, number), suite, test);
                at = end;
            } else if let Some(file) = line.strip_prefix(">>") {
                let file = file.trim_start_matches('!').trim();
                if file.starts_with("..") || file.starts_with('/') {
                    test.lose(None, &place(self.input, number), format!("the answer is written to {file}"));
                } else {
                    test.set("save", Yaml::text(file));
                }
                at += 1;
            } else if line.starts_with("> ") || line.starts_with("<> ") {
                test.lose(
                    None,
                    &place(self.input, number),
                    format!("what another file holds is not read: {}", line.trim()),
                );
                at += 1;
            } else {
                body.push((number, line));
                at += 1;
            }
        }
        while body.last().is_some_and(|(_, line)| line.trim().is_empty()) {
            body.pop();
        }
        let first = body.iter().position(|(_, line)| !line.trim().is_empty()).unwrap_or(body.len());
        body.drain(..first);
        if !body.is_empty() {
            test.request.body = self.body(&body, suite, test, named);
        }
    }

    fn body(
        &self,
        lines: &[Line<'_>],
        suite: &mut MadeSuite,
        test: &mut MadeTest,
        named: &mut HashMap<String, usize>,
    ) -> Option<Body> {
        let kind = test.request.header("content-type").and_then(Text::as_plain).unwrap_or_default().to_owned();
        let number = lines.first().map_or(1, |(number, _)| *number);
        if kind.starts_with("multipart/form-data")
            && let Some((_, boundary)) = kind.split_once("boundary=")
        {
            test.request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            return Some(self.parts(lines, boundary.trim_matches('"'), suite, test, named));
        }
        let file =
            |line: &str| line.strip_prefix("< ").or_else(|| line.strip_prefix("<@")).map(|path| path.trim().to_owned());
        if let [(number, line)] = lines
            && let Some(path) = file(line)
        {
            let path = self.fill(&path, *number, suite, test, named);
            return Some(if line.starts_with("<@") { Body::TemplateFile(path) } else { Body::File(path) });
        }
        if let Some((number, line)) = lines.iter().find(|(_, line)| file(line).is_some()) {
            test.lose(Some("body"), &place(self.input, *number), format!("a file within a body: {}", line.trim()));
        }
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        let text: Vec<&str> = lines.iter().map(|(_, line)| if is_form { line.trim() } else { *line }).collect();
        let text = text.join(if is_form { "" } else { "\n" });
        Some(Body::Text(self.fill(&text, number, suite, test, named)))
    }

    fn parts(
        &self,
        lines: &[Line<'_>],
        boundary: &str,
        suite: &mut MadeSuite,
        test: &mut MadeTest,
        named: &mut HashMap<String, usize>,
    ) -> Body {
        let mut parts = Vec::new();
        let is_boundary = |line: &str| {
            line.trim_end()
                .strip_prefix("--")
                .is_some_and(|rest| rest == boundary || rest.strip_suffix("--") == Some(boundary))
        };
        for lines in lines.split(|(_, line)| is_boundary(line)).filter(|lines| !lines.is_empty()) {
            let end = lines.iter().position(|(_, line)| line.trim().is_empty()).unwrap_or(lines.len());
            let (mut name, mut filename, mut content_type) = (Text::default(), None, None);
            for (number, line) in &lines[..end] {
                let (header, value) = line.split_once(':').unwrap_or((line, ""));
                if header.eq_ignore_ascii_case("content-type") {
                    content_type = Some(self.fill(value.trim(), *number, suite, test, named));
                }
                for attribute in value.split(';').map(str::trim) {
                    let text = |quoted: &str| quoted.trim_matches('"').to_owned();
                    if let Some(value) = attribute.strip_prefix("name=") {
                        name = self.fill(&text(value), *number, suite, test, named);
                    } else if let Some(value) = attribute.strip_prefix("filename=") {
                        filename = Some(self.fill(&text(value), *number, suite, test, named));
                    }
                }
            }
            let rest = lines.get(end + 1..).unwrap_or_default();
            let number = rest.first().map_or(1, |(number, _)| *number);
            let lines: Vec<&str> = rest.iter().map(|(_, line)| *line).collect();
            let text = lines.join("\n");
            let content = match text.trim().strip_prefix("< ") {
                Some(path) => Content::File(self.fill(path.trim(), number, suite, test, named)),
                None => Content::Text(self.fill(&text, number, suite, test, named)),
            };
            parts.push(Part { name, content, filename, content_type });
        }
        Body::Multipart(parts)
    }

    /// A text with its variables.
    fn fill(
        &self,
        text: &str,
        line: u32,
        suite: &mut MadeSuite,
        test: &mut MadeTest,
        named: &HashMap<String, usize>,
    ) -> Text {
        braces::fill(text, &mut |inside| {
            if let Some(made) = braces::made_up(inside, suite, test) {
                return Some(made);
            }
            if let Some(variable) = of_answer(inside, suite, named) {
                return Some(Text::variable(variable));
            }
            if inside.starts_with('$') || inside.contains([' ', '(']) {
                test.lose(None, &place(self.input, line), format!("{{{{{inside}}}}} has no counterpart"));
                return None;
            }
            let variable = suite.names.of(inside);
            suite.use_variable(&variable, &place(self.input, line));
            Some(Text::variable(variable))
        })
    }
}

/// `name.response.body.$.a`, `name.response.headers.X`: the test of that name binds it.
fn of_answer(inside: &str, suite: &mut MadeSuite, named: &HashMap<String, usize>) -> Option<String> {
    let (name, rest) = inside.split_once(".response.")?;
    let extractor = match rest.split_once('.') {
        Some(("body", path)) if path.starts_with('$') => ("jsonpath", path.to_owned()),
        Some(("headers", header)) => ("header", header.to_owned()),
        _ if rest == "body" || rest == "body.*" => ("raw_body", String::new()),
        _ => return None,
    };
    let variable = suite.names.of(inside);
    let Some(Item::Test(test)) = named.get(name).and_then(|at| suite.items.get_mut(*at)) else { return None };
    if !test.extract_binds.iter().any(|(have, _)| *have == variable) {
        test.extract_binds.push((variable.clone(), Yaml::map([(extractor.0, Yaml::text(extractor.1))])));
    }
    Some(variable)
}

/// Behind the line that closes a script.
fn script_end(lines: &[Line<'_>], at: usize) -> usize {
    lines.iter().skip(at).position(|(_, line)| line.contains("%}")).map_or(lines.len(), |end| at + end + 1)
}

fn source(lines: &[Line<'_>]) -> String {
    lines.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
}
