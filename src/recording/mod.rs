//! Recordings: exchanges as they were, kept as files of stubs.
//!
//! Owns: what is kept of an exchange and in which form, what is taken out of it, reading it back, which request is one
//! that was recorded. Does not: exchange anything (see `http`), answer as a server (see `mock`).

mod bodies;
mod exchange;
mod hidden;
mod layout;
mod links;
mod names;
mod reading;
mod replayer;
mod tape;
#[cfg(test)]
mod tests;
mod witness;
mod writing;

pub use bodies::is_like_body;
pub use exchange::{Answer, Recorded};
pub use hidden::{Exchanged, Extent, Hider, is_of_the_connection, recorded, tell_named};
pub use layout::{as_it_came, read_layout};
pub use links::{Place, localized, origin};
pub use reading::{ORIGIN_KEYS, files, read_folder};
pub use replayer::Replayer;
pub use tape::{Opening, Tape};
pub use witness::RunTape;
