//! The tests of this adapter, in one binary. Those of the log have a process of their own.

mod ahead;
mod certificates;
mod client;
mod get_many;
mod observe;
mod suite;
