//! The lines of JSON: requests as they are written, answers as they are read.
//!
//! Owns: what an answer may say. Does not: carry a line (see `process`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::exchange::response::Response;
use crate::ground::json;
use crate::ground::json_text::{write, write_string};
use crate::ground::value::{Dict, Value};
use crate::variables::context::Context;

/// A request without its number: what follows `{"id":1`.
#[derive(Debug, Default)]
pub(super) struct Request(String);

impl Request {
    /// What is asked for, and of which name: `"generate":"word"`.
    pub fn new(kind: &str, name: &str) -> Request {
        let mut request = Request::default();
        request.key(kind);
        write_string(name, &mut request.0);
        request
    }

    fn key(&mut self, name: &str) {
        self.0.push(',');
        write_string(name, &mut self.0);
        self.0.push(':');
    }

    /// Adds what is JSON already.
    pub fn json(mut self, name: &str, json: &str) -> Request {
        self.key(name);
        self.0.push_str(json);
        self
    }

    /// Adds a value.
    ///
    /// # Errors
    /// A number in it is infinite, or none.
    pub fn value(mut self, name: &str, value: &Value) -> Result<Request, String> {
        self.key(name);
        write(value, &mut self.0)?;
        Ok(self)
    }

    /// Adds an answer of the server.
    pub fn response(self, response: &Response) -> Request {
        let mut json = format!("{{\"status\":{},\"headers\":", response.status);
        write_pairs(response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())), &mut json);
        match std::str::from_utf8(&response.body) {
            Ok(text) => {
                json.push_str(",\"body\":");
                write_string(text, &mut json);
            }
            Err(_) => {
                json.push_str(",\"body_base64\":");
                write_string(&BASE64_STANDARD.encode(&response.body), &mut json);
            }
        }
        json.push('}');
        self.json("response", &json)
    }

    /// Adds all variables.
    ///
    /// # Errors
    /// A number in one is infinite, or none.
    pub fn variables(self, context: &Context) -> Result<Request, String> {
        let pairs = context.variables().map(|(name, value)| (Value::from(name), value.clone()));
        self.value("variables", &Value::Dict(pairs.collect()))
    }

    /// The line.
    pub fn line(&self, id: u64) -> Vec<u8> {
        format!("{{\"id\":{id}{}}}\n", self.0).into_bytes()
    }
}

/// Pairs of texts as a list of lists of two.
pub(super) fn write_pairs<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>, out: &mut String) {
    out.push('[');
    for (i, (name, value)) in pairs.enumerate() {
        out.push_str(if i > 0 { ",[" } else { "[" });
        write_string(name, out);
        out.push(',');
        write_string(value, out);
        out.push(']');
    }
    out.push(']');
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer(pub Dict);

impl Answer {
    /// Reads a line that must be an object.
    ///
    /// # Errors
    /// It is none: the end of a sentence.
    pub fn read(line: &[u8]) -> Result<Answer, String> {
        match json::parse(line) {
            Ok(Value::Dict(answer)) => Ok(Answer(answer)),
            _ => {
                let text = String::from_utf8_lossy(&line[..line.len().min(200)]).trim_end().to_owned();
                let shown: String = text.chars().take(60).collect();
                Err(format!("answered with a line that is no JSON object: {shown:?}"))
            }
        }
    }

    /// Reads the answer to a request.
    ///
    /// # Errors
    /// It is none, or one to another request.
    pub fn read_of(line: &[u8], id: u64) -> Result<Answer, String> {
        let answer = Answer::read(line)?;
        match answer.0.get("id") {
            Some(Value::Int(have)) if *have == i128::from(id) => Ok(answer),
            Some(other) => Err(format!("answered with id {} to the request with id {id}", shown(other))),
            None => Err(format!("answered without id to the request with id {id}")),
        }
    }

    /// Why the program could not do it, if it says so.
    pub fn error(&self) -> Option<String> {
        self.0.get("error").filter(|error| !matches!(error, Value::Null)).map(Value::to_text)
    }

    /// The value.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self) -> Result<Value, String> {
        self.0.get("value").cloned().ok_or_else(|| "answered without value".to_owned())
    }

    /// Whether what was asked is so.
    ///
    /// # Errors
    /// It does not say.
    pub fn holds(&self) -> Result<bool, String> {
        match self.0.get("holds") {
            Some(Value::Bool(holds)) => Ok(*holds),
            Some(other) => Err(format!("answered with holds {}, which must be true or false", shown(other))),
            None => Err("answered without holds: true or false".to_owned()),
        }
    }

    /// A text, if it has one; null is none.
    pub fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !matches!(value, Value::Null)).map(Value::to_text)
    }

    /// Header lines.
    ///
    /// # Errors
    /// They are no list of pairs of texts.
    pub fn headers(&self) -> Result<Vec<(String, String)>, String> {
        let wrong = || "answered without headers: a list of [name, value]".to_owned();
        let Some(Value::List(lines)) = self.0.get("headers") else { return Err(wrong()) };
        lines
            .iter()
            .map(|line| match line {
                Value::List(pair) => match pair.as_slice() {
                    [Value::Str(name), Value::Str(value)] => Ok((name.clone(), value.clone())),
                    _ => Err(wrong()),
                },
                _ => Err(wrong()),
            })
            .collect()
    }
}

/// A value, cut short.
pub(super) fn shown(value: &Value) -> String {
    value.repr().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line() {
        let mut response = Response::new(200, "a\nb");
        response.headers.push(("content-type".to_owned(), "text/\"x\"".to_owned()));
        let request = Request::new("extract", "xml").value("argument", &"a/b".into()).unwrap().response(&response);
        let expected = "{\"id\":7,\"extract\":\"xml\",\"argument\":\"a/b\",\"response\":{\"status\":200,\
                        \"headers\":[[\"content-type\",\"text/\\\"x\\\"\"]],\"body\":\"a\\nb\"}}\n";
        assert_eq!(String::from_utf8(request.line(7)).unwrap(), expected);
        let binary = Request::new("validate", "x").response(&Response::new(204, vec![0xff_u8, 0]));
        assert!(String::from_utf8(binary.line(1)).unwrap().ends_with("\"headers\":[],\"body_base64\":\"/wA=\"}}\n"));
        assert!(Request::new("compare", "x").value("left", &Value::Float(f64::NAN)).is_err());
    }

    #[test]
    fn an_answer_is_of_its_request() {
        let read = |line: &str| Answer::read_of(line.as_bytes(), 3);
        assert_eq!(read("{\"id\": 3, \"value\": 1.5}\n").unwrap().value().unwrap().to_text(), "1.5");
        for (line, why) in [
            ("hello\n", "answered with a line that is no JSON object: \"hello\""),
            ("[]\n", "answered with a line that is no JSON object: \"[]\""),
            ("{\"id\": 4}", "answered with id 4 to the request with id 3"),
            ("{\"value\": 4}", "answered without id to the request with id 3"),
        ] {
            assert_eq!(read(line).unwrap_err(), why);
        }
        let answer = read("{\"id\": 3, \"error\": \"no\", \"holds\": 1, \"headers\": [[\"a\", 1]]}").unwrap();
        assert_eq!(answer.error().as_deref(), Some("no"));
        assert!(answer.value().is_err() && answer.holds().is_err() && answer.headers().is_err());
        let signed = read("{\"id\": 3, \"error\": null, \"headers\": [[\"X-A\", \"b\"]], \"holds\": false}").unwrap();
        assert_eq!(signed.headers().unwrap(), [("X-A".to_owned(), "b".to_owned())]);
        assert_eq!((signed.error(), signed.holds()), (None, Ok(false)));
    }
}
