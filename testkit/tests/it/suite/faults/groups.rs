//! Faults that fail whole groups of cases.

use crate::support::faulty_transport::Fault::{self, *};

/// The cases of an error status with a body.
const ERRORS: &[&str] = &[
    "a 400 is returned as a response",
    "a 401 is returned as a response",
    "a 403 is returned as a response",
    "a 404 is returned as a response",
    "a 407 is returned as a response",
    "a 408 is returned without a retry",
    "a 422 is returned as a response",
    "a 429 keeps Retry-After and is not retried",
    "a 500 is returned as a response",
    "a 503 keeps Retry-After and Date and is not retried",
    "a 599 is returned as a response",
    "a missing reason phrase is accepted",
    "a repeated header keeps both values",
    "a 404 with an endless body is a 404",
    "a 404 with a body over the limit is a 404",
    "a small limit also applies to a 404",
    "a 404 with a gzip body",
    "a 404 closed inside its body is a 404",
    "a 404 reset inside its body is a 404",
    "a 404 with malformed chunks is a 404",
    "a 404 whose body stalls is a 404",
    "a connection is not reused inside a 404 over the limit",
];

/// The cases with `Retry-After`.
const RETRY_AFTER: &[&str] = &[
    "a 429 keeps Retry-After and is not retried",
    "a 503 keeps Retry-After and Date and is not retried",
    "a 429 with 200 headers is recognized",
    "a 429 with a head of 100 KiB is recognized",
    "a 429 after a 100 with headers is recognized",
];

/// The cases of a redirect with a location.
const REDIRECTS: &[&str] = &[
    "a 301 to another port is not followed",
    "a 302 to another port is not followed",
    "a 303 to another port is not followed",
    "a 307 to another port is not followed",
    "a 308 to another port is not followed",
    "a redirect without a scheme is not followed",
    "a redirect on the same host is not followed",
    "a redirect to itself is not followed",
    "a 300 with a location is not followed",
];

pub(super) fn all() -> Vec<(Fault, Vec<&'static str>)> {
    vec![
        (
            StatusIsError,
            [
                ERRORS,
                &[
                    "a 404 with a non-ASCII header is returned",
                    "a 404 with 80 headers is returned",
                    "a 429 with 200 headers is recognized",
                    "a 429 with a head of 100 KiB is recognized",
                    "a 429 after a 100 with headers is recognized",
                    "a 429 with 200 headers stops other calls",
                    "a 404 whose body never arrives is a 404",
                ],
            ]
            .concat(),
        ),
        (
            Retries,
            [RETRY_AFTER, &["a 408 is returned without a retry", "a 429 with 200 headers stops other calls"]]
                .concat(),
        ),
        (DropsHeaders, [RETRY_AFTER, REDIRECTS, &["a repeated header keeps both values"]].concat()),
        (DropsRetryAfter, [RETRY_AFTER].concat()),
        (DropsErrorBodies, [ERRORS, REDIRECTS, &["a redirect without a location is returned"]].concat()),
        (
            RedirectIsError,
            [
                REDIRECTS,
                &[
                    "a 304 ends with its head despite its content-length",
                    "a redirect without a location is returned",
                    "after a 304 with a content-length, the next call succeeds",
                ],
            ]
            .concat(),
        ),
    ]
}
