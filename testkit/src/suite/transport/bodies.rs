//! Bodies in every framing, up to the limit.

use brightdata_sessions::TransportErrorKind::{Connection, TooLarge, Undecodable};

use super::case::{BODY_LIMIT, ERROR_BODY_LIMIT, GOOD, TransportCase, chunks, ok};
use crate::Script;
use crate::suite::outcome::{error, response};
use crate::suite::rule::Rule;

/// A body size far over every limit. Silence follows, which a client that stops at the limit does
/// not notice.
const FLOOD: usize = 4 << 20;

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    vec![(Rule::Framing, framing()), (Rule::BodyLimit, limits()), (Rule::StatusOutranksBody, outranked())]
}

fn framing() -> Vec<TransportCase> {
    let framing = "RFC 9112, 6: servers frame bodies in different ways";
    let bytes: Vec<u8> = (0..=255).collect();
    vec![
        TransportCase::response(
            "a body ends at its content-length",
            framing,
            ok(format!("connection: close\r\ncontent-length: {}\r\n\r\n{GOOD}and more", GOOD.len())).close(),
            GOOD,
            response(200),
        ),
        TransportCase::response("a chunked body", framing, chunked("", "0\r\n\r\n"), GOOD, response(200)),
        TransportCase::response(
            "chunks with extensions",
            framing,
            chunked(";note=\"a;b\";c", "0;last\r\n\r\n"),
            GOOD,
            response(200),
        ),
        TransportCase::response(
            "a chunk with a long extension",
            "RFC 9112, 7.1.1: extensions are ignored; a retry after a refusal would fail again",
            chunked(&format!(";note={}", "x".repeat(100)), "0\r\n\r\n"),
            GOOD,
            response(200),
        )
        .or(error(Undecodable)),
        TransportCase::response(
            "chunks with trailers",
            framing,
            chunked("", "0\r\nx-a: b\r\nx-c: d\r\n\r\n"),
            GOOD,
            response(200),
        ),
        TransportCase::response(
            "transfer-encoding overrides content-length",
            "RFC 9112, 6.3: a sign of response smuggling; read it as chunked or refuse it",
            ok(format!(
                "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{GOOD}\r\n0\r\n\r\n",
                GOOD.len()
            )),
            GOOD,
            response(200),
        )
        .or(error(Connection)),
        TransportCase::response(
            "chunk sizes with leading zeros and upper-case digits",
            framing,
            ok(format!("transfer-encoding: chunked\r\n\r\n{:06X}\r\n{GOOD}\r\n000\r\n\r\n", GOOD.len())),
            GOOD,
            response(200),
        ),
        TransportCase::response(
            "a close-delimited body",
            framing,
            ok(format!("\r\n{GOOD}")).close(),
            GOOD,
            response(200),
        ),
        TransportCase::response(
            "an HTTP/1.0 body",
            framing,
            Script::new().send(format!("HTTP/1.0 200 OK\r\n\r\n{GOOD}")).close(),
            GOOD,
            response(200),
        ),
        TransportCase::response("an empty body", framing, sized(b""), "", response(200).empty()),
        TransportCase::response(
            "an empty chunked body",
            framing,
            chunks("0\r\n\r\n"),
            "",
            response(200).empty(),
        ),
        TransportCase::response(
            "every byte value arrives unchanged",
            "the core decodes the text, and needs the bytes that were sent",
            ok("content-type: text/plain; charset=iso-8859-1\r\ncontent-length: 256\r\n\r\n")
                .send(bytes.as_slice()),
            bytes,
            response(200),
        ),
        TransportCase::response(
            "a response sent byte by byte",
            "a network may split a response anywhere",
            Script::new().drip(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
                std::time::Duration::from_millis(1),
            ),
            "{}",
            response(200),
        ),
    ]
}

fn limits() -> Vec<TransportCase> {
    let limit = "a server must not be able to exhaust the caller's memory";
    let full = |length: usize| [GOOD.as_bytes(), &vec![b' '; length - GOOD.len()]].concat();
    vec![
        TransportCase::response(
            "a body exactly at the limit",
            "the limit is inclusive",
            sized(&full(BODY_LIMIT)),
            full(BODY_LIMIT),
            response(200),
        ),
        TransportCase::response(
            "a body one byte over the limit",
            limit,
            sized(&full(BODY_LIMIT + 1)),
            "",
            error(TooLarge),
        ),
        TransportCase::response(
            "chunks one byte over the limit",
            limit,
            chunks(format!("{:x}\r\n", BODY_LIMIT + 1)).send(full(BODY_LIMIT + 1)).send("\r\n0\r\n\r\n"),
            "",
            error(TooLarge),
        ),
        TransportCase::response(
            "an endless body",
            limit,
            ok("\r\n").send(vec![b' '; FLOOD]),
            "",
            error(TooLarge),
        ),
        TransportCase::response(
            "endless chunks",
            limit,
            chunks(format!("1000\r\n{}\r\n", " ".repeat(0x1000)).repeat(FLOOD >> 12)),
            "",
            error(TooLarge),
        ),
        TransportCase::response(
            "a small limit also applies to a 404",
            limit,
            Script::response(404, &[], "no such session"),
            "no such session",
            response(404).first(7),
        )
        .up_to(7),
        TransportCase::response(
            "a huge content-length allocates nothing",
            "memory is allocated for received bytes, not for announced ones",
            // More than the address space: allocating it panics.
            ok("content-length: 9999999999999999999\r\n\r\n{").close(),
            "",
            error(Connection),
        )
        .or(error(TooLarge)),
        TransportCase::response(
            "a huge chunk size allocates nothing",
            "memory is allocated for received bytes, not for announced ones",
            chunks("8fffffffffffffff\r\n{").close(),
            "",
            error(Connection),
        )
        .or(error(TooLarge)),
    ]
}

fn outranked() -> Vec<TransportCase> {
    vec![
        TransportCase::response(
            "a 404 with an endless body is a 404",
            "an error status counts even if reading its body fails",
            Script::new().send("HTTP/1.1 404 Not Found\r\n\r\n").send(vec![b'n'; FLOOD]),
            vec![b'n'; FLOOD],
            response(404).first(ERROR_BODY_LIMIT),
        ),
        TransportCase::response(
            "a 404 with a body over the limit is a 404",
            "an error status counts even if reading its body fails",
            Script::response(404, &[], vec![b'n'; ERROR_BODY_LIMIT + 1]),
            vec![b'n'; ERROR_BODY_LIMIT + 1],
            response(404).first(ERROR_BODY_LIMIT),
        ),
    ]
}

fn sized(body: &[u8]) -> Script {
    ok(format!("content-length: {}\r\n\r\n", body.len())).send(body)
}

/// Returns a successful response in two chunks with this extension, followed by this end.
fn chunked(extension: &str, end: &str) -> Script {
    let (one, two) = GOOD.split_at(10);
    chunks(format!("a{extension}\r\n{one}\r\n{:x}{extension}\r\n{two}\r\n{end}", two.len()))
}
