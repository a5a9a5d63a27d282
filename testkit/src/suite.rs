//! A suite that tests an HTTP client against everything that a server can do.
//!
//! It has three sets of cases. [`Suite::run_transport`] tests a transport: a function that sends one
//! request of the core and returns its outcome. [`Suite::run_adapter`] tests an adapter: a client
//! that drives whole flows. [`Suite::run_program`] tests a program in any language. Beside them,
//! [`Suite::random`] plays random responses.
//!
//! In a test, run all cases and show the report if it did not pass. The report then lists the
//! failed cases, each with the rule that it breaks:
//!
//! ```no_run
//! # use brightdata_sessions::{TransportError, http};
//! # use brightdata_sessions_testkit::suite::{Limits, Suite};
//! # fn exchange(_: http::Request<()>, _: &Limits) -> Result<http::Response<Vec<u8>>, TransportError> { unimplemented!() }
//! let report = Suite::new()
//!     .known_failure("a connection is reused", "this client has no pool")
//!     .run_transport(exchange);
//! assert!(report.passed(), "{report}");
//! ```
//!
//! The folder `testkit/examples` of the repository has complete transports on hyper,
//! `tower::Service`, reqwest with middleware, curl, isahc, attohttpc and plain sockets. `testkit/conformance` has the suite's reports on
//! them and on the project's own transports.
//!
//! # The rules for a transport
// A symbolic link to the file in the core. The package contains a copy.
#![doc = include_str!("suite/transport/rules.md")]
//!
//! # The rules for an adapter
#![doc = include_str!("suite/adapter/rules.md")]
//!
//! # The rules for a program
//!
//! [`Suite::run_program`] tests a program in any language that gets one session. Its environment has
//! `SESSIONS_BASE_URL`, `SESSION_ID`, `BRIGHTDATA_API_KEY`, and `TIMEOUT` in seconds. The terminal
//! program runs it as well: `brd-sessions conform`.
//!
#![doc = include_str!("suite/program/rules.md")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use brightdata_sessions::{Api, Error, ListSessions, Session, SessionId, TransportError, http};

pub use self::program::{PROGRAM_RULES, ProgramOutput, ProgramRun};
pub use self::random::{RandomReport, RandomSuite};
pub use self::report::Report;

use self::case::Case;
use self::outcome::Outcome;
use self::report::{Row, Verdict};
use self::rule::Rule;
use crate::parallel;

mod adapter;
mod case;
mod outcome;
mod program;
mod random;
mod report;
mod rule;
mod transport;

/// The limits of the function under test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The API of the requests. Its [`collector`](Api::collector) enforces the body limit.
    pub api: Api,
    /// The maximum time from the start of an exchange to the last byte of the response. After
    /// that, the exchange must end with a timeout error within 2 s.
    pub timeout: Duration,
}

/// A call that an adapter performs.
#[derive(Clone, Debug)]
pub enum Call {
    /// Gets one session.
    Get(SessionId),
    /// Gets many sessions, with at most `jobs` requests in flight.
    GetMany {
        /// The ids.
        ids: Vec<SessionId>,
        /// The maximum number of requests in flight.
        jobs: usize,
    },
    /// Lists all sessions that match.
    List(ListSessions),
    /// Lists all sessions that match, and fetches each page while the previous one is consumed. A
    /// client that cannot do this performs a [`List`](Self::List).
    ListAhead(ListSessions),
    /// Watches one session until it ends.
    Watch(SessionId),
}

/// The cases to play, and the known failures among them.
///
/// The report fails if a name belongs to no case.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    filter: Option<&'static str>,
    known_failures: Vec<(&'static str, &'static str)>,
}

impl Suite {
    /// Creates a suite of all cases, without known failures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a suite of `count` random responses of a server. See [`RandomSuite`].
    pub fn random(seed: u64, count: u32) -> RandomSuite {
        RandomSuite::new(seed, count)
    }

    /// Marks a case as a known failure, with the reason. The report shows both. The suite fails if
    /// the case passes.
    #[must_use]
    pub fn known_failure(mut self, case: &'static str, why: &'static str) -> Self {
        self.known_failures.push((case, why));
        self
    }

    /// Runs only this case, for debugging.
    #[must_use]
    pub fn filter(mut self, case: &'static str) -> Self {
        self.filter = Some(case);
        self
    }

