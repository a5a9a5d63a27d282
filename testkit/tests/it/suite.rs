//! The suite, run against clients with and without faults.

mod adapter;
mod faults;
mod random;
mod report;
mod transport;
