//! Reports: one file a format, all fed by the same events.

mod benchmark;
mod console;
mod file;
mod load;
mod progress;
mod results;

pub use benchmark::{to_csv as benchmark_csv, to_json as benchmark_json};
pub use console::{Console, Style};
pub use file::ReportFile;
pub use load::{to_csv as load_csv, to_json as load_json};
pub use results::{InForce, to_json as results_json};
