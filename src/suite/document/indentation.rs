//! Wrong indentation: what the YAML reader complains of as something else.
//!
//! Owns: telling it from a quote or a colon that is missing, and saying how far which line is indented.
//! Does not: read YAML; where it is not plain to see, it says nothing.

/// A line that says something: its number, how far it is indented, and what it says.
#[derive(Clone, Copy)]
struct Line<'t> {
    number: usize,
    indent: usize,
    said: &'t str,
}

/// What is wrong at an offset, if it is a tab, an indentation, or the line above, and the offset of what is meant;
/// `complaint` is the reader's message.
pub(super) fn explained(text: &str, offset: usize, complaint: &str) -> Option<(usize, String)> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    if text[offset..].starts_with('\t') || complaint.contains("found a tab character") {
        return Some((offset, "found a tab; a tab cannot indent YAML: use spaces".to_owned()));
    }
    let here = line_at(text, start)?;
    Some((start + here.indent, in_lines(text, start, here, offset, complaint)?))
}

fn in_lines(text: &str, start: usize, here: Line<'_>, offset: usize, complaint: &str) -> Option<String> {
    if complaint.contains("mapping values are not allowed") {
        let above = lines_above(text, start).next()?;
        // The first colon of this line: the trouble began in the line above.
        let is_first_colon = colon(here.said).is_some_and(|at| start + here.indent + at == offset);
        return match colon(above.said) {
            _ if !is_first_colon => None,
            Some(_) if here.indent > above.indent => unlike(here, text, start),
            None if here.indent <= above.indent => {
                Some(format!("line {} has no colon; write key: value", above.number))
            }
            _ => None,
        };
    }
    let is_structure = ["expected key", "expected '-' indicator", "expected <document start>"];
    if offset != start + here.indent || !is_structure.iter().any(|part| complaint.contains(part)) {
        return None;
    }
    let is_item = |line: Line<'_>| line.said.starts_with("- ") || line.said == "-";
    let Some(peer) = lines_above(text, start).find(|line| line.indent <= here.indent) else {
        return unlike(here, text, start);
    };
    if peer.indent == here.indent && is_item(peer) != is_item(here) {
        let (found, among) =
            if is_item(here) { ("a list item (-)", "the keys") } else { ("a key without -", "the list items") };
        return Some(format!(
            "wrong indentation: {found} among {among} of line {} and below; indent it to where it belongs, or make them alike",
            peer.number
        ));
    }
    if peer.indent == here.indent { None } else { unlike(here, text, start) }
}

/// How far a line is indented, and how far the nearest of the blocks that it may belong to.
fn unlike(here: Line<'_>, text: &str, start: usize) -> Option<String> {
    let spaces = |count: usize| if count == 1 { "1 space".to_owned() } else { format!("{count} spaces") };
    let mut innermost = usize::MAX;
    let blocks = lines_above(text, start).filter(|line| {
        let is_further_out = line.indent < innermost;
        innermost = innermost.min(line.indent);
        is_further_out
    });
    let near = blocks.min_by_key(|line| line.indent.abs_diff(here.indent))?;
    Some(format!(
        "wrong indentation: this line is indented by {}, line {} by {}; indent it by {} as well, or as the lines that it belongs to",
        spaces(here.indent),
        near.number,
        near.indent,
        near.indent
    ))
}

/// Where the colon behind a key is.
fn colon(said: &str) -> Option<usize> {
    let found = said.match_indices(':').map(|(at, _)| at);
    found.into_iter().find(|at| said[at + 1..].is_empty() || said[at + 1..].starts_with([' ', '\t']))
}

fn line_at(text: &str, start: usize) -> Option<Line<'_>> {
    let line = text[start..].split('\n').next()?;
    let said = line.trim_start_matches(' ');
    let number = text[..start].matches('\n').count() + 1;
    Some(Line { number, indent: line.len() - said.len(), said: said.trim_end() })
}

/// The lines above an offset that say something, the nearest first.
fn lines_above(text: &str, start: usize) -> impl Iterator<Item = Line<'_>> {
    let mut end = start;
    std::iter::from_fn(move || {
        let before = text[..end].strip_suffix('\n')?;
        end = before.rfind('\n').map_or(0, |at| at + 1);
        Some(end)
    })
    .filter_map(move |start| line_at(text, start))
    .filter(|line| !line.said.is_empty() && !line.said.starts_with('#') && line.said != "---")
}

#[cfg(test)]
mod tests {
    use crate::ground::source::Source;
    use crate::suite::document::{Language, read};

    #[test]
    fn tabs_and_indentation_are_called_so() {
        for (text, expected) in [
            (
                "- test:\n    name: x\n   url: /x\n",
                "3:4: wrong indentation: this line is indented by 3 spaces, line 2 by 4; ",
            ),
            (
                "- test:\n    name: x\n     url: /x\n",
                "3:6: wrong indentation: this line is indented by 5 spaces, line 2 by 4; indent it by 4 as well",
            ),
            (
                "- test:\n  - name: x\n   - url: /x\n",
                "wrong indentation: this line is indented by 3 spaces, line 2 by 2; ",
            ),
            (
                "- test:\n   - name: x\n  - url: /x\n",
                "wrong indentation: this line is indented by 2 spaces, line 2 by 3; ",
            ),
            ("- test:\n    - name: x\n      - url: /x\n", "this line is indented by 6 spaces, line 2 by 4; "),
            (
                "- test:\n    name: x\n    - url: /x\n",
                "3:5: wrong indentation: a list item (-) among the keys of line 2",
            ),
            (
                "- test:\n    - url: /x\n    name: y\n",
                "3:5: wrong indentation: a key without - among the list items of line 2",
            ),
            ("- test:\n    name: x\n - test:\n    url: /x\n", "this line is indented by 1 space, line 1 by 0; "),
            (" - test:\n    name: x\n- test:\n    url: /x\n", "this line is indented by 0 spaces, line 1 by 1; "),
            ("- test:\n    body: |\n      a\n     b\n    name: y\n", "by 5 spaces, line 3 by 6; "),
            ("- test:\n    url: /x\n    headers:\n      A: b\n        C: d\n", "by 8 spaces, line 4 by 6; "),
            ("- test:\n\tname: x\n", "2:1: found a tab; a tab cannot indent YAML: use spaces"),
            ("- test:\n    name: x\n\turl: /x\n", "3:1: found a tab; a tab cannot indent YAML: use spaces"),
            ("-\ttest:\n    name: x\n", "1:2: found a tab; "),
            ("- test:\n  \turl: /x\n", "2:3: found a tab; "),
        ] {
            let told = read(Source::new("s", text.to_owned()), Language::Yaml).map(|_| ()).unwrap_err().to_string();
            assert!(told.contains(expected), "{text}\n{told}");
            assert!(!told.contains("quote") && !told.contains("comma"), "{told}");
        }
    }

    #[test]
    fn what_is_something_else_is_called_that() {
        for (text, expected) in [
            ("- test:\n    url /x\n    name: y\n", "line 2 has no colon; write key: value"),
            ("- test:\n    name: a: b\n    url: /x\n", "text with a colon and a space in it needs quotes"),
            ("- test:\n    name: \"a\" b\n    url: /x\n", "is a quote, a comma or a colon missing just before?"),
            ("- test:\n    name: @x\n", "text that starts with @, ` or % needs quotes"),
        ] {
            let told = read(Source::new("s", text.to_owned()), Language::Yaml).map(|_| ()).unwrap_err().to_string();
            assert!(told.contains(expected) && !told.contains("tab"), "{text}\n{told}");
        }
    }
}
