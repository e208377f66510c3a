//! A request as a source describes it, and the keys of a test that send exactly that.
//!
//! Owns: what has to be said so that none of PyRestTest's habits changes the message. Does not: write it (see `yaml`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::text::Text;
use super::yaml::Yaml;

/// A body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Text, exactly.
    Text(Text),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// A file, exactly as it is.
    File(Text),
    /// A text file in which variables are filled in.
    TemplateFile(Text),
    /// JSON, in compact form; it has no variables.
    Json(Yaml),
    /// JSON in which each text is a template: a text that is `$name` and nothing else keeps the variable's type.
    JsonTemplate(Yaml),
    /// A form, encoded when it is sent.
    Form(Vec<(Text, Text)>),
    /// A form in parts.
    Multipart(Vec<Part>),
    /// A GraphQL request: the mapping below `graphql`.
    Graphql(Yaml),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The field.
    pub name: Text,
    /// What it holds.
    pub content: Content,
    /// What the receiver is told of the file's name, where it is another one.
    pub filename: Option<Text>,
    /// Its content type, where it is not the usual one.
    pub content_type: Option<Text>,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(Text),
    /// A file.
    File(Text),
}

/// A request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, as it is spelled on the wire; nothing is GET.
    pub method: String,
    /// Where to: absolute where the source says so, else relative without a leading slash.
    pub url: Text,
    /// What is added to the URL's query, encoded when it is sent.
    pub query: Vec<(Text, Text)>,
    /// Names and values in order; an empty value is sent as one.
    pub headers: Vec<(String, Text)>,
    /// Headers that the transport is not to add by itself.
    pub withheld: Vec<String>,
    /// The body.
    pub body: Option<Body>,
}

