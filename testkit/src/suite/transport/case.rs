//! The cases of a transport, and how their outcomes are observed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, ErrorKind, Operation, SessionId, TransportError, http};

use super::harness::{Harness, KEY};
use crate::suite::case::Case;
use crate::suite::outcome::{Body, Exchanged, Outcome, Received, RequestPart, Timing};
use crate::{DEMO_SESSION_ID, RecordedRequest, Script, api};

pub(in crate::suite) type TransportCase = Case<Play>;

/// Plays a case with these limits.
pub(in crate::suite) struct Play {
    pub(super) body_limit: usize,
    pub(in crate::suite) timeout: Duration,
    /// The loopback address of the server.
    pub(in crate::suite) bind_addr: IpAddr,
    pub(super) observe: Box<dyn Fn(&Harness<'_>) -> Outcome + Send + Sync>,
    /// The same case for a program, if it does not need several exchanges in one process.
    pub(in crate::suite) program: Option<ProgramPlay>,
}

/// A case for a program: a process that gets one session.
pub(in crate::suite) enum ProgramPlay {
    /// Judges the program by its response.
    Response {
        /// Responds to the requests.
        script: Script,
        /// The body that the script sends.
        body: Vec<u8>,
    },
    /// Judges the request for this session.
    Request { id: SessionId, part: Arc<ReadPart> },
    /// Redirects each request. The location contains [`ELSEWHERE`] if it is on another server.
    Redirect { status: u16, location: &'static str },
}

/// Reads one part of a request.
pub(in crate::suite) type ReadPart = dyn Fn(&RecordedRequest) -> RequestPart + Send + Sync;

/// The placeholder for the address of the other server in a location.
pub(in crate::suite) const ELSEWHERE: &str = "elsewhere";

/// The outcome of an IPv6 case on a machine without IPv6. It counts as expected.
pub(super) const NO_IPV6: Outcome = Outcome::NotPlayed("no IPv6 on this machine");

/// The time for sent bytes to arrive, or for a finished connection to return to its pool.
pub(super) const MOMENT: Duration = Duration::from_millis(150);

/// The default body limit of a case for a 200, in bytes.
pub(in crate::suite) const BODY_LIMIT: usize = 64 << 10;
/// The maximum number of bytes that are kept of the body of any other response.
pub(in crate::suite) const ERROR_BODY_LIMIT: usize = 16 << 10;

impl TransportCase {
    pub(super) fn new(
        name: &'static str,
        why: &'static str,
        expected: impl Into<Outcome>,
        observe: impl Fn(&Harness<'_>) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let play = Play {
            body_limit: BODY_LIMIT,
            timeout: Duration::from_secs(5),
            bind_addr: Ipv4Addr::LOCALHOST.into(),
            observe: Box::new(observe),
            program: None,
        };
        Self { name, why, expected: vec![expected.into()], play }
    }

    /// Creates a case of one exchange, whose response is this script. `body` is the body that the
    /// script sends.
    pub(super) fn response(
        name: &'static str,
        why: &'static str,
        script: Script,
        body: impl Into<Vec<u8>>,
        expected: impl Into<Outcome>,
    ) -> Self {
        let body = body.into();
        let program = ProgramPlay::Response { script: script.clone(), body: body.clone() };
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([script.clone()]);
            let result = harness.get(&body);
            // The request may not have arrived before the time limit.
            Outcome::Exchange { result, requests: harness.fake.requests().len().max(1) }
        })
        .for_programs(program)
    }

