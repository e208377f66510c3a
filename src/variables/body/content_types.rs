//! What kind of content a file's name tells.
//!
//! Owns: thirty endings. Does not: look into files.

/// What is sent of a file whose ending is not known.
pub const BYTES: &str = "application/octet-stream";

const ENDINGS: [(&str, &str); 30] = [
    ("7z", "application/x-7z-compressed"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webp", "image/webp"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("zip", "application/zip"),
];

/// The content type of a file by the ending of its name, in any case.
pub fn of_name(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map_or(BYTES, |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_in_any_case() {
        for (name, kind) in [("a.png", "image/png"), ("a.b.JPG", "image/jpeg"), ("png", BYTES), ("a.", BYTES)] {
            assert_eq!(of_name(name), kind, "{name}");
        }
        assert!(ENDINGS.is_sorted());
    }
}
