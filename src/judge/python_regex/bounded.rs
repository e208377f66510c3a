//! A bound on the time that looking for a pattern takes.
//!
//! Owns: which looks may take long, giving up on them. Does not: know patterns.
//!
//! The engine counts its steps back, but a step may read the whole text, and there may be one for each of its
//! characters. Nobody can interrupt it: so a look that may take long is taken by a thread of its own, which is left to
//! itself when time is up.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use fancy_regex::Regex;

/// Texts up to this length take no time that anyone notices.
const SHORT: usize = 4 * 1024;

/// What no look takes that ends at all.
const LONGEST: Duration = Duration::from_secs(5);

/// More looks than these are not left to themselves at the same time.
const MOST_LEFT: usize = 8;

static LEFT: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// What a pattern finds in a text.
///
/// # Errors
/// It takes too long.
pub fn run<T: Send + 'static>(
    regex: &Arc<Regex>,
    text: &str,
    look: impl FnOnce(&Regex, &str) -> T + Send + 'static,
) -> Result<T, String> {
    if text.len() <= SHORT || is_linear(regex.as_str()) {
        return Ok(look(regex, text));
    }
    let late = || format!("it takes longer than {} s", LONGEST.as_secs());
    if LEFT.load(Ordering::Relaxed) >= MOST_LEFT {
        return Err(late());
    }
    let (own, text) = (regex.clone(), text.to_owned());
    let (sender, found) = mpsc::channel();
    LEFT.fetch_add(1, Ordering::Relaxed);
    let left = LEFT.clone();
    let started = thread::Builder::new().name("regex".to_owned()).spawn(move || {
        let result = look(&own, &text);
        left.fetch_sub(1, Ordering::Relaxed);
        let _ = sender.send(result);
    });
    if started.is_err() {
        LEFT.fetch_sub(1, Ordering::Relaxed);
        return Err("the system has no thread for it".to_owned());
    }
    found.recv_timeout(LONGEST).map_err(|_| late())
}

/// Whether the time is in line with the text's length: nothing in the pattern looks around or back, and nothing is
/// counted, which makes many states of few characters. Of characters that stand for themselves some are written
/// `\x{2e}`, which is no count.
fn is_linear(pattern: &str) -> bool {
    let pattern = pattern.replace("\\x{", "");
    let looks = ["(?=", "(?!", "(?<", "(?>", "(?(", "(?P=", "\\k<", "++", "*+", "?+", "{"];
    let has_backreference = pattern.as_bytes().windows(2).any(|pair| matches!(pair, [b'\\', b'1'..=b'9']));
    !has_backreference && !looks.iter().any(|look| pattern.contains(look))
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;
    use super::is_linear;

    #[test]
    fn patterns_that_may_take_long_are_known() {
        for (pattern, expected) in [
            ("a.*b", true),
            (r"\x{2e}[\d]+$", true),
            ("(?P<n>a|b)", true),
            ("a{2}", false),
            ("(?=a)b", false),
            (r"(a)(?:\1)", false),
            ("a++", false),
        ] {
            assert_eq!(is_linear(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn a_catastrophe_has_an_end() {
        let text = "a".repeat(200_000);
        let pattern = Pattern::default();
        let found = pattern.is_found(r"(?=(a*)*b)\1c", &text);
        assert!(matches!(&found, Ok(false) | Err(_)), "{found:?}");
        let found = pattern.is_found(r"(?=.*b)(?!x)y", &text);
        assert!(matches!(&found, Ok(false) | Err(_)), "{found:?}");
    }
}
