//! The tests of this adapter, in one binary.

mod client;
mod suite;
