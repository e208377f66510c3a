//! Settings: what holds over a suite, and which layer wins.

pub mod commands;
pub mod drift;
pub mod evidence;
pub mod given_secrets;
pub mod guards;
pub mod hooks;
pub mod leaks;
pub mod origin;
pub mod part;
pub mod precedence;
pub mod presets;
pub mod probe;
pub mod retry;
pub mod run_settings;
pub mod sparse;
pub mod unset_variables;
pub mod volume;
