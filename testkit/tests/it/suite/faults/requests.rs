//! Faults in the request.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (
        AbsoluteTarget,
        &[
            "the request is a GET with an absolute path",
            "percent-encoding in a path is preserved",
            "an encoded percent sign is preserved",
            "encoded non-ASCII characters are preserved",
            "upper case in a path is preserved",
            "the query is preserved",
            "a long target arrives complete",
            "the path of the base URL is a prefix",
            "a call succeeds after an idle connection was closed",
            "a call succeeds when a reused connection closes",
        ],
    ),
    (
        DecodesTarget,
        &[
            "percent-encoding in a path is preserved",
            "an encoded percent sign is preserved",
            "encoded non-ASCII characters are preserved",
            "the query is preserved",
        ],
    ),
    (
        LowercasesTarget,
        &[
            "percent-encoding in a path is preserved",
            "an encoded percent sign is preserved",
            "encoded non-ASCII characters are preserved",
            "upper case in a path is preserved",
            "the query is preserved",
            "the path of the base URL is a prefix",
        ],
    ),
    (PlusForSpace, &["encoded non-ASCII characters are preserved", "the query is preserved"]),
    (DropsQuery, &["the query is preserved", "a long target arrives complete"]),
    (TruncatesTarget, &["a long target arrives complete"]),
    (DropsBasePath, &["the path of the base URL is a prefix"]),
    (UsesHttp10, &["the request is HTTP/1.1", "a connection is reused"]),
    (HostWithoutPort, &["host contains host and port", "host has brackets around an IPv6 address"]),
    (HostWithoutBrackets, &["host has brackets around an IPv6 address"]),
    (
        NoAuthorization,
        &[
            "authorization is sent once, unchanged",
            "a call succeeds after an idle connection was closed",
            "a call succeeds when a reused connection closes",
        ],
    ),
    (AuthorizesTwice, &["authorization is sent once, unchanged"]),
    (AcceptsAnything, &["accept is sent once, unchanged"]),
    (OwnUserAgent, &["user-agent is sent once, unchanged"]),
    (SendsEmptyBody, &["no content-length is sent"]),
    (SendsBody, &["no content-length is sent", "no body is sent"]),
    (SendsReferrer, &["no other header is sent"]),
    (StoresCookies, &["cookies are not stored"]),
];
