//! Bodies that are packed, for whoever asks for them.

use std::io::Write as _;

use brightdata_sessions::http::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Case;
use crate::Script;
use crate::conformance::case::{BODY_LIMIT, GOOD, good, told};
use crate::conformance::stage::{Stage, get_demo};

/// What comes of a case where gzip is not asked for: as good as expected.
const NOT_ASKED_FOR: &str = "not asked for";

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let asked = "whoever asks for gzip has to undo it";
    let limit = "the limit counts what is unpacked: a few can become a million";
    vec![
        packed("a body in gzip", asked, gzip(GOOD.as_bytes()), GOOD, "200, whole"),
        packed(
            "a 404 in gzip",
            asked,
            gzip(br#"{"error":"Session not found"}"#),
            r#"{"error":"Session not found"}"#,
            "404, whole",
        ),
        packed(
            "gzip exactly at the limit",
            limit,
            gzip(&vec![b' '; BODY_LIMIT]),
            [b' '; BODY_LIMIT],
            "200, whole",
        ),
        packed("gzip one byte over the limit", limit, gzip(&vec![b' '; BODY_LIMIT + 1]), "", "too_large"),
        packed("a gzip bomb", limit, gzip(&vec![b' '; 2 << 20]), "", "too_large"),
        Case::new("gzip that is cut short", "what is cut short is asked for again", "connection", |stage| {
            let gzip = gzip(GOOD.as_bytes());
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                gzip.len()
            );
            if_asked_for(stage, Script::new().send(head).send(&gzip[..30]).close(), b"")
        })
        .or(NOT_ASKED_FOR),
        malformed("gzip that is none", GOOD.as_bytes().to_vec()),
        malformed("gzip with bytes behind it", [&gzip(GOOD.as_bytes())[..], b"\n"].concat()),
        malformed("gzip with a wrong checksum", {
            let mut gzip = gzip(GOOD.as_bytes());
            let checksum = gzip.len() - 8;
            gzip[checksum] ^= 1;
            gzip
        }),
        Case::new(
            "gzip in capital letters",
            "RFC 9110, 8.4.1: names of codings have no case",
            "200, whole",
            |stage| {
                let script = Script::response(200, &[("content-encoding", "GZIP")], gzip(GOOD.as_bytes()));
                if_asked_for(stage, script, GOOD.as_bytes())
            },
        )
        .or(NOT_ASKED_FOR),
    ]
}

/// A 200 whose body cannot be unpacked.
fn malformed(name: &'static str, body: Vec<u8>) -> Case {
    let why = "a body that cannot be unpacked is malformed, and malformed again when it is asked for again";
    Case::new(name, why, "malformed_body", move |stage| {
        if !asks_for_gzip(stage) {
            return NOT_ASKED_FOR.to_owned();
        }
        stage.fake.script_any([Script::response(200, &[("content-encoding", "gzip")], &body).repeat()]);
        let (outcome, late) = stage.get();
        let Ok(response) = outcome else {
            return told((outcome, late), b"").replace("undecodable", "malformed_body");
        };
        let (head, body) = response.into_parts();
        match stage.api().parse(&get_demo(), Response::from_parts(head, body.as_slice())) {
            Ok(_) => "a session".to_owned(),
            Err(error) => error.kind().to_string(),
        }
    })
    .or(NOT_ASKED_FOR)
}

/// An answer whose body is packed; its status is the one that is expected.
fn packed(
    name: &'static str,
    why: &'static str,
    gzip: Vec<u8>,
    body: impl Into<Vec<u8>>,
    expected: &'static str,
) -> Case {
    let body = body.into();
    let status = if expected.starts_with("404") { 404 } else { 200 };
    let script = Script::response(status, &[("content-encoding", "gzip")], gzip);
    Case::new(name, why, expected, move |stage| if_asked_for(stage, script.clone(), &body)).or(NOT_ASKED_FOR)
}

fn if_asked_for(stage: &Stage<'_>, script: Script, body: &[u8]) -> String {
    if !asks_for_gzip(stage) {
        return NOT_ASKED_FOR.to_owned();
    }
    stage.fake.script_any([script]);
    told(stage.get(), body)
}

fn asks_for_gzip(stage: &Stage<'_>) -> bool {
    stage.fake.script_any([good()]);
    told(stage.get(), GOOD.as_bytes());
    let requests = stage.fake.requests();
    requests.iter().any(|request| request.header("accept-encoding").is_some_and(accepts_gzip))
}

/// A quality of 0 says that a coding is not wanted.
fn accepts_gzip(codings: &str) -> bool {
    codings.to_ascii_lowercase().split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = quality.trim().strip_prefix("q=").and_then(|quality| quality.parse().ok());
        name.trim() == "gzip" && quality != Some(0.0)
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("memory can be written to")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_asked_for_by_its_name_unless_its_quality_is_0() {
        for asked in ["gzip", "deflate, GZIP", "gzip;q=0.5, br", "br;q=1.0, gzip ; q=1"] {
            assert!(accepts_gzip(asked), "{asked}");
        }
        for not_asked in ["", "identity", "br, gzip;q=0", "gzip;Q=0", "gzip; q=0.000", "x-gzipped"] {
            assert!(!accepts_gzip(not_asked), "{not_asked}");
        }
    }
}
