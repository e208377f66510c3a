//! Words of the command line to what is asked for: flags as data, the loop, the values.

mod alert_flags;
pub mod arguments;
mod auth_flags;
pub mod auth_wanted;
pub mod choices;
pub mod command;
mod convert_flags;
mod drift_flags;
mod egress_flags;
pub mod expectation;
mod extension_flags;
pub mod flag;
pub mod flag_values;
pub mod flags;
pub mod given_secrets;
mod input_files;
mod mock_flags;
pub mod mock_wanted;
pub mod parser;
pub mod preset;
pub mod presets;
pub mod request_flags;
pub mod request_words;
mod settings_file;
pub mod settled;
pub mod trace_flags;
pub mod wanted;
