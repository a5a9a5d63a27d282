//! Faults with framing and limits.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (
        IgnoresLength,
        &[
            "a body ends at its content-length",
            "a connection is not reused after `connection: close`",
            "a connection is not reused after HTTP/1.0",
        ],
    ),
    (
        NoChunks,
        &[
            "a chunked body",
            "chunks with extensions",
            "a chunk with a long extension",
            "chunks with trailers",
            "transfer-encoding overrides content-length",
            "chunk sizes with leading zeros and upper-case digits",
            "an empty chunked body",
            "a response sent byte by byte",
            "a huge chunk size allocates nothing",
            "closed inside a chunk",
            "closed between chunks",
            "a chunk without a size",
            "a chunk longer than its size",
            "a 404 with malformed chunks is a 404",
            "after chunks with trailers, the next call succeeds",
            "a connection is not reused after malformed chunks",
        ],
    ),
    (LengthOverridesChunks, &["transfer-encoding overrides content-length"]),
    (
        NoExtensions,
        &["chunks with extensions", "a chunk with a long extension", "a response sent byte by byte"],
    ),
    (NoTrailers, &["chunks with trailers", "after chunks with trailers, the next call succeeds"]),
    (PlainSizesOnly, &["chunk sizes with leading zeros and upper-case digits"]),
    (CloseIsTruncation, &["a close-delimited body", "an HTTP/1.0 body"]),
    (
        NoBodyWithoutLength,
        &[
            "a close-delimited body",
            "an HTTP/1.0 body",
            "an endless body",
            "a 404 with an endless body is a 404",
            "reset inside a close-delimited body",
            "a slow-drip body",
        ],
    ),
    (
        EmptyIsError,
        &[
            "a 204 ends with its head",
            "a 205 is returned as a response",
            "an empty body",
            "an empty chunked body",
        ],
    ),
    (ConvertsToUtf8, &["every byte value arrives unchanged"]),
    (
        ReadsHeadOnce,
        &["a 429 with a head of 100 KiB is recognized", "a response sent byte by byte", "a slow-drip head"],
    ),
    (
        LimitTooLow,
        &["a body exactly at the limit", "a small limit also applies to a 404", "gzip exactly at the limit"],
    ),
    (
        LimitTooHigh,
        &[
            "a body one byte over the limit",
            "chunks one byte over the limit",
            "a small limit also applies to a 404",
            "gzip one byte over the limit",
        ],
    ),
    (
        NoLimit,
        &[
            "a body one byte over the limit",
            "chunks one byte over the limit",
            "an endless body",
            "endless chunks",
            "a small limit also applies to a 404",
            "gzip one byte over the limit",
            "a gzip bomb",
            "a connection is not reused inside a body over the limit",
        ],
    ),
    (
        NoLimitForErrors,
        &[
            "a body one byte over the limit",
            "chunks one byte over the limit",
            "an endless body",
            "endless chunks",
            "a 404 with an endless body is a 404",
            "a 404 with a body over the limit is a 404",
            "a small limit also applies to a 404",
            "a 404 with a gzip body",
            "gzip one byte over the limit",
            "a gzip bomb",
            "a connection is not reused inside a body over the limit",
            "a connection is not reused inside a 404 over the limit",
        ],
    ),
    (TrustsLengths, &["a huge content-length allocates nothing", "a huge chunk size allocates nothing"]),
];
