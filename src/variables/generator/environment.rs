//! `$X` and `${X}` in a text, as Python's `os.path.expandvars` treats them.
//!
//! Owns: the substitution. Does not: read the environment.

/// Replaces what `environment` knows; all else stays as written. Values are not looked into again.
pub fn expand(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = name_after(after);
        let written = &rest[at..at + 1 + length];
        match environment_value(name, environment) {
            Some(value) => out.push_str(&value),
            None => out.push_str(written),
        }
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}

/// The names that a text asks for.
pub fn names(text: &str) -> Vec<&str> {
    let after = text.match_indices('$').map(|(at, _)| name_after(&text[at + 1..]).0);
    after.filter(|name| can_be_set(name)).collect()
}

/// The name after a `$` and the length of what was written for it; both empty where no name follows.
fn name_after(after: &str) -> (&str, usize) {
    if let Some(inner) = after.strip_prefix('{') {
        return inner.find('}').map_or(("", 0), |end| (&inner[..end], end + 2));
    }
    let end = after.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(after.len());
    (&after[..end], end)
}

/// An empty name, or one that no environment can hold, is never looked up: `std::env::var` dislikes them.
fn environment_value(name: &str, environment: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if can_be_set(name) { environment(name) } else { None }
}

fn can_be_set(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_is_pythons() {
        let environment = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "B_2" => Some("$A".to_owned()),
            "a b" => Some("spaced".to_owned()),
            _ => None,
        };
        let table = [
            ("$A-${A}", "1-1"),
            ("$B_2", "$A"),
            ("$AB ${AB}", "$AB ${AB}"),
            ("$$A $", "$1 $"),
            ("${} ${A ${a b}", "${} ${A ${a b}"),
            ("${a b}", "spaced"),
            ("$é$A", "$é1"),
            ("", ""),
        ];
        for (text, expanded) in table {
            assert_eq!(expand(text, &environment), expanded, "{text}");
        }
        assert_eq!(names("a $A-${a b} ${} $é ${A"), ["A", "a b"]);
    }
}
