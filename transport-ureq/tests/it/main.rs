//! The tests of this adapter, in one binary.

mod client;
mod coding;
mod framing;
mod observe;
mod suite;
mod support;