impl Request {
    /// The value of a header, whatever its case; the last one.
    pub fn header(&self, wanted: &str) -> Option<&Text> {
        self.headers.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    /// Sets a header, in place of those of that name.
    pub fn set_header(&mut self, name: &str, value: impl Into<Text>) {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Adds a header, unless it has one of that name or must have none.
    pub fn add_missing(&mut self, name: &str, value: Text) {
        let is_withheld = self.withheld.iter().any(|have| have.eq_ignore_ascii_case(name));
        if self.header(name).is_none() && !is_withheld {
            self.headers.push((name.to_owned(), value));
        }
    }

    /// The keys of a test that send it.
    pub fn keys(&self) -> Vec<(String, Yaml)> {
        let url = match self.url.looks_like_template() {
            true => Yaml::map([("template", Yaml::Text(self.url.template()))]),
            false => self.url.to_yaml(),
        };
        let mut keys = vec![("url".to_owned(), url)];
        let mut add = |key: &str, value: Yaml| keys.push((key.to_owned(), value));
        let wire = if self.method.is_empty() { "GET" } else { &self.method };
        let upper = wire.to_ascii_uppercase();
        // A body goes with neither of the two.
        let is_bodiless = matches!(upper.as_str(), "GET" | "HEAD");
        let method = if is_bodiless && self.body.is_some() { "POST" } else { &upper };
        if method != "GET" {
            add("method", Yaml::text(method));
        }
        if method != wire {
            add("curl_option_customrequest", Yaml::text(wire));
        }
        let (headers, lines) = self.header_keys(&upper);
        if !headers.is_empty() {
            add("headers", headers_yaml(&headers));
        }
        if !lines.is_empty() {
            add("curl_option_httpheader", Yaml::List(lines.into_iter().map(Yaml::Text).collect()));
        }
        if !self.query.is_empty() {
            add("query", pairs_yaml(&self.query));
        }
        if let Some(body) = &self.body {
            add("body", body.to_yaml());
        }
        keys
    }

    /// The headers, and the lines for those that would be dropped or changed among them.
    fn header_keys(&self, method: &str) -> (Vec<(String, Text)>, Vec<String>) {
        let mut headers: Vec<(String, Text)> = Vec::new();
        let mut lines = Vec::new();
        for (name, value) in &self.headers {
            let is_known = |(have, _): &&mut (String, Text)| have.eq_ignore_ascii_case(name);
            let line = value.as_plain().map(|value| format!("{name}: {value}"));
            match (line, headers.iter_mut().find(is_known)) {
                // A header may come again: joined, it says the same.
                (_, Some((_, before))) => {
                    before.push(if name.eq_ignore_ascii_case("cookie") { "; " } else { ", " });
                    before.append(value.clone());
                }
                (Some(_), None) if value.is_empty() => lines.push(format!("{name};")),
                // `; charset=UTF-8` would be put behind it.
                (Some(line), None) if name == "content-type" && self.body.is_some() => lines.push(line),
                (None, None) if name == "content-type" => headers.push(("Content-Type".to_owned(), value.clone())),
                (_, None) => headers.push((name.clone(), value.clone())),
            }
        }
        let has_type = self.header("content-type").is_some();
        let is_raw =
            matches!(self.body, Some(Body::Text(_) | Body::Bytes(_) | Body::File(_) | Body::TemplateFile(_)) | None);
        // The type of a form would be added.
        let adds_type = matches!(method, "POST" | "PATCH") || (self.body.is_some() && method != "PUT");
        let mut withheld = self.withheld.clone();
        // None would be added.
        withheld.retain(|name| adds_type || !is_raw || !name.eq_ignore_ascii_case("content-type"));
        if adds_type && is_raw && !has_type {
            withheld.push("Content-Type".to_owned());
        }
        for name in withheld {
            if self.header(&name).is_none() && !headers.iter().any(|(have, _)| have.eq_ignore_ascii_case(&name)) {
                headers.push((name, Text::default()));
            }
        }
        (headers, lines)
    }
}

/// Headers, below `template` where a variable stands in one of them.
pub fn headers_yaml(headers: &[(String, Text)]) -> Yaml {
    // One that is called so would be taken for the template.
    let is_template =
        headers.iter().any(|(name, value)| value.looks_like_template() || name.eq_ignore_ascii_case("template"));
    if !is_template {
        let plain = |(name, value): &(String, Text)| (name.clone(), Yaml::text(value.as_plain().unwrap_or_default()));
        return Yaml::Map(headers.iter().map(plain).collect());
    }
    let template = |(name, value): &(String, Text)| (name.replace('$', "$$"), Yaml::Text(value.template()));
    Yaml::map([("template", Yaml::Map(headers.iter().map(template).collect()))])
}

/// Names and values: a mapping where no name comes again, else a list.
fn pairs_yaml(pairs: &[(Text, Text)]) -> Yaml {
    let is_template = pairs.iter().any(|(name, value)| name.has_variables() || value.has_variables());
    let shown =
        |text: &Text| if is_template { text.template() } else { text.as_plain().unwrap_or_default().to_owned() };
    let members: Vec<(String, Yaml)> =
        pairs.iter().map(|(name, value)| (shown(name), Yaml::Text(shown(value)))).collect();
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let is_mapping = names.windows(2).all(|two| two[0] != two[1]);
    let pairs = if is_mapping {
        Yaml::Map(members)
    } else {
        Yaml::List(members.into_iter().map(|member| Yaml::Map(vec![member])).collect())
    };
    if is_template { Yaml::map([("template", pairs)]) } else { pairs }
}

impl Body {
    /// The value of `body`.
    pub fn to_yaml(&self) -> Yaml {
        let kind = |key: &str, value: Yaml| Yaml::map([(key, value)]);
        let template = |value: Yaml| kind("template", value);
        match self {
            // An empty text is an error of the suite: no body would be meant.
            Body::Text(text) if text.is_empty() => kind("hex", Yaml::text("")),
            Body::Text(text) => match text.as_plain() {
                // What stays as it is on all systems: lines that end as on Windows.
                Some(plain) => Yaml::text(plain),
                None => text.to_yaml(),
            },
            Body::Bytes(bytes) => kind("base64", Yaml::text(BASE64_STANDARD.encode(bytes))),
            Body::File(path) => Yaml::map([("file", path.to_yaml()), ("binary", Yaml::word(true))]),
            Body::TemplateFile(path) => kind("template", kind("file", path.to_yaml())),
            Body::Json(Yaml::Map(members)) if members.iter().any(|(key, _)| key == "template") => {
                kind("json", template(Yaml::Map(members.clone()).doubled()))
            }
            Body::Json(json) => kind("json", json.clone()),
            Body::JsonTemplate(json) => kind("json", template(json.clone())),
            Body::Form(pairs) => kind("form", pairs_yaml(pairs)),
            Body::Multipart(parts) => kind("multipart", Yaml::List(parts.iter().map(Part::to_yaml).collect())),
            Body::Graphql(request) => kind("graphql", request.clone()),
        }
    }
}

impl Part {
    fn to_yaml(&self) -> Yaml {
        let (key, value) = match &self.content {
            Content::Text(text) => ("value", text.to_yaml()),
            Content::File(path) => ("file", path.to_yaml()),
        };
        let mut members = vec![("name", self.name.to_yaml()), (key, value)];
        members.extend(self.content_type.iter().map(|kind| ("type", kind.to_yaml())));
        members.extend(self.filename.iter().map(|name| ("filename", name.to_yaml())));
        Yaml::map(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(request: &Request) -> String {
        let mut lines = super::super::yaml::Lines::default();
        request.keys().iter().for_each(|(key, value)| lines.member(0, key, value));
        lines.into_text()
    }

    #[test]
    fn what_habits_would_change_is_said() {
        let body = Some(Body::Text("a=b".into()));
        let header = |name: &str, value: &str| vec![(name.to_owned(), Text::from(value))];
        let request = |method: &str, headers, body| Request {
            method: method.to_owned(),
            url: "http://h/".into(),
            headers,
            body,
            ..Request::default()
        };
        for (request, keys) in [
            (request("", vec![], None), ""),
            (
                request("GET", vec![], body.clone()),
                "method: POST\ncurl_option_customrequest: GET\nheaders: {Content-Type: \"\"}\nbody: \"a=b\"\n",
            ),
            (request("wHat", vec![], None), "method: WHAT\ncurl_option_customrequest: wHat\n"),
            (request("POST", vec![], None), "method: POST\nheaders: {Content-Type: \"\"}\n"),
            (request("PUT", vec![], body.clone()), "method: PUT\nbody: \"a=b\"\n"),
            (
                request("PUT", header("content-type", "text/plain"), body.clone()),
                "method: PUT\ncurl_option_httpheader: [\"content-type: text/plain\"]\nbody: \"a=b\"\n",
            ),
            (request("", header("x-empty", ""), None), "curl_option_httpheader: [\"x-empty;\"]\n"),
            (request("", header("Template", "$x"), None), "headers: {template: {Template: \"$$x\"}}\n"),
            (
                request("DELETE", vec![], Some(Body::Text(Text::default()))),
                "method: DELETE\nheaders: {Content-Type: \"\"}\nbody: {hex: \"\"}\n",
            ),
        ] {
            assert_eq!(written(&request), format!("url: \"http://h/\"\n{keys}"));
        }
    }
}
