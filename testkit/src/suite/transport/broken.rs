//! Truncated responses, and data that is not HTTP.

use brightdata_sessions::TransportErrorKind::{Connection, InvalidHead, Undecodable};

use super::case::{GOOD, MOMENT, TransportCase, chunks, compare, ok};
use crate::Script;
use crate::suite::outcome::{Outcome, error, response};
use crate::suite::rule::Rule;

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    vec![(Rule::Truncation, truncated()), (Rule::StatusOutranksBody, outranked())]
}

fn truncated() -> Vec<TransportCase> {
    let retried = "the kind of the error determines whether the core retries";
    let not_http = "data that is not HTTP is not a response";
    let broken = |name, why, script| TransportCase::response(name, why, script, "", error(Connection));
    // A client can be more specific once a response has started.
    let invalid_chunk = |name, script| broken(name, retried, script).or(error(Undecodable));
    let no_head = |name, script| broken(name, not_http, script).or(error(InvalidHead));
    let invalid_head =
        |name, why, script| broken(name, why, script).or(error(InvalidHead)).or(error(Undecodable));
    vec![
        TransportCase::new("connection refused", retried, error(Connection), |harness| {
            let (result, timing) = harness.get_refused();
            Outcome::from(compare(result, timing, b""))
        }),
        broken("closed without a response", retried, Script::new().close()),
        broken("reset without a response", retried, Script::new().reset()),
        broken("closed inside the status line", retried, Script::new().send("HTTP/1.1 20").close()),
        broken("closed inside a header", retried, ok("content-len").close()),
        broken("closed between headers", retried, ok("content-length: 2\r\n").close()),
        broken("reset inside the head", retried, ok("content-len").pause(MOMENT).reset()),
        broken("closed inside a body with content-length", retried, short().close()),
        broken("reset inside a body with content-length", retried, short().pause(MOMENT).reset()),
        broken("closed inside a chunk", retried, chunks("5\r\n{\"s").close()),
        broken("closed between chunks", retried, chunks(format!("{:x}\r\n{GOOD}\r\n", GOOD.len())).close()),
        broken("reset between chunks", retried, chunks("2\r\n{}\r\n").pause(MOMENT).reset()),
        broken("reset inside a close-delimited body", retried, ok("\r\n{").pause(MOMENT).reset()),
        invalid_chunk("a chunk without a size", chunks("size\r\n{}\r\n0\r\n\r\n")),
        invalid_chunk("a chunk longer than its size", chunks("1\r\n{}\r\n0\r\n\r\n")),
        no_head(
            "a greeting of another protocol",
            Script::new().send("220 smtp.example ready\r\n\r\n").close(),
        ),
        no_head("a TLS alert", Script::new().send(b"\x15\x03\x03\x00\x02\x02\x46\r\n\r\n").close()),
        no_head("a body without a head", Script::new().send(format!("{GOOD}\r\n\r\n")).close()),
        no_head(
            "a status that is not a number",
            Script::new().send("HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n").close(),
        ),
        invalid_head("a header without a colon", not_http, ok("content-length 2\r\n\r\n{}").close()),
        invalid_head(
            "a content-length that is not a number",
            not_http,
            ok("content-length: two\r\n\r\n{}").close(),
        ),
        invalid_head("a negative content-length", not_http, ok("content-length: -1\r\n\r\n{}").close()),
        invalid_head(
            "two different content-lengths",
            "RFC 9112, 6.3: a sign of response smuggling",
            ok("content-length: 2\r\ncontent-length: 3\r\n\r\n{}\n").close(),
        ),
        invalid_head(
            "an endless head",
            "a server must not be able to exhaust the caller's memory",
            ok("x-and-so-on: and so on\r\n".repeat(200_000)),
        ),
    ]
}

fn outranked() -> Vec<TransportCase> {
    let outranks = "an error status counts even if reading its body fails";
    let a_404 = |name, rest: Script| TransportCase::response(name, outranks, rest, "{\"error", response(404));
    vec![
        a_404("a 404 closed inside its body is a 404", error_head().send("{\"error").close()),
        a_404("a 404 reset inside its body is a 404", error_head().send("{\"error").pause(MOMENT).reset()),
        a_404(
            "a 404 with malformed chunks is a 404",
            Script::new()
                .send("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n7\r\n{\"error\r\n")
                .pause(MOMENT)
                .send("size\r\n")
                .close(),
        ),
    ]
}

/// Returns a 200 whose body is shorter than its content-length.
fn short() -> Script {
    ok(format!("content-length: 999\r\n\r\n{GOOD}"))
}

fn error_head() -> Script {
    Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 999\r\n\r\n")
}
