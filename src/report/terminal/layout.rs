//! Lines for a terminal: coloured parts, never wider than it is.
//!
//! Owns: colours, cutting, how times and sizes are written. Does not: know what a line says, ask for the width.

use std::time::Duration;

use crate::ground::columns::{cut_end, cut_middle, width};
use crate::ground::printable::one_line;

/// How a part of a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As the terminal writes.
    Plain,
    /// What is there if wanted.
    Dim,
    /// Passed.
    Green,
    /// Failed, errored.
    Red,
    /// Flaky, slow.
    Yellow,
    /// Groups.
    Magenta,
    /// Places.
    Cyan,
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        Some(match self {
            Tone::Plain => return None,
            Tone::Dim => "2",
            Tone::Green => "32;1",
            Tone::Red => "31;1",
            Tone::Yellow => "33;1",
            Tone::Magenta => "35",
            Tone::Cyan => "36",
        })
    }
}

/// A line in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    parts: Vec<(Tone, String)>,
}

impl Line {
    /// A line that begins with so many spaces.
    pub fn indented(columns: usize) -> Line {
        Line::default().with(Tone::Plain, " ".repeat(columns))
    }

    /// The line with one more part, which may be foreign: it has no control characters afterwards.
    pub fn with(mut self, tone: Tone, text: impl AsRef<str>) -> Line {
        self.push(tone, text);
        self
    }

    /// Adds a part.
    pub fn push(&mut self, tone: Tone, text: impl AsRef<str>) {
        let text = clean(text.as_ref());
        if !text.is_empty() {
            self.parts.push((tone, text));
        }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.parts.iter().map(|(_, text)| width(text)).sum()
    }

    /// The line as it is written to a terminal of so many columns.
    pub fn text(&self, columns: usize, colour: bool) -> String {
        let mut left = columns;
        let mut out = String::new();
        let is_cut = self.width() > columns;
        for (i, (tone, text)) in self.parts.iter().enumerate() {
            let after: usize = self.parts[i + 1..].iter().map(|(_, text)| width(text)).sum();
            // The part at which the line ends bears the sign of it.
            let ends_here = is_cut && (width(text) > left || (width(text) == left && after > 0));
            let text = match ends_here {
                true if width(text) > left => cut_end(text, left),
                true => cut_end(&format!("{text} "), left),
                false => text.clone(),
            };
            left -= width(&text);
            match tone.code().filter(|_| colour) {
                Some(code) => out.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
                None => out.push_str(&text),
            }
            if ends_here {
                break;
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out
    }
}

/// Foreign text on one line, without anything that a terminal obeys.
pub fn clean(text: &str) -> String {
    let text = one_line(text);
    if text.contains('\t') { text.replace('\t', "    ") } else { text.into_owned() }
}

/// A test's line: word, time, group, name and what follows the name. What is too long is cut, from the middle of the
/// name first, then from the middle of what follows.
pub struct TestLine<'t> {
    /// The word with its tone.
    pub word: (Tone, &'t str),
    /// The time, if there is one.
    pub time: &'t str,
    /// The group, and how wide groups are.
    pub group: (&'t str, usize),
    /// The name.
    pub name: &'t str,
    /// What follows.
    pub rest: String,
}

/// A name is not cut shorter than this before what follows it is cut.
pub const SHORTEST_NAME: usize = 16;

/// Groups are not wider than this.
pub const WIDEST_GROUP: usize = 16;

impl TestLine<'_> {
    /// The line for a terminal of so many columns.
    pub fn laid_out(&self, columns: usize) -> Line {
        let (tone, word) = self.word;
        let (group, group_width) = self.group;
        let group = cut_middle(&clean(group), WIDEST_GROUP);
        let padding = group_width.min(WIDEST_GROUP).saturating_sub(width(&group));
        let line = Line::indented(2)
            .with(tone, format!("{word:<5}"))
            .with(Tone::Dim, format!("{:>8}  ", self.time))
            .with(Tone::Magenta, group)
            .with(Tone::Plain, " ".repeat(padding + 2));
        let room = columns.saturating_sub(line.width());
        let (name, rest) = (clean(self.name), clean(&self.rest));
        let gap = if rest.is_empty() { 0 } else { 3 };
        let for_name = room.saturating_sub(width(&rest) + gap).max(SHORTEST_NAME.min(room));
        let name = cut_middle(&name, for_name);
        let for_rest = room.saturating_sub(width(&name) + gap);
        let rest = cut_middle(&rest, for_rest);
        let line = line.with(Tone::Plain, name);
        if rest.is_empty() { line } else { line.with(Tone::Dim, format!("   {rest}")) }
    }
}

/// A time in the unit that fits, three digits at most: `42 µs`, `0.5 ms`, `4.2 ms`, `512 ms`, `6.02 s`, `1.5 min`.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds * 1000.0 {
        ms if ms < 0.0995 => format!("{:.0} µs", ms * 1000.0),
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 9995.0 => format!("{seconds:.2} s"),
        ms if ms < 59_950.0 => format!("{seconds:.1} s"),
        ms if ms < 597_000.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

/// A number of bytes: `109 B`, `58 kB`, `1.2 MB`.
pub fn size(bytes: u64) -> String {
    let scaled = |unit: f64, name: &str| {
        let number = bytes as f64 / unit;
        if number < 9.95 { format!("{number:.1} {name}") } else { format!("{number:.0} {name}") }
    };
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..999_500 => scaled(1e3, "kB"),
        999_500..999_500_000 => scaled(1e6, "MB"),
        _ => scaled(1e9, "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_that_fit() {
        for (micros, text) in [
            (0, "0 µs"),
            (42, "42 µs"),
            (500, "0.5 ms"),
            (4_200, "4.2 ms"),
            (9_960, "10 ms"),
            (512_000, "512 ms"),
            (999_600, "1.00 s"),
            (6_020_000, "6.02 s"),
            (11_100_000, "11.1 s"),
            (59_960_000, "1.0 min"),
            (90_000_000, "1.5 min"),
            (7_200_000_000, "120 min"),
        ] {
            assert_eq!(time(Duration::from_micros(micros)), text);
        }
        for (bytes, text) in [(0, "0 B"), (109, "109 B"), (1000, "1.0 kB"), (58_400, "58 kB"), (1_234_567, "1.2 MB")] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let line = TestLine {
            word: (Tone::Red, "FAIL"),
            time: "8.1 ms",
            group: ("People", 6),
            name: "The first person is called jenkins, and nobody else is",
            rest: "GET /api/person/1/ → 200".to_owned(),
        };
        for columns in 1..120 {
            let text = line.laid_out(columns).text(columns, false);
            assert!(width(&text) <= columns, "{columns}: {text}");
        }
        assert_eq!(
            line.laid_out(80).text(80, false),
            "  FAIL   8.1 ms  People  The first pers…obody else is   GET /api/person/1/ → 200"
        );
        assert_eq!(
            line.laid_out(80).text(80, true),
            "  \x1b[31;1mFAIL \x1b[0m\x1b[2m  8.1 ms  \x1b[0m\x1b[35mPeople\x1b[0m  The first pers…obody else is\x1b[2m   \
             GET /api/person/1/ → 200\x1b[0m"
        );
        assert_eq!(Line::default().with(Tone::Plain, "a\tb\u{1b}[2J").text(80, false), "a    b␛[2J");
        assert_eq!(Line::default().with(Tone::Plain, "abc").with(Tone::Dim, "d").text(3, false), "ab…");
    }
}
