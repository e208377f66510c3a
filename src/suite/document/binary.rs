//! Bytes as items of a list, over several lines: of these, serde_yaml says neither place nor tag.
//!
//! Owns: finding them in the text. Does not: decode them.

use crate::ground::source::Source;

/// What stands behind `- !!binary |` or `>` in a text, without its blanks.
pub(super) fn binary_items(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = source.text().lines().peekable();
    while let Some(line) = lines.next() {
        let Some(dash) = dash_of_binary(line) else { continue };
        let mut digits = String::new();
        let is_inside = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start_matches(' ').len() > dash;
        while let Some(line) = lines.next_if(is_inside) {
            digits.extend(line.chars().filter(|c| !c.is_whitespace()));
        }
        found.push(digits);
    }
    found
}

/// How far the last dash of such an item is indented, if the line begins one.
fn dash_of_binary(line: &str) -> Option<usize> {
    let mut rest = line.trim_start_matches([' ', '-']);
    let dashes = &line[..line.len() - rest.len()];
    let dash = dashes.rfind('-')?;
    if rest.starts_with('&') {
        rest = rest.split_once(' ')?.1.trim_start();
    }
    let style = rest.strip_prefix("!!binary")?.trim_start_matches(' ').strip_prefix(['|', '>'])?;
    let style = style.split('#').next().unwrap_or_default().trim_end();
    style.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9')).then_some(dash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_their_dash() {
        for (text, expected) in [
            ("- !!binary |\n  AA\n  EC\n- x\n", &["AAEC"][..]),
            ("a:\n- !!binary >-  # c\n  AAEC\n\n  AA==\nb: 1\n", &["AAECAA=="]),
            ("- - !!binary |2\n    AAEC\n  - !!binary |\n    BBBB\n", &["AAEC", "BBBB"]),
            ("- &a !!binary |\n  AAEC\n", &["AAEC"]),
            ("- !!binary AAEC\n- a: !!binary |\n    AAEC\n- !!binary\n- !!str |\n  x\n", &[]),
            ("- !!binary |x\n  AAEC\n", &[]),
            ("", &[]),
        ] {
            assert_eq!(binary_items(&Source::new("s.yaml", text.to_owned())), expected, "{text}");
        }
    }
}
