//! A form in parts (`multipart/form-data`), taken apart again.

use crate::ground::value::decode;

/// A part, as it was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct FormPart<'b> {
    /// Its field.
    pub name: String,
    /// The name of its file; empty without one.
    pub filename: String,
    /// Its content type; empty without one.
    pub content_type: String,
    /// Its bytes.
    pub content: &'b [u8],
    /// Whether nothing says where it ends.
    pub is_cut: bool,
}

/// The parts of a body with this content type; none where it is no such form.
pub fn form_parts<'b>(body: &'b [u8], content_type: &str) -> Vec<FormPart<'b>> {
    let Some(boundary) = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty()) else {
        return Vec::new();
    };
    let mark = format!("--{boundary}");
    let mut all = Vec::new();
    let starts: Vec<usize> = memchr::memmem::find_iter(body, mark.as_bytes()).collect();
    for (at, start) in starts.iter().enumerate() {
        let next = starts.get(at + 1).copied();
        let piece = &body[start + mark.len()..next.unwrap_or(body.len())];
        let Some(piece) = piece.strip_prefix(b"\r\n") else { continue };
        let Some(head_end) = memchr::memmem::find(piece, b"\r\n\r\n") else { continue };
        let (head, content) = (decode(&piece[..head_end]), &piece[head_end + 4..]);
        let mut part = FormPart {
            name: String::new(),
            filename: String::new(),
            content_type: String::new(),
            content: content.strip_suffix(b"\r\n").unwrap_or(content),
            is_cut: next.is_none(),
        };
        for (name, value) in head.split("\r\n").filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-disposition") {
                part.name = parameter(value, "name").unwrap_or_default();
                part.filename = parameter(value, "filename").unwrap_or_default();
            } else if name.eq_ignore_ascii_case("content-type") {
                part.content_type = value.trim().to_owned();
            }
        }
        all.push(part);
    }
    all
}

/// A parameter of a header: `boundary` of `multipart/form-data; boundary=x`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (have, value) = part.split_once('=')?;
        have.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_apart() {
        const KIND: &str = "multipart/form-data; boundary=\"xY\"";
        let body = b"--xY\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n--xY\r\n\
                     content-disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--xY--\r\n";
        let shown = |body: &[u8]| {
            let parts = form_parts(body, KIND).into_iter().map(|part| {
                let content = decode(part.content);
                format!("{}|{content}|{}|{}|{}", part.name, part.filename, part.content_type, part.is_cut)
            });
            parts.collect::<Vec<_>>()
        };
        assert_eq!(shown(body), ["a|one\r\ntwo|||false", "f||x.txt|text/plain|false"]);
        assert_eq!(shown(&body[..56]), ["a|one\r\nt|||true"]);
        for body in [&b""[..], b"--xY", b"--xY\r\n", b"--xY\r\nContent-Disposition", b"x--xY--"] {
            assert!(shown(body).is_empty());
        }
        for kind in ["", "multipart/form-data", "multipart/form-data; boundary=", "text/plain"] {
            assert!(form_parts(body, kind).is_empty(), "{kind}");
        }
    }
}
