//! The suite, run against clients with and without faults.

mod adapter;
mod faults;
mod report;
mod transport;
