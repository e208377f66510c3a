//! `share` of variables that there are not.

use std::collections::HashSet;

use super::{Subject, hint};
use crate::ground::source::{Fault, did_you_mean};
use crate::test::sharing::{COOKIES, Share};

/// Looks over what a set hands on.
pub fn look_over(subject: &Subject<'_>, hints: &mut Vec<Fault>) {
    let Some(sharing) = &subject.set.config.sharing else { return };
    let Share::Names(names) = &sharing.share else { return };
    let mut known: HashSet<&str> = subject.set.set_names().into_iter().collect();
    known.extend(subject.options.given_names());
    known.extend(subject.options.shared.iter().chain(subject.imported).map(String::as_str));
    for (name, location) in names.iter().filter(|(name, _)| !known.contains(name.as_str())) {
        if name != COOKIES {
            let meant = did_you_mean(name, known.iter().copied());
            hint(hints, location, format!("share names \"{name}\", which nothing in this file sets{meant}"));
        } else if subject.set.config.cookies.is_none() {
            hint(hints, location, "share names cookies, and this file keeps none; add cookies: true");
        }
    }
}
