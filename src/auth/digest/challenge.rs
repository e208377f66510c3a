//! `WWW-Authenticate` taken apart: its schemes and their parameters.
//!
//! Owns: RFC 9110's grammar of challenges, as servers write it. Does not: know what a scheme's parameters mean
//! (see `answer`).

/// One scheme and what stands behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scheme {
    /// In lower case; empty for parameters that follow no scheme, as in `Authentication-Info`.
    pub name: String,
    /// Names in lower case with their values, in order; nothing of a value that is no list of parameters.
    pub parameters: Vec<(String, String)>,
}

impl Scheme {
    /// The value of the parameter, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}

/// All schemes of one field; what does not fit the grammar is passed over.
pub fn schemes(field: &str) -> Vec<Scheme> {
    let mut found: Vec<Scheme> = Vec::new();
    let mut rest = field;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return found;
        }
        let (word, behind) = token(rest);
        if word.is_empty() {
            // No token stands here: on behind the next comma.
            rest = rest.split_once(',').map_or("", |(_, behind)| behind);
            continue;
        }
        if let Some((value, behind)) = value(behind) {
            if found.is_empty() {
                found.push(Scheme::default());
            }
            if let Some(scheme) = found.last_mut() {
                scheme.parameters.push((word.to_ascii_lowercase(), value));
            }
            rest = behind;
            continue;
        }
        found.push(Scheme { name: word.to_ascii_lowercase(), parameters: Vec::new() });
        rest = behind.trim_start_matches([' ', '\t']);
        // Behind a scheme, `abc==` is a value of its own and no parameter.
        let (word, behind) = token(rest);
        if value(behind).is_none() && (word.is_empty() || !behind.starts_with([',', ' ', '\t']) && !behind.is_empty()) {
            rest = rest.find(',').map_or("", |at| &rest[at..]);
        }
    }
}

/// The token at the beginning, and what follows.
fn token(text: &str) -> (&str, &str) {
    let is_end = |c: char| c.is_ascii_whitespace() || "=,\"()<>@:;\\[]?{}".contains(c);
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}

/// The value behind `=`, and what follows; nothing where there is none.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches([' ', '\t']).strip_prefix('=')?.trim_start_matches([' ', '\t']);
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find([' ', '\t', ',']).unwrap_or(text.len()));
        return (!value.is_empty() && !value.starts_with('=')).then(|| (value.to_owned(), rest));
    };
    let (mut value, mut is_escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            '\\' if !is_escaped => is_escaped = true,
            '"' if !is_escaped => return Some((value, &quoted[at + 1..])),
            _ => {
                value.push(c);
                is_escaped = false;
            }
        }
    }
    // A quote that nobody closes goes to the end.
    Some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_apart() {
        let shown = |field: &str| {
            let one = |scheme: Scheme| {
                let parameters: Vec<String> =
                    scheme.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{}({})", scheme.name, parameters.join("|"))
            };
            schemes(field).into_iter().map(one).collect::<String>()
        };
        for (field, wanted) in [
            ("", ""),
            (", ,", ""),
            ("Basic", "basic()"),
            ("Basic realm=\"x, y\"", "basic(realm=x, y)"),
            ("Negotiate, Basic realm=x", "negotiate()basic(realm=x)"),
            ("Negotiate abc/d+==, Digest nonce=\"n\"", "negotiate()digest(nonce=n)"),
            ("NTLM TlRM, Digest nonce = n", "ntlm()tlrm()digest(nonce=n)"),
            ("Digest a=\"\\\"\\\\\",b=\"\"", "digest(a=\"\\|b=)"),
            ("Digest a=\"open, b=c", "digest(a=open, b=c)"),
            ("nextnonce=\"n\", qop=auth", "(nextnonce=n|qop=auth)"),
            ("@@@, Digest nonce=n", "digest(nonce=n)"),
            ("Digest nonce=ü, Bearer", "digest(nonce=ü)bearer()"),
        ] {
            assert_eq!(shown(field), wanted, "{field}");
        }
    }
}