    /// Runs the cases of a transport and returns the report. This takes a few seconds.
    ///
    /// `exchange` sends a request of the core and returns its outcome within [`Limits`]. The one
    /// below uses only the standard library. It works with servers that close the connection after
    /// each response, and it fails the cases that show its faults:
    ///
    /// ```
    /// use std::io::{self, Read as _, Write as _};
    /// use std::net::TcpStream;
    ///
    /// use brightdata_sessions::{TransportError, TransportErrorKind, http};
    /// use brightdata_sessions_testkit::suite::{Limits, Suite};
    ///
    /// fn exchange(request: http::Request<()>, limits: &Limits) -> Result<http::Response<Vec<u8>>, TransportError> {
    ///     let host = request.uri().authority().expect("the URI is absolute").as_str();
    ///     let target = request.uri().path_and_query().expect("the URI is absolute");
    ///     let mut stream = TcpStream::connect(host)?;
    ///     stream.set_read_timeout(Some(limits.timeout))?;
    ///     write!(stream, "GET {target} HTTP/1.0\r\nhost: {host}\r\n\r\n")?;
    ///     let mut response = String::new();
    ///     stream.take(1 << 20).read_to_string(&mut response)?;
    ///     let not_http = || TransportError::new(TransportErrorKind::Connection, "invalid HTTP response");
    ///     let (head, body) = response.split_once("\r\n\r\n").ok_or_else(not_http)?;
    ///     let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(not_http)?;
    ///     let mut head = http::Response::new(());
    ///     *head.status_mut() = status;
    ///     let mut collector = limits.api.collector(head.into_parts().0);
    ///     let _ = collector.push(body.as_bytes());
    ///     collector.finish()
    /// }
    ///
    /// let report = Suite::new().filter("a 404 is returned as a response").run_transport(exchange);
    /// assert!(report.passed(), "{report}");
    ///
    /// let report = Suite::new().filter("authorization is sent once, unchanged").run_transport(exchange);
    /// assert_eq!(report.failed().collect::<Vec<_>>(), ["authorization is sent once, unchanged"]);
    /// # Ok::<(), io::Error>(())
    /// ```
    ///
    /// Many cases run at the same time, and many threads call `exchange`. It may keep connections
    /// open between calls, because each case has its own port. For an async client, wrap the
    /// exchange in the `block_on` of its runtime:
    /// `|request, limits| runtime.block_on(exchange(request, limits))`. Several threads must be
    /// able to call that `block_on` at the same time.
    ///
    /// Some cases have a short time limit. If one of them fails, it is played again with a limit of
    /// 2 s, because a busy machine can exceed a short one.
    ///
    /// The suite ends an exchange by closing its connections. It cannot stop an exchange that does
    /// not use them, such as an endless loop. An exchange that panics fails its case.
    ///
    /// # Panics
    ///
    /// Panics if the system is out of ports or threads.
    pub fn run_transport(
        &self,
        exchange: impl Fn(http::Request<()>, &Limits) -> Result<http::Response<Vec<u8>>, TransportError> + Sync,
    ) -> Report {
        self.run(&transport::cases(), 32, |case| transport::play(case, &exchange))
    }

    /// Runs the cases of an adapter and returns the report. This takes a few seconds.
    ///
    /// `client` creates a client, which then performs the calls of a case in sequence and returns
    /// the items of each:
    ///
    /// ```
    /// use brightdata_sessions::{Error, Session};
    /// use brightdata_sessions_testkit::suite::{Call, Limits, Suite};
    ///
    /// struct Client { /* … */ }
    ///
    /// impl Client {
    ///     fn new(limits: Limits) -> Self {
    ///         Self { /* … */ }
    ///     }
    ///
    ///     fn call(&self, call: Call) -> Vec<Result<Session, Error>> {
    ///         match call {
    ///             // This client lacks its calls, so it yields nothing.
    ///             Call::Get(_) | Call::GetMany { .. } | Call::Watch(_) => Vec::new(),
    ///             Call::List(_) | Call::ListAhead(_) => Vec::new(),
    ///         }
    ///     }
    /// }
    ///
    /// let report = Suite::new().filter("an existing session").run_adapter(|limits| {
    ///     let client = Client::new(limits);
    ///     move |call| client.call(call)
    /// });
    /// assert_eq!(report.failed().collect::<Vec<_>>(), ["an existing session"]);
    /// ```
    ///
    /// Several cases run at the same time. A client that panics fails its case.
    ///
    /// # Panics
    ///
    /// Panics if the system is out of ports or threads.
    pub fn run_adapter<C: Fn(Call) -> Vec<Result<Session, Error>>>(
        &self,
        client: impl Fn(Limits) -> C + Sync,
    ) -> Report {
        self.run(&adapter::cases(), 8, |case| adapter::play(case, &client))
    }

