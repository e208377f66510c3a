//! The ground: values, sources of text, time. Knows nothing of testing.

pub mod byte_size;
pub mod ci_job;
pub mod clock;
pub mod columns;
pub mod counted;
pub mod dotenv;
pub mod excerpt;
pub mod file_root;
pub mod hex;
pub mod input;
pub mod input_log;
pub mod json;
pub mod json_part;
pub mod json_text;
pub mod printable;
pub mod process_group;
pub mod python_json;
pub mod registry;
pub mod source;
pub mod timestamp;
pub mod value;
pub mod whole_file;
