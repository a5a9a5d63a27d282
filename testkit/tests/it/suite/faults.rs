//! Each fault of a transport, and the cases that it fails.

use crate::support::faulty_transport::Fault;

mod bodies;
mod broken;
mod connections;
mod groups;
mod gzip;
mod redirects;
mod requests;
mod secrets;
mod statuses;
mod time;

/// A fault, and the cases that a transport with it fails.
type Fails = (Fault, &'static [&'static str]);

/// Returns each fault with the cases that a transport with it fails. A case may occur twice.
pub(super) fn all() -> Vec<(Fault, Vec<&'static str>)> {
    let faults = [
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
    .concat();
    let faults = faults.into_iter().map(|(fault, cases)| (fault, cases.to_vec()));
    faults.chain(groups::all()).collect()
}
