//! Secrets: what counts as one, and how it is kept out of everything shown.
//!
//! Owns: the names that mark a secret, the forms that it takes, the replacement, URLs as they may be shown.
//! Does not: decide where to redact (the engines do, before an event leaves them).

mod forms;
mod known;
mod likeness;
mod mask;
mod matcher;
mod names;
mod shown_text;
mod shown_url;
mod written;

use std::fmt;

pub use forms::forms;
pub use known::{Hiding, Secrets};
pub use likeness::is_like;
pub use mask::{Masks, Pattern};
pub use names::{is_secret_header, is_secret_name, may_be_secret, names_a_secret};
pub use shown_text::{shown_beginning, shown_text};
pub use shown_url::shown_url;
pub use written::{without_written_secrets, written_secrets};

/// The variable of the environment in which a process finds the secrets of the one that started it.
pub const HANDED_SECRETS: &str = "RESTTEST_HANDED_SECRETS";

/// What stands in place of a secret.
pub const REDACTED: &str = "(redacted)";

/// The header by which a mock server says that [`REDACTED`] in its answer stands for what had been there.
pub const HIDING_HEADER: &str = "x-redacted";

/// A text that Debug does not show.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}
