//! What holds for the project itself: its layout, and what its README says.

mod circles;
mod floors;
mod licenses;
mod merges;
mod readme;
