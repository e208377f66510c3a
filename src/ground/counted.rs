//! A number with what is counted.
//!
//! Owns: the plural. Does not: know other languages, or nouns that are not regular.

/// `1 test`, `2 tests`.
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
