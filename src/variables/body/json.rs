//! JSON that is filled in when a test runs: a string that is exactly `$name` takes the variable's type.
//!
//! Owns: the tree of what is fixed and what is not, and its text. Does not: read a suite.

use crate::ground::json_text;
use crate::ground::value::Value;
use crate::variables::context::Context;
use crate::variables::template::{Template, Text};

/// A JSON value with places for variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// What never changes.
    Fixed {
        /// As it is sent.
        text: String,
        /// Whether it stands below `template`, so that a `$` in it is meant.
        is_template: bool,
    },
    /// A string with variables in it; it stays a string.
    Text(Template),
    /// A string that is exactly `$name`: the variable as it is, whatever its type.
    Variable(Template),
    /// A list.
    List(Vec<Json>),
    /// An object in written order, its keys templates.
    Object(Vec<(Text, Json)>),
}

impl Json {
    /// What a value is, where nothing is filled in.
    ///
    /// # Errors
    /// A number that JSON has no form for.
    pub fn fixed(value: &Value) -> Result<Json, String> {
        let mut text = String::new();
        json_text::write(value, &mut text)?;
        Ok(Json::Fixed { text, is_template: false })
    }

    /// A string below `template`.
    pub fn templated(text: &str) -> Json {
        let template = Template::parse(text);
        if template.is_constant() {
            let mut fixed = String::new();
            json_text::write_string(&template.render(&Context::new()), &mut fixed);
            return Json::Fixed { text: fixed, is_template: true };
        }
        let is_name = template.variables().next().is_some_and(|name| text.strip_prefix('$') == Some(name));
        if is_name { Json::Variable(template) } else { Json::Text(template) }
    }

    /// Appends its text for a context.
    ///
    /// # Errors
    /// A variable whose value JSON has no form for.
    pub fn write(&self, context: &Context, out: &mut String) -> Result<(), String> {
        match self {
            Json::Fixed { text, .. } => out.push_str(text),
            Json::Text(template) => json_text::write_string(&template.render(context), out),
            Json::Variable(template) => {
                let name = template.variables().next().unwrap_or_default();
                match context.get(name) {
                    Some(value) => json_text::write(value, out)
                        .map_err(|message| format!("${name} cannot be sent as JSON: {message}"))?,
                    None => json_text::write_string(template.source(), out),
                }
            }
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(context, out)?;
                }
                out.push(']');
            }
            Json::Object(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    json_text::write_string(&key.render(context), out);
                    out.push(':');
                    value.write(context, out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// Whether its text is always the same.
    pub fn is_constant(&self) -> bool {
        match self {
            Json::Fixed { .. } => true,
            Json::Text(_) | Json::Variable(_) => false,
            Json::List(items) => items.iter().all(Json::is_constant),
            Json::Object(entries) => entries.iter().all(|(key, value)| key.is_constant() && value.is_constant()),
        }
    }

    /// Hands over every text in it.
    pub fn each_text(&self, take: &mut dyn FnMut(&Text)) {
        match self {
            Json::Fixed { is_template: true, .. } => {}
            Json::Fixed { text, .. } => take(&Text::Plain(text.clone())),
            Json::Text(template) | Json::Variable(template) => take(&Text::Template(template.clone())),
            Json::List(items) => items.iter().for_each(|item| item.each_text(take)),
            Json::Object(entries) => {
                for (key, value) in entries {
                    take(key);
                    value.each_text(take);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_takes_the_type_and_all_else_is_text() {
        let mut context = Context::new();
        context.bind("id", 7.into());
        context.bind("flag", true.into());
        context.bind("text", "say \"hi\"".into());
        context.bind("list", Value::List(vec![1.into(), "x".into()]));
        context.bind("gone", 1.into());
        context.bind("gone", Value::Null);
        for (template, json) in [
            ("$id", "7"),
            ("$flag", "true"),
            ("$gone", "null"),
            ("$list", "[1,\"x\"]"),
            ("$text", "\"say \\\"hi\\\"\""),
            ("${id}", "\"7\""),
            ("$id ", "\"7 \""),
            ("a$flag", "\"aTrue\""),
            ("$$id", "\"$id\""),
            ("$nobody", "\"$nobody\""),
            ("${nobody}", "\"${nobody}\""),
            ("plain", "\"plain\""),
        ] {
            let mut out = String::new();
            Json::templated(template).write(&context, &mut out).unwrap();
            assert_eq!(out, json, "{template}");
        }
    }

    #[test]
    fn what_json_has_no_form_for_names_its_variable() {
        let mut context = Context::new();
        context.bind("x", Value::Float(f64::NAN));
        let wrong = Json::templated("$x").write(&context, &mut String::new()).unwrap_err();
        assert!(wrong.contains("$x"), "{wrong}");
    }
}
