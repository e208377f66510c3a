//! Names in certificates as text: whom a certificate is for, and by whom.
//!
//! Owns: distinguished names, alternative names, their spelling, which is that of OpenSSL. Does not: compare them with
//! hosts.

use std::fmt::Write as _;

use super::der::{Der, OBJECT_ID, SEQUENCE, SET, context, object_id};

/// The short names of what a distinguished name is made of.
const SHORT: [(&str, &str); 18] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
];

/// `C=US, O=Example, CN=a.test`, in the certificate's own order; parts that belong together have a ` + ` between.
pub(super) fn distinguished(content: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut parts = Der(content);
    while !parts.0.is_empty() {
        let mut together = Der(parts.take(SET)?);
        let mut mark = if out.is_empty() { "" } else { ", " };
        while !together.0.is_empty() {
            let mut pair = Der(together.take(SEQUENCE)?);
            let kind = object_id(pair.take(OBJECT_ID)?)?;
            let value = pair.next()?;
            let short = SHORT.iter().find(|(id, _)| *id == kind).map_or(&*kind, |(_, short)| short);
            let value = string(value.tag, value.content).map_or_else(|| hex(value.content), |text| quoted(&text));
            let _ = write!(out, "{mark}{short}={value}");
            mark = " + ";
        }
    }
    Some(out)
}

/// `DNS:a.test, IP Address:127.0.0.1, …`, in the certificate's own order.
pub(super) fn alternative(content: &[u8]) -> Option<String> {
    let mut names = Vec::new();
    let mut rest = Der(Der(content).take(SEQUENCE)?);
    while !rest.0.is_empty() {
        let name = rest.next()?;
        let text = || String::from_utf8_lossy(name.content);
        names.push(match name.tag {
            0x81 => format!("email:{}", text()),
            0x82 => format!("DNS:{}", text()),
            0x86 => format!("URI:{}", text()),
            0x87 => format!("IP Address:{}", address(name.content)),
            0x88 => format!("Registered ID:{}", object_id(name.content)?),
            tag if tag == context(4) => format!("DirName:{}", distinguished(Der(name.content).take(SEQUENCE)?)?),
            tag if tag == context(0) => "othername:<unsupported>".to_owned(),
            tag if tag == context(3) => "X400Name:<unsupported>".to_owned(),
            tag if tag == context(5) => "EdiPartyName:<unsupported>".to_owned(),
            _ => return None,
        });
    }
    Some(names.join(", "))
}

/// An address; IPv6 with all of its eight parts.
fn address(bytes: &[u8]) -> String {
    match bytes {
        [a, b, c, d] => format!("{a}.{b}.{c}.{d}"),
        _ if bytes.len() == 16 => {
            let parts: Vec<String> = bytes
                .chunks_exact(2)
                .map(|pair| format!("{:X}", u16::from(pair[0]) << 8 | u16::from(pair[1])))
                .collect();
            parts.join(":")
        }
        _ => "<invalid>".to_owned(),
    }
}

/// A text of one of the kinds that names have.
fn string(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        // UTF-8; numeric, printable, IA5, visible.
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8(content.to_vec()).ok(),
        // T.61, which everybody takes for ISO-8859-1.
        0x14 => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        0x1e if content.len().is_multiple_of(2) => {
            let units: Vec<u16> =
                content.chunks_exact(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
            String::from_utf16(&units).ok()
        }
        0x1c if content.len().is_multiple_of(4) => {
            let code = |four: &[u8]| four.iter().fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
            content.chunks_exact(4).map(|four| char::from_u32(code(four))).collect()
        }
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("#".to_owned(), |mut out, byte| {
        let _ = write!(out, "{byte:02X}");
        out
    })
}

/// In quotes where it could be taken for more than one part.
fn quoted(text: &str) -> String {
    let is_open =
        text.contains([',', '+', '<', '>', ';', '"', '\\']) || text.starts_with(['#', ' ']) || text.ends_with(' ');
    if !is_open {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_by_their_kind_and_quoted_where_they_must_be() {
        for (tag, content, expected) in [
            (0x0c, "é".as_bytes(), Some("é")),
            (0x13, b"A b".as_slice(), Some("A b")),
            (0x14, b"\xe9", Some("é")),
            (0x1e, b"\0A\xd8\x3d\xde\x00", Some("A\u{1f600}")),
            (0x1e, b"\0", None),
            (0x1c, b"\0\0\0A", Some("A")),
            (0x1c, b"\0\x11\0\0", None),
            (0x0c, b"\xff", None),
            (0x03, b"", None),
        ] {
            assert_eq!(string(tag, content).as_deref(), expected, "{tag:x} {content:?}");
        }
        for (text, expected) in
            [("a", "a"), ("a, b", "\"a, b\""), ("#a", "\"#a\""), ("a ", "\"a \""), ("\"\\", "\"\\\"\\\\\""), ("", "")]
        {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(hex(&[1, 0xab]), "#01AB");
    }

    #[test]
    fn addresses_have_all_their_parts() {
        assert_eq!(address(&[127, 0, 0, 1]), "127.0.0.1");
        assert_eq!(address(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 0, 0, 1]), "0:0:0:0:0:0:1A00:1");
        assert_eq!(address(&[1, 2]), "<invalid>");
    }
}
