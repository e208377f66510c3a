//! Hurl files, as tests.
//!
//! Owns: entries, their sections, bodies of several lines. Does not: know queries and predicates (see `asserts`).

mod asserts;

use super::braces;
use super::made::{Item, Loss, MadeSuite, MadeTest};
use super::request::{Body, Content, Part};
use super::text::Text;
use super::yaml::Yaml;
use super::{Input, Options, Refusal};
use crate::ground::source::{Fault, Location, Position};

/// Whether a text is one: a request, and what is expected of it.
pub fn looks_like_it(input: &Input) -> bool {
    let text = input.source.text();
    let is_named = input.source.name().ends_with(".hurl");
    let has_status = || text.lines().any(|line| line.starts_with("HTTP ") || line.starts_with("HTTP/"));
    let has_section = || text.lines().any(|line| line.starts_with("[Asserts]") || line.starts_with("[Captures]"));
    let has_request = || text.lines().any(|line| request_line(line).is_some());
    is_named || (!text.contains("\n###") && has_request() && (has_status() || has_section()))
}

/// The method and the URL of a line that begins an entry.
fn request_line(line: &str) -> Option<(&str, &str)> {
    let (method, url) = line.split_once(' ')?;
    let is_method = !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase());
    (is_method && method != "HTTP").then(|| (method, without_comment(url).trim()))
}

/// The line up to a comment, which begins with a `#` behind a blank.
fn without_comment(line: &str) -> &str {
    let mut is_quoted = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' if before != '\\' => is_quoted = !is_quoted,
            '#' if !is_quoted && before.is_whitespace() => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

/// A line and its number.
type Line<'t> = (u32, &'t str);

/// Reads the entries.
pub fn read(input: &Input, _: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let lines: Vec<Line<'_>> = (1..).zip(input.source.text().lines()).collect();
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut at = 0;
    while let Some((number, line)) = lines.get(at).copied() {
        let trimmed = line.trim();
        let is_open = entries.last().is_some_and(|entry| entry.stage == Stage::Asked);
        if trimmed.is_empty() || trimmed.starts_with('#') {
            at += 1;
        } else if let Some((method, url)) = request_line(trimmed) {
            // No suite takes more.
            if entries.len() > MadeSuite::MOST {
                break;
            }
            entries.push(Entry { at: number, method, url, ..Entry::default() });
            at += 1;
        } else if let Some(entry) = entries.last_mut() {
            at = entry.take(&lines, at, is_open);
        } else {
            let place = place(input, number);
            let message = format!("a request such as GET http://… must come first, not \"{trimmed}\"");
            return Err(Refusal::Invalid(Fault::new(place, message)));
        }
    }
    if entries.is_empty() {
        return Err(Refusal::Invalid(Fault::new(place(input, 1), "there is no request in it")));
    }
    for entry in entries {
        if suite.is_full(|| place(input, entry.at)) {
            break;
        }
        entry.translate(input, suite);
    }
    Ok(())
}

fn place(input: &Input, line: u32) -> Location {
    input.source.location(Position { line, column: 1 })
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the line of the answer.
    #[default]
    Asked,
    /// Behind it.
    Answered,
}

/// An entry, as far as its lines say.
#[derive(Debug, Default)]
struct Entry<'t> {
    at: u32,
    method: &'t str,
    url: &'t str,
    stage: Stage,
    section: &'t str,
    /// Section, line number, line; headers stand in a section without a name.
    rows: Vec<(Stage, &'t str, u32, &'t str)>,
    body: Option<(u32, String)>,
    answer_body: Option<u32>,
    status: Option<&'t str>,
}

