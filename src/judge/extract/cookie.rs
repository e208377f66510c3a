//! `cookie`: what an answer sets by `Set-Cookie`, or one attribute of it.
//!
//! Owns: the query `name[Attribute]`, reading a line as RFC 6265bis does. Does not: decide whether a cookie is kept
//! (see `http::cookies`).

use super::ExtractError;
use crate::exchange::response::Response;
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;

/// What can be asked of a cookie.
const ATTRIBUTES: [&str; 8] = ["Value", "Expires", "Max-Age", "Domain", "Path", "Secure", "HttpOnly", "SameSite"];

/// A cookie and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieQuery {
    name: String,
    attribute: &'static str,
}

impl CookieQuery {
    /// Reads `name` or `name[Attribute]`.
    ///
    /// # Errors
    /// No name, or an attribute that there is not.
    pub fn parse(source: &str) -> Result<CookieQuery, String> {
        let (name, attribute) = match source.strip_suffix(']').and_then(|source| source.split_once('[')) {
            Some((name, attribute)) => (name, attribute.trim()),
            None => (source, "Value"),
        };
        let name = name.trim();
        if name.is_empty() {
            return Err("a cookie has a name: write name or name[Path]".to_owned());
        }
        let known = ATTRIBUTES.iter().find(|have| have.eq_ignore_ascii_case(attribute)).ok_or_else(|| {
            let meant = did_you_mean(attribute, ATTRIBUTES.iter().copied());
            format!("a cookie has no attribute \"{attribute}\"{meant}; one of {}", ATTRIBUTES.join(", "))
        })?;
        Ok(CookieQuery { name: name.to_owned(), attribute: known })
    }

    /// What the answer says; of a cookie that is set twice, the last one.
    ///
    /// # Errors
    /// The cookie is not set, or has no such attribute.
    pub fn find(&self, response: &Response) -> Result<Value, ExtractError> {
        let name_of = |line: &str| {
            line.split(';').next().and_then(|pair| pair.split_once('=')).map(|(name, _)| name.trim().to_owned())
        };
        let lines: Vec<&str> = response.header_values("set-cookie").collect();
        let Some(line) = lines.iter().rfind(|line| name_of(line).as_deref() == Some(&*self.name)) else {
            let names: Vec<String> = lines.iter().filter_map(|line| name_of(line)).collect();
            let hint = did_you_mean(&self.name, names.iter().map(String::as_str));
            return Err(ExtractError::Missing(format!("no cookie \"{}\" is set{hint}", self.name)));
        };
        let mut parts = line.split(';');
        let value = parts.next().and_then(|pair| pair.split_once('=')).map_or("", |(_, value)| value.trim());
        if self.attribute == "Value" {
            return Ok(value.into());
        }
        let mut pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
        // Of an attribute that stands twice the last one holds.
        let given = pairs.rfind(|(name, _)| name.trim().eq_ignore_ascii_case(self.attribute));
        match given.map(|(_, value)| value.trim()) {
            Some(_) if matches!(self.attribute, "Secure" | "HttpOnly") => Ok(true.into()),
            Some(value) if self.attribute == "Max-Age" => {
                Ok(value.parse::<i128>().map_or_else(|_| value.into(), Value::Int))
            }
            Some(value) => Ok(value.into()),
            None => Err(ExtractError::Missing(format!("the cookie \"{}\" has no {}", self.name, self.attribute))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_and_their_attributes_are_found() {
        let mut response = Response::new(200, "");
        for line in [
            "old=1; Path=/a",
            "sid=abc=; Path=/; Domain=x.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax; path=/b; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            "old=2",
            "odd=\"q\"; Max-Age=soon",
        ] {
            response.headers.push(("set-cookie".to_owned(), line.to_owned()));
        }
        let find = |query: &str| match CookieQuery::parse(query)
            .and_then(|query| query.find(&response).map_err(|e| e.to_string()))
        {
            Ok(value) => value.repr(),
            Err(reason) => reason,
        };
        for (query, expected) in [
            ("sid", "'abc='"),
            ("sid[value]", "'abc='"),
            ("sid[Path]", "'/b'"),
            ("sid[Max-Age]", "60"),
            ("sid[Secure]", "True"),
            ("sid[HttpOnly]", "True"),
            ("sid[SameSite]", "'Lax'"),
            ("sid[Domain]", "'x.test'"),
            ("sid[Expires]", "'Wed, 21 Oct 2026 07:28:00 GMT'"),
            ("old", "'2'"),
            ("old[Path]", "the cookie \"old\" has no Path"),
            ("odd", "'\"q\"'"),
            ("odd[Max-Age]", "'soon'"),
            ("sidd", "no cookie \"sidd\" is set; did you mean \"sid\"?"),
            (
                "sid[Pth]",
                "a cookie has no attribute \"Pth\"; did you mean \"Path\"?; one of Value, Expires, Max-Age, Domain, Path, Secure, HttpOnly, SameSite",
            ),
            ("[Path]", "a cookie has a name: write name or name[Path]"),
        ] {
            assert_eq!(find(query), expected, "{query}");
        }
    }
}
