//! `resttest drift` and `--drift FILE`: shapes of answers, from where answers are kept to a file and back.
//!
//! Owns: the file's form, finding answers in reports and recordings. Does not: infer or compare (see `shape`).

mod reading;
mod reports;
mod written;

pub use reading::read;
pub use reports::{NoAnswers, add_report};
pub use written::text;

/// The version of the file's form.
const VERSION: i128 = 1;
