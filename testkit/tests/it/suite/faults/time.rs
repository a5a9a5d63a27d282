//! Faults with the time limit.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (
        NoTimeout,
        &[
            "no response",
            "a slow-drip head",
            "a body that never arrives",
            "a slow-drip body",
            "slow-drip chunks",
            "endless interim responses",
            "a 404 whose body never arrives is a 404",
            "a 404 whose body stalls is a 404",
            "a connection is not reused after a timeout",
        ],
    ),
    (
        TimeoutPerRead,
        &["a slow-drip head", "a slow-drip body", "slow-drip chunks", "endless interim responses"],
    ),
    (
        TimeoutForHeadOnly,
        &[
            "a body that never arrives",
            "a slow-drip body",
            "slow-drip chunks",
            "a 404 whose body never arrives is a 404",
            "a 404 whose body stalls is a 404",
        ],
    ),
    (
        TimeoutIsConnection,
        &[
            "no response",
            "a slow-drip head",
            "a body that never arrives",
            "a slow-drip body",
            "slow-drip chunks",
            "endless interim responses",
            "a connection is not reused after a timeout",
        ],
    ),
    (TimesOutEarly, &["a slow response within the time limit"]),
];
