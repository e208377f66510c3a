//! Variables: where they live, how texts and bodies take them up, what generates them.

pub mod body;
pub mod content;
pub mod context;
pub mod generator;
pub mod seeds;
pub mod template;