impl<'t> Entry<'t> {
    /// Takes a line, or a body of several; where the next one begins.
    fn take(&mut self, lines: &[Line<'t>], at: usize, is_open: bool) -> usize {
        let (number, line) = lines[at];
        let trimmed = line.trim();
        if is_open && (trimmed.starts_with("HTTP ") || trimmed.starts_with("HTTP/")) {
            self.stage = Stage::Answered;
            self.section = "";
            self.status = without_comment(trimmed).split_whitespace().nth(1);
            return at + 1;
        }
        let name = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next());
        if let Some(name) =
            name.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) && trimmed.ends_with(']'))
        {
            self.section = name;
            return at + 1;
        }
        let is_body = trimmed.starts_with(['{', '[', '<', '`', '"'])
            || ["file,", "base64,", "hex,"].iter().any(|kind| trimmed.starts_with(kind));
        // Behind a section, only what cannot be a row of it is a body.
        if is_body
            && !(self.section == "Asserts" || self.section == "Captures")
            && (self.section.is_empty() || !trimmed.contains(':') || trimmed.starts_with(['{', '[', '`']))
        {
            let end = body_end(lines, at);
            let text: Vec<&str> = lines[at..end].iter().map(|(_, line)| *line).collect();
            match self.stage {
                Stage::Asked => self.body = Some((number, text.join("\n"))),
                Stage::Answered => self.answer_body = Some(number),
            }
            return end;
        }
        self.rows.push((self.stage, self.section, number, without_comment(trimmed).trim_end()));
        at + 1
    }

    fn translate(self, input: &Input, suite: &mut MadeSuite) {
        let mut test = MadeTest { source: format!("{}:{}", input.source.file_name(), self.at), ..MadeTest::default() };
        let filled = |text: &str, suite: &mut MadeSuite, test: &mut MadeTest| fill(input, self.at, text, suite, test);
        test.request.method = self.method.to_owned();
        test.request.url = filled(&unescaped(self.url), suite, &mut test);
        let (mut form, mut parts, mut cookies) = (Vec::new(), Vec::new(), Text::default());
        let mut asserts = asserts::Asserts::default();
        for (stage, section, number, row) in &self.rows {
            let here = place(input, *number);
            if *stage == Stage::Answered && matches!(*section, "Asserts" | "Captures") {
                let done = match *section {
                    "Asserts" => asserts.assert(row, suite, &mut test),
                    _ => asserts::capture(row, suite, &mut test),
                };
                if let Err(why) = done {
                    let key = if *section == "Asserts" { "validators" } else { "extract_binds" };
                    test.lose(Some(key), &here, format!("{why}: {row}"));
                }
                continue;
            }
            let Some((name, value)) = row.split_once(':') else {
                test.lose(None, &here, format!("the line is not understood: {row}"));
                continue;
            };
            let (name, value) = (unescaped(name.trim()), unescaped(value.trim()));
            match (*stage, *section) {
                (Stage::Answered, _) => {
                    let expected = filled(&value, suite, &mut test);
                    test.compare(("header", &name), "eq", expected.to_yaml());
                }
                (_, "") => {
                    let value = filled(&value, suite, &mut test);
                    test.request.headers.push((name, value));
                }
                (_, "QueryStringParams" | "Query") => {
                    let pair = (filled(&name, suite, &mut test), filled(&value, suite, &mut test));
                    test.request.query.push(pair);
                }
                (_, "FormParams" | "Form") => {
                    form.push((filled(&name, suite, &mut test), filled(&value, suite, &mut test)))
                }
                (_, "MultipartFormData" | "Multipart") => {
                    let name = filled(&name, suite, &mut test);
                    parts.push(part(name, &value, |text| filled(text, suite, &mut test)));
                }
                (_, "Cookies") => {
                    cookies.push(if cookies.is_empty() { "" } else { "; " });
                    cookies.push(&format!("{name}="));
                    cookies.append(filled(&value, suite, &mut test));
                }
                (_, "BasicAuth") => {
                    let user = filled(&name, suite, &mut test);
                    let password = filled(&value, suite, &mut test);
                    let password = match password.as_plain() {
                        Some(plain) => suite.secret("password", plain),
                        None => password,
                    };
                    test.set("auth_username", user.to_yaml());
                    test.set("auth_password", password.to_yaml());
                }
                (_, "Options") => {
                    if !option(&name, &value, &mut test, suite) {
                        test.lose(None, &here, format!("the option {name} has no counterpart"));
                    }
                }
                (_, section) => test.lose(None, &here, format!("the section {section} has no counterpart")),
            }
        }
        if !cookies.is_empty() {
            test.request.headers.push(("Cookie".to_owned(), cookies));
        }
        test.request.body = match (form.is_empty(), parts.is_empty(), &self.body) {
            (false, ..) => Some(Body::Form(form)),
            (_, false, _) => Some(Body::Multipart(parts)),
            (_, _, Some((number, text))) => match body(text, |text| filled(text, suite, &mut test)) {
                Ok((body, kind)) => {
                    if let Some(kind) = kind.filter(|_| test.request.header("content-type").is_none()) {
                        test.request.headers.push(("Content-Type".to_owned(), kind.into()));
                    }
                    Some(body)
                }
                Err(why) => {
                    suite.items.push(Item::Lost(Loss { place: place(input, *number), what: why }));
                    return;
                }
            },
            _ => None,
        };
        if let Some(number) = self.answer_body {
            test.lose(
                Some("validators"),
                &place(input, number),
                "the body that is expected; write it as json_equals or compare",
            );
        }
        test.statuses = asserts.statuses(self.status.and_then(|status| status.parse().ok()));
        if self.status.is_none_or(|status| status == "*") {
            test.remarks.push((Some("expected_status"), "any status that the asserts allow".to_owned()));
        }
        suite.hide_secrets(&mut test.request);
        suite.push(test);
    }
}

