//! `environment.properties`: where the run took place, in the form of Java's properties.

use std::fmt::Write as _;

use super::AllureForm;
use crate::record::run_record::RunRecord;

/// The base URLs, the version, the machine, the commit.
pub fn environment(run: &RunRecord, form: &AllureForm) -> String {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let urls = run.base_urls.join(", ");
    let pairs = [
        ("Base_URL", Some(urls.as_str()).filter(|urls| !urls.is_empty())),
        ("resttest", Some(env!("CARGO_PKG_VERSION"))),
        ("Host", form.host.as_deref()),
        ("System", Some(system.as_str())),
        ("Git", form.commit.as_deref()),
    ];
    let mut out = String::new();
    for (name, value) in pairs {
        if let Some(value) = value {
            let _ = writeln!(out, "{}={}", escaped(name), escaped(value));
        }
    }
    out
}

/// A key or a value: what Java would take for an end of either, and what is not ASCII, is escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' ' if at > 0 => out.push(' '),
            ' ' | '\\' | ':' | '=' | '#' | '!' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_reads_what_was_written() {
        for (text, expected) in [
            ("http://h:1/a=b", "http\\://h\\:1/a\\=b"),
            (" a b\\c\n", "\\ a b\\\\c\\n"),
            ("ä😀#!", "\\u00e4\\ud83d\\ude00\\#\\!"),
            ("\u{7f}", "\\u007f"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
