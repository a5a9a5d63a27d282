//! Faults with truncated and malformed responses.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (RefusedIsTimeout, &["connection refused"]),
    (
        ResetIsTimeout,
        &[
            "reset without a response",
            "reset inside the head",
            "reset inside a body with content-length",
            "reset between chunks",
            "reset inside a close-delimited body",
        ],
    ),
    (ResetIsEnd, &["reset inside a close-delimited body"]),
    (
        TruncatedHeadIsComplete,
        &[
            "closed without a response",
            "closed inside the status line",
            "closed inside a header",
            "closed between headers",
            "a call succeeds when a reused connection closes",
        ],
    ),
    (
        TruncatedIsComplete,
        &[
            "a huge content-length allocates nothing",
            "truncated gzip",
            "closed inside a body with content-length",
        ],
    ),
    (
        TruncatedChunksAreComplete,
        &["a huge chunk size allocates nothing", "closed inside a chunk", "closed between chunks"],
    ),
    (
        BadChunkIsEnd,
        &[
            "a chunk without a size",
            "a chunk longer than its size",
            "a connection is not reused after malformed chunks",
        ],
    ),
    (AnyChunkEnd, &["a chunk longer than its size"]),
    (
        AcceptsHttp09,
        &[
            "a greeting of another protocol",
            "a TLS alert",
            "a body without a head",
            "a status that is not a number",
            "a header without a colon",
            "an endless head",
        ],
    ),
    (AcceptsAnyStatus, &["a status that is not a number"]),
    (SkipsBadHeaders, &["a header without a colon"]),
    (AcceptsAnyLength, &["a content-length that is not a number", "a negative content-length"]),
    (LastLengthWins, &["two different content-lengths"]),
    (NoHeadLimit, &["an endless head"]),
    (
        ErrorOverridesStatus,
        &[
            "a 404 closed inside its body is a 404",
            "a 404 reset inside its body is a 404",
            "a 404 with malformed chunks is a 404",
            "a 404 whose body never arrives is a 404",
            "a 404 whose body stalls is a 404",
        ],
    ),
];
