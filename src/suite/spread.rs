//! Work on the pieces of a long suite, on all cores.
//!
//! Owns: whether that is worth a thread. Does not: cut anything (see `batches` and `reader`).

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Does the same with every piece, and returns what came of it in order.
pub(super) fn over<P: Send, R: Send>(pieces: Vec<P>, work: impl Fn(P) -> R + Send + Sync) -> Vec<R> {
    if pieces.len() < 2 || rayon::current_num_threads() < 2 {
        return pieces.into_iter().map(work).collect();
    }
    pieces.into_par_iter().map(work).collect()
}
