//! Encoded bodies, for transports that request them.

use std::io::Write as _;

use brightdata_sessions::ErrorKind::MalformedBody;
use brightdata_sessions::TransportErrorKind::{Connection, TooLarge};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::case::{BODY_LIMIT, GOOD, TransportCase, good, items};
use super::harness::Harness;
use crate::Script;
use crate::suite::outcome::{Exchanged, Outcome, error, response};
use crate::suite::rule::Rule;

/// The outcome of a case if the transport does not request gzip. It counts as expected.
const NOT_REQUESTED: Outcome = Outcome::NotPlayed("gzip not requested");

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    let must_decode = "a client that requests gzip must decode it";
    let limit = "the limit applies to decoded bytes, and a few encoded bytes can decode to a million";
    let not_found = r#"{"error":"Session not found"}"#;
    let decoding = vec![
        encoded("a gzip body", must_decode, 200, gzip(GOOD), GOOD, response(200)),
        encoded("a 404 with a gzip body", must_decode, 404, gzip(not_found), not_found, response(404)),
        malformed("invalid gzip", GOOD.into()),
        malformed("gzip with trailing bytes", [&gzip(GOOD)[..], b"\n"].concat()),
        malformed("gzip with a wrong checksum", {
            let mut gzip = gzip(GOOD);
            let checksum = gzip.len() - 8;
            gzip[checksum] ^= 1;
            gzip
        }),
        if_requested(
            "gzip in upper case",
            "RFC 9110, 8.4.1: coding names are case-insensitive",
            Script::response(200, &[("content-encoding", "GZIP")], gzip(GOOD)),
            GOOD,
            response(200),
        ),
    ];
    let spaces = |length| vec![b' '; length];
    let limits = vec![
        encoded(
            "gzip exactly at the limit",
            limit,
            200,
            gzip(spaces(BODY_LIMIT)),
            spaces(BODY_LIMIT),
            response(200),
        ),
        encoded(
            "gzip one byte over the limit",
            limit,
            200,
            gzip(spaces(BODY_LIMIT + 1)),
            "",
            error(TooLarge),
        ),
        encoded("a gzip bomb", limit, 200, gzip(spaces(2 << 20)), "", error(TooLarge)),
    ];
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", gzip(GOOD).len());
    let truncated = vec![if_requested(
        "truncated gzip",
        "the core retries a truncated response",
        Script::new().send(head).send(&gzip(GOOD)[..30]).close(),
        "",
        error(Connection),
    )];
    vec![(Rule::Decoding, decoding), (Rule::BodyLimit, limits), (Rule::Truncation, truncated)]
}

/// Creates a case of a 200 whose body cannot be decoded.
fn malformed(name: &'static str, body: Vec<u8>) -> TransportCase {
    let why = "a body that cannot be decoded is malformed, and a retry would get the same body";
    TransportCase::new(name, why, items([Err(MalformedBody)]), move |harness| {
        if !requests_gzip(harness) {
            return NOT_REQUESTED;
        }
        harness.fake.script_any([Script::response(200, &[("content-encoding", "gzip")], &body).repeat()]);
        items([harness.call()])
    })
    .or(NOT_REQUESTED)
}

/// Creates a case of a response with a gzip body, which decodes to `body`.
fn encoded(
    name: &'static str,
    why: &'static str,
    status: u16,
    gzip: Vec<u8>,
    body: impl Into<Vec<u8>>,
    expected: Exchanged,
) -> TransportCase {
    if_requested(name, why, Script::response(status, &[("content-encoding", "gzip")], gzip), body, expected)
}

/// Creates a case of one exchange, which is played if the transport requests gzip.
fn if_requested(
    name: &'static str,
    why: &'static str,
    script: Script,
    body: impl Into<Vec<u8>>,
    expected: Exchanged,
) -> TransportCase {
    let body = body.into();
    TransportCase::new(name, why, expected, move |harness| {
        if !requests_gzip(harness) {
            return NOT_REQUESTED;
        }
        harness.fake.script_any([script.clone()]);
        harness.get(&body).into()
    })
    .or(NOT_REQUESTED)
}

fn requests_gzip(harness: &Harness<'_>) -> bool {
    harness.fake.script_any([good()]);
    let _ = harness.get_raw();
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

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes.as_ref()).and_then(|()| gzip.finish()).expect("writing to memory cannot fail")
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
