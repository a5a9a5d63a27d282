//! Faults with redirects.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (NeedsLocation, &["a redirect without a location is returned"]),
    (FollowsFound, &["a 301 to another port is not followed", "a 302 to another port is not followed"]),
    (FollowsSeeOther, &["a 303 to another port is not followed"]),
    (FollowsTemporary, &["a 307 to another port is not followed", "a 308 to another port is not followed"]),
    (FollowsChoices, &["a 300 with a location is not followed"]),
    (FollowsWithoutScheme, &["a redirect without a scheme is not followed"]),
    (
        FollowsOnTheSameHost,
        &["a redirect on the same host is not followed", "a redirect to itself is not followed"],
    ),
];
