//! Recorded answers whose secrets were taken out, as they are judged.
//!
//! Owns: which failures come of that. Does not: judge (see `session`).

use crate::judge::outcome::Failure;
use crate::secrets::{REDACTED, is_like};

/// Whether a comparison failed because of a secret that was taken out of a recorded answer: `(redacted)` is like any
/// value.
pub(super) fn is_hidden(failure: &Failure) -> bool {
    let bare = |text: &'_ str| text.trim_matches('"').to_owned();
    failure.compared.as_deref().is_some_and(|sides| {
        let got = bare(&sides.got);
        got == REDACTED || (got.contains(REDACTED) && is_like(&got, &bare(&sides.expected)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;
    use crate::judge::outcome::{Compared, FailureKind};

    #[test]
    fn what_was_hidden_is_like_any_value() {
        for (expected, got, hidden) in [
            ("\"abc\"", "\"(redacted)\"", true),
            ("5", "\"(redacted)\"", true),
            ("\"k=v; x=1\"", "\"k=(redacted); x=1\"", true),
            ("\"k=v; x=1\"", "\"k=(redacted); x=2\"", false),
            ("\"abc\"", "\"abd\"", false),
        ] {
            let sides = Compared { expected: expected.to_owned(), got: got.to_owned(), ..Compared::default() };
            let failure = Failure::new(FailureKind::ValidatorFailed, String::new(), &Location::default());
            let failure = Failure { compared: Some(Box::new(sides)), ..failure };
            assert_eq!(is_hidden(&failure), hidden, "{expected} {got}");
        }
    }
}
