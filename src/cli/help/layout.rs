//! Text for a terminal of 100 columns: tables, and the little Markdown that the guides use.
//!
//! Owns: column widths, wrapping, headings in bold. Does not: know what it lays out.

use std::fmt::Write as _;

/// No line of a table is longer.
const WIDTH: usize = 100;

/// A column is not made narrower than this.
const NARROWEST: usize = 12;

/// Rows in columns, each cell wrapped into its column, indented by two.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| length(cell)).max().unwrap_or(0))
        .collect();
    let room = WIDTH.saturating_sub(2 * columns);
    while widths.iter().sum::<usize>() > room {
        // The widest gives way, the last one among equals.
        let Some(widest) = widths.iter_mut().max_by_key(|width| **width).filter(|width| **width > NARROWEST) else {
            break;
        };
        *widest -= 1;
    }
    let mut out = String::new();
    for row in rows {
        let cells: Vec<Vec<String>> =
            widths.iter().enumerate().map(|(at, width)| wrap(row.get(at).map_or("", String::as_str), *width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut text = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(line).map_or("", String::as_str);
                let _ = write!(text, "  {part}{}", " ".repeat(width.saturating_sub(length(part))));
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
    }
    out
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Lines of at most `width` characters; a longer word stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut();
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if length(line) + 1 + length(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Markdown for people: tables laid out, headings bold where `bold` says so, all else as written.
pub fn markdown(text: &str, bold: bool) -> String {
    let mut out = String::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        if line.starts_with('|') && !is_code {
            let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().replace("\\|", "|"));
            let cells: Vec<String> = cells.collect();
            if !cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | '|' | ':'))) {
                rows.push(cells);
            }
            continue;
        }
        if !rows.is_empty() {
            out.push_str(&table(&rows));
            rows.clear();
        }
        if bold && !is_code && line.starts_with('#') {
            let _ = writeln!(out, "\u{1b}[1m{line}\u{1b}[0m");
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.push_str(&table(&rows));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_and_lose_nothing() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let long = "word ".repeat(40);
        let text = table(&[row(&["a", "short"]), row(&["a longer one", long.trim()])]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("word").count(), 40);
        assert!(text.starts_with("  a             short\n"), "{text}");
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn markdown_keeps_its_words() {
        let text = "# Head\n\n| a | b |\n|---|---|\n| 1 | x\\|y |\n\n```yaml\n| no table\n# no heading\n```\n";
        assert_eq!(markdown(text, false), "# Head\n\n  a  b\n  1  x|y\n\n```yaml\n| no table\n# no heading\n```\n");
        assert_eq!(markdown("# Head\n", true), "\u{1b}[1m# Head\u{1b}[0m\n");
    }
}
