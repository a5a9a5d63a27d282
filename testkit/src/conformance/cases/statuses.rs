//! A response with any status is returned as a response.

use super::Case;
use crate::Script;
use crate::conformance::case::{GOOD, count, ok};

const NO: &str = r#"{"error":"no"}"#;
/// Every 429 here has a date, because a transport adds the current time to a `Retry-After` without
/// one.
const DATE: &str = "Fri, 31 Dec 1999 23:59:29 GMT";

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let explains = "the body explains the error";
    let plain = |name, status: u16| {
        Case::response(
            name,
            explains,
            Script::response(status, &[], NO),
            NO,
            format!("{status}, body as sent"),
        )
    };
    let bodiless = |name, status: u16, why| {
        Case::response(name, why, Script::response(status, &[], ""), "", format!("{status}, empty body"))
    };
    vec![
        plain("a 400 is returned as a response", 400),
        Case::response(
            "a 401 is returned as a response",
            "another attempt with the same key only counts against the caller",
            Script::response(401, &[("www-authenticate", "Bearer")], NO),
            NO,
            "401, body as sent",
        ),
        plain("a 403 is returned as a response", 403),
        plain("a 404 is returned as a response", 404),
        Case::response(
            "a 407 is returned as a response",
            "the service itself sends 407 if the IP address is not allowed",
            Script::response(407, &[("proxy-authenticate", "Basic")], NO),
            NO,
            "407, body as sent",
        ),
        Case::response(
            "a 408 is returned without a retry",
            "the core decides when to retry",
            Script::response(408, &[("connection", "close")], NO).close(),
            NO,
            "408, body as sent",
        ),
        plain("a 422 is returned as a response", 422),
        Case::response(
            "a 429 keeps Retry-After and is not retried",
            "25 of them block the caller's IP address until support lifts the block",
            Script::response(429, &[("retry-after", "7"), ("date", DATE)], NO),
            NO,
            format!("429, retry-after: 7, date: {DATE}, body as sent"),
        ),
        plain("a 500 is returned as a response", 500),
        Case::response(
            "a 503 keeps Retry-After and Date and is not retried",
            "the core has no clock and compares Retry-After with the response's own Date",
            Script::response(
                503,
                &[
                    ("RETRY-AFTER", "Fri, 31 Dec 1999 23:59:59 GMT"),
                    ("Date", "Fri, 31 Dec 1999 23:59:29 GMT"),
                ],
                NO,
            ),
            NO,
            "503, retry-after: Fri, 31 Dec 1999 23:59:59 GMT, date: Fri, 31 Dec 1999 23:59:29 GMT, body as sent",
        ),
        plain("a 599 is returned as a response", 599),
        bodiless("a 204 ends with its head", 204, "RFC 9112, 6.3: the response ends with its head"),
        bodiless("a 205 is returned as a response", 205, "a 205 has no session, and the core reports that"),
        Case::response(
            "a 304 ends with its head despite its content-length",
            "RFC 9112, 6.3: the response ends with its head",
            Script::new().send("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
            "",
            "304, empty body",
        ),
        Case::response(
            "a 100 is skipped",
            "an interim response is not the final response",
            interim("HTTP/1.1 100 Continue\r\n\r\n"),
            GOOD,
            "200, body as sent",
        ),
        Case::response(
            "several interim responses with headers are skipped",
            "an interim response is not the final response",
            interim(
                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\ncontent-length: 5\r\n\r\n",
            ),
            GOOD,
            "200, body as sent",
        ),
        Case::response(
            "a missing reason phrase is accepted",
            "RFC 9112, 4: clients ignore the reason phrase",
            Script::new().send(format!("HTTP/1.1 404 \r\ncontent-length: {}\r\n\r\n{NO}", NO.len())),
            NO,
            "404, body as sent",
        ),
        Case::response(
            "a 404 with a non-ASCII header is returned",
            "RFC 9110, 5.5: a value may contain such bytes",
            Script::new().send(b"HTTP/1.1 404 Not Found\r\nx-text: caf\xe9\r\ncontent-length: 0\r\n\r\n"),
            "",
            "404, empty body",
        ),
        Case::response(
            "a 404 with 80 headers is returned",
            "gateways and their security policies add many headers",
            Script::new().send(format!(
                "HTTP/1.1 404 Not Found\r\n{}content-length: 0\r\n\r\n",
                "x-a-header: and its value\r\n".repeat(79)
            )),
            "",
            "404, empty body",
        ),
        a_429("a 429 with 200 headers is recognized", "", "x: y\r\n".repeat(198)),
        a_429(
            "a 429 with a head of 100 KiB is recognized",
            "",
            format!("x: {}\r\n", "y".repeat(1019)).repeat(100),
        ),
        a_429("a 429 after a 100 with headers is recognized", "HTTP/1.1 100 Continue\r\nx: y\r\n\r\n", ""),
        Case::new("a 429 with 200 headers stops other calls", LOST, "1 request", |harness| {
            harness.fake.script_any([long_429("", "x: y\r\n".repeat(198)).repeat()]);
            harness.call_times(12);
            count(harness.fake.requests().len(), "request")
        }),
        Case::response(
            "a repeated header keeps both values",
            "each gateway on the path adds its own value",
            Script::response(502, &[("proxy-status", "a; error=x"), ("proxy-status", "b")], NO),
            NO,
            "502, proxy-status: a; error=x, proxy-status: b, body as sent",
        ),
        Case::response(
            "header names are case-insensitive",
            "RFC 9110, 5.1",
            ok(format!("CONTENT-length: {}\r\n\r\n{GOOD}", GOOD.len())),
            GOOD,
            "200, body as sent",
        ),
    ]
}

const LOST: &str = "an unnoticed 429 is retried, and 25 of them block the caller's IP address";

/// Creates a case of a 429 whose status must count, although a client may reject its head.
fn a_429(name: &'static str, interim: &str, headers: impl AsRef<str>) -> Case {
    let expected = format!("429, retry-after: 7, date: {DATE}, empty body");
    Case::response(name, LOST, long_429(interim, headers), "", expected).or("invalid_head")
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
