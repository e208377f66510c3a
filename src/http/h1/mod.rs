//! HTTP/1.1 as data: the bytes of a request, and a decoder that is pushed whatever piece of an answer is there.
//!
//! Owns: what is an answer, where its head and its body end, whether the connection can carry another. Does
//! not: read or write anything, wait, or know the time; whoever carries the bytes does (see `socket`).
//!
//! Answers are read as libcurl reads them: what people's servers send is taken, unless it leaves open where the
//! answer ends.

mod body;
mod decoder;
mod head;
mod malformed;
mod request;
#[cfg(test)]
mod tests;

pub(super) use body::Body;
pub(super) use decoder::{Decoder, Sink, refuses};
pub(super) use head::{Head, lower_case};
pub(super) use malformed::Malformed;
pub(super) use request::Message;
