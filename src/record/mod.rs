//! What happens in a run: the events, what they add up to, and how they travel between processes.

pub mod alert;
pub mod benchmark_report;
pub mod event;
pub mod joined;
pub mod run_fault;
pub mod run_record;
pub mod shards;
pub mod spans;
pub mod wire;
