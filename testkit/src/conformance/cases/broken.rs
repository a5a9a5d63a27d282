//! Answers that break off, and answers that are none.

use super::Case;
use crate::Script;
use crate::conformance::case::{GOOD, MOMENT, chunks, describe, ok};

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let again = "what breaks off is asked for again by the core, if it is told";
    let none = "what is not HTTP is no answer";
    let outranks = "a status outranks what happens to its body";
    let broken = |name, why, script| Case::answer(name, why, script, "", "connection");
    // A client that shows that a response came can say more than that it broke off.
    let invalid_chunk = |name, script| broken(name, again, script).or("undecodable");
    let no_head = |name, script| broken(name, none, script).or("invalid_head");
    let invalid_head = |name, why, script| broken(name, why, script).or("invalid_head").or("undecodable");
    let a_404 = |name, rest: Script| Case::answer(name, outranks, rest, "{\"error", "404, body as sent");
    vec![
        Case::new("connection refused", again, "connection", |harness| {
            describe(harness.get_from_nobody(), b"")
        }),
        broken("closed without a response", again, Script::new().close()),
        broken("reset without a response", again, Script::new().reset()),
        broken("closed inside the status line", again, Script::new().send("HTTP/1.1 20").close()),
        broken("closed inside a header", again, ok("content-len").close()),
        broken("closed between headers", again, ok("content-length: 2\r\n").close()),
        broken("reset inside the head", again, ok("content-len").pause(MOMENT).reset()),
        broken("closed inside a body with content-length", again, short().close()),
        broken("reset inside a body with content-length", again, short().pause(MOMENT).reset()),
        broken("closed inside a chunk", again, chunks("5\r\n{\"s").close()),
        broken("closed between chunks", again, chunks(format!("{:x}\r\n{GOOD}\r\n", GOOD.len())).close()),
        broken("reset between chunks", again, chunks("2\r\n{}\r\n").pause(MOMENT).reset()),
        broken("reset inside a close-delimited body", again, ok("\r\n{").pause(MOMENT).reset()),
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
        invalid_head("a header without a colon", none, ok("content-length 2\r\n\r\n{}").close()),
        invalid_head(
            "a content-length that is not a number",
            none,
            ok("content-length: two\r\n\r\n{}").close(),
        ),
        invalid_head("a negative content-length", none, ok("content-length: -1\r\n\r\n{}").close()),
        invalid_head(
            "two different content-lengths",
            "RFC 9112, 6.3: the sign of a smuggled answer",
            ok("content-length: 2\r\ncontent-length: 3\r\n\r\n{}\n").close(),
        ),
        invalid_head(
            "an endless head",
            "memory is the caller's: a server must not be able to fill it",
            ok("x-and-so-on: and so on\r\n".repeat(200_000)),
        ),
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

/// Less than its length.
fn short() -> Script {
    ok(format!("content-length: 999\r\n\r\n{GOOD}"))
}

fn error_head() -> Script {
    Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 999\r\n\r\n")
}
