//! A load run as data: what it is to do, what it measured, what is held against it.
//!
//! Does not: make load (see `run::load`).

pub mod baseline;
pub mod metrics;
pub mod pacing;
pub mod plan;
pub mod profile;
pub mod summary;
pub mod thresholds;
pub mod timeline;
