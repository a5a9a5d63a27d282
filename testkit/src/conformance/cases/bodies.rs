//! Bodies, however they are framed, up to the limit.

use super::Case;
use crate::Script;
use crate::conformance::case::{BODY_LIMIT, ERROR_BODY_LIMIT, GOOD, chunks, ok};

/// Far over every limit, and then silence: who stops at the limit never hears it.
const FLOOD: usize = 4 << 20;

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let framing = "RFC 9112, 6: each server has its own way to end a body";
    let limit = "memory is the caller's: a server must not be able to fill it";
    let full = |length: usize| [GOOD.as_bytes(), &vec![b' '; length - GOOD.len()]].concat();
    let sized = |body: &[u8]| ok(format!("content-length: {}\r\n\r\n", body.len())).send(body);
    let bytes: Vec<u8> = (0..=255).collect();
    vec![
        Case::answer(
            "a body ends at its content-length",
            framing,
            ok(format!("connection: close\r\ncontent-length: {}\r\n\r\n{GOOD}and more", GOOD.len())).close(),
            GOOD,
            "200, body as sent",
        ),
        Case::answer("a chunked body", framing, chunked("", "0\r\n\r\n"), GOOD, "200, body as sent"),
        Case::answer(
            "chunks with extensions",
            framing,
            chunked(";note=\"a;b\";c", "0;last\r\n\r\n"),
            GOOD,
            "200, body as sent",
        ),
        Case::answer(
            "a chunk with a long extension",
            "RFC 9112, 7.1.1: to be ignored; if it is refused, another request only gets it again",
            chunked(&format!(";note={}", "x".repeat(100)), "0\r\n\r\n"),
            GOOD,
            "200, body as sent",
        )
        .or("undecodable"),
        Case::answer(
            "chunks with trailers",
            framing,
            chunked("", "0\r\nx-a: b\r\nx-c: d\r\n\r\n"),
            GOOD,
            "200, body as sent",
        ),
        Case::answer(
            "transfer-encoding overrides content-length",
            "RFC 9112, 6.3: the sign of a smuggled answer, to be read as chunks or refused",
            ok(format!(
                "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{GOOD}\r\n0\r\n\r\n",
                GOOD.len()
            )),
            GOOD,
            "200, body as sent",
        )
        .or("connection"),
        Case::answer(
            "chunk sizes with leading zeros and upper-case digits",
            framing,
            ok(format!("transfer-encoding: chunked\r\n\r\n{:06X}\r\n{GOOD}\r\n000\r\n\r\n", GOOD.len())),
            GOOD,
            "200, body as sent",
        ),
        Case::answer(
            "a close-delimited body",
            framing,
            ok(format!("\r\n{GOOD}")).close(),
            GOOD,
            "200, body as sent",
        ),
        Case::answer(
            "an HTTP/1.0 body",
            framing,
            Script::new().send(format!("HTTP/1.0 200 OK\r\n\r\n{GOOD}")).close(),
            GOOD,
            "200, body as sent",
        ),
        Case::answer("an empty body", framing, sized(b""), "", "200, empty body"),
        Case::answer("an empty chunked body", framing, chunks("0\r\n\r\n"), "", "200, empty body"),
        Case::answer(
            "every byte value arrives unchanged",
            "a body is bytes: what its text means is read by the core",
            ok("content-type: text/plain; charset=iso-8859-1\r\ncontent-length: 256\r\n\r\n")
                .send(bytes.as_slice()),
            bytes,
            "200, body as sent",
        ),
        Case::answer(
            "a response sent byte by byte",
            "a network may cut it anywhere",
            Script::new().drip(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
                std::time::Duration::from_millis(1),
            ),
            "{}",
            "200, body as sent",
        ),
        Case::answer(
            "a body exactly at the limit",
            "the limit is what is still allowed",
            sized(&full(BODY_LIMIT)),
            full(BODY_LIMIT),
            "200, body as sent",
        ),
        Case::answer("a body one byte over the limit", limit, sized(&full(BODY_LIMIT + 1)), "", "too_large"),
        Case::answer(
            "chunks one byte over the limit",
            limit,
            chunks(format!("{:x}\r\n", BODY_LIMIT + 1)).send(full(BODY_LIMIT + 1)).send("\r\n0\r\n\r\n"),
            "",
            "too_large",
        ),
        Case::answer("an endless body", limit, ok("\r\n").send(vec![b' '; FLOOD]), "", "too_large"),
        Case::answer(
            "endless chunks",
            limit,
            chunks(format!("1000\r\n{}\r\n", " ".repeat(0x1000)).repeat(FLOOD >> 12)),
            "",
            "too_large",
        ),
        Case::answer(
            "a 404 with an endless body is a 404",
            "a status outranks what happens to its body",
            Script::new().send("HTTP/1.1 404 Not Found\r\n\r\n").send(vec![b'n'; FLOOD]),
            vec![b'n'; FLOOD],
            format!("404, first {ERROR_BODY_LIMIT} bytes"),
        ),
        Case::answer(
            "a 404 with a body over the limit is a 404",
            "a status outranks what happens to its body",
            Script::response(404, &[], vec![b'n'; ERROR_BODY_LIMIT + 1]),
            vec![b'n'; ERROR_BODY_LIMIT + 1],
            format!("404, first {ERROR_BODY_LIMIT} bytes"),
        ),
        Case::answer(
            "a small limit also applies to a 404",
            limit,
            Script::response(404, &[], "no such session"),
            "no such session",
            "404, first 7 bytes",
        )
        .up_to(7),
        Case::answer(
            "a huge content-length allocates nothing",
            "a length is a promise: memory follows the bytes that actual",
            // More than there are addresses: to set it aside is a panic.
            ok("content-length: 9999999999999999999\r\n\r\n{").close(),
            "",
            "connection",
        )
        .or("too_large"),
        Case::answer(
            "a huge chunk size allocates nothing",
            "a length is a promise: memory follows the bytes that actual",
            chunks("8fffffffffffffff\r\n{").close(),
            "",
            "connection",
        )
        .or("too_large"),
    ]
}

/// The good body in two chunks, each with this extension, and this end.
fn chunked(extension: &str, end: &str) -> Script {
    let (one, two) = GOOD.split_at(10);
    chunks(format!("a{extension}\r\n{one}\r\n{:x}{extension}\r\n{two}\r\n{end}", two.len()))
}
