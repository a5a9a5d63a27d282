//! Clients for the tests.

pub(crate) mod client;
pub(crate) mod examples;
pub(crate) mod faulty_transport;