/// A text with its variables.
fn fill(input: &Input, line: u32, text: &str, suite: &mut MadeSuite, test: &mut MadeTest) -> Text {
    braces::fill(text, &mut |inside| {
        if let Some(made) = braces::made_up(inside, suite, test) {
            return Some(made);
        }
        if inside.contains([' ', '(']) {
            test.lose(None, &place(input, line), format!("the function {inside} has no counterpart"));
            return None;
        }
        let name = suite.names.of(inside);
        suite.use_variable(&name, &place(input, line));
        Some(Text::variable(name))
    })
}

/// Where a body ends that begins at a line.
fn body_end(lines: &[Line<'_>], at: usize) -> usize {
    let first = lines[at].1.trim();
    if first.starts_with("```") && !(first.len() > 3 && first[3..].ends_with("```")) {
        let end = lines.iter().skip(at + 1).position(|(_, line)| line.trim_end().ends_with("```"));
        return end.map_or(lines.len(), |end| at + end + 2);
    }
    if !first.starts_with(['{', '[', '<']) || first.starts_with("{{") {
        return at + 1;
    }
    let (mut depth, mut is_quoted, is_xml) = (0_i64, false, first.starts_with('<'));
    for (offset, (_, line)) in lines[at..].iter().enumerate() {
        if is_xml {
            let ends = lines.get(at + offset + 1).is_none_or(|(_, next)| {
                let next = next.trim();
                next.is_empty() || next.starts_with("HTTP") || next.starts_with('#')
            });
            if ends {
                return at + offset + 1;
            }
            continue;
        }
        let mut before = ' ';
        for c in line.chars() {
            match c {
                '"' if before != '\\' => is_quoted = !is_quoted,
                '{' | '[' if !is_quoted => depth += 1,
                '}' | ']' if !is_quoted => depth -= 1,
                _ => {}
            }
            before = if before == '\\' && c == '\\' { ' ' } else { c };
        }
        if depth <= 0 {
            return at + offset + 1;
        }
    }
    lines.len()
}

/// A body with the content type that Hurl gives it.
fn body(text: &str, mut filled: impl FnMut(&str) -> Text) -> Result<(Body, Option<&'static str>), String> {
    use base64::Engine as _;
    let trimmed = text.trim();
    let between = |kind: &str| trimmed.strip_prefix(kind).map(|rest| rest.trim().trim_end_matches(';').trim());
    if let Some(path) = between("file,") {
        return Ok((Body::File(filled(path)), None));
    }
    if let Some(digits) = between("base64,") {
        let digits: String = digits.split_whitespace().collect();
        let bytes = base64::prelude::BASE64_STANDARD.decode(digits).map_err(|_| "the body is no base64".to_owned())?;
        return Ok((Body::Bytes(bytes), None));
    }
    if let Some(digits) = between("hex,") {
        let digit = |c: u8| char::from(c).to_digit(16).map(|digit| digit as u8);
        let bytes = digits.as_bytes().chunks(2).map(|two| match two {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        let bytes = bytes.collect::<Option<Vec<u8>>>().ok_or_else(|| "the body is no hex".to_owned())?;
        return Ok((Body::Bytes(bytes), None));
    }
    if let Some(fenced) = trimmed.strip_prefix("```") {
        let inside = fenced.strip_suffix("```").unwrap_or(fenced);
        let (language, content) = inside.split_once('\n').unwrap_or(("", inside));
        let is_raw = language.contains("raw");
        let text = if is_raw { Text::from(content) } else { filled(content) };
        return match language.split(',').next().unwrap_or_default().trim() {
            "json" => Ok((Body::Text(text), Some("application/json"))),
            "xml" => Ok((Body::Text(text), Some("application/xml"))),
            "graphql" => {
                let query =
                    text.as_plain().ok_or_else(|| "variables in GraphQL have to be written by hand".to_owned())?;
                if query.contains("\nvariables") {
                    return Err("variables of GraphQL have to be written by hand".to_owned());
                }
                Ok((Body::Graphql(Yaml::map([("query", Yaml::text(query))])), None))
            }
            _ => Ok((Body::Text(text), None)),
        };
    }
    if let Some(line) = trimmed.strip_prefix('`') {
        return Ok((Body::Text(filled(&unescaped(line.strip_suffix('`').unwrap_or(line)))), None));
    }
    if trimmed.starts_with('<') {
        return Ok((Body::Text(filled(trimmed)), None));
    }
    Ok((Body::Text(filled(trimmed)), Some("application/json")))
}

/// A field or `file,PATH; TYPE`.
fn part(name: Text, value: &str, mut filled: impl FnMut(&str) -> Text) -> Part {
    let Some(rest) = value.strip_prefix("file,") else {
        return Part { name, content: Content::Text(filled(value)), filename: None, content_type: None };
    };
    let (path, kind) = rest.split_once(';').unwrap_or((rest, ""));
    let content_type = (!kind.trim().is_empty()).then(|| filled(kind.trim()));
    Part { name, content: Content::File(filled(path.trim())), filename: None, content_type }
}

/// `\n`, `\#`, `\u{e9}` in a key or a value.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut escaped = rest[at + 1..].chars();
        rest = match escaped.next() {
            Some('n') => {
                out.push('\n');
                escaped.as_str()
            }
            Some('t') => {
                out.push('\t');
                escaped.as_str()
            }
            Some('r') => {
                out.push('\r');
                escaped.as_str()
            }
            Some('u') => match escaped.as_str().strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                Some((digits, after)) => {
                    out.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
                    after
                }
                None => escaped.as_str(),
            },
            Some(other) => {
                out.push(other);
                escaped.as_str()
            }
            None => "",
        };
    }
    out.push_str(rest);
    out
}

