//! Conformance suite for transports: one call runs your exchange function against everything that a
//! server can do to a request.
//!
//! A transport is a function that sends a request of the core and returns its outcome within
//! [`Limits`]. The one below uses only the standard library. It works with servers that close the
//! connection after each response, and it fails the cases that show its faults:
//!
//! ```
//! use std::io::{self, Read as _, Write as _};
//! use std::net::TcpStream;
//!
//! use brightdata_sessions::{TransportError, TransportErrorKind, http};
//! use brightdata_sessions_testkit::conformance::{Limits, Suite};
//!
//! fn exchange(request: http::Request<()>, limits: &Limits) -> Result<http::Response<Vec<u8>>, TransportError> {
//!     let host = request.uri().authority().expect("the URI is absolute").as_str();
//!     let target = request.uri().path_and_query().expect("the URI is absolute");
//!     let mut stream = TcpStream::connect(host)?;
//!     stream.set_read_timeout(Some(limits.timeout))?;
//!     write!(stream, "GET {target} HTTP/1.0\r\nhost: {host}\r\n\r\n")?;
//!     let mut response = String::new();
//!     stream.take(1 << 20).read_to_string(&mut response)?;
//!     let not_http = || TransportError::new(TransportErrorKind::Connection, "invalid HTTP response");
//!     let (head, body) = response.split_once("\r\n\r\n").ok_or_else(not_http)?;
//!     let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(not_http)?;
//!     let mut head = http::Response::new(());
//!     *head.status_mut() = status;
//!     let mut collector = limits.api.collector(head.into_parts().0);
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
//! In a test, run all cases and show the report if it did not pass:
//!
//! ```no_run
//! # use brightdata_sessions::{TransportError, http};
//! # use brightdata_sessions_testkit::conformance::{Limits, Suite};
//! # fn exchange(_: http::Request<()>, _: &Limits) -> Result<http::Response<Vec<u8>>, TransportError> { unimplemented!() }
//! let report = Suite::new()
//!     .known_failure("a connection is reused", "this client has no pool")
//!     .run(exchange);
//! assert!(report.passed(), "{report}");
//! ```
//!
//! For an async client, wrap the exchange in the `block_on` of its runtime:
//! `|request, limits| runtime.block_on(exchange(request, limits))`. Several threads must be able to
//! call that `block_on` at the same time.
//!
//! The folder `testkit/examples` of the repository has complete transports on hyper, curl,
//! attohttpc, `tower::Service` and plain sockets. `testkit/conformance` has the suite's reports on
//! them and on the project's own transports.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use brightdata_sessions::http::Request;
use brightdata_sessions::{Api, TransportError, http};

pub use self::report::Report;

use self::case::Case;
use self::harness::Harness;
use self::report::{Row, Verdict};
use crate::parallel;

mod case;
mod cases;
mod harness;
mod report;

/// The limits of one exchange.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The API that built the request. Its [`collector`](Api::collector) enforces the body limit.
    pub api: Api,
    /// The maximum time from the start of the exchange to the last byte of the response. After
    /// that, the exchange must end with a timeout error within 2 s.
    pub timeout: Duration,
}

/// The cases that a transport must pass, and its known failures.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    filter: Option<&'static str>,
    known_failures: Vec<(&'static str, &'static str)>,
}

/// The function under test.
/// The result of one exchange.
type Outcome = Result<http::Response<Vec<u8>>, TransportError>;
type Exchange<'a> = dyn Fn(Request<()>, &Limits) -> Outcome + Sync + 'a;

/// The number of cases that run at the same time. They mostly wait.
const CONCURRENCY: usize = 32;

/// The time after the limit of an exchange at which the suite closes its connections. Otherwise, an
/// exchange without a time limit would never end.
const CLOSE_AFTER: Duration = Duration::from_secs(4);

impl Suite {
    /// Creates a suite of all cases, without known failures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks a case as a known failure, with the reason. The report shows both. The suite fails if
    /// the case passes or does not exist.
    #[must_use]
    pub fn known_failure(mut self, case: &'static str, why: &'static str) -> Self {
        self.known_failures.push((case, why));
        self
    }

    /// Runs only this case, for debugging. The suite fails if the case does not exist.
    #[must_use]
    pub fn filter(mut self, case: &'static str) -> Self {
        self.filter = Some(case);
        self
    }

    /// Runs the cases and returns the report. This takes a few seconds.
    ///
    /// Many cases run at the same time, and many threads call `exchange`. It may keep connections
    /// open between calls, because each case has its own port.
    ///
    /// The suite ends an exchange by closing its connections. It cannot stop an exchange that does
    /// not use them, such as an endless loop. An exchange that panics fails its case.
    ///
    /// # Panics
    ///
    /// Panics if the system is out of ports or threads.
    pub fn run(&self, exchange: impl Fn(Request<()>, &Limits) -> Outcome + Sync) -> Report {
        let cases = cases::all();
        let selected: Vec<_> =
            cases.iter().filter(|case| self.filter.is_none_or(|filter| case.name == filter)).collect();
        let mut rows = parallel::map(&selected, CONCURRENCY, |case| self.row(case, play(case, &exchange)));
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

/// Plays a case and describes its outcome.
fn play(case: &Case, exchange: &Exchange<'_>) -> String {
    let harness = match Harness::new(case, exchange) {
        Ok(harness) => harness,
        Err(_) if case.bind_addr.is_ipv6() => return case::NO_IPV6.to_owned(),
        Err(error) => panic!("cannot start the fake: {error}"),
    };
    thread::scope(|scope| {
        let (playing, finished) = channel::<()>();
        let harness = &harness;
        scope.spawn(move || {
            if finished.recv_timeout(case.timeout + CLOSE_AFTER) == Err(RecvTimeoutError::Timeout) {
                harness.close_all();
            }
        });
        let actual = catch_unwind(AssertUnwindSafe(|| (case.play)(harness)));
        drop(playing);
        actual.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            format!("panicked: {}", text.unwrap_or("no message"))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use brightdata_sessions::TransportErrorKind;

    use super::*;

    /// Plays a case on an address that the fake refuses to bind.
    fn play_unbindable(bind_addr: impl Into<IpAddr>) -> String {
        let case = Case::new("a case", "a reason", "played", |_| "played".to_owned());
        play(
            &Case { bind_addr: bind_addr.into(), ..case },
            &|_, _| Err(TransportErrorKind::Connection.into()),
        )
    }

    #[test]
    fn an_ipv6_case_reports_a_machine_without_ipv6() {
        assert_eq!(play_unbindable(Ipv6Addr::UNSPECIFIED), case::NO_IPV6);
    }

    #[test]
    #[should_panic(expected = "cannot start the fake")]
    fn a_suite_panics_on_a_machine_without_ipv4() {
        play_unbindable(Ipv4Addr::UNSPECIFIED);
    }
}
