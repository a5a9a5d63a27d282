//! Faults with statuses and heads.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (OnlyKnownStatuses, &["a 599 is returned as a response"]),
    (SuccessIs200, &["a 204 ends with its head", "a 205 is returned as a response"]),
    (RetriesChallenges, &["a 401 is returned as a response", "a 407 is returned as a response"]),
    (LastHeaderWins, &["a repeated header keeps both values", "two different content-lengths"]),
    (
        CaseSensitiveNames,
        &[
            "a 503 keeps Retry-After and Date and is not retried",
            "header names are case-insensitive",
            "a connection is not reused after `connection: close`",
        ],
    ),
    (NeedsReasonPhrase, &["a 599 is returned as a response", "a missing reason phrase is accepted"]),
    (AsciiHeadersOnly, &["a 404 with a non-ASCII header is returned"]),
    (
        AtMost64Headers,
        &[
            "a 404 with 80 headers is returned",
            "a 429 with 200 headers is recognized",
            "a 429 with a head of 100 KiB is recognized",
            "a 429 with 200 headers stops other calls",
        ],
    ),
    (
        InterimIsFinal,
        &[
            "a 100 is skipped",
            "several interim responses with headers are skipped",
            "a 429 after a 100 with headers is recognized",
            "endless interim responses",
        ],
    ),
    (SkipsOneInterim, &["several interim responses with headers are skipped", "endless interim responses"]),
    (WaitsForBodyOf204, &["a 204 ends with its head"]),
    (
        WaitsForBodyOf304,
        &[
            "a 304 ends with its head despite its content-length",
            "after a 304 with a content-length, the next call succeeds",
        ],
    ),
];
