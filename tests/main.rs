//! The end-to-end tests: the built binary, driven from outside, against real servers.
//!
//! One test binary, so that it links once; every folder and file beside this one is a module of it.

mod e2e;
mod programs;
mod project;
mod support;
