//! Work on the pieces of a long suite, on all cores.
//!
//! Owns: whether that is worth threads, and the threads. Does not: cut anything (see `document::pieces` and `sets`).
//!
//! What it is worth, on two cores, `resttest list` of a suite of tests with a body and two validators each:
//!
//! | tests | in pieces, both cores | in pieces, one | as a whole |
//! |---|---|---|---|
//! | 1,000 | 18 ms | 28 ms | 29 ms |
//! | 10,000 | 192 ms, 82 MB | 280 ms, 82 MB | 299 ms, 114 MB |
//! | 20,000 | 383 ms, 159 MB | 591 ms, 159 MB | 628 ms, 224 MB |

use std::sync::LazyLock;
use std::thread;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// A thread for each core; none where there is one core, or where a container allows no more threads.
static POOL: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if cores > 1 { ThreadPoolBuilder::new().num_threads(cores).build().ok() } else { None }
});

/// Does the same with every piece, and returns the results in order.
pub(super) fn over<P: Send, R: Send>(pieces: Vec<P>, work: impl Fn(P) -> R + Send + Sync) -> Vec<R> {
    let pool = if pieces.len() > 1 { POOL.as_ref() } else { None };
    match pool {
        Some(pool) => pool.install(|| pieces.into_par_iter().map(work).collect()),
        None => pieces.into_iter().map(work).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_pieces_is_in_their_order() {
        for count in [0, 1, 2, 1000] {
            let pieces: Vec<usize> = (0..count).collect();
            let squares: Vec<usize> = pieces.iter().map(|piece| piece * piece).collect();
            assert_eq!(over(pieces, |piece| piece * piece), squares);
        }
    }
}
