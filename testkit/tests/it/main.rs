//! The tests of the testkit.

mod clients;
mod fake;
mod suite;
mod support;
