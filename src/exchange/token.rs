//! The words of HTTP: what a method or the name of a header may be, what a header may hold.
//!
//! Owns: which characters these have. Does not: know any method or header.

/// Whether a text is a token: RFC 9110, 5.6.2.
pub fn is_token(text: &str) -> bool {
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_token)
}

/// Whether a header may hold this text: no control character stands in it but a tab.
pub fn is_value(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_http_are_told_from_others() {
        for (text, is_word) in
            [("GET", true), ("X-A_1!", true), ("", false), ("a b", false), ("é", false), ("a:", false)]
        {
            assert_eq!(is_token(text), is_word, "{text}");
        }
        for (text, is_one) in [("a\tb é", true), ("", true), ("a\nb", false), ("\u{7f}", false)] {
            assert_eq!(is_value(text), is_one, "{text:?}");
        }
    }
}
