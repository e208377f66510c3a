//! Where secrets stand in a text: automata over all their forms, and what is put in their place.
//!
//! Owns: building them, searching, the replacement. Does not: know which values are secret (see `known`).

use std::borrow::Cow;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::REDACTED;
use super::forms::forms;

/// Values that one automaton finds.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) values: Vec<String>,
    pub(super) matcher: OnceLock<Matcher>,
}

impl Layer {
    pub(super) fn matcher(&self) -> &Matcher {
        self.matcher.get_or_init(|| {
            let of_value = |(owner, value): (usize, &String)| forms(value).into_iter().map(move |form| (form, owner));
            let (forms, owners): (Vec<String>, Vec<usize>) = self.values.iter().enumerate().flat_map(of_value).unzip();
            let mut builder = AhoCorasick::builder();
            // Every place counts, not only the longest: where two secrets overlap, both go.
            builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::ContiguousNFA));
            let automaton = builder.build(&forms).ok();
            Matcher { forms, owners, automaton }
        })
    }
}

/// All forms of a layer's values.
#[derive(Clone)]
pub(super) struct Matcher {
    pub(super) forms: Vec<String>,
    /// The place of each form's value in the layer.
    owners: Vec<usize>,
    /// Nothing only if the forms are too many for one.
    automaton: Option<AhoCorasick>,
}

impl Matcher {
    /// Hears of each place of a form: from, to, and whose it is.
    pub(super) fn find(&self, text: &str, mut hear: impl FnMut(usize, usize, usize)) {
        match &self.automaton {
            Some(automaton) => {
                for found in automaton.find_overlapping_iter(text) {
                    hear(found.start(), found.end(), self.owners[found.pattern().as_usize()]);
                }
            }
            None => {
                for (form, owner) in self.forms.iter().zip(&self.owners) {
                    text.match_indices(form.as_str()).for_each(|(at, _)| hear(at, at + form.len(), *owner));
                }
            }
        }
    }
}

/// The text with [`REDACTED`] in place of each span; spans that overlap are one.
pub(super) fn replace(text: &str, mut spans: Vec<(usize, usize)>) -> Cow<'_, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut spans = spans.into_iter().peekable();
    while let Some((start, mut end)) = spans.next() {
        while let Some((_, next)) = spans.next_if(|(next, _)| *next < end) {
            end = end.max(next);
        }
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(REDACTED);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}
