//! Faults with encoded bodies.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (
        NeverDecodes,
        &[
            "a gzip body",
            "a 404 with a gzip body",
            "gzip exactly at the limit",
            "gzip one byte over the limit",
            "a gzip bomb",
            "invalid gzip",
            "gzip in upper case",
        ],
    ),
    (DecodesOnly200, &["a 404 with a gzip body"]),
    (LimitsEncodedBytes, &["a 404 with a gzip body", "gzip one byte over the limit", "a gzip bomb"]),
    (TruncatedGzipIsMalformed, &["truncated gzip"]),
    (UndecodableIsConnection, &["invalid gzip", "gzip with trailing bytes", "gzip with a wrong checksum"]),
];
