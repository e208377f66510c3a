//! The keys of a kind of authentication, as data.
//!
//! Owns: what a key holds. Does not: have any (each kind has its own).

/// A key of a kind.
#[derive(Debug, Clone, Copy)]
pub struct AuthKey {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
    /// Whether the kind is nothing without it.
    pub is_needed: bool,
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Text that is not empty.
    Text,
    /// Text that may be empty.
    MayBeEmpty,
    /// Text, or a list of texts.
    Texts,
    /// A mapping of names to texts.
    Pairs,
    /// Any mapping.
    Mapping,
    /// Seconds from 0 up.
    Seconds,
    /// True or false.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A mapping with these keys.
    Block(&'static [AuthKey]),
}

pub(super) const fn needed(name: &'static str, form: Form) -> AuthKey {
    AuthKey { name, form, is_needed: true }
}

pub(super) const fn key(name: &'static str, form: Form) -> AuthKey {
    AuthKey { name, form, is_needed: false }
}
