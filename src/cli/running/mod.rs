//! A run as the main thread lives through it: the engine beside it, what is heard, printed and written.

pub mod alert;
mod allure;
pub mod assignment;
pub mod baseline;
pub mod coverage;
pub mod engine;
pub mod execute;
pub mod inbox;
pub mod inputs_read;
pub mod outputs;
pub mod project;
pub mod push;
pub mod report_targets;
pub mod reports;
pub mod secret_sources;
mod suite_watch;
pub mod tape;
pub mod tracing;
pub mod unstarted;
