//! The tests of this adapter, in one binary.

mod ahead;
mod client;
mod coding;
mod framing;
mod get_many;
mod observe;
mod suite;
mod support;
