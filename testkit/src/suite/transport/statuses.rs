//! A response with any status is returned as a response.

use brightdata_sessions::TransportErrorKind::InvalidHead;

use super::case::{GOOD, TransportCase, ok};
use crate::Script;
use crate::suite::outcome::{Outcome, error, response};
use crate::suite::rule::Rule;

const NO: &str = r#"{"error":"no"}"#;
/// Every 429 here has a date, because a transport adds the current time to a `Retry-After` without
/// one.
const DATE: &str = "Fri, 31 Dec 1999 23:59:29 GMT";

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    vec![(Rule::Once, not_retried()), (Rule::EveryStatus, returned()), (Rule::UnreadableHead, recognized())]
}

fn not_retried() -> Vec<TransportCase> {
    vec![
        TransportCase::response(
            "a 401 is returned as a response",
            "another attempt with the same key only counts against the caller",
            Script::response(401, &[("www-authenticate", "Bearer")], NO),
            NO,
            response(401),
        ),
        TransportCase::response(
            "a 408 is returned without a retry",
            "the core decides when to retry",
            Script::response(408, &[("connection", "close")], NO).close(),
            NO,
            response(408),
        ),
        TransportCase::response(
            "a 429 keeps Retry-After and is not retried",
            "25 of them block the caller's IP address until support lifts the block",
            Script::response(429, &[("retry-after", "7"), ("date", DATE)], NO),
            NO,
            response(429).header("retry-after", "7").header("date", DATE),
        ),
        TransportCase::response(
            "a 503 keeps Retry-After and Date and is not retried",
            "the core has no clock and compares Retry-After with the response's own Date",
            Script::response(503, &[("RETRY-AFTER", "Fri, 31 Dec 1999 23:59:59 GMT"), ("Date", DATE)], NO),
            NO,
            response(503).header("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT").header("date", DATE),
        ),
    ]
}

fn recognized() -> Vec<TransportCase> {
    vec![
        a_429("a 429 with 200 headers is recognized", "", "x: y\r\n".repeat(198)),
        a_429(
            "a 429 with a head of 100 KiB is recognized",
            "",
            format!("x: {}\r\n", "y".repeat(1019)).repeat(100),
        ),
        a_429("a 429 after a 100 with headers is recognized", "HTTP/1.1 100 Continue\r\nx: y\r\n\r\n", ""),
        TransportCase::new(
            "a 429 with 200 headers stops other calls",
            LOST,
            Outcome::Requests(1),
            |harness| {
                harness.fake.script_any([long_429("", "x: y\r\n".repeat(198)).repeat()]);
                harness.impatient_calls(12);
                Outcome::Requests(harness.fake.requests().len())
            },
        ),
    ]
}

fn returned() -> Vec<TransportCase> {
    let explains = "the body explains the error";
    let plain = |name, status: u16| {
        TransportCase::response(name, explains, Script::response(status, &[], NO), NO, response(status))
    };
    let bodiless = |name, status: u16, why| {
        TransportCase::response(name, why, Script::response(status, &[], ""), "", response(status).empty())
    };
    vec![
        plain("a 400 is returned as a response", 400),
        plain("a 403 is returned as a response", 403),
        plain("a 404 is returned as a response", 404),
        TransportCase::response(
            "a 407 is returned as a response",
            "the service itself sends 407 if the IP address is not allowed",
            Script::response(407, &[("proxy-authenticate", "Basic")], NO),
            NO,
            response(407),
        ),
        plain("a 422 is returned as a response", 422),
        plain("a 500 is returned as a response", 500),
        plain("a 599 is returned as a response", 599),
        bodiless("a 204 ends with its head", 204, "RFC 9112, 6.3: the response ends with its head"),
        bodiless("a 205 is returned as a response", 205, "the core reports that a 205 has no session"),
        TransportCase::response(
            "a 304 ends with its head despite its content-length",
            "RFC 9112, 6.3: the response ends with its head",
            Script::new().send("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
            "",
            response(304).empty(),
        ),
        TransportCase::response(
            "a 100 is skipped",
            "an interim response is not the final response",
            interim("HTTP/1.1 100 Continue\r\n\r\n"),
            GOOD,
            response(200),
        ),
        TransportCase::response(
            "several interim responses with headers are skipped",
            "an interim response is not the final response",
            interim(
                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\ncontent-length: 5\r\n\r\n",
            ),
            GOOD,
            response(200),
        ),
        TransportCase::response(
            "a missing reason phrase is accepted",
            "RFC 9112, 4: clients ignore the reason phrase",
            Script::new().send(format!("HTTP/1.1 404 \r\ncontent-length: {}\r\n\r\n{NO}", NO.len())),
            NO,
            response(404),
        ),
        TransportCase::response(
            "a 404 with a non-ASCII header is returned",
            "RFC 9110, 5.5: a value may contain such bytes",
            Script::new().send(b"HTTP/1.1 404 Not Found\r\nx-text: caf\xe9\r\ncontent-length: 0\r\n\r\n"),
            "",
            response(404).empty(),
        ),
        TransportCase::response(
            "a 404 with 80 headers is returned",
            "gateways and their security policies add many headers",
            Script::new().send(format!(
                "HTTP/1.1 404 Not Found\r\n{}content-length: 0\r\n\r\n",
                "x-a-header: and its value\r\n".repeat(79)
            )),
            "",
            response(404).empty(),
        ),
        TransportCase::response(
            "a repeated header keeps both values",
            "each gateway on the path adds its own value",
            Script::response(502, &[("proxy-status", "a; error=x"), ("proxy-status", "b")], NO),
            NO,
            response(502).header("proxy-status", "a; error=x").header("proxy-status", "b"),
        ),
        TransportCase::response(
            "header names are case-insensitive",
            "RFC 9110, 5.1",
            ok(format!("CONTENT-length: {}\r\n\r\n{GOOD}", GOOD.len())),
            GOOD,
            response(200),
        ),
    ]
}

const LOST: &str = "an unnoticed 429 is retried, and 25 of them block the caller's IP address";

/// Creates a case of a 429 whose status must count, although a client may reject its head.
fn a_429(name: &'static str, interim: &str, headers: impl AsRef<str>) -> TransportCase {
    let expected = response(429).header("retry-after", "7").header("date", DATE).empty();
    TransportCase::response(name, LOST, long_429(interim, headers), "", expected).or(error(InvalidHead))
}

fn long_429(interim: &str, headers: impl AsRef<str>) -> Script {
    let headers = headers.as_ref();
    let head = format!("HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ndate: {DATE}\r\n{headers}");
    Script::new().send(format!("{interim}{head}content-length: 0\r\n\r\n"))
}

fn interim(responses: &str) -> Script {
    Script::new()
        .send(responses)
        .send(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len()))
}
