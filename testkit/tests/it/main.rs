//! The tests of the testkit.

mod capture;
mod clients;
#[allow(dead_code, reason = "other tests use the rest")]
mod echo;
mod fake;
mod history;
mod suite;
mod support;
mod wire_hyper;
