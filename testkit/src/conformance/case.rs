//! What a case is, and how what came of it is told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::thread;
use std::time::Duration;

use brightdata_sessions::{FailureKind, Operation, Outcome};

use super::harness::Harness;
use crate::{DEMO_SESSION_ID, RecordedRequest, Script};

/// A conversation with a scripted server, and what must come of it.
pub(super) struct Case {
    /// What it claims.
    pub(super) name: &'static str,
    /// Why that matters, in one line.
    pub(super) why: &'static str,
    /// What may come of it: one of these.
    pub(super) expected: Vec<String>,
    pub(super) body_limit: usize,
    pub(super) timeout: Duration,
    /// The address of the server, one of this machine alone.
    pub(super) bind_addr: IpAddr,
    /// Plays it, and tells what came.
    pub(super) play: Box<dyn Fn(&Harness<'_>) -> String + Send + Sync>,
}

/// What comes of a case for IPv6 where there is none: as good as expected.
pub(super) const NO_IPV6: &str = "no IPv6 on this machine";

/// For what was sent to arrive, or what is over to be put away.
pub(super) const MOMENT: Duration = Duration::from_millis(150);

/// How many bytes the body of a 200 may have where a case does not say.
pub(super) const BODY_LIMIT: usize = 64 << 10;
/// How many bytes are kept of the body of any other answer.
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

    /// One exchange, which is answered with this script. `body` is what the script sends as a body, and `expected` speaks
    /// of that: see [`told`].
    pub(super) fn answer(
        name: &'static str,
        why: &'static str,
        script: Script,
        body: impl Into<Vec<u8>>,
        expected: impl Into<String>,
    ) -> Self {
        let body = body.into();
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([script.clone()]);
            let told = describe(harness.get(), &body);
            match harness.fake.requests().len() {
                // It may not have arrived before the time was over.
                0 | 1 => told,
                requests => format!("{told}, after {requests} requests"),
            }
        })
    }

    /// One good exchange, and how its request arrived.
    pub(super) fn request(
        name: &'static str,
        why: &'static str,
        ask: impl Operation + Send + Sync + 'static,
        aspect: fn(&RecordedRequest) -> String,
        expected: impl Into<String>,
    ) -> Self {
        Self::new(name, why, expected, move |harness| {
            harness.fake.script_any([good()]);
            let answer = describe(harness.exchange(&ask), GOOD.as_bytes());
            match harness.fake.requests().as_slice() {
                [request] if answer == "200, body as sent" => aspect(request),
                requests => format!("{answer}, after {} requests", requests.len()),
            }
        })
    }

    /// Two exchanges, the first of which is answered with this script, whose body is `body`. `expected` speaks of both
    /// answers, and of the connections that they took. Between them is time for what is still under way: a stray answer,
    /// or a connection that an async stack gives back in a task of its own.
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

    /// Something else that may come of it.
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

/// The body of a good answer: the demo session.
pub(super) const GOOD: &str =
    r#"{"session":{"session_id":"5e551011-0000-4000-8000-000000000001","status":"finished"}}"#;

/// A good answer.
pub(super) fn good() -> Script {
    debug_assert!(GOOD.contains(DEMO_SESSION_ID), "it is the session that is asked for");
    Script::response(200, &[], GOOD)
}

/// A 200 and what follows its status line, as it is.
pub(super) fn ok(rest: impl AsRef<[u8]>) -> Script {
    Script::new().send([b"HTTP/1.1 200 OK\r\n", rest.as_ref()].concat())
}

/// A 200 in chunks, and what follows its head, as it is.
pub(super) fn chunks(chunks: impl AsRef<[u8]>) -> Script {
    ok("transfer-encoding: chunked\r\n\r\n").send(chunks.as_ref())
}

/// What came of an exchange: the kind of the failure, or the status, the headers that the core reads, and how much of the body
/// there is (told by itself if it is not what was sent).
pub(super) fn describe((outcome, late): (Outcome, &str), body: &[u8]) -> String {
    let told = match outcome {
        Err(failure) => kind(failure.kind()).to_owned(),
        Ok(response) => {
            let headers: String = ["retry-after", "date", "location", "proxy-status"]
                .into_iter()
                .flat_map(|name| response.headers().get_all(name).iter().map(move |value| (name, value)))
                .map(|(name, value)| format!(", {name}: {}", value.as_bytes().escape_ascii()))
                .collect();
            let got = response.body().as_slice();
            let body = match got.len() {
                0 => "empty body".to_owned(),
                _ if got == body => "body as sent".to_owned(),
                length if body.starts_with(got) => format!("first {length} bytes"),
                _ => format!("\"{}\"", got.escape_ascii()),
            };
            format!("{}{headers}, {body}", response.status().as_u16())
        }
    };
    told + late
}

pub(super) fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Timeout => "timeout",
        FailureKind::Connection => "connection",
        FailureKind::TooLarge => "too_large",
        FailureKind::Undecodable => "undecodable",
        FailureKind::InvalidHead => "invalid_head",
        FailureKind::Proxy => "proxy",
        FailureKind::Configuration => "configuration",
    }
}

/// How many connections there were.
pub(super) fn connections(harness: &Harness<'_>) -> String {
    match harness.fake.connections() {
        1 => "1 connection".to_owned(),
        connections => format!("{connections} connections"),
    }
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::http::Response;

    use super::*;

    #[test]
    fn of_a_body_is_told_how_much_there_is_and_itself_where_it_is_another() {
        let of = |body: &[u8]| describe((Ok(Response::new(body.to_vec())), ""), b"sent");
        assert_eq!(of(b"sent"), "200, body as sent");
        assert_eq!(of(b"se"), "200, first 2 bytes");
        assert_eq!(of(b""), "200, empty body");
        assert_eq!(of(b"sent twice"), "200, \"sent twice\"");
        assert_eq!(of(b"\xff\n"), "200, \"\\xff\\n\"");
    }

    #[test]
    fn of_a_head_are_told_the_status_and_the_headers_that_the_core_reads() {
        let response = Response::builder()
            .status(503)
            .header("server", "x")
            .header("date", "now")
            .header("proxy-status", "one")
            .header("proxy-status", "two")
            .header("retry-after", "7");
        let outcome = Ok(response.body(Vec::new()).expect("the parts are good"));
        assert_eq!(
            describe((outcome, ", long after the time limit"), b""),
            "503, retry-after: 7, date: now, proxy-status: one, proxy-status: two, empty body, long after the time limit"
        );
    }
}
