//! The tags of a test, which its verdict carries, too.
//!
//! Owns: the list, and what can be a tag. Does not: choose by them (see `test::selection`).

use std::sync::Arc;

/// Tags, each once, in the order in which they are written. Most tests have none, and many share theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Option<Arc<Vec<String>>>);

impl Tags {
    /// These tags; of equal ones the first.
    pub fn new(tags: impl IntoIterator<Item = String>) -> Tags {
        let mut all: Vec<String> = Vec::new();
        for tag in tags {
            if !all.contains(&tag) {
                all.push(tag);
            }
        }
        Tags(Some(all).filter(|all| !all.is_empty()).map(Arc::new))
    }

    /// These and those of the whole file behind them.
    pub fn with(self, of_file: &Tags) -> Tags {
        match (&self.0, &of_file.0) {
            (_, None) => self,
            (None, Some(_)) => of_file.clone(),
            (Some(own), Some(more)) => Tags::new(own.iter().chain(&**more).cloned()),
        }
    }

    /// The tags.
    pub fn list(&self) -> &[String] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// `slow, eu`.
    pub fn shown(&self) -> String {
        self.list().join(", ")
    }
}

/// What keeps a text from being a tag: `--tags` could not name it.
pub fn no_tag(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("is empty"),
        text if text.starts_with('-') => Some("begins with -"),
        text if text.contains(|c: char| c == ',' || c.is_whitespace() || c.is_control()) => {
            Some("holds a blank or a comma")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(words: &str) -> Tags {
        Tags::new(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn each_tag_is_there_once_and_the_files_come_last() {
        for (own, of_file, all) in [("", "", ""), ("a b a", "", "a, b"), ("", "x", "x"), ("a x", "x y", "a, x, y")] {
            assert_eq!(tags(own).with(&tags(of_file)).shown(), all, "{own} with {of_file}");
        }
        assert!(tags("").is_empty() && tags("").list().is_empty() && !tags("a").is_empty());
    }

    #[test]
    fn what_tags_cannot_be() {
        for wrong in ["", "-a", "a b", "a,b", "a\tb", "a\u{7}", "\u{a0}"] {
            assert!(no_tag(wrong).is_some(), "{wrong:?}");
        }
        for right in ["a", "a-b", "EU", "größe", "v1.2", "@smoke", "7"] {
            assert!(no_tag(right).is_none(), "{right}");
        }
    }
}
