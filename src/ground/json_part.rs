//! JSON that is looked into part by part: what nobody asks for is never built, and each part knows where it stands.
//!
//! Owns: members, items, scalars of a part. Does not: know a format.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::source::{Fault, Location, Position, Source};

/// A list of more items is none that people or their programs have written.
const MOST_ITEMS: usize = 20_000;

/// A part of a text.
#[derive(Debug, Clone, Copy)]
pub struct Part<'s>(&'s str);

/// The whole of a source, once it is known to be JSON.
///
/// # Errors
/// Where it is none, and why.
pub fn whole(source: &Source) -> Result<Part<'_>, Fault> {
    let text = source.text();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => Ok(Part(raw.get())),
        Err(error) => {
            let at = Position { line: error.line() as u32, column: (error.column() as u32).max(1) };
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            Err(Fault::new(source.location(at), format!("this is not JSON: {message}")))
        }
    }
}

impl<'s> Part<'s> {
    /// The whole of a text; nothing where it is no JSON.
    pub fn of(text: &'s str) -> Option<Part<'s>> {
        serde_json::from_str::<&RawValue>(text).ok().map(|raw| Part(raw.get()))
    }

    /// As it is written.
    pub fn text(self) -> &'s str {
        self.0
    }

    /// Where it stands.
    pub fn place(self, source: &Source) -> Location {
        source.location(source.position(source.offset_of(self.0).unwrap_or_default()))
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.0.starts_with('[')
    }

    /// The members of these names; the last one, where a name comes again.
    pub fn members<const N: usize>(self, names: [&str; N]) -> [Option<Part<'s>>; N] {
        let mut found = [None; N];
        if self.is_object() {
            self.pick(&names, &mut found);
        }
        found
    }

    /// The member of a name.
    pub fn member(self, name: &str) -> Option<Part<'s>> {
        let [found] = self.members([name]);
        found
    }

    fn pick(self, names: &[&str], found: &mut [Option<Part<'s>>]) {
        let mut deserializer = serde_json::Deserializer::from_str(self.0);
        // It has been read as JSON before.
        let _ = deserializer.deserialize_map(Members { names, found });
    }

    /// Each item of a list, until one says that it is enough.
    pub fn each(self, mut take: impl FnMut(Part<'s>) -> Enough) {
        if self.is_list() {
            let mut deserializer = serde_json::Deserializer::from_str(self.0);
            let _ = deserializer.deserialize_seq(Items(&mut take));
        }
    }

    /// The items of a list, the first [`MOST_ITEMS`] of very many; nothing of what is none.
    pub fn items(self) -> Vec<Part<'s>> {
        let mut items = Vec::new();
        self.each(|item| {
            items.push(item);
            if items.len() == MOST_ITEMS { Enough::Yes } else { Enough::No }
        });
        items
    }

    /// What a string says.
    pub fn string(self) -> Option<String> {
        if self.0.starts_with('"') { serde_json::from_str(self.0).ok() } else { None }
    }

    /// What a string says, or a number or a boolean as it is written.
    pub fn shown(self) -> Option<String> {
        match self.0.as_bytes().first()? {
            b'"' => self.string(),
            b'{' | b'[' | b'n' => None,
            _ => Some(self.0.to_owned()),
        }
    }

    /// Whether it is `true`.
    pub fn is_true(self) -> bool {
        self.0 == "true"
    }

    /// All of it; null where it is nested too deep.
    pub fn json(self) -> Json {
        serde_json::from_str(self.0).unwrap_or_default()
    }
}

/// Whether further items are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enough {
    /// They are not.
    Yes,
    /// They are.
    No,
}

struct Members<'n, 's> {
    names: &'n [&'n str],
    found: &'n mut [Option<Part<'s>>],
}

impl<'s> Visitor<'s> for Members<'_, 's> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'s>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            match self.names.iter().position(|wanted| *wanted == name) {
                Some(at) => self.found[at] = Some(Part(map.next_value::<&RawValue>()?.get())),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A name, borrowed where it has no escapes.
struct Name<'s>(Cow<'s, str>);

impl<'s> Deserialize<'s> for Name<'s> {
    fn deserialize<D: Deserializer<'s>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'s> Visitor<'s> for Text {
            type Value = Name<'s>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, text: &'s str) -> Result<Name<'s>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Name<'s>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

struct Items<'t, 's>(&'t mut dyn FnMut(Part<'s>) -> Enough);

impl<'s> Visitor<'s> for Items<'_, 's> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'s>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element::<&RawValue>()? {
            if (self.0)(Part(item.get())) == Enough::Yes {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_where_they_stand() {
        let source = Source::new(
            "a.json",
            "\u{feff}{\"a\": [1, \"x\\u00e9\"],\n \"b\": {\"\\u0063\": true}, \"a\": [2]}".to_owned(),
        );
        let all = whole(&source).unwrap();
        let [a, b, none] = all.members(["a", "b", "d"]);
        assert_eq!(a.unwrap().items()[0].json(), 2);
        assert!(none.is_none());
        let c = b.unwrap().member("c").unwrap();
        assert!(c.is_true());
        assert_eq!(c.place(&source).to_string(), "a.json:2:18");
        assert!(c.items().is_empty() && c.member("x").is_none() && c.string().is_none());
    }

    #[test]
    fn what_is_no_json_has_a_place() {
        for (text, message) in [
            ("{\"a\": }", "a.json:1:7: this is not JSON: expected value"),
            ("", "a.json:1:1: this is not JSON: EOF while parsing a value"),
            ("{} x", "a.json:1:4: this is not JSON: trailing characters"),
        ] {
            let source = Source::new("a.json", text.to_owned());
            assert_eq!(whole(&source).unwrap_err().to_string(), message, "{text}");
        }
    }
}
