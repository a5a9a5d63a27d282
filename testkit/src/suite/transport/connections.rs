//! Reuse of connections, and leftover bytes on them.

use std::thread;

use brightdata_sessions::TransportErrorKind::{Connection, Timeout, TooLarge, Undecodable};

use super::case::{
    ERROR_BODY_LIMIT, GOOD, MOMENT, TransportCase, chunks, compare, good, items, ok, two_sessions,
};
use crate::Script;
use crate::suite::outcome::{Outcome, Timing, error, response};
use crate::suite::rule::Rule;

/// A body size so far over every limit that no client drains the rest.
const FLOOD: usize = 4 << 20;

/// A response without a request.
const UNSOLICITED: &str = "HTTP/1.1 410 Gone\r\ncontent-length: 5\r\n\r\nstray";

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    let rest = "leftover bytes must not be read as the next response";
    let one = || response(200).then_success(1);
    let two = || response(200).then_success(2);
    let unsolicited = "an unsolicited response must not be read as the next response";
    let trailers = "2\r\n{}\r\n3\r\n   \r\n0\r\nx-a: b\r\n\r\n";
    let length = GOOD.len();
    let cases = vec![
        TransportCase::two(
            "a connection is reused",
            "a new connection costs round trips and a TLS handshake",
            good(),
            GOOD,
            one(),
        ),
        TransportCase::two(
            "after chunks with trailers, the next call succeeds",
            rest,
            chunks(trailers),
            "{}   ",
            one(),
        )
        .or(two()),
        TransportCase::two(
            "after a 304 with a content-length, the next call succeeds",
            rest,
            Script::new().send("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
            "",
            response(304).empty().then_success(1),
        )
        .or(response(304).empty().then_success(2)),
        TransportCase::two(
            "a connection is not reused after `connection: close`",
            "RFC 9112, 9.6",
            Script::response(200, &[("Connection", "Close")], GOOD),
            GOOD,
            two(),
        ),
        TransportCase::two(
            "a connection is not reused after HTTP/1.0",
            "RFC 9112, 9.3: the connection ends with its response",
            Script::new().send(format!("HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\n{GOOD}")),
            GOOD,
            two(),
        ),
        // A client that reads the whole body may reuse the connection.
        TransportCase::two(
            "a connection is not reused inside a body over the limit",
            rest,
            ok(format!("content-length: {FLOOD}\r\n\r\n")).send(vec![b' '; FLOOD]),
            "",
            error(TooLarge).then_success(2),
        )
        .or(error(TooLarge).then_success(1)),
        TransportCase::two(
            "a connection is not reused inside a 404 over the limit",
            rest,
            Script::response(404, &[], vec![b'n'; FLOOD]),
            vec![b'n'; FLOOD],
            response(404).first(ERROR_BODY_LIMIT).then_success(2),
        )
        .or(response(404).first(ERROR_BODY_LIMIT).then_success(1)),
        TransportCase::two(
            "a connection is not reused after malformed chunks",
            rest,
            chunks(format!("zz\r\n{UNSOLICITED}")),
            "",
            error(Connection).then_success(2),
        )
        .or(error(Undecodable).then_success(2)),
        TransportCase::new(
            "a connection is not reused after a timeout",
            "the late response would be read as the next response",
            error(Timeout).then_success(2),
            |harness| {
                harness.fake.script_any([Script::new().pause(harness.timeout() * 2).send(UNSOLICITED)]);
                let first = harness.get(b"");
                // Until the late response has arrived.
                thread::sleep(harness.timeout() + MOMENT * 2);
                harness.fake.script_any([good()]);
                harness.then_get(first)
            },
        )
        .within(MOMENT * 4),
        TransportCase::two(
            "an unsolicited response right after the first",
            unsolicited,
            good_and(UNSOLICITED),
            GOOD,
            two(),
        )
        .or(one()),
        TransportCase::two(
            "an unsolicited response a moment later",
            unsolicited,
            good().pause(MOMENT / 2).send(UNSOLICITED),
            GOOD,
            two(),
        )
        .or(one()),
        TransportCase::new(
            "a call succeeds after an idle connection was closed",
            "servers close idle connections, and the core retries",
            two_sessions(),
            |harness| {
                harness.fake.script_any([good().close()]);
                let first = harness.call();
                thread::sleep(MOMENT);
                items([first, harness.call()])
            },
        ),
        TransportCase::new(
            "a call succeeds when a reused connection closes",
            "servers close idle connections, and the core retries",
            two_sessions(),
            |harness| {
                harness.fake.script_any([good(), Script::new().close()]);
                items([harness.call(), harness.call()])
            },
        ),
        TransportCase::new(
            "concurrent calls get their own responses",
            "a transport is called from many threads",
            Outcome::Exchanges { results: [response(200), response(200)], connections: None },
            |harness| {
                harness.fake.script_any([
                    Script::new().pause(MOMENT).send(complete("of the first")),
                    Script::new().pause(MOMENT).send(complete("of the second")),
                ]);
                let mut results = thread::scope(|scope| {
                    let threads = [0, 1].map(|_| scope.spawn(|| harness.get_raw()));
                    threads.map(|thread| thread.join().expect("no panic"))
                });
                results.sort_by_cached_key(|result| {
                    result.as_ref().map_or_else(|_| Vec::new(), |response| response.body().clone())
                });
                let [first, second] = results;
                Outcome::Exchanges {
                    results: [(first, "of the first"), (second, "of the second")]
                        .map(|(result, sent)| compare(result, Timing::InTime, sent.as_bytes())),
                    connections: None,
                }
            },
        ),
    ];
    vec![(Rule::KeptApart, cases)]
}

fn complete(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Returns a successful response and, in the same write, these bytes.
fn good_and(rest: &str) -> Script {
    Script::new().send(complete(GOOD) + rest)
}
