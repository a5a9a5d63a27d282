//! The harness of a case: two servers and the transport under test.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{
    Api, ApiKey, ErrorKind, GetSession, Operation, RetryPolicy, SessionId, TransportError, http,
};
use socket2::{Domain, Socket, Type};

use super::case::{GOOD, Play, compare};
use crate::suite::Limits;
use crate::suite::outcome::{Exchanged, Outcome, Timing};
use crate::{DEMO_SESSION_ID, FakeApi, demo};

/// The function under test.
pub(in crate::suite) type Exchange<'a> = dyn Fn(http::Request<()>, &Limits) -> ExchangeResult + Sync + 'a;
type ExchangeResult = Result<http::Response<Vec<u8>>, TransportError>;

/// The API key of every request.
pub(in crate::suite) const KEY: &str = "0123456789abcdef";

/// Two servers, and the function under test.
pub(in crate::suite) struct Harness<'a> {
    /// The server that receives the requests.
    pub(in crate::suite) fake: FakeApi,
    /// A second server that must not receive any request. Few cases need it.
    elsewhere: OnceLock<FakeApi>,
    limits: Limits,
    exchange: &'a Exchange<'a>,
}

/// The time after its limit within which an exchange may still end, because the machine may be
/// busy.
pub(in crate::suite) const GRACE: Duration = Duration::from_millis(2000);

impl<'a> Harness<'a> {
    pub(super) fn new(play: &Play, timeout: Duration, exchange: &'a Exchange<'a>) -> io::Result<Self> {
        let fake = FakeApi::bind((play.bind_addr, 0).into(), demo::sessions()?)?;
        Ok(Self::with_fake(fake, play.body_limit, timeout, exchange))
    }

    /// Creates a harness with a fake that served other exchanges before.
    pub(in crate::suite) fn with_fake(
        fake: FakeApi,
        body_limit: usize,
        timeout: Duration,
        exchange: &'a Exchange<'a>,
    ) -> Self {
        let api = Api::new(ApiKey::new(KEY).expect("the key is valid"))
            .with_base_url(fake.base_url())
            .with_body_limit(body_limit)
            .with_retry(RetryPolicy::default().with_retries(1));
        Self { fake, elsewhere: OnceLock::new(), limits: Limits { api, timeout }, exchange }
    }

    /// Returns the time limit of an exchange.
    pub(super) fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    pub(super) fn elsewhere(&self) -> &FakeApi {
        self.elsewhere.get_or_init(|| FakeApi::with_sessions([]).expect("the fake can start"))
    }

    /// Exchanges the request of an operation. `sent` is the body that the server sends.
    pub(super) fn exchange(&self, operation: &impl Operation, sent: &[u8]) -> Exchanged {
        let (result, timing) = self.timed(operation, &self.limits);
        compare(result, timing, sent)
    }

    /// Requests the demo session. `sent` is the body that the server sends.
    pub(in crate::suite) fn get(&self, sent: &[u8]) -> Exchanged {
        self.exchange(&get_demo(), sent)
    }

    /// Requests the demo session from a server that responds with success, after a first exchange.
    pub(super) fn then_get(&self, first: Exchanged) -> Outcome {
        let second = self.get(GOOD.as_bytes());
        Outcome::Exchanges { results: [first, second], connections: Some(self.fake.connections()) }
    }

    /// Requests the demo session. Returns the response or the error itself.
    pub(super) fn get_raw(&self) -> ExchangeResult {
        self.timed(&get_demo(), &self.limits).0
    }

    /// Exchanges the request of an operation under a base URL with this path.
    pub(super) fn exchange_below(&self, path: &str, operation: &impl Operation) {
        let _ = self.exchange_at(&format!("{}{path}", self.fake.base_url()), operation);
    }

    /// Requests the demo session from a port that refuses connections.
    pub(super) fn get_refused(&self) -> (ExchangeResult, Timing) {
        // The port is bound, but no socket listens on it.
        let refused = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket is available");
        refused.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port is available");
        let addr = refused.local_addr().ok().and_then(|addr| addr.as_socket()).expect("the port is bound");
        self.exchange_at(&format!("http://{addr}"), &get_demo())
    }

    /// Calls for the demo session as a client does, with one retry. Returns its id.
    pub(super) fn call(&self) -> Result<String, ErrorKind> {
        self.call_of(&self.limits.api)
    }

    /// Calls for the demo session `calls` times in sequence. A call fails if it would have to wait
    /// for more than 1 s.
    pub(super) fn impatient_calls(&self, calls: usize) {
        let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(1));
        let api = self.limits.api.clone().with_retry(retry);
        for _ in 0..calls {
            let _ = self.call_of(&api);
        }
    }

    fn call_of(&self, api: &Api) -> Result<String, ErrorKind> {
        let now = || api.now(Instant::now());
        let exchange = |request| (self.exchange)(request, &self.limits);
        let session = api.get(&demo_id()).run_with(now, exchange, |wait| thread::sleep(wait.duration));
        session.map(|session| session.session_id.to_string()).map_err(|error| error.kind())
    }

    /// Closes all connections and accepts no others.
    pub(in crate::suite) fn close_all(&self) {
        self.fake.close_all();
        if let Some(elsewhere) = self.elsewhere.get() {
            elsewhere.close_all();
        }
    }

    fn exchange_at(&self, base_url: &str, operation: &impl Operation) -> (ExchangeResult, Timing) {
        let base_url = base_url.parse().expect("the base URL is valid");
        let api = self.limits.api.clone().with_base_url(base_url);
        self.timed(operation, &Limits { api, timeout: self.limits.timeout })
    }

    fn timed(&self, operation: &impl Operation, limits: &Limits) -> (ExchangeResult, Timing) {
        let request = limits.api.request(operation).expect("the operation is valid");
        let start = Instant::now();
        let result = (self.exchange)(request, limits);
        let timing = timing(start.elapsed(), limits.timeout, result.is_ok());
        (result, timing)
    }
}

/// Judges the time of an exchange. An error at the time limit is in time, because the limit causes
/// it.
fn timing(elapsed: Duration, limit: Duration, has_response: bool) -> Timing {
    // Some clocks run slightly fast.
    let almost = limit.mul_f64(0.9);
    if elapsed > limit + GRACE {
        Timing::LongAfterTheLimit
    } else if has_response && elapsed > almost {
        Timing::AtTheLimit
    } else {
        Timing::InTime
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
        use Timing::*;
        for (milliseconds, response, error) in [
            (9_000, InTime, InTime),
            (9_001, AtTheLimit, InTime),
            (12_000, AtTheLimit, InTime),
            (12_001, LongAfterTheLimit, LongAfterTheLimit),
        ] {
            let elapsed = Duration::from_millis(milliseconds);
            let actual =
                [true, false].map(|has_response| timing(elapsed, Duration::from_secs(10), has_response));
            assert_eq!(actual, [response, error], "{elapsed:?}");
        }
    }
}
