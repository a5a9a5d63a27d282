//! Parity suite for adapters: conversations of many requests that every adapter must handle alike.
//!
//! The suite of [`conformance`](crate::conformance) covers single requests. An adapter needs one
//! test function. It passes [`run`] a client that performs each [`Call`], and checks the
//! [`Report`]. The file `transport-ureq/tests/parity.rs` is a complete example.

use std::fmt;
use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, ErrorKind, ListSessions, RetryPolicy, Session, SessionId};

use crate::conformance::Limits;
use crate::{DEMO_SESSION_ID, FakeApi, parallel};

use self::cases::{Case, cases};

mod cases;

/// A call that a client performs.
#[derive(Clone, Debug)]
pub enum Call {
    /// Gets one session.
    Get(SessionId),
    /// Lists all sessions that match.
    List(ListSessions),
    /// Watches one session until it ends.
    Watch(SessionId),
}

/// The outcome of each case. `Display` writes a line for each, and more for one that failed.
#[derive(Debug)]
pub struct Report {
    outcomes: Vec<Outcome>,
}

#[derive(Debug)]
struct Outcome {
    name: &'static str,
    expected: Observed,
    actual: Observed,
}

/// A conversation as both ends observe it.
#[derive(Debug, PartialEq, Eq)]
struct Observed {
    /// The ids of the sessions, and the kinds of the errors.
    items: Vec<Result<String, ErrorKind>>,
    /// The number of requests that the fake received.
    requests: usize,
}

impl Report {
    /// Returns whether all cases passed.
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(Outcome::passed)
    }
}

impl Outcome {
    fn passed(&self) -> bool {
        self.actual == self.expected
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            let verdict = if outcome.passed() { "ok  " } else { "FAIL" };
            writeln!(f, "{verdict} {:<62} {}", outcome.name, outcome.actual)?;
            if !outcome.passed() {
                writeln!(f, "     expected: {:?}\n     actual:     {:?}", outcome.expected, outcome.actual)?;
            }
        }
        let failed = self.outcomes.iter().filter(|outcome| !outcome.passed()).count();
        writeln!(f, "cases: {}, failed: {failed}", self.outcomes.len())
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.requests;
        write!(f, "{requests} request{}: ", if requests == 1 { "" } else { "s" })?;
        let sessions = self.items.iter().filter(|item| item.is_ok()).count();
        let mut parts: Vec<String> = Vec::new();
        if sessions > 0 {
            parts.push(format!("{sessions} session{}", if sessions == 1 { "" } else { "s" }));
        }
        parts.extend(self.items.iter().filter_map(|item| item.as_ref().err()).map(ToString::to_string));
        write!(f, "{}", parts.join(", "))
    }
}

/// Runs all cases, several at the same time, and returns the report. `client` creates a client,
/// which then performs the calls of a case in sequence and returns the items of each.
///
/// # Panics
///
/// Panics if the system is out of ports or threads, or if a client panics.
pub fn run<C: Fn(Call) -> Vec<Result<Session, Error>>>(client: impl Fn(Limits) -> C + Sync) -> Report {
    // Most cases wait rather than work.
    Report { outcomes: parallel::map(&cases(), 8, |case| play(case, &client)) }
}

fn play<C: Fn(Call) -> Vec<Result<Session, Error>>>(case: &Case, client: &impl Fn(Limits) -> C) -> Outcome {
    let fake = FakeApi::start().expect("the fake can start");
    fake.script_any(case.scripts.clone());
    let key = ApiKey::new("0123456789abcdef").expect("the key is valid");
    let api = Api::new(key).with_base_url(fake.base_url()).with_retry(
        RetryPolicy::default().with_retries(case.retries).with_time_limit(Duration::from_secs(20)),
    );
    let client = client(Limits { api, timeout: case.timeout });
    let items = case.calls.iter().flat_map(|call| client(call.clone()));
    let items = items.map(|item| match item {
        Ok(session) => Ok(session.session_id.to_string()),
        Err(error) => Err(error.kind()),
    });
    let items = items.collect();
    let actual = Observed { items, requests: fake.requests().len() };
    let expected = case.expected.iter().map(|item| item.map(demo_id)).collect();
    Outcome { name: case.name, expected: Observed { items: expected, requests: case.requests }, actual }
}

/// Returns the id of a demo session by its number.
fn demo_id(number: u8) -> String {
    format!("{}{number}", &DEMO_SESSION_ID[..DEMO_SESSION_ID.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(items: &[Result<&str, ErrorKind>], requests: usize) -> Observed {
        Observed { items: items.iter().map(|item| item.map(str::to_owned)).collect(), requests }
    }

    #[test]
    fn a_report_has_a_line_per_case_and_details_of_failures() {
        let pass = |name, items: &[_], requests| Outcome {
            name,
            expected: observed(items, requests),
            actual: observed(items, requests),
        };
        let mut report = Report {
            outcomes: vec![
                pass("a session", &[Ok("1")], 1),
                pass("an error", &[Err(ErrorKind::NotFound)], 1),
                pass("a list", &[Ok("1"), Ok("2"), Err(ErrorKind::Server)], 4),
            ],
        };
        assert!(report.passed());
        report.outcomes.push(Outcome {
            name: "another",
            expected: observed(&[Ok("1")], 2),
            actual: observed(&[Ok("1")], 1),
        });
        assert!(!report.passed());
        assert_eq!(
            report.to_string(),
            "\
ok   a session                                                      1 request: 1 session
ok   an error                                                       1 request: not_found
ok   a list                                                         4 requests: 2 sessions, server
FAIL another                                                        1 request: 1 session
     expected: Observed { items: [Ok(\"1\")], requests: 2 }
     actual:     Observed { items: [Ok(\"1\")], requests: 1 }
cases: 4, failed: 1
"
        );
    }
}
