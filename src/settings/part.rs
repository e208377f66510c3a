//! Which part of every load run a process makes.
//!
//! Owns: the data, shares that add up to the whole. Does not: know what is shared out (see `load`).

/// Part `index` (from 0) of `total` equal parts of a load run, each made by a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub index: u64,
    /// Of how many.
    pub total: u64,
}

impl Part {
    /// All of it.
    pub const WHOLE: Part = Part { index: 0, total: 1 };

    /// Whether there is no other.
    pub fn is_whole(self) -> bool {
        self.total == 1
    }

    /// This part of a number; all parts add up to it, and the first ones take what is left over.
    pub fn of(self, number: u64) -> u64 {
        number / self.total + u64::from(self.index < number % self.total)
    }
}

impl Default for Part {
    fn default() -> Part {
        Part::WHOLE
    }
}
