//! Everything that explains: help, guides, man page, completions, schema.

pub mod command_help;
pub mod completions;
pub mod environment;
pub mod guides;
pub mod layout;
pub mod man;
pub mod overview;
pub mod pager;
pub mod schema;
pub mod version;

#[cfg(test)]
mod tables;
