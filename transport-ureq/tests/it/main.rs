//! The tests of this adapter, in one binary.

mod client;
mod coding;
mod framing;
mod suite;
mod support;
