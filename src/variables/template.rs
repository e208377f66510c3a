//! `$name` and `${name}` templates, as Python's `string.Template.safe_substitute` treats them.
//!
//! Owns: parsing once, rendering many times, telling which names a template uses.
//! Does not: know where values come from beyond the `Context` it is given.

use crate::variables::context::Context;

/// A text with places for variables, parsed once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
    /// So many bytes at its beginning give way to a variable behind them that is a URL by itself.
    base: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable { name: String, written: String },
}

impl Template {
    /// Parses a template. Nothing is an error: a `$` that starts no name stays as written.
    pub fn parse(source: &str) -> Template {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find('$') {
            text.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(tail) = after.strip_prefix('$') {
                text.push('$');
                rest = tail;
                continue;
            }
            let (name, written) = match after.strip_prefix('{') {
                Some(inner) => {
                    let name = leading_name(inner);
                    if name.is_empty() || !inner[name.len()..].starts_with('}') {
                        ("", 0)
                    } else {
                        (name, name.len() + 3)
                    }
                }
                None => {
                    let name = leading_name(after);
                    (name, name.len() + 1)
                }
            };
            if name.is_empty() {
                text.push('$');
                rest = after;
                continue;
            }
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Variable { name: name.to_owned(), written: rest[at..at + written].to_owned() });
            rest = &rest[at + written..];
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Template { source: source.to_owned(), parts, base: None }
    }

    /// The template of a URL that has been joined with a base: where it begins with a variable whose value is an
    /// absolute URL, that is all of it.
    pub fn of_url(joined: &str, reference: &str) -> Template {
        let mut template = Template::parse(joined);
        let base = joined.strip_suffix(reference).filter(|base| !base.contains('$')).map(str::len);
        let begins = matches!(Template::parse(reference).parts.first(), Some(Part::Variable { .. }));
        template.base = base.filter(|base| begins && *base > 0);
        template
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names it uses, in order, with repeats.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Whether rendering always gives the same text.
    pub fn is_constant(&self) -> bool {
        self.variables().next().is_none()
    }

    /// Substitutes once over: values are not looked into again; an unknown name stays as written.
    pub fn render(&self, context: &Context) -> String {
        let mut out = String::with_capacity(self.source.len() + 16);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Variable { name, written } => match context.get(name) {
                    Some(value) => value.write_text(&mut out),
                    None => out.push_str(written),
                },
            }
        }
        let is_url = |text: &str| {
            let head = text.as_bytes();
            ["http://", "https://"]
                .iter()
                .any(|scheme| head.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes())))
        };
        if let Some(base) = self.base
            && out.get(base..).is_some_and(is_url)
        {
            out.drain(..base);
        }
        out
    }
}

/// The longest `[_a-zA-Z][_a-zA-Z0-9]*` at the start.
fn leading_name(text: &str) -> &str {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') {
        return "";
    }
    let end = bytes.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).unwrap_or(bytes.len());
    &text[..end]
}

/// A text that is taken as it is, or rendered: which of the two the suite says with `template:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// As written; not even `$$` is touched.
    Plain(String),
    /// Under a `template` key.
    Template(Template),
}

impl Text {
    /// The text for this context.
    pub fn render(&self, context: &Context) -> String {
        match self {
            Text::Plain(text) => text.clone(),
            Text::Template(template) => template.render(context),
        }
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        match self {
            Text::Plain(text) => text,
            Text::Template(template) => template.source(),
        }
    }

    /// The variables it uses.
    pub fn variables(&self) -> Vec<&str> {
        match self {
            Text::Plain(_) => Vec::new(),
            Text::Template(template) => template.variables().collect(),
        }
    }

    /// Whether rendering always gives the same text.
    pub fn is_constant(&self) -> bool {
        match self {
            Text::Plain(_) => true,
            Text::Template(template) => template.is_constant(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::value::Value;

    #[test]
    fn a_variable_may_be_the_whole_url() {
        let mut context = Context::new();
        context.bind("api", "HTTPS://other.test/v2".into());
        context.bind("path", "orders".into());
        for (reference, expected) in [
            ("$api/x", "HTTPS://other.test/v2/x"),
            ("${api}", "HTTPS://other.test/v2"),
            ("$path/x", "http://own.test/orders/x"),
            ("$none/x", "http://own.test/$none/x"),
            ("/$api", "http://own.test/HTTPS://other.test/v2"),
            ("x$api", "http://own.test/xHTTPS://other.test/v2"),
        ] {
            let joined = crate::exchange::url::join("http://own.test", reference);
            assert_eq!(Template::of_url(&joined, reference).render(&context), expected, "{reference}");
        }
    }

    #[test]
    fn substitution_is_pythons() {
        let mut context = Context::new();
        context.bind("a", "A".into());
        context.bind("_x9", 5.into());
        context.bind("loop", "$a".into());
        context.bind("f", Value::Float(1.0));
        let table = [
            ("plain", "plain"),
            ("$a-${a}", "A-A"),
            ("$a_b ${a}_b", "$a_b A_b"),
            ("$_x9", "5"),
            ("$$a $$", "$a $"),
            ("$missing ${missing}", "$missing ${missing}"),
            ("$ $1 ${ ${} ${a", "$ $1 ${ ${} ${a"),
            ("${a b} ${1}", "${a b} ${1}"),
            ("$loop", "$a"),
            ("$é$a", "$éA"),
            ("$f", "1.0"),
            ("a$", "a$"),
            ("$$$a", "$A"),
            ("", ""),
        ];
        for (template, text) in table {
            assert_eq!(Template::parse(template).render(&context), text, "{template}");
        }
    }

    #[test]
    fn a_template_names_its_variables() {
        let template = Template::parse("$a/${b}/$$c");
        assert_eq!(template.variables().collect::<Vec<_>>(), ["a", "b"]);
        assert!(!template.is_constant() && Template::parse("$$").is_constant());
    }
}
