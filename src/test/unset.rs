//! The variables that a test's templates use and a context lacks.
//!
//! Owns: which they are, each once. Does not: know why they are not set (see `run::unset`).

use super::definition::Test;
use crate::variables::context::Context;
use crate::variables::template::Text;

impl Test {
    /// Those of its request: URL, headers, body, a templated file of it too.
    pub fn unset_to_send(&self, context: &Context) -> Vec<String> {
        let mut unset = Unset { context, names: Vec::new() };
        unset.add_text(&self.url);
        for (name, value) in self.header_texts() {
            unset.add_text(name);
            unset.add_text(value);
        }
        self.auth_texts().for_each(|text| unset.add_text(text));
        if let Some(block) = self.auth_block() {
            block.each_text(&mut |text| unset.add_text(text));
        }
        self.query.each_text(&mut |text| unset.add_text(text));
        self.status_templates.iter().for_each(|text| unset.add_text(text));
        // The answer is saved when the test has extracted its variables.
        let is_own = |name: &&str| self.extract_binds.iter().any(|bind| bind.variable == **name);
        unset.add(self.save.iter().flat_map(Text::variables).filter(|name| !is_own(name)));
        if let Some(body) = &self.body {
            unset.add(body.variables_in(context));
        }
        unset.names
    }

    /// Those of its validators and of what it extracts. What one of its extractions sets, the next ones may use.
    pub fn unset_to_judge(&self, context: &Context) -> Vec<String> {
        let mut unset = Unset { context, names: Vec::new() };
        for validator in self.asserted() {
            unset.add(validator.variables());
            if let Some(schema) = validator.schema_content() {
                unset.add(schema.variables_in(context));
            }
        }
        for (at, bind) in self.extract_binds.iter().enumerate() {
            let is_own = |name: &String| self.extract_binds[..at].iter().any(|before| before.variable == *name);
            unset.add(bind.extractor.variables().into_iter().filter(|name| !is_own(name)));
        }
        unset.names
    }
}

struct Unset<'c> {
    context: &'c Context,
    names: Vec<String>,
}

impl Unset<'_> {
    fn add_text(&mut self, text: &Text) {
        if let Text::Template(template) = text {
            self.add(template.variables());
        }
    }

    fn add<N: AsRef<str> + Into<String>>(&mut self, names: impl IntoIterator<Item = N>) {
        for name in names {
            if self.context.get(name.as_ref()).is_none() && !self.names.iter().any(|have| have == name.as_ref()) {
                self.names.push(name.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::body::{Body, Pairs};
    use crate::variables::content::Content;
    use crate::variables::template::Template;

    fn template(text: &str) -> Text {
        Text::Template(Template::parse(text))
    }

    #[test]
    fn every_place_of_a_request_is_looked_at_and_no_dollar_is_a_name_by_itself() {
        let mut test = Test::get("");
        test.url = template("/$set/$a/$$b/$5/${a}");
        test.headers.entries =
            vec![(template("X-$c"), template("${d}")), (Text::Plain("$e".to_owned()), template("$"))];
        test.query = Pairs(vec![(template("$q"), Text::Plain("$r".to_owned()))]);
        test.body = Some(Body::Text(Content::Inline(template("{\"f\": \"$f\"}"))));
        let mut context = Context::new();
        context.bind("set", 1.into());
        assert_eq!(test.unset_to_send(&context), ["a", "c", "d", "q", "f"]);
        assert!(Test::get("/$x").unset_to_send(&context).is_empty());
    }
}
