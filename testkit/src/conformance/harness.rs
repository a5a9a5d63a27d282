//! The harness of a case: two servers and the transport under test.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{Api, ApiKey, GetSession, Operation, RetryPolicy, SessionId};
use socket2::{Domain, Socket, Type};

use super::case::Case;
use super::{Exchange, Limits, Outcome};
use crate::{DEMO_SESSION_ID, FakeApi, demo};

/// The API key of every request.
pub(super) const KEY: &str = "0123456789abcdef";

pub(super) struct Harness<'a> {
    /// The server that receives the requests.
    pub(super) fake: FakeApi,
    /// A second server that must not receive any request. Few cases need it.
    elsewhere: OnceLock<FakeApi>,
    limits: Limits,
    exchange: &'a Exchange<'a>,
}

/// The time after its limit within which an exchange may still end, because the machine may be
/// busy.
const GRACE: Duration = Duration::from_millis(2000);

impl<'a> Harness<'a> {
    pub(super) fn new(case: &Case, exchange: &'a Exchange<'a>) -> io::Result<Self> {
        let fake = FakeApi::bind((case.bind_addr, 0).into(), demo::sessions()?)?;
        let key = ApiKey::new(KEY).map_err(io::Error::other)?;
        let api = Api::new(key)
            .with_base_url(fake.base_url())
            .with_body_limit(case.body_limit)
            .with_retry(RetryPolicy::default().with_retries(1));
        Ok(Self { fake, elsewhere: OnceLock::new(), limits: Limits { api, timeout: case.timeout }, exchange })
    }

    pub(super) fn elsewhere(&self) -> &FakeApi {
        self.elsewhere.get_or_init(|| FakeApi::with_sessions([]).expect("the fake can start"))
    }

    pub(super) fn api(&self) -> &Api {
        &self.limits.api
    }

    /// Exchanges the request of an operation. The text describes the elapsed time if it matters.
    pub(super) fn exchange(&self, operation: &impl Operation) -> (Outcome, &'static str) {
        self.timed(operation, &self.limits)
    }

    /// Requests the demo session.
    pub(super) fn get(&self) -> (Outcome, &'static str) {
        self.exchange(&get_demo())
    }

    /// Exchanges the request of an operation under a base URL with this path.
    pub(super) fn exchange_below(&self, path: &str, operation: &impl Operation) -> (Outcome, &'static str) {
        self.exchange_at(&format!("{}{path}", self.fake.base_url()), operation)
    }

    /// Requests the demo session from a port that refuses connections.
    pub(super) fn get_refused(&self) -> (Outcome, &'static str) {
        // The port is bound, but no socket listens on it.
        let refused = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket is available");
        refused.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port is available");
        let addr = refused.local_addr().ok().and_then(|addr| addr.as_socket()).expect("the port is bound");
        self.exchange_at(&format!("http://{addr}"), &get_demo())
    }

    /// Calls for the demo session as a client does, with one retry. Returns "session" or the kind
    /// of the error. The core rejects any other session.
    pub(super) fn call(&self) -> String {
        let (exchange, api) = (self.exchange, self.api());
        let session = api.get(&demo_id()).run_with(
            || api.now(Instant::now()),
            |request| exchange(request, &self.limits),
            thread::sleep,
        );
        match session {
            Ok(_) => "session".to_owned(),
            Err(error) => error.kind().to_string(),
        }
    }

    /// Calls for the demo session `calls` times in sequence. A call fails if it would have to wait
    /// for more than 1 s.
    pub(super) fn call_times(&self, calls: usize) {
        let exchange = self.exchange;
        let api =
            self.api().clone().with_retry(RetryPolicy::default().with_time_limit(Duration::from_secs(1)));
        for _ in 0..calls {
            let now = || api.now(Instant::now());
            let _ =
                api.get(&demo_id()).run_with(now, |request| exchange(request, &self.limits), thread::sleep);
        }
    }

    /// Closes all connections and accepts no others.
    pub(super) fn close_all(&self) {
        self.fake.close_all();
        if let Some(elsewhere) = self.elsewhere.get() {
            elsewhere.close_all();
        }
    }

    fn exchange_at(&self, base_url: &str, operation: &impl Operation) -> (Outcome, &'static str) {
        let base_url = base_url.parse().expect("the base URL is valid");
        let api = self.api().clone().with_base_url(base_url);
        self.timed(operation, &Limits { api, timeout: self.limits.timeout })
    }

    fn timed(&self, operation: &impl Operation, limits: &Limits) -> (Outcome, &'static str) {
        let request = limits.api.request(operation).expect("the operation is valid");
        let start = Instant::now();
        let outcome = (self.exchange)(request, limits);
        let late = late(start.elapsed(), limits.timeout, outcome.is_ok());
        (outcome, late)
    }
}

/// Describes a late exchange. An error at the time limit is not late: it is what the limit is for.
fn late(elapsed: Duration, limit: Duration, has_response: bool) -> &'static str {
    // Some clocks run slightly fast.
    let almost = limit.mul_f64(0.9);
    if elapsed > limit + GRACE {
        ", long after the time limit"
    } else if has_response && elapsed > almost {
        ", at the time limit"
    } else {
        ""
    }
}

pub(super) fn demo_id() -> SessionId {
    DEMO_SESSION_ID.parse().expect("the id of the demo session is valid")
}

pub(super) fn get_demo() -> GetSession {
    GetSession::new(demo_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_late_at_90_percent_and_an_error_2_s_past_it() {
        for (milliseconds, response, error) in [
            (9_000, "", ""),
            (9_001, ", at the time limit", ""),
            (12_000, ", at the time limit", ""),
            (12_001, ", long after the time limit", ", long after the time limit"),
        ] {
            let elapsed = Duration::from_millis(milliseconds);
            let actual =
                [true, false].map(|has_response| late(elapsed, Duration::from_secs(10), has_response));
            assert_eq!(actual, [response, error], "{elapsed:?}");
        }
    }
}
