//! Values of parameters as their style writes them.
//!
//! Owns: the table "Style Values" of the specification, `content`, `allowReserved`. Does not: choose a value.

use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde_json::Value as Json;

use super::inputs::{Parameter, Place};
use crate::exchange::url::UNRESERVED;

/// What `allowReserved` leaves besides: the characters that have a meaning in URLs, but for those that end a value.
const RESERVED: &AsciiSet = &UNRESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'[')
    .remove(b']')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';');

/// A name and a value as they stand in a query, a cookie or a header; of a path only the value is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// How a parameter is written.
struct Style<'p> {
    name: &'p str,
    style: &'p str,
    explodes: bool,
    /// What is coded; headers and cookies have no code for it.
    coded: Option<&'static AsciiSet>,
}

/// A parameter's value as it is sent. An empty list of a query is left out.
pub fn serialize(parameter: &Parameter<'_>, value: &Json) -> Vec<Piece> {
    let default = match parameter.place {
        Place::Path | Place::Header => "simple",
        Place::Query | Place::Cookie => "form",
    };
    let style = parameter.node.text("style").unwrap_or(default);
    let coded = match parameter.place {
        Place::Path => Some(UNRESERVED),
        Place::Query if parameter.node.is("allowReserved") => Some(RESERVED),
        Place::Query => Some(UNRESERVED),
        Place::Header | Place::Cookie => None,
    };
    let explodes = parameter.node.json.get("explode").and_then(Json::as_bool).unwrap_or(style == "form");
    let style = Style { name: parameter.name, style, explodes, coded };
    if parameter.content().is_some() {
        let text = match value {
            Json::String(text) if !parameter.content().is_some_and(|(kind, _)| kind.contains("json")) => text.clone(),
            value => value.to_string(),
        };
        return vec![Piece { name: style.code(parameter.name), value: style.code(&text) }];
    }
    style.pieces(value)
}

impl Style<'_> {
    fn code(&self, text: &str) -> String {
        match self.coded {
            Some(set) => utf8_percent_encode(text, set).to_string(),
            None => text.to_owned(),
        }
    }

    /// A value within a list or an object; what is deeper has no style, and is JSON.
    fn one(&self, value: &Json) -> String {
        match value {
            Json::String(text) => self.code(text),
            Json::Null => String::new(),
            value => self.code(&value.to_string()),
        }
    }

    fn pieces(&self, value: &Json) -> Vec<Piece> {
        let name = self.code(self.name);
        let whole = |value: String| vec![Piece { name: name.clone(), value }];
        let mut pairs: Vec<(String, String)> = Vec::new();
        let (items, is_object) = match value {
            Json::Array(items) => (items.iter().map(|item| self.one(item)).collect(), false),
            Json::Object(map) => {
                pairs = map.iter().map(|(key, value)| (self.code(key), self.one(value))).collect();
                (pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect(), true)
            }
            value => (vec![self.one(value)], false),
        };
        let items: Vec<String> = items;
        let joined = |between: &str| items.join(between);
        let assigned =
            |between: &str| pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(between);
        let is_list = value.is_array();
        match self.style {
            "matrix" if self.explodes && is_object => {
                whole(pairs.iter().map(|(key, value)| format!(";{key}={value}")).collect())
            }
            "matrix" if self.explodes && is_list => whole(items.iter().map(|item| format!(";{name}={item}")).collect()),
            "matrix" if joined(",").is_empty() => whole(format!(";{name}")),
            "matrix" => whole(format!(";{name}={}", joined(","))),
            "label" if self.explodes && is_object => whole(format!(".{}", assigned("."))),
            "label" if self.explodes => whole(format!(".{}", joined("."))),
            "label" => whole(format!(".{}", joined(","))),
            "simple" if self.explodes && is_object => whole(assigned(",")),
            "simple" => whole(joined(",")),
            "deepObject" if is_object => {
                let piece = |(key, value): (String, String)| Piece { name: format!("{name}%5B{key}%5D"), value };
                pairs.into_iter().map(piece).collect()
            }
            _ if (is_list || is_object) && items.is_empty() => Vec::new(),
            "spaceDelimited" if !self.explodes => whole(joined("%20")),
            "pipeDelimited" if !self.explodes => whole(joined("%7C")),
            _ if self.explodes && is_object => pairs.into_iter().map(|(name, value)| Piece { name, value }).collect(),
            _ if self.explodes && is_list => {
                items.into_iter().map(|value| Piece { name: name.clone(), value }).collect()
            }
            _ => whole(joined(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::tests::document;

    fn sent(parameter: &str, value: &str) -> String {
        let document = document("3.1.0", &format!("paths: {{/x: {{get: {{parameters: [{parameter}]}}}}}}"));
        let parameter = document.operations()[0].parameters()[0];
        let pieces = serialize(&parameter, &serde_json::from_str(value).unwrap());
        let shown = |piece: &Piece| match parameter.place {
            Place::Path | Place::Header => piece.value.clone(),
            Place::Query | Place::Cookie => format!("{}={}", piece.name, piece.value),
        };
        pieces.iter().map(shown).collect::<Vec<_>>().join("&")
    }

    /// The table of the specification: empty, text, list, object.
    #[test]
    fn the_table_of_styles() {
        const N_A: &str = "-";
        for (place, style, explode, expected) in [
            ("path", "matrix", false, [";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"]),
            (
                "path",
                "matrix",
                true,
                [";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"],
            ),
            ("path", "label", false, [".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
            ("path", "label", true, [".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
            ("path", "simple", false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
            ("header", "simple", false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
            ("path", "simple", true, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
            ("query", "form", false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
            (
                "query",
                "form",
                true,
                ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
            ),
            ("cookie", "form", false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
            (
                "query",
                "spaceDelimited",
                false,
                [N_A, N_A, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"],
            ),
            (
                "query",
                "pipeDelimited",
                false,
                [N_A, N_A, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"],
            ),
            ("query", "deepObject", true, [N_A, N_A, N_A, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"]),
        ] {
            let values = ["\"\"", "\"blue\"", r#"["blue","black","brown"]"#, r#"{"R":100,"G":200,"B":150}"#];
            for (value, expected) in values.iter().zip(expected).filter(|(_, expected)| *expected != N_A) {
                let parameter = format!("{{name: color, in: {place}, style: {style}, explode: {explode}}}");
                assert_eq!(sent(&parameter, value), expected, "{style} {explode} {value}");
            }
        }
    }

    #[test]
    fn values_are_coded_where_a_url_needs_it() {
        for (parameter, value, expected) in [
            ("{name: a b, in: query}", "\"x&y/ä\"", "a%20b=x%26y%2F%C3%A4"),
            ("{name: q, in: query, allowReserved: true}", "\"x&y/z#?\"", "q=x%26y/z%23?"),
            ("{name: q, in: query}", "[]", ""),
            ("{name: q, in: query, explode: false}", "[\"a,b\", 1, null, true]", "q=a%2Cb,1,,true"),
            ("{name: id, in: path}", "\"a/b\"", "a%2Fb"),
            ("{name: X, in: header}", "\"a b, ä\"", "a b, ä"),
            ("{name: q, in: query, content: {application/json: {}}}", "{\"a\": [1]}", "q=%7B%22a%22%3A%5B1%5D%7D"),
            ("{name: q, in: query, content: {text/plain: {}}}", "\"a\"", "q=a"),
        ] {
            assert_eq!(sent(parameter, value), expected, "{parameter} {value}");
        }
    }
}
