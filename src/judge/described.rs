//! What a suite says of a test for reports alone: labels, links, its part in the file, the values of its row.
//!
//! Owns: the data, and what holds where the file and the test both say something. Does not: read it (see `suite`), or
//! know a report.

use std::sync::Arc;

/// `labels` and `links` of a test, those of its file among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Names with values, in order; a name may have several.
    pub labels: Vec<(String, String)>,
    /// Where to read more.
    pub links: Vec<Link>,
    /// Which part of its file it is.
    pub part: Part,
}

/// A place to read more about a test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// `issue`, `tms`, or another word; empty where it is none of these.
    pub kind: String,
    /// What it is called; empty is its URL.
    pub name: String,
    /// Where it leads.
    pub url: String,
}

/// The part of a file that a test is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// It is one of the tests.
    #[default]
    Tests,
    /// It runs before them.
    Setup,
    /// It runs after them.
    Teardown,
}

/// What is said of a test where it is told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// Its labels and links.
    pub about: Option<Arc<About>>,
    /// The values of its row.
    pub parameters: Vec<Parameter>,
}

/// A value of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameter {
    /// The column.
    pub name: String,
    /// The value as text, without secrets.
    pub value: String,
    /// Whether the column is called like a secret.
    pub is_secret: bool,
    /// Whether it may be another one in each run: it came from an answer.
    pub is_passing: bool,
}

impl About {
    /// These over those of the whole file: of labels each name, of links all of them.
    pub fn over(mut self, of_file: &About) -> About {
        let has = |name: &str, own: &[(String, String)]| own.iter().any(|(have, _)| have == name);
        let missing: Vec<_> = of_file.labels.iter().filter(|(name, _)| !has(name, &self.labels)).cloned().collect();
        self.labels.extend(missing);
        if self.links.is_empty() {
            self.links.clone_from(&of_file.links);
        }
        self
    }
}

impl Described {
    /// Its labels.
    pub fn labels(&self) -> &[(String, String)] {
        self.about.as_deref().map_or(&[], |about| &about.labels)
    }

    /// Its links.
    pub fn links(&self) -> &[Link] {
        self.about.as_deref().map_or(&[], |about| &about.links)
    }

    /// Which part of its file it is.
    pub fn part(&self) -> Part {
        self.about.as_deref().map_or(Part::Tests, |about| about.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_wins_over_its_file() {
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
        };
        let link = |url: &str| vec![Link { url: url.to_owned(), ..Link::default() }];
        let file =
            About { labels: labels(&[("epic", "e"), ("owner", "o")]), links: link("http://f"), ..About::default() };
        let own = About { labels: labels(&[("owner", "me"), ("owner", "you")]), ..About::default() };
        let both = own.clone().over(&file);
        assert_eq!(both.labels, labels(&[("owner", "me"), ("owner", "you"), ("epic", "e")]));
        assert_eq!(both.links, link("http://f"));
        assert_eq!(About { links: link("http://t"), ..own }.over(&file).links, link("http://t"));
    }
}
