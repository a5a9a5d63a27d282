//! An answer of any status is an answer.

use super::Case;
use crate::Script;
use crate::conformance::case::{GOOD, ok};

const NO: &str = r#"{"error":"no"}"#;
/// A transport adds the time to a `Retry-After` that comes without.
const DATE: &str = "Fri, 31 Dec 1999 23:59:29 GMT";

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let kept = "the service says in the body what is wrong";
    let plain = |name, status: u16| {
        Case::answer(name, kept, Script::response(status, &[], NO), NO, format!("{status}, body as sent"))
    };
    let bodiless = |name, status: u16, why| {
        Case::answer(name, why, Script::response(status, &[], ""), "", format!("{status}, empty body"))
    };
    vec![
        plain("a 400 is returned as a response", 400),
        Case::answer(
            "a 401 is returned as a response",
            "a second try with the same key only counts against it",
            Script::response(401, &[("www-authenticate", "Bearer")], NO),
            NO,
            "401, body as sent",
        ),
        plain("a 403 is returned as a response", 403),
        plain("a 404 is returned as a response", 404),
        Case::answer(
            "a 407 is returned as a response",
            "the service sends it itself, for an IP address that is not allowed",
            Script::response(407, &[("proxy-authenticate", "Basic")], NO),
            NO,
            "407, body as sent",
        ),
        Case::answer(
            "a 408 is returned without a retry",
            "when to ask again is decided by the core",
            Script::response(408, &[("connection", "close")], NO).close(),
            NO,
            "408, body as sent",
        ),
        plain("a 422 is returned as a response", 422),
        Case::answer(
            "a 429 keeps Retry-After and is not retried",
            "25 of them block the caller's IP address until support lifts it",
            Script::response(429, &[("retry-after", "7"), ("date", DATE)], NO),
            NO,
            format!("429, retry-after: 7, date: {DATE}, body as sent"),
        ),
        plain("a 500 is returned as a response", 500),
        Case::answer(
            "a 503 keeps Retry-After and Date and is not retried",
            "the core has no clock: a date is read against the answer's own",
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
        bodiless("a 204 ends with its head", 204, "RFC 9112, 6.3: it ends with its head"),
        bodiless(
            "a 205 is returned as a response",
            205,
            "not the record that was asked for, and the core says so",
        ),
        Case::answer(
            "a 304 ends with its head despite its content-length",
            "RFC 9112, 6.3: it ends with its head",
            Script::new().send("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
            "",
            "304, empty body",
        ),
        Case::answer(
            "a 100 is skipped",
            "an interim answer is not the answer",
            interim("HTTP/1.1 100 Continue\r\n\r\n"),
            GOOD,
            "200, body as sent",
        ),
        Case::answer(
            "several interim responses with headers are skipped",
            "an interim answer is not the answer",
            interim(
                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\ncontent-length: 5\r\n\r\n",
            ),
            GOOD,
            "200, body as sent",
        ),
        Case::answer(
            "a missing reason phrase is accepted",
            "RFC 9112, 4: nobody needs it",
            Script::new().send(format!("HTTP/1.1 404 \r\ncontent-length: {}\r\n\r\n{NO}", NO.len())),
            NO,
            "404, body as sent",
        ),
        Case::answer(
            "a 404 with a non-ASCII header is returned",
            "RFC 9110, 5.5: such bytes are allowed",
            Script::new().send(b"HTTP/1.1 404 Not Found\r\nx-text: caf\xe9\r\ncontent-length: 0\r\n\r\n"),
            "",
            "404, empty body",
        ),
        Case::answer(
            "a 404 with 80 headers is returned",
            "a gateway and its security policies add many",
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
            harness.call_often(12);
            match harness.fake.requests().len() {
                1 => "1 request".to_owned(),
                requests => format!("{requests} requests"),
            }
        }),
        Case::answer(
            "a repeated header keeps both values",
            "each gateway on the way adds its own",
            Script::response(502, &[("proxy-status", "a; error=x"), ("proxy-status", "b")], NO),
            NO,
            "502, proxy-status: a; error=x, proxy-status: b, body as sent",
        ),
        Case::answer(
            "header names are case-insensitive",
            "RFC 9110, 5.1",
            ok(format!("CONTENT-length: {}\r\n\r\n{GOOD}", GOOD.len())),
            GOOD,
            "200, body as sent",
        ),
    ]
}

const LOST: &str = "a 429 that is not seen is sent again, and 25 block the caller's IP address";

/// A 429 whose status has to count, though a client may refuse its head.
fn a_429(name: &'static str, interim: &str, headers: impl AsRef<str>) -> Case {
    let kept = format!("429, retry-after: 7, date: {DATE}, empty body");
    Case::answer(name, LOST, long_429(interim, headers), "", kept).or("invalid_head")
}

fn long_429(interim: &str, headers: impl AsRef<str>) -> Script {
    let headers = headers.as_ref();
    let head = format!("HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ndate: {DATE}\r\n{headers}");
    Script::new().send(format!("{interim}{head}content-length: 0\r\n\r\n"))
}

fn interim(answers: &str) -> Script {
    Script::new()
        .send(answers)
        .send(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len()))
}