    /// Creates a case of one successful exchange that checks one part of the received request.
    pub(super) fn request(
        name: &'static str,
        why: &'static str,
        operation: impl Operation + Send + Sync + 'static,
        part: impl Fn(&RecordedRequest) -> RequestPart + Send + Sync + 'static,
        expected: RequestPart,
    ) -> Self {
        let part = Arc::new(part);
        let program = requested_id(&operation)
            .map(|id| ProgramPlay::Request { id, part: Arc::clone(&part) as Arc<ReadPart> });
        let case = Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([good()]);
            let result = harness.exchange(&operation, GOOD.as_bytes());
            match harness.fake.requests().as_slice() {
                [request] if result.is_success() => part(request).into(),
                requests => Outcome::Exchange { result, requests: requests.len() },
            }
        });
        Self { play: Play { program, ..case.play }, ..case }
    }

    pub(super) fn for_programs(mut self, program: ProgramPlay) -> Self {
        self.play.program = Some(program);
        self
    }

    /// Creates a case of two exchanges. The first response is this script, whose body is `body`.
    ///
    /// A pause between them lets an unsolicited response arrive. It also lets an async client
    /// return the connection to its pool in a separate task.
    pub(super) fn two(
        name: &'static str,
        why: &'static str,
        script: Script,
        body: impl Into<Vec<u8>>,
        expected: Outcome,
    ) -> Self {
        let body = body.into();
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([script.clone(), good()]);
            let first = harness.get(&body);
            thread::sleep(MOMENT * 3);
            harness.then_get(first)
        })
    }

    pub(super) fn within(mut self, timeout: Duration) -> Self {
        self.play.timeout = timeout;
        self
    }

    pub(super) fn up_to(mut self, body_limit: usize) -> Self {
        self.play.body_limit = body_limit;
        self
    }

    pub(super) fn on_ipv6(mut self) -> Self {
        self.play.bind_addr = Ipv6Addr::LOCALHOST.into();
        self.or(NO_IPV6)
    }
}

/// Returns the id of the requested session. `None` for a list.
fn requested_id(operation: &impl Operation) -> Option<SessionId> {
    let request = Api::new(ApiKey::new(KEY).ok()?).request(operation).ok()?;
    api::session_id(request.uri().path())?.parse().ok()
}

/// The body of a successful response: the demo session.
pub(in crate::suite) const GOOD: &str =
    r#"{"session":{"session_id":"5e551011-0000-4000-8000-000000000001","status":"finished"}}"#;

/// Returns a successful response.
pub(in crate::suite) fn good() -> Script {
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

/// Returns the outcome of calls with these items.
pub(super) fn items<const N: usize>(items: [Result<String, ErrorKind>; N]) -> Outcome {
    Outcome::Items { items: items.into(), requests: None }
}

/// Returns the outcome of two calls that yield the demo session.
pub(super) fn two_sessions() -> Outcome {
    items([(); 2].map(|()| Ok(DEMO_SESSION_ID.to_owned())))
}

/// Compares the result of an exchange with the body that the server sent.
pub(super) fn compare(
    result: Result<http::Response<Vec<u8>>, TransportError>,
    timing: Timing,
    sent: &[u8],
) -> Exchanged {
    let result = result.map_err(|error| error.kind()).map(|response| {
        let headers = ["retry-after", "date", "location", "proxy-status"]
            .into_iter()
            .flat_map(|name| response.headers().get_all(name).iter().map(move |value| (name, value)))
            .map(|(name, value)| (name, value.as_bytes().escape_ascii().to_string()))
            .collect();
        let status = response.status().as_u16();
        let body = match response.into_body() {
            body if body.is_empty() => Body::Empty,
            body if body == sent => Body::AsSent,
            body if sent.starts_with(&body) => Body::First(body.len()),
            body => Body::Other(body),
        };
        Received { status, headers, body }
    });
    Exchanged { result, timing }
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::http::Response;

    use super::*;
    use crate::suite::outcome;

    #[test]
    fn compare_relates_the_body_to_the_sent_one() {
        let body = |body: &[u8]| {
            let compared = compare(Ok(Response::new(body.to_vec())), Timing::InTime, b"sent");
            compared.result.map(|received| received.body)
        };
        assert_eq!(body(b"sent"), Ok(Body::AsSent));
        assert_eq!(body(b"se"), Ok(Body::First(2)));
        assert_eq!(body(b""), Ok(Body::Empty));
        assert_eq!(body(b"sent twice"), Ok(Body::Other(b"sent twice".to_vec())));
    }

    #[test]
    fn compare_keeps_the_headers_that_the_core_reads() {
        let response = Response::builder()
            .status(503)
            .header("server", "x")
            .header("date", "now")
            .header("proxy-status", "one")
            .header("proxy-status", "two")
            .header("retry-after", "7")
            .body(Vec::new())
            .expect("the parts are valid");
        let expected = outcome::response(503).empty().header("retry-after", "7").header("date", "now");
        let expected = expected.header("proxy-status", "one").header("proxy-status", "two").at_the_limit();
        assert_eq!(compare(Ok(response), Timing::AtTheLimit, b""), expected);
    }
}
