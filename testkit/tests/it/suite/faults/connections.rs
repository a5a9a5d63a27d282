//! Faults with connections.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] = &[
    (NeverReuses, &["a connection is reused"]),
    (IgnoresClose, &["a connection is not reused after `connection: close`"]),
    (ReusesHttp10, &["a connection is not reused after HTTP/1.0"]),
    (
        ReusesUnreadBodies,
        &[
            "a connection is not reused after `connection: close`",
            "a connection is not reused after HTTP/1.0",
            "a connection is not reused inside a body over the limit",
            "a connection is not reused inside a 404 over the limit",
            "a connection is not reused after malformed chunks",
            "an unsolicited response right after the first",
            "an unsolicited response a moment later",
            "a call succeeds after an idle connection was closed",
            "a call succeeds when a reused connection closes",
        ],
    ),
    (
        ReusesTimedOut,
        &[
            "a connection is not reused after a timeout",
            "an unsolicited response right after the first",
            "an unsolicited response a moment later",
        ],
    ),
    (
        LeavesTrailers,
        &[
            "after chunks with trailers, the next call succeeds",
            "an unsolicited response right after the first",
        ],
    ),
    (
        KeepsUnsolicited,
        &["an unsolicited response right after the first", "an unsolicited response a moment later"],
    ),
    (
        KeepsDeadConnections,
        &[
            "a connection is not reused after malformed chunks",
            "an unsolicited response right after the first",
            "an unsolicited response a moment later",
            "a call succeeds after an idle connection was closed",
            "a call succeeds when a reused connection closes",
        ],
    ),
    (MixesUpThreads, &["concurrent calls get their own responses"]),
];
