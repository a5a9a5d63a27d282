//! Each fault of a transport, and the cases that it fails.

use crate::support::faulty_transport::Fault;

mod bodies;
mod broken;
mod connections;
mod gzip;
mod redirects;
mod requests;
mod secrets;
mod statuses;
mod time;

/// A fault, and the cases that a transport with it fails.
pub(super) type Fails = (Fault, &'static [&'static str]);

pub(super) fn all() -> Vec<Fails> {
    [
        requests::FAULTS,
        statuses::FAULTS,
        redirects::FAULTS,
        bodies::FAULTS,
        gzip::FAULTS,
        broken::FAULTS,
        time::FAULTS,
        connections::FAULTS,
        secrets::FAULTS,
    ]
    .concat()
}
