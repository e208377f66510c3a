//! Headers as a suite has them.
//!
//! Owns: which value a name ends up with. Does not: send them, know what libcurl adds.

use crate::variables::context::Context;
use crate::variables::template::{Template, Text};

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
        rendered(self.entries.iter(), context)
    }

    /// The same behind those of the whole file, of which a name in any case replaces one.
    pub fn render_over<'h>(
        &self,
        of_file: impl Iterator<Item = &'h (Text, Text)>,
        context: &Context,
    ) -> Vec<(String, String)> {
        let own = self.render(context);
        let mut all = rendered(of_file, context);
        all.retain(|(name, _)| !own.iter().any(|(have, _)| have.eq_ignore_ascii_case(name)));
        all.extend(own);
        all
    }

    /// Whether a header is written under this name, in any case.
    pub fn names(&self, name: &Text) -> bool {
        self.entries.iter().any(|(have, _)| have.source().eq_ignore_ascii_case(name.source()))
    }
}

fn rendered<'h>(entries: impl Iterator<Item = &'h (Text, Text)>, context: &Context) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::with_capacity(entries.size_hint().0);
    for (name, value) in entries {
        let (name, value) = (name.render(context), value.render(context));
        match out.iter_mut().find(|(have, _)| *have == name) {
            Some(entry) => entry.1 = value,
            None => out.push((name, value)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(entries: &[(&str, &str)]) -> Headers {
        Headers::plain(entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_tests_own_header_wins_in_any_case() {
        let mut context = Context::new();
        context.bind("name", "X-B".into());
        let file = plain(&[("X-A", "1"), ("x-b", "2"), ("X-C", "3")]);
        let shown = |own: Headers| {
            own.render_over(file.entries.iter(), &context)
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(Headers::default()), ["X-A: 1", "x-b: 2", "X-C: 3"]);
        assert_eq!(shown(plain(&[("x-a", "own"), ("X-D", "4")])), ["x-b: 2", "X-C: 3", "x-a: own", "X-D: 4"]);
        // An empty value stays: it keeps the transport from sending its own.
        assert_eq!(shown(plain(&[("X-C", "")])), ["X-A: 1", "x-b: 2", "X-C: "]);
        let templated = Headers::templated(vec![("$name".to_owned(), "5".to_owned())]);
        assert_eq!(shown(templated), ["X-A: 1", "X-C: 3", "X-B: 5"]);
    }
}
