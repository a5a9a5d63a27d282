//! Where a case is played: two servers and a transport.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{Api, ApiKey, Flow as _, GetSession, Operation, Outcome, RetryPolicy, SessionId};
use socket2::{Domain, Socket, Type};

use super::case::Case;
use super::{Exchange, Limits};
use crate::{DEMO_SESSION_ID, FakeApi, demo};

/// What every request is authorized with.
pub(super) const KEY: &str = "0123456789abcdef";

pub(super) struct Harness<'a> {
    /// The server that is asked.
    pub(super) fake: FakeApi,
    /// Another one, which must never be. Few cases need it.
    elsewhere: OnceLock<FakeApi>,
    limits: Limits,
    exchange: &'a Exchange<'a>,
}

/// How much later than its limit an exchange may end: the machine may be busy.
const GRACE: Duration = Duration::from_millis(2000);

impl<'a> Harness<'a> {
    pub(super) fn set(case: &Case, exchange: &'a Exchange<'a>) -> io::Result<Self> {
        let fake = FakeApi::bind((case.bind_addr, 0).into(), demo::sessions()?)?;
        let key = ApiKey::new(KEY).map_err(io::Error::other)?;
        let api = Api::new(key)
            .with_base_url(fake.base_url())
            .with_body_limit(case.body_limit)
            .with_retry(RetryPolicy::default().with_retries(1));
        Ok(Self { fake, elsewhere: OnceLock::new(), limits: Limits { api, timeout: case.timeout }, exchange })
    }

    pub(super) fn elsewhere(&self) -> &FakeApi {
        self.elsewhere.get_or_init(|| FakeApi::with_sessions([]).expect("the fake starts"))
    }

    pub(super) fn api(&self) -> &Api {
        &self.limits.api
    }

    /// Exchanges the request of an operation. The time that it took is told where it matters.
    pub(super) fn exchange(&self, operation: &impl Operation) -> (Outcome, &'static str) {
        self.timed(operation, &self.limits)
    }

    /// Asks for the demo session.
    pub(super) fn get(&self) -> (Outcome, &'static str) {
        self.exchange(&get_demo())
    }

    /// Exchanges the request of an operation at a base URL with this path.
    pub(super) fn exchange_below(&self, path: &str, operation: &impl Operation) -> (Outcome, &'static str) {
        self.exchange_at(&format!("{}{path}", self.fake.base_url()), operation)
    }

    /// Asks for the demo session where nobody listens.
    pub(super) fn get_from_nobody(&self) -> (Outcome, &'static str) {
        // A port that is taken, but not listened to.
        let nobody = Socket::new(Domain::IPV4, Type::STREAM, None).expect("there are sockets");
        nobody.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("there are ports");
        let addr = nobody.local_addr().ok().and_then(|addr| addr.as_socket()).expect("the port is bound");
        self.exchange_at(&format!("http://{addr}"), &get_demo())
    }

    /// Asks for the demo session as a client does, and once more if that may help. Says that it came, or the kind of the
    /// error: the core lets no other session through.
    pub(super) fn call(&self) -> String {
        let (exchange, api) = (self.exchange, self.api());
        let answer = api.get(&demo_id()).next_with(
            || api.elapsed(Instant::now()),
            |request| exchange(request, &self.limits),
            thread::sleep,
        );
        match answer.expect("a call yields its answer or its error") {
            Ok(_) => "session".to_owned(),
            Err(error) => error.kind().to_string(),
        }
    }

    /// Calls for the demo session so many times, one after the other. A call that would have to wait gives up.
    pub(super) fn call_often(&self, calls: usize) {
        let exchange = self.exchange;
        let api =
            self.api().clone().with_retry(RetryPolicy::default().with_time_limit(Duration::from_secs(1)));
        for _ in 0..calls {
            let now = || api.elapsed(Instant::now());
            let _ =
                api.get(&demo_id()).next_with(now, |request| exchange(request, &self.limits), thread::sleep);
        }
    }

    /// Ends all connections, for good.
    pub(super) fn close_all(&self) {
        self.fake.close_all();
        if let Some(elsewhere) = self.elsewhere.get() {
            elsewhere.close_all();
        }
    }

    fn exchange_at(&self, base_url: &str, operation: &impl Operation) -> (Outcome, &'static str) {
        let base_url = base_url.parse().expect("it is a base URL");
        let api = self.api().clone().with_base_url(base_url);
        self.timed(operation, &Limits { api, timeout: self.limits.timeout })
    }

    fn timed(&self, operation: &impl Operation, limits: &Limits) -> (Outcome, &'static str) {
        let request = limits.api.request(operation).expect("the operation can be asked");
        let start = Instant::now();
        let outcome = (self.exchange)(request, limits);
        let late = late(start.elapsed(), limits.timeout, outcome.is_ok());
        (outcome, late)
    }
}

/// What is to be told of the time that an exchange took. A failure at its limit is what a limit is for.
fn late(took: Duration, limit: Duration, answered: bool) -> &'static str {
    // Some clocks are a little fast.
    let almost = limit.mul_f64(0.9);
    if took > limit + GRACE {
        ", long after the time limit"
    } else if answered && took > almost {
        ", at the time limit"
    } else {
        ""
    }
}

pub(super) fn demo_id() -> SessionId {
    DEMO_SESSION_ID.parse().expect("the id of the demo session is one")
}

pub(super) fn get_demo() -> GetSession {
    GetSession::new(demo_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_late_from_nine_tenths_of_its_limit_and_a_failure_two_seconds_after_it() {
        for (milliseconds, answer, failure) in [
            (9_000, "", ""),
            (9_001, ", at the time limit", ""),
            (12_000, ", at the time limit", ""),
            (12_001, ", long after the time limit", ", long after the time limit"),
        ] {
            let took = Duration::from_millis(milliseconds);
            let told = [true, false].map(|answered| late(took, Duration::from_secs(10), answered));
            assert_eq!(told, [answer, failure], "{took:?}");
        }
    }
}
