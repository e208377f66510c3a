//! Text into XML and HTML, and times into text.
//!
//! Owns: escaping, and what XML 1.0 does not allow at all. Does not: know a format's elements.

use std::time::Duration;

use crate::judge::outcome::Outcome;

/// Text between tags or in quotes, safe in XML and in HTML: characters that XML 1.0 has no way to
/// write (most control characters) become U+FFFD.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let (mut begins_line, mut has_signs) = (true, false);
    for c in text.chars() {
        let begins = begins_line;
        begins_line = matches!(c, '\n' | '\r') || (begins && !c.is_alphanumeric());
        has_signs |= c == '#';
        match c {
            // What a CI system that reads a report on stdout would take for a command of its own.
            ':' if begins => out.push_str("&#58;"),
            '[' if has_signs => out.push_str("&#91;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A parser makes a line feed of a bare carriage return; this way it stays one.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' || ('\u{7f}'..='\u{9f}').contains(&c) || c == '\u{fffe}' || c == '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

/// The same for an attribute, where a parser would make spaces of line ends and tabs.
pub fn attribute(text: &str) -> String {
    escape(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// The beginning of a failed test's body, cut between characters, with a note of what is missing.
pub fn body_excerpt(outcome: &Outcome, most: usize) -> Option<String> {
    let (shown, missing) = outcome.body_beginning(most)?;
    Some(if missing == 0 { shown.to_owned() } else { format!("{shown}\n… {missing} more bytes") })
}

/// Seconds with milliseconds, as JUnit and Prometheus have them.
pub fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// A time for people: `1.63 ms`, `2.500 s`.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1000.0) } else { format!("{seconds:.3} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_quotes() {
        assert_eq!(
            escape("<a href='x'>&\"]]>\u{0}\u{1b}\r\n\t"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;]]&gt;\u{fffd}\u{fffd}&#13;\n\t"
        );
        // Commands of CI systems, in a report that goes to stdout.
        assert_eq!(escape("a::b\n ::c ##vso[d"), "a::b\n &#58;&#58;c ##vso&#91;d");
        assert_eq!(attribute("a\nb\tc"), "a&#10;b&#9;c");
        assert_eq!(escape("日本 \u{1f600} \u{ffff}"), "日本 \u{1f600} \u{fffd}");
    }

    #[test]
    fn long_bodies_are_cut_between_characters() {
        for (body, kept, most, expected) in [
            ("ab", 9, 2, "ab"),
            ("aéé", 9, 2, "a\n… 4 more bytes"),
            // What was cut before is counted.
            ("aéé", 4, 2, "a\n… 4 more bytes"),
            ("aéé", 4, 9, "aé\n… 2 more bytes"),
            ("aéé", 0, 9, "\n… 5 more bytes"),
        ] {
            let mut outcome = Outcome { body: Some(body.to_owned()), ..Outcome::default() };
            outcome.cut_body(kept);
            assert_eq!(body_excerpt(&outcome, most).as_deref(), Some(expected), "{body} {kept} {most}");
        }
        assert_eq!(body_excerpt(&Outcome::default(), 9), None);
    }
}
