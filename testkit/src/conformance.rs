//! Proves a transport: one call runs an exchange of yours through everything that a server can do to it.
//!
//! A transport is a function from a request of the core to what became of it, within [`Limits`]. This one is written on
//! nothing but the standard library, for servers that close the connection behind their answer, and fails where that shows:
//!
//! ```
//! use std::io::{self, Read as _, Write as _};
//! use std::net::TcpStream;
//!
//! use brightdata_sessions::{Failure, FailureKind, Outcome, http};
//! use brightdata_sessions_testkit::conformance::{Limits, Suite};
//!
//! fn exchange(request: http::Request<()>, limits: &Limits) -> Outcome {
//!     let host = request.uri().authority().expect("a request of the core has one").as_str();
//!     let target = request.uri().path_and_query().expect("a request of the core has one");
//!     let mut stream = TcpStream::connect(host)?;
//!     stream.set_read_timeout(Some(limits.timeout))?;
//!     write!(stream, "GET {target} HTTP/1.0\r\nhost: {host}\r\n\r\n")?;
//!     let mut answer = String::new();
//!     stream.take(1 << 20).read_to_string(&mut answer)?;
//!     let not_http = || Failure::new(FailureKind::Connection, "that is not HTTP");
//!     let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(not_http)?;
//!     let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(not_http)?;
//!     let mut response = http::Response::new(());
//!     *response.status_mut() = status;
//!     let mut collector = limits.api.collector(response.into_parts().0);
//!     let _ = collector.push(body.as_bytes());
//!     collector.finish()
//! }
//!
//! let report = Suite::new().filter("a 404 is returned as a response").run(exchange);
//! assert!(report.passed(), "{report}");
//!
//! let report = Suite::new().filter("authorization is sent once, unchanged").run(exchange);
//! assert_eq!(report.failed().collect::<Vec<_>>(), ["authorization is sent once, unchanged"]);
//! # Ok::<(), io::Error>(())
//! ```
//!
//! In a test, run all of it, and show the report where it did not pass:
//!
//! ```no_run
//! # use brightdata_sessions::{Outcome, http};
//! # use brightdata_sessions_testkit::conformance::{Limits, Suite};
//! # fn exchange(_: http::Request<()>, _: &Limits) -> Outcome { unimplemented!() }
//! let report = Suite::new()
//!     .known_failure("a connection is reused", "this stack has no pool")
//!     .run(exchange);
//! assert!(report.passed(), "{report}");
//! ```
//!
//! An async stack is wrapped in the `block_on` of its runtime, which several threads have to be able to call at a time:
//! `|request, limits| runtime.block_on(exchange(request, limits))`.
//!
//! The folder `testkit/examples` of the repository has whole transports on hyper, curl, attohttpc, `tower::Service` and plain
//! sockets, and `testkit/conformance` what this suite says of them and of the project's own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use brightdata_sessions::http::Request;
use brightdata_sessions::{Api, Outcome};

pub use self::report::Report;

use self::case::Case;
use self::harness::Harness;
use self::report::{Row, Verdict};
use crate::parallel;

mod case;
mod cases;
mod harness;
mod report;

/// What one exchange has to keep to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The API that the request is of: its [`collector`](Api::collector) knows how much of a body is wanted.
    pub api: Api,
    /// How long the exchange may take, from its start to the last byte of the answer. It is a failure after that, and may take
    /// two seconds more until it says so.
    pub timeout: Duration,
}

/// The cases that a transport has to pass, and what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    filter: Option<&'static str>,
    known_failures: Vec<(&'static str, &'static str)>,
}

/// The function that is proved.
type Exchange<'a> = dyn Fn(Request<()>, &Limits) -> Outcome + Sync + 'a;

/// How many cases are played at a time. They wait, rather than work.
const AT_A_TIME: usize = 32;

/// How much longer than its time limit an exchange may take before the suite cuts its connections, so that a transport
/// without a limit ends as well.
const PATIENCE: Duration = Duration::from_secs(4);