    /// Runs the cases of a program and returns the report. This takes a minute, because it starts
    /// more than a hundred processes.
    ///
    /// `run` starts the program with the [environment](ProgramRun::environment) of the run, waits
    /// for its end, and returns its exit status and output. Several threads call it at once.
    ///
    /// # Panics
    ///
    /// Panics if the system is out of ports or threads.
    pub fn run_program(&self, run: impl Fn(&ProgramRun) -> ProgramOutput + Sync) -> Report {
        self.run(&program::cases(), 8, |case| program::play(case, &run))
    }

    /// Plays cases on this number of threads. Most cases wait rather than work.
    fn run<P: Sync>(
        &self,
        cases: &[(Rule, Case<P>)],
        threads: usize,
        play: impl Fn(&Case<P>) -> Outcome + Sync,
    ) -> Report {
        let selected: Vec<_> =
            cases.iter().filter(|(_, case)| self.filter.is_none_or(|filter| case.name == filter)).collect();
        let rows = parallel::map(&selected, threads, |(rule, case)| self.row(*rule, case, play(case)));
        let named = self.filter.into_iter().chain(self.known_failures.iter().map(|(name, _)| *name));
        let unknown = named.filter(|name| cases.iter().all(|(_, case)| case.name != *name)).collect();
        Report { rows, unknown }
    }

    fn row<P>(&self, rule: Rule, case: &Case<P>, actual: Outcome) -> Row {
        let is_expected = case.expected.contains(&actual);
        let known = self.known_failures.iter().find(|(name, _)| *name == case.name).map(|(_, why)| *why);
        let verdict = match (is_expected, known) {
            (true, None) => Verdict::Passed,
            (false, None) => Verdict::Failed,
            (false, Some(why)) => Verdict::KnownFailure(why),
            (true, Some(why)) => Verdict::UnexpectedPass(why),
        };
        Row { rule, name: case.name, why: case.why, expected: case.expected.clone(), actual, verdict }
    }
}

/// A time limit that a busy machine does not exceed.
const LONG_LIMIT: Duration = Duration::from_secs(2);

/// Plays a case with its time limit. If it fails with a short limit, plays it again with a long
/// one: a busy machine may not deliver a response within a short limit, and a fault fails with
/// both.
fn play_within<P>(case: &Case<P>, limit: Duration, play: impl Fn(Duration) -> Outcome) -> Outcome {
    let outcome = play(limit);
    if limit >= LONG_LIMIT || case.expected.contains(&outcome) { outcome } else { play(LONG_LIMIT) }
}

/// Plays a case. Closes its connections after this time, so that it ends. Catches a panic.
fn guard(limit: Duration, close: impl FnOnce() + Send, play: impl FnOnce() -> Outcome) -> Outcome {
    thread::scope(|scope| {
        let (playing, finished) = channel::<()>();
        scope.spawn(move || {
            if finished.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                close();
            }
        });
        let outcome = catch_unwind(AssertUnwindSafe(play));
        drop(playing);
        outcome.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Outcome::Panicked(text.unwrap_or("no message").to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn assert_well_formed<P>(cases: &[(Rule, Case<P>)], count: usize) {
        let names: BTreeSet<_> = cases.iter().map(|(_, case)| case.name).collect();
        assert_eq!((names.len(), cases.len()), (count, count));
        for (_, case) in cases {
            assert!(!case.why.is_empty() && !case.why.contains('\n'), "{}", case.name);
        }
    }

    #[test]
    fn each_case_has_a_unique_name_and_a_reason_of_one_line() {
        assert_well_formed(&transport::cases(), 138);
        assert_well_formed(&adapter::cases(), 52);
    }

    #[test]
    fn a_failure_within_a_short_limit_is_played_again() {
        let case = |expected| Case {
            name: "a case",
            why: "a reason",
            expected: vec![Outcome::Requests(expected)],
            play: (),
        };
        let play = |limit: Duration| Outcome::Requests(limit.as_millis() as usize);
        let [short, longer] = [500, 5000].map(Duration::from_millis);
        assert_eq!(play_within(&case(500), short, play), Outcome::Requests(500));
        assert_eq!(play_within(&case(2000), short, play), Outcome::Requests(2000));
        assert_eq!(play_within(&case(2000), longer, play), Outcome::Requests(5000));
    }

    #[test]
    fn guard_closes_the_connections_of_an_endless_case() {
        let (close, closed) = channel();
        let close = move || close.send(()).unwrap();
        let outcome = guard(Duration::ZERO, close, || {
            closed.recv().unwrap();
            Outcome::Requests(1)
        });
        assert_eq!(outcome, Outcome::Requests(1));
    }
}
