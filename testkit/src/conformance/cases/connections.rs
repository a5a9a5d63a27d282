//! Reuse of connections, and leftover bytes on them.

use std::thread;

use super::Case;
use crate::Script;
use crate::conformance::case::{ERROR_BODY_LIMIT, GOOD, MOMENT, chunks, connections, describe, good, ok};

/// A body size so far over every limit that no client drains the rest.
const FLOOD: usize = 4 << 20;

/// A response without a request.
const UNSOLICITED: &str = "HTTP/1.1 410 Gone\r\ncontent-length: 5\r\n\r\nstray";

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let rest = "leftover bytes must not be read as the next response";
    let one = "200, body as sent; 200, body as sent; 1 connection";
    let two = "200, body as sent; 200, body as sent; 2 connections";
    let unsolicited = "an unsolicited response must not be read as the next response";
    let trailers = "2\r\n{}\r\n3\r\n   \r\n0\r\nx-a: b\r\n\r\n";
    let length = GOOD.len();
    vec![
        Case::two(
            "a connection is reused",
            "a new connection costs round trips and a TLS handshake",
            good(),
            GOOD,
            one,
        ),
        Case::two("after chunks with trailers, the next call succeeds", rest, chunks(trailers), "{}   ", one)
            .or(two),
        Case::two(
            "after a 304 with a content-length, the next call succeeds",
            rest,
            Script::new().send("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
            "",
            "304, empty body; 200, body as sent; 1 connection",
        )
        .or("304, empty body; 200, body as sent; 2 connections"),
        Case::two(
            "a connection is not reused after `connection: close`",
            "RFC 9112, 9.6",
            Script::response(200, &[("Connection", "Close")], GOOD),
            GOOD,
            two,
        ),
        Case::two(
            "a connection is not reused after HTTP/1.0",
            "RFC 9112, 9.3: the connection ends with its response",
            Script::new().send(format!("HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\n{GOOD}")),
            GOOD,
            two,
        ),
        // A client that reads the whole body may reuse the connection.
        Case::two(
            "a connection is not reused inside a body over the limit",
            rest,
            ok(format!("content-length: {FLOOD}\r\n\r\n")).send(vec![b' '; FLOOD]),
            "",
            "too_large; 200, body as sent; 2 connections",
        )
        .or("too_large; 200, body as sent; 1 connection"),
        Case::two(
            "a connection is not reused inside a 404 over the limit",
            rest,
            Script::response(404, &[], vec![b'n'; FLOOD]),
            vec![b'n'; FLOOD],
            format!("404, first {ERROR_BODY_LIMIT} bytes; 200, body as sent; 2 connections"),
        )
        .or(format!("404, first {ERROR_BODY_LIMIT} bytes; 200, body as sent; 1 connection")),
        Case::two(
            "a connection is not reused after malformed chunks",
            rest,
            chunks(format!("zz\r\n{UNSOLICITED}")),
            "",
            "connection; 200, body as sent; 2 connections",
        )
        .or("undecodable; 200, body as sent; 2 connections"),
        Case::new(
            "a connection is not reused after a timeout",
            "the late response would be read as the next response",
            "timeout; 200, body as sent; 2 connections",
            |harness| {
                harness.fake.script_any([Script::new().pause(MOMENT * 8).send(UNSOLICITED)]);
                let first = describe(harness.get(), b"");
                thread::sleep(MOMENT * 6);
                harness.fake.script_any([good()]);
                let second = describe(harness.get(), GOOD.as_bytes());
                format!("{first}; {second}; {}", connections(harness))
            },
        )
        .within(MOMENT * 4),
        Case::two(
            "an unsolicited response right after the first",
            unsolicited,
            good_and(UNSOLICITED),
            GOOD,
            two,
        )
        .or(one),
        Case::two(
            "an unsolicited response a moment later",
            unsolicited,
            good().pause(MOMENT / 2).send(UNSOLICITED),
            GOOD,
            two,
        )
        .or(one),
        Case::new(
            "a call succeeds after an idle connection was closed",
            "servers close idle connections, and the core retries",
            "session, session",
            |harness| {
                harness.fake.script_any([good().close()]);
                let first = harness.call();
                thread::sleep(MOMENT);
                format!("{first}, {}", harness.call())
            },
        ),
        Case::new(
            "a call succeeds when a reused connection closes",
            "servers close idle connections, and the core retries",
            "session, session",
            |harness| {
                harness.fake.script_any([good(), Script::new().close()]);
                format!("{}, {}", harness.call(), harness.call())
            },
        ),
        Case::new(
            "concurrent calls get their own responses",
            "a transport is called from many threads",
            "as sent, as sent",
            |harness| {
                harness.fake.script_any([
                    Script::new().pause(MOMENT).send(response("of the first")),
                    Script::new().pause(MOMENT).send(response("of the second")),
                ]);
                thread::scope(|scope| {
                    let [one, two] =
                        [0, 1].map(|_| scope.spawn(|| harness.get().0.map(|response| response.into_body())));
                    let mut actual: Vec<_> = [one, two]
                        .into_iter()
                        .map(|thread| thread.join().expect("no panic").unwrap_or_default())
                        .collect();
                    actual.sort();
                    let described =
                        actual.iter().zip(["of the first", "of the second"]).map(|(actual, sent)| {
                            if actual == sent.as_bytes() {
                                "as sent".to_owned()
                            } else {
                                actual.escape_ascii().to_string()
                            }
                        });
                    described.collect::<Vec<_>>().join(", ")
                })
            },
        ),
    ]
}

fn response(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Returns a successful response and, in the same write, these bytes.
fn good_and(rest: &str) -> Script {
    Script::new().send(response(GOOD) + rest)
}