impl Suite {
    /// All cases, and no deviation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares that the transport cannot help to fail this case, and why. The report shows it. A deviation that does not show,
    /// or names no case, makes the suite fail: it has to be taken back.
    #[must_use]
    pub fn known_failure(mut self, case: &'static str, why: &'static str) -> Self {
        self.known_failures.push((case, why));
        self
    }

    /// Runs only this case: to look into it. One that there is not makes the suite fail.
    #[must_use]
    pub fn filter(mut self, case: &'static str) -> Self {
        self.filter = Some(case);
        self
    }

    /// Runs the cases, many at a time, so `exchange` is called from many threads. It may keep connections between calls; each
    /// case has a port of its own.
    ///
    /// Takes a few seconds. What an exchange does without its connections (an endless loop) cannot be stopped.
    ///
    /// # Panics
    ///
    /// When the system has no ports or threads to give. An exchange that panics fails its case.
    pub fn run(&self, exchange: impl Fn(Request<()>, &Limits) -> Outcome + Sync) -> Report {
        let cases = cases::all();
        let wanted: Vec<_> =
            cases.iter().filter(|case| self.filter.is_none_or(|filter| case.name == filter)).collect();
        let mut rows = parallel::map(&wanted, AT_A_TIME, |case| self.row(case, play(case, &exchange)));
        let is_unknown = |name: &str| cases.iter().all(|case| case.name != name);
        let unknown = self.known_failures.iter().filter(|(name, _)| is_unknown(name));
        rows.extend(unknown.map(|&(name, why)| Row::unknown(name, Verdict::UnexpectedPass(why))));
        rows.extend(
            self.filter
                .filter(|filter| is_unknown(filter))
                .map(|filter| Row::unknown(filter, Verdict::Failed)),
        );
        Report { rows }
    }

    fn row(&self, case: &Case, actual: String) -> Row {
        let as_expected = case.expected.contains(&actual);
        let declared = self.known_failures.iter().find(|(name, _)| *name == case.name).map(|(_, why)| *why);
        let verdict = match (as_expected, declared) {
            (true, None) => Verdict::Passed,
            (false, None) => Verdict::Failed,
            (false, Some(why)) => Verdict::KnownFailure(why),
            (true, Some(why)) => Verdict::UnexpectedPass(why),
        };
        Row { name: case.name, expected: case.expected.join(" or "), actual, why: case.why, verdict }
    }
}

/// What came of a case.
fn play(case: &Case, exchange: &Exchange<'_>) -> String {
    let harness = match Harness::set(case, exchange) {
        Ok(harness) => harness,
        Err(_) if case.bind_addr.is_ipv6() => return case::NO_IPV6.to_owned(),
        Err(error) => panic!("the fake does not start: {error}"),
    };
    thread::scope(|scope| {
        let (playing, over) = channel::<()>();
        let harness = &harness;
        scope.spawn(move || {
            if over.recv_timeout(case.timeout + PATIENCE) == Err(RecvTimeoutError::Timeout) {
                harness.close_all();
            }
        });
        let actual = catch_unwind(AssertUnwindSafe(|| (case.play)(harness)));
        drop(playing);
        actual.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            format!("panicked: {}", text.unwrap_or("without a word"))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use brightdata_sessions::FailureKind;

    use super::*;

    /// What comes of a case where no fake may be.
    fn play_where_there_is_none(bind_addr: impl Into<IpAddr>) -> String {
        let case = Case::new("a case", "a reason", "played", |_| "played".to_owned());
        play(&Case { bind_addr: bind_addr.into(), ..case }, &|_, _| Err(FailureKind::Connection.into()))
    }

    #[test]
    fn without_ipv6_its_cases_are_told_to_be_unplayable() {
        assert_eq!(play_where_there_is_none(Ipv6Addr::UNSPECIFIED), case::NO_IPV6);
    }

    #[test]
    #[should_panic(expected = "the fake does not start")]
    fn without_ipv4_there_is_no_suite() {
        play_where_there_is_none(Ipv4Addr::UNSPECIFIED);
    }
}
