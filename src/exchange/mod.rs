//! One exchange as data: what is sent, what comes back, and the options of the way between.
//!
//! Owns: requests, responses, URLs, curl options, the seam that a transport stands behind.
//! Does not: do any of it (see `http`).

pub mod authorization;
mod carried;
pub mod client_files;
pub mod cookies;
pub mod curl_command;
pub mod curl_options;
pub mod egress;
pub mod form_parts;
pub mod network;
mod own_cookies;
pub mod request;
pub mod response;
pub mod secret_places;
pub mod token;
pub mod trace;
pub mod url;
pub mod witness;
