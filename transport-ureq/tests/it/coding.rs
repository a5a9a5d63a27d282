//! Bodies with a content coding.

use std::io::Write as _;

use brightdata_sessions_testkit::Script;
use brightdata_sessions_ureq::ErrorKind;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{call, get, id, session_of};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn compressed(body: &[u8]) -> Script {
    Script::response(200, &[("content-encoding", "gzip")], body)
}

#[test]
fn a_compressed_body_is_decompressed() {
    assert_eq!(get(compressed(&gzip(&session_of(1000)))).unwrap().session_id, id());
}

#[test]
fn the_limit_counts_decompressed_bytes() {
    assert!(get(compressed(&gzip(&session_of(64 << 10)))).is_ok());
    let error = get(compressed(&gzip(&session_of((64 << 10) + 1)))).unwrap_err();
    assert_eq!(error.to_string(), "too large: the body is over 65536 bytes");
}

#[test]
fn a_gzip_bomb_is_too_large() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 64 << 10, "the limit would count {} compressed bytes", bomb.len());
    assert_eq!(get(compressed(&bomb)).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn a_body_with_a_wrong_content_encoding_is_malformed() {
    let error = get(compressed(&session_of(1000))).unwrap_err();
    let problem = "malformed body: cannot decode the response: invalid gzip header";
    assert_eq!((error.to_string().as_str(), error.attempts()), (problem, 1));
}

#[test]
fn a_truncated_compressed_body_is_a_connection_error() {
    let body = gzip(&session_of(1000));
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    let cut = [head.as_bytes(), &body[..body.len() / 2]].concat();
    assert_eq!(get(Script::new().send(cut).close()).unwrap_err().kind(), ErrorKind::Connection);
}

#[test]
fn gzip_is_recognized_by_each_of_its_names() {
    let body = gzip(&session_of(1000));
    for coding in ["GZIP", "x-gzip", "X-Gzip", "gzip, identity", " gzip\t", "identity , gzip,", "identity"] {
        let body = if coding == "identity" { session_of(1000) } else { body.clone() };
        let script = Script::response(200, &[("content-encoding", coding)], body);
        assert_eq!(get(script).unwrap().session_id, id(), "{coding}");
    }
}

#[test]
fn an_unsupported_coding_is_an_error_and_not_retried() {
    for coding in ["br", "deflate", "zstd", "compress", "gzip, gzip", "nonsense"] {
        let (error, requests) =
            call(Script::response(200, &[("content-encoding", coding)], "\u{1}").repeat());
        let problem =
            format!("malformed body: cannot decode the response: unsupported content-encoding: {coding}");
        assert_eq!((error.unwrap_err().to_string(), requests), (problem, 1));
    }
    let error = get(Script::response(404, &[("content-encoding", "br")], "\u{1}")).unwrap_err();
    assert_eq!(error.to_string(), "not found: status 404");
}
