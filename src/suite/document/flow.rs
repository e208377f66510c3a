//! A look over a YAML text, before or after its reader fails: what PyYAML reads in it and libyaml does not.
//!
//! Owns: where a plain key in flow style ends at a bracket (`{template:{a: b}}`), where a block scalar begins with
//! a tab, and nesting without an end. Does not: read values; where a text is not plain to see, it finds less, and the reader has the last word.
//!
//! PyYAML ends such a key at the colon; libyaml wants a space there, and says so of one key at a time. A tab is
//! content for the one, and for the other only where the header says how far the scalar is indented. And of every
//! open bracket libyaml asks again at every token, which takes seconds for some thousands of them.

/// A character that makes the difference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mend {
    /// The offset that libyaml complains of.
    pub complaint: usize,
    /// The offset before which something lacks.
    pub at: usize,
    /// What lacks there.
    pub lacks: char,
}

/// What a look over finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    /// What is to be mended, in the order of the text.
    pub mends: Vec<Mend>,
    /// The offset of the first bracket that is too deep; nothing behind it was looked at.
    pub too_deep: Option<usize>,
}

/// So many open brackets in a row are worth a look before the text is read.
const MANY: usize = 1000;

/// Whether there may be nesting without an end: more brackets open than close. Brackets in text count, too.
pub(super) fn may_be_deep(text: &str) -> bool {
    let mut open = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > MANY
    })
}

/// Looks over a text; `deepest` is how deep brackets may be nested.
pub(super) fn look_over(text: &str, deepest: usize) -> Flow {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, deepest, found: Flow::default() };
    while scan.peek(0).is_some() && scan.found.too_deep.is_none() {
        scan.line();
    }
    scan.found
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    deepest: usize,
    found: Flow,
}

