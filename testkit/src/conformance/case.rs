//! A conformance case, and how its outcome is formatted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::thread;
use std::time::Duration;

use brightdata_sessions::Operation;

use super::Outcome;
use super::harness::Harness;
use crate::{DEMO_SESSION_ID, RecordedRequest, Script};

/// A conversation with a scripted server, and its expected outcomes.
pub(super) struct Case {
    /// The claim that the case checks.
    pub(super) name: &'static str,
    /// The reason why it matters, in one line.
    pub(super) why: &'static str,
    /// The accepted outcomes.
    pub(super) expected: Vec<String>,
    pub(super) body_limit: usize,
    pub(super) timeout: Duration,
    /// The loopback address of the server.
    pub(super) bind_addr: IpAddr,
    /// Plays the case and describes the actual outcome.
    pub(super) play: Box<dyn Fn(&Harness<'_>) -> String + Send + Sync>,
}

/// The outcome of an IPv6 case on a machine without IPv6. It counts as expected.
pub(super) const NO_IPV6: &str = "no IPv6 on this machine";

/// The time for sent bytes to arrive, or for a finished connection to return to its pool.
pub(super) const MOMENT: Duration = Duration::from_millis(150);

/// The default body limit of a case for a 200, in bytes.
pub(super) const BODY_LIMIT: usize = 64 << 10;
/// The maximum number of bytes that are kept of the body of any other response.
pub(super) const ERROR_BODY_LIMIT: usize = 16 << 10;

impl Case {
    pub(super) fn new(
        name: &'static str,
        why: &'static str,
        expected: impl Into<String>,
        play: impl Fn(&Harness<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            why,
            expected: vec![expected.into()],
            body_limit: BODY_LIMIT,
            timeout: Duration::from_secs(5),
            bind_addr: Ipv4Addr::LOCALHOST.into(),
            play: Box::new(play),
        }
    }

    /// Creates a case of one exchange, whose response is this script. `expected` describes the
    /// outcome relative to `body`, the body that the script sends: see [`describe`].
    pub(super) fn response(
        name: &'static str,
        why: &'static str,
        script: Script,
        body: impl Into<Vec<u8>>,
        expected: impl Into<String>,
    ) -> Self {
        let body = body.into();
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([script.clone()]);
            let actual = describe(harness.get(), &body);
            match harness.fake.requests().len() {
                // The request may not have arrived before the time limit.
                0 | 1 => actual,
                requests => format!("{actual}, after {}", count(requests, "request")),
            }
        })
    }

    /// Creates a case of one successful exchange that checks one aspect of the received request.
    pub(super) fn request(
        name: &'static str,
        why: &'static str,
        operation: impl Operation + Send + Sync + 'static,
        aspect: fn(&RecordedRequest) -> String,
        expected: impl Into<String>,
    ) -> Self {
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([good()]);
            let actual = describe(harness.exchange(&operation), GOOD.as_bytes());
            match harness.fake.requests().as_slice() {
                [request] if actual == "200, body as sent" => aspect(request),
                requests => format!("{actual}, after {}", count(requests.len(), "request")),
            }
        })
    }

    /// Creates a case of two exchanges. The first response is this script, whose body is `body`.
    /// `expected` describes both responses and the number of connections.
    ///
    /// A pause between them lets an unsolicited response arrive. It also lets an async client
    /// return the connection to its pool in a separate task.
    pub(super) fn two(
        name: &'static str,
        why: &'static str,
        script: Script,
        body: impl Into<Vec<u8>>,
        expected: impl Into<String>,
    ) -> Self {
        let body = body.into();
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([script.clone(), good()]);
            let first = describe(harness.get(), &body);
            thread::sleep(MOMENT * 3);
            let second = describe(harness.get(), GOOD.as_bytes());
            format!("{first}; {second}; {}", connections(harness))
        })
    }

    /// Adds another accepted outcome.
    pub(super) fn or(mut self, expected: impl Into<String>) -> Self {
        self.expected.push(expected.into());
        self
    }

    pub(super) fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(super) fn up_to(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    pub(super) fn on_ipv6(self) -> Self {
        Self { bind_addr: Ipv6Addr::LOCALHOST.into(), ..self }.or(NO_IPV6)
    }
}

/// The body of a successful response: the demo session.
pub(super) const GOOD: &str =
    r#"{"session":{"session_id":"5e551011-0000-4000-8000-000000000001","status":"finished"}}"#;

/// Returns a successful response.
pub(super) fn good() -> Script {
    debug_assert!(GOOD.contains(DEMO_SESSION_ID), "the body is the requested session");
    Script::response(200, &[], GOOD)
}

/// Returns a 200 with exactly these bytes after its status line.
pub(super) fn ok(rest: impl AsRef<[u8]>) -> Script {
    Script::new().send([b"HTTP/1.1 200 OK\r\n", rest.as_ref()].concat())
}

/// Returns a chunked 200 with exactly these bytes after its head.
pub(super) fn chunks(chunks: impl AsRef<[u8]>) -> Script {
    ok("transfer-encoding: chunked\r\n\r\n").send(chunks.as_ref())
}

/// Describes the outcome of an exchange.
///
/// For an error, this is its kind. For a response, it is the status, the headers that the core
/// reads, and how much of the sent `body` arrived. A body that differs from the sent one is shown
/// itself.
pub(super) fn describe((outcome, late): (Outcome, &str), body: &[u8]) -> String {
    let described = match outcome {
        Err(failure) => failure.kind().as_str().to_owned(),
        Ok(response) => {
            let headers: String = ["retry-after", "date", "location", "proxy-status"]
                .into_iter()
                .flat_map(|name| response.headers().get_all(name).iter().map(move |value| (name, value)))
                .map(|(name, value)| format!(", {name}: {}", value.as_bytes().escape_ascii()))
                .collect();
            let received = response.body().as_slice();
            let body = match received.len() {
                0 => "empty body".to_owned(),
                _ if received == body => "body as sent".to_owned(),
                length if body.starts_with(received) => format!("first {length} bytes"),
                _ => format!("\"{}\"", received.escape_ascii()),
            };
            format!("{}{headers}, {body}", response.status().as_u16())
        }
    };
    described + late
}

/// Describes the number of connections.
pub(super) fn connections(harness: &Harness<'_>) -> String {
    count(harness.fake.connections(), "connection")
}

/// Formats a number with its noun: "1 request", "2 requests".
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::http::Response;

    use super::*;

    #[test]
    fn describe_compares_the_body_with_the_sent_one() {
        let description = |body: &[u8]| describe((Ok(Response::new(body.to_vec())), ""), b"sent");
        assert_eq!(description(b"sent"), "200, body as sent");
        assert_eq!(description(b"se"), "200, first 2 bytes");
        assert_eq!(description(b""), "200, empty body");
        assert_eq!(description(b"sent twice"), "200, \"sent twice\"");
        assert_eq!(description(b"\xff\n"), "200, \"\\xff\\n\"");
    }

    #[test]
    fn describe_shows_the_status_and_the_headers_of_the_core() {
        let response = Response::builder()
            .status(503)
            .header("server", "x")
            .header("date", "now")
            .header("proxy-status", "one")
            .header("proxy-status", "two")
            .header("retry-after", "7");
        let outcome = Ok(response.body(Vec::new()).expect("the parts are valid"));
        assert_eq!(
            describe((outcome, ", long after the time limit"), b""),
            "503, retry-after: 7, date: now, proxy-status: one, proxy-status: two, empty body, long after the time limit"
        );
    }
}
