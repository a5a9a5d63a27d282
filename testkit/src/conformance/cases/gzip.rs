//! Encoded bodies, for transports that request them.

use std::io::Write as _;

use brightdata_sessions::http::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Case;
use crate::Script;
use crate::conformance::case::{BODY_LIMIT, GOOD, describe, good};
use crate::conformance::harness::{Harness, get_demo};

/// The outcome of a case if the transport does not request gzip. It counts as expected.
const NOT_REQUESTED: &str = "gzip not requested";

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let must_decode = "a client that requests gzip must decode it";
    let limit = "the limit applies to decoded bytes, and a few encoded bytes can decode to a million";
    vec![
        encoded("a gzip body", must_decode, gzip(GOOD.as_bytes()), GOOD, "200, body as sent"),
        encoded(
            "a 404 with a gzip body",
            must_decode,
            gzip(br#"{"error":"Session not found"}"#),
            r#"{"error":"Session not found"}"#,
            "404, body as sent",
        ),
        encoded(
            "gzip exactly at the limit",
            limit,
            gzip(&vec![b' '; BODY_LIMIT]),
            [b' '; BODY_LIMIT],
            "200, body as sent",
        ),
        encoded("gzip one byte over the limit", limit, gzip(&vec![b' '; BODY_LIMIT + 1]), "", "too_large"),
        encoded("a gzip bomb", limit, gzip(&vec![b' '; 2 << 20]), "", "too_large"),
        Case::new("truncated gzip", "the core retries a truncated response", "connection", |harness| {
            let gzip = gzip(GOOD.as_bytes());
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                gzip.len()
            );
            if_requested(harness, Script::new().send(head).send(&gzip[..30]).close(), b"")
        })
        .or(NOT_REQUESTED),
        malformed("invalid gzip", GOOD.as_bytes().to_vec()),
        malformed("gzip with trailing bytes", [&gzip(GOOD.as_bytes())[..], b"\n"].concat()),
        malformed("gzip with a wrong checksum", {
            let mut gzip = gzip(GOOD.as_bytes());
            let checksum = gzip.len() - 8;
            gzip[checksum] ^= 1;
            gzip
        }),
        Case::new(
            "gzip in upper case",
            "RFC 9110, 8.4.1: coding names are case-insensitive",
            "200, body as sent",
            |harness| {
                let script = Script::response(200, &[("content-encoding", "GZIP")], gzip(GOOD.as_bytes()));
                if_requested(harness, script, GOOD.as_bytes())
            },
        )
        .or(NOT_REQUESTED),
    ]
}

/// Creates a case of a 200 whose body cannot be decoded.
fn malformed(name: &'static str, body: Vec<u8>) -> Case {
    let why = "a body that cannot be decoded is malformed, and a retry would get the same body";
    Case::new(name, why, "malformed_body", move |harness| {
        if !requests_gzip(harness) {
            return NOT_REQUESTED.to_owned();
        }
        harness.fake.script_any([Script::response(200, &[("content-encoding", "gzip")], &body).repeat()]);
        let (outcome, late) = harness.get();
        let Ok(response) = outcome else {
            return describe((outcome, late), b"").replace("undecodable", "malformed_body");
        };
        let (head, body) = response.into_parts();
        match harness.api().parse(&get_demo(), Response::from_parts(head, body.as_slice())) {
            Ok(_) => "a session".to_owned(),
            Err(error) => error.kind().to_string(),
        }
    })
    .or(NOT_REQUESTED)
}

/// Creates a case of a response with a gzip body. Its status is the expected one.
fn encoded(
    name: &'static str,
    why: &'static str,
    gzip: Vec<u8>,
    body: impl Into<Vec<u8>>,
    expected: &'static str,
) -> Case {
    let body = body.into();
    let status = if expected.starts_with("404") { 404 } else { 200 };
    let script = Script::response(status, &[("content-encoding", "gzip")], gzip);
    Case::new(name, why, expected, move |harness| if_requested(harness, script.clone(), &body))
        .or(NOT_REQUESTED)
}

fn if_requested(harness: &Harness<'_>, script: Script, body: &[u8]) -> String {
    if !requests_gzip(harness) {
        return NOT_REQUESTED.to_owned();
    }
    harness.fake.script_any([script]);
    describe(harness.get(), body)
}

fn requests_gzip(harness: &Harness<'_>) -> bool {
    harness.fake.script_any([good()]);
    describe(harness.get(), GOOD.as_bytes());
    let requests = harness.fake.requests();
    requests.iter().any(|request| request.header("accept-encoding").is_some_and(accepts_gzip))
}

/// Returns whether a value of `accept-encoding` accepts gzip. A quality of 0 refuses a coding.
fn accepts_gzip(codings: &str) -> bool {
    codings.to_ascii_lowercase().split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = quality.trim().strip_prefix("q=").and_then(|quality| quality.parse().ok());
        name.trim() == "gzip" && quality != Some(0.0)
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("writing to memory cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_by_name_unless_its_quality_is_0() {
        for accepted in ["gzip", "deflate, GZIP", "gzip;q=0.5, br", "br;q=1.0, gzip ; q=1"] {
            assert!(accepts_gzip(accepted), "{accepted}");
        }
        for refused in ["", "identity", "br, gzip;q=0", "gzip;Q=0", "gzip; q=0.000", "x-gzipped"] {
            assert!(!accepts_gzip(refused), "{refused}");
        }
    }
}
