//! What is said where the program itself breaks.
//!
//! Owns: the hook of panics while a command line runs. Does not: catch any.

use std::io::{self, Write as _};
use std::panic::{Location, PanicHookInfo, set_hook, take_hook};

use super::quiet;

/// What heard of panics before.
pub(super) struct Earlier(Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send>);

/// From now on the place is told and nothing else: what the program was working on may hold a secret.
pub(super) fn watch() -> Earlier {
    let earlier = take_hook();
    set_hook(Box::new(|broken| {
        // Whatever goes wrong that badly is not to go unheard.
        let _ = quiet::end();
        let _ = writeln!(io::stderr(), "{}", told(broken.location()));
    }));
    Earlier(earlier)
}

impl Earlier {
    /// Gives the process back the hook that it had.
    pub(super) fn restore(self) {
        set_hook(self.0);
    }
}

/// The smallest build keeps no places: its line is 0.
fn told(place: Option<&Location<'_>>) -> String {
    let place =
        place.filter(|at| at.line() > 0).map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    format!("resttest: internal error{place}: this is a fault of resttest itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told() {
        let here = told(Some(Location::caller()));
        assert!(here.contains(" at src/cli/broken.rs:") && here.ends_with(": this is a fault of resttest itself"));
        assert_eq!(told(None), "resttest: internal error: this is a fault of resttest itself");
    }
}
