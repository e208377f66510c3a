//! Work on the pieces of a long suite, on all cores.
//!
//! Owns: whether that is worth a thread. Does not: cut anything (see `batches` and `reader`).

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Does the same with every piece, and returns what came of it in order.
pub(super) fn over<P: Send, R: Send>(pieces: Vec<P>, work: impl Fn(P) -> R + Send + Sync) -> Vec<R> {
    // Rayon is not asked: it would start a thread to find out.
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    if pieces.len() < 2 || cores() < 2 {
        return pieces.into_iter().map(work).collect();
    }
    pieces.into_par_iter().map(work).collect()
}
