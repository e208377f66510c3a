//! Cookies kept from one answer to the next request, as RFC 6265bis has them.
//!
//! Owns: which are kept, for how long, which of them go to a target, and the file in which they outlive a run. Does
//! not: send them (see `http`), ask for them, open files, read a clock (the time is an argument).

mod cookie;
mod date;
mod jar;
mod netscape;
mod store;
#[cfg(test)]
mod tests;

pub use jar::Jar;
pub use store::Cookies;
