//! The tests of the testkit.

mod clients;
mod fake;
mod history;
mod suite;
mod support;
