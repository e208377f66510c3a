//! What was made of credentials for single requests: signatures and tokens that nobody is to see either.
//!
//! Owns: the last ones, so that a server that shows one is not repeated. Does not: make any.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many are remembered; what is older has been shown or not.
const MOST: usize = 32;

/// The last texts that were made, from any number of threads.
#[derive(Default)]
pub(super) struct Made(Mutex<VecDeque<String>>);

impl Made {
    /// Remembers one.
    pub fn note(&self, text: &str) {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is forgotten leaves its room to the next.
        let mut room = if made.len() == MOST { made.pop_front().unwrap_or_default() } else { String::new() };
        room.clear();
        room.push_str(text);
        made.push_back(room);
    }

    /// Hands over all of them.
    pub fn each(&self, tell: &mut dyn FnMut(&str)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|text| tell(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_remembered() {
        let made = Made::default();
        for number in 0..MOST + 2 {
            made.note(&format!("token {number}"));
        }
        let mut all = Vec::new();
        made.each(&mut |text| all.push(text.to_owned()));
        assert_eq!((all.len(), &*all[0], &*all[MOST - 1]), (MOST, "token 2", "token 33"));
    }
}
