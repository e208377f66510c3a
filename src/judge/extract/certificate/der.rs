//! DER, as far as certificates need it: one element after another, within bounds.
//!
//! Owns: tags and lengths. Does not: know what the elements mean.

/// Elements that are still to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Der<'a>(pub &'a [u8]);

/// An element: its tag, and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A tag that the context gives a meaning, of an element that is made of others.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

impl<'a> Der<'a> {
    /// The next element; nothing at the end, and where the bytes are none.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let [tag, first, rest @ ..] = self.0 else { return None };
        // Tags of more than one byte are in no certificate.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (
                    digits.iter().try_fold(0_usize, |sum, digit| sum.checked_mul(256)?.checked_add((*digit).into()))?,
                    rest,
                )
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag: *tag, content })
    }

    /// The content of the next element, which must have this tag.
    pub fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.content)
    }

    /// The content of the next element, if it has this tag; it stays where it has another.
    pub fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let content = ahead.take(tag)?;
        *self = ahead;
        Some(content)
    }
}

/// An object identifier in dotted numbers.
pub(super) fn object_id(bytes: &[u8]) -> Option<String> {
    let mut arcs: Vec<u128> = Vec::new();
    let mut arc: u128 = 0;
    for byte in bytes {
        arc = arc.checked_mul(128)?.checked_add(u128::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            arcs.push(std::mem::take(&mut arc));
        }
    }
    if bytes.last()? & 0x80 != 0 {
        return None;
    }
    // The first number holds two.
    let first = arcs.remove(0);
    let root = (first / 40).min(2);
    let mut out = format!("{root}.{}", first - root * 40);
    for arc in arcs {
        out.push_str(&format!(".{arc}"));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_end_where_their_bytes_end() {
        let element = |tag, content| Some(Element { tag, content });
        for (bytes, expected) in [
            (&[0x02, 0x01, 0x05][..], element(INTEGER, &[5_u8][..])),
            (&[0x04, 0x00, 0x99], element(OCTETS, &[])),
            (&[0x04, 0x81, 0x01, 0x07], element(OCTETS, &[7])),
            (&[0x04, 0x82, 0x00, 0x01, 0x07], element(OCTETS, &[7])),
            (&[0x04, 0x02, 0x07], None),
            (&[0x04, 0x80, 0x00, 0x00], None),
            (&[0x04, 0x85, 0, 0, 0, 0, 0], None),
            (&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 0], None),
            (&[0x04, 0x82, 0x00], None),
            (&[0x1f, 0x81, 0x01, 0x00], None),
            (&[0x04], None),
            (&[], None),
        ] {
            assert_eq!(Der(bytes).next(), expected, "{bytes:?}");
        }
        let mut der = Der(&[0x02, 0x01, 0x05, 0x04, 0x00]);
        assert_eq!((der.optional(OCTETS), der.optional(INTEGER)), (None, Some(&[5_u8][..])));
        assert_eq!((der.take(OCTETS), der.next()), (Some(&[][..]), None));
    }

    #[test]
    fn object_identifiers_are_dotted_numbers() {
        for (bytes, expected) in [
            (&[0x55, 0x04, 0x03][..], Some("2.5.4.3")),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], Some("1.2.840.113549.1.9.1")),
            (&[0x88, 0x37], Some("2.999")),
            (&[0x00], Some("0.0")),
            (&[0x55, 0x84], None),
            (&[0xff; 40], None),
            (&[], None),
        ] {
            assert_eq!(object_id(bytes).as_deref(), expected, "{bytes:?}");
        }
    }
}
