//! Reports: one file a format, all fed by the same events.

mod benchmark;
mod console;
mod file;

pub use benchmark::{to_csv as benchmark_csv, to_json as benchmark_json};
pub use console::{Console, Style};
pub use file::ReportFile;