/// An option of an entry; whether it has a counterpart.
fn option(name: &str, value: &str, test: &mut MadeTest, suite: &mut MadeSuite) -> bool {
    let seconds = || {
        crate::suite::measures::parse_duration(
            if value.ends_with('s') { value.to_owned() } else { format!("{value}ms") }.as_str(),
        )
    };
    let is_on = value == "true";
    match name {
        "location" => test.set("curl_option_followlocation", Yaml::word(is_on)),
        "max-redirs" => test.set("curl_option_maxredirs", Yaml::word(value)),
        "insecure" if is_on => {
            test.set("curl_option_ssl_verifypeer", Yaml::word(0));
            test.set("curl_option_ssl_verifyhost", Yaml::word(0));
        }
        "compressed" if is_on => test.set("curl_option_accept_encoding", Yaml::text("")),
        "path-as-is" if is_on => test.set("curl_option_path_as_is", Yaml::word(true)),
        "proxy" => test.set("curl_option_proxy", Yaml::text(value)),
        "cacert" => test.set("curl_option_cainfo", Yaml::text(value)),
        "cert" => test.set("curl_option_sslcert", Yaml::text(value)),
        "key" => test.set("curl_option_sslkey", Yaml::text(value)),
        "skip" if is_on => test.set("skip", Yaml::text("skip: true")),
        "delay" | "retry-interval" | "retry" => {
            let key = match (name, seconds()) {
                ("delay", Some(time)) => {
                    test.set("delay", Yaml::word(time.as_secs_f64()));
                    return true;
                }
                // Hurl asserts again after each answer: that is a poll.
                ("retry", _) => ("max_polls", value.parse::<i64>().ok().filter(|n| *n > 0).map(|n| Yaml::word(n + 1))),
                (_, Some(time)) => ("interval", Some(Yaml::word(time.as_secs_f64()))),
                _ => return false,
            };
            let (key, Some(value)) = key else { return false };
            let mut keys = match test.keys.iter().find(|(have, _)| have == "poll") {
                Some((_, Yaml::Map(keys))) => keys.clone(),
                _ => Vec::new(),
            };
            keys.push((key.to_owned(), value));
            test.set("poll", Yaml::Map(keys));
        }
        "variable" => {
            let Some((name, value)) = value.split_once('=') else { return false };
            let name = suite.names.of(name.trim());
            test.variable_binds.push((name, Yaml::text(value.trim().trim_matches('"'))));
        }
        "insecure" | "compressed" | "path-as-is" | "skip" | "verbose" | "very-verbose" | "output" | "http1.1" => {}
        _ => return false,
    }
    true
}