fn is_blank(byte: Option<u8>) -> bool {
    matches!(byte, None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

fn is_line_end(byte: Option<u8>) -> bool {
    matches!(byte, None | Some(b'\n'))
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip_while(&mut self, is_skipped: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| is_skipped(**byte)).count();
    }

    fn skip_line(&mut self) {
        self.skip_while(|byte| byte != b'\n');
        self.at += 1;
    }

    /// Lines that are indented by more than `parent`, and blank ones: the rest of a scalar over several lines.
    fn skip_deeper(&mut self, parent: Option<usize>) {
        loop {
            let start = self.at;
            self.skip_while(|byte| byte == b' ');
            let is_deeper = parent.is_none_or(|parent| self.at - start > parent);
            let is_mark = self.at == start && self.bytes.get(start..).unwrap_or_default().starts_with(b"---");
            self.at = start;
            let is_empty = {
                let rest = self.bytes.get(start..).unwrap_or_default();
                rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).is_none_or(|byte| *byte == b'\n')
            };
            if self.peek(0).is_none() || is_mark || !(is_deeper || is_empty) {
                return;
            }
            self.skip_line();
        }
    }

    /// A line in block style, with what begins on it.
    fn line(&mut self) {
        let start = self.at;
        self.skip_while(|byte| byte == b' ');
        // The column that what continues a scalar has to exceed; nothing at the top.
        let mut parent = (self.at - start).checked_sub(1);
        if self.at == start && self.bytes[start..].starts_with(b"---") {
            self.at += 3;
        } else if self.at == start && self.peek(0) == Some(b'%') {
            return self.skip_line();
        }
        loop {
            self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
            let column = self.at - start;
            match self.peek(0) {
                None | Some(b'\n' | b'#') => return self.skip_line(),
                Some(b'-' | b'?' | b':') if is_blank(self.peek(1)) => {
                    parent = Some(column);
                    self.at += 1;
                    continue;
                }
                Some(b'!' | b'&') => {
                    self.skip_while(|byte| !is_blank(Some(byte)));
                    continue;
                }
                Some(b'|' | b'>') => {
                    self.header(parent);
                    return self.skip_deeper(parent);
                }
                Some(quote @ (b'"' | b'\'')) => self.quoted(quote),
                Some(b'[' | b'{') => self.collection(),
                Some(_) => {
                    if !self.plain_in_line() {
                        self.skip_line();
                        return self.skip_deeper(parent);
                    }
                }
            }
            if self.found.too_deep.is_some() {
                return;
            }
            self.skip_while(|byte| matches!(byte, b' ' | b'\t'));
            if self.peek(0) != Some(b':') {
                return self.skip_line();
            }
            // It was a key; its value is next.
            parent = Some(column);
            self.at += 1;
        }
    }

    /// The header of a block scalar, of which the first line may begin with a tab behind its indentation.
    fn header(&mut self, parent: Option<usize>) {
        let at = self.at + 1;
        self.skip_line();
        let header = self.bytes.get(at..self.at).unwrap_or_default();
        if header.iter().any(|byte| !matches!(byte, b'+' | b'-' | b' ' | b'\r' | b'\n')) {
            return;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut start = self.at;
        for line in rest.split(|byte| *byte == b'\n') {
            let indent = line.iter().take_while(|byte| **byte == b' ').count();
            match line.get(indent) {
                None | Some(b'\r') => start += line.len() + 1,
                Some(b'\t') => {
                    let digit = u32::try_from(indent.saturating_sub(parent.unwrap_or(0))).ok();
                    if let Some(lacks) = digit.filter(|digit| *digit > 0).and_then(|digit| char::from_digit(digit, 10))
                    {
                        self.found.mends.push(Mend { complaint: start + indent, at, lacks });
                    }
                    return;
                }
                Some(_) => return,
            }
        }
    }

    /// A plain scalar in block style; true if it is a key, which ends at its colon.
    fn plain_in_line(&mut self) -> bool {
        loop {
            match self.peek(0) {
                byte if is_line_end(byte) => return false,
                Some(b':') if is_blank(self.peek(1)) => return true,
                Some(b'#') if is_blank(self.bytes.get(self.at - 1).copied()) => return false,
                _ => self.at += 1,
            }
        }
    }

    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' if quote == b'"' => self.at += 1,
                b'\'' if quote == b'\'' && self.peek(0) == Some(b'\'') => self.at += 1,
                _ if byte == quote => return,
                _ => {}
            }
        }
    }

    /// A collection in flow style, from its bracket to the one that closes it.
    fn collection(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'[' | b'{' => {
                    depth += 1;
                    if depth > self.deepest {
                        self.found.too_deep = Some(self.at);
                        return;
                    }
                    self.at += 1;
                }
                b']' | b'}' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return;
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.skip_line(),
                b'"' | b'\'' => self.quoted(byte),
                _ => self.plain_in_collection(),
            }
        }
    }

    fn plain_in_collection(&mut self) {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b',' | b'[' | b']' | b'{' | b'}', _) => return,
                (b':', next) if is_blank(next) => return,
                (b':', Some(b',' | b'?' | b'[' | b']' | b'{' | b'}')) => {
                    return self.found.mends.push(Mend { complaint: self.at, at: self.at + 1, lacks: ' ' });
                }
                (b' ' | b'\t' | b'\n', Some(b'#')) => return,
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a space behind each colon that was found.
    fn mended(text: &str) -> String {
        let mut out = text.to_owned();
        look_over(text, 128).mends.iter().rev().for_each(|mend| out.insert(mend.at, mend.lacks));
        out
    }

    #[test]
    fn keys_that_end_at_a_bracket_are_found_in_flow_style_only() {
        let table = [
            ("- {template:{a: b}}\n- [x:[1], y:{}]", "- {template: {a: b}}\n- [x: [1], y: {}]"),
            (
                "a: {b:{c: 'd:{'}, \"e:{\":[f:[1]]} # g:{\nh: [i:{}]",
                "a: {b: {c: 'd:{'}, \"e:{\":[f: [1]]} # g:{\nh: [i: {}]",
            ),
            ("a: b:{c}\nd: e\n  {f:{g}\nh: [i:{}]", "a: b:{c}\nd: e\n  {f:{g}\nh: [i: {}]"),
            ("- body: |\n    {a:{b}\n\n     {c:{d}\n  h: {i:{}}", "- body: |\n    {a:{b}\n\n     {c:{d}\n  h: {i: {}}"),
            ("- >-\n {a:{b}\n- {i:{}}", "- >-\n {a:{b}\n- {i: {}}"),
            (
                "- a: 'it''s {b:{c'\n  d: \"\\\"{e:{\"\n  f: {g:[]}",
                "- a: 'it''s {b:{c'\n  d: \"\\\"{e:{\"\n  f: {g: []}",
            ),
            (
                "- !!map {a:{}}\n- &x {b:{}}\n- ? {c:{}}\n  : {d:{}}",
                "- !!map {a: {}}\n- &x {b: {}}\n- ? {c: {}}\n  : {d: {}}",
            ),
            ("--- {a:{}}\n--- |\n  {b:{}}\n--- [c:{}]", "--- {a: {}}\n--- |\n  {b:{}}\n--- [c: {}]"),
            ("# a {b:{\n- {don't:{x: y's}, z:{}}", "# a {b:{\n- {don't: {x: y's}, z: {}}"),
            ("- {a: http://x:80/, b:{}}", "- {a: http://x:80/, b: {}}"),
            ("- a: |\n    \tb\n- >-\n\n   \tc\n- d: |2\n   \te", "- a: |2\n    \tb\n- >3-\n\n   \tc\n- d: |2\n   \te"),
            ("é: {ü:{}}", "é: {ü: {}}"),
            ("- {a # b:{\n , c:{}}", "- {a # b:{\n , c: {}}"),
        ];
        for (text, expected) in table {
            assert_eq!(mended(text), expected);
        }
        for text in ["", "{", "'", "\"\\", "- |", "-", "a:\n", "[a:", "}", "a: ]"] {
            assert_eq!(look_over(text, 128), Flow::default(), "{text}");
        }
    }

    #[test]
    fn only_nesting_is_depth() {
        assert_eq!(look_over(&"[".repeat(200), 128).too_deep, Some(128));
        assert_eq!(look_over(&format!("- '{}'\n- [[[1]]]", "[".repeat(200)), 128).too_deep, None);
        assert!(may_be_deep(&"{a: ".repeat(1200)) && !may_be_deep(&"{a: }".repeat(1200)));
    }
}
