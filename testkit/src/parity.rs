//! What every adapter of the core must do alike: conversations of many requests, run by each adapter through [`run`]. What
//! becomes of a single request is the matter of [`conformance`](crate::conformance).
//!
//! An adapter costs one test function, which hands [`run`] a client that does as it is asked, and looks at the
//! [`Report`]: `transport-ureq/tests/parity.rs` is all there is to it.

use std::fmt;
use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, ErrorKind, ListSessions, RetryPolicy, Session, SessionId};

use crate::conformance::Limits;
use crate::{DEMO_SESSION_ID, FakeApi, parallel};

use self::cases::{Case, cases};

mod cases;

/// What a client is asked.
#[derive(Clone, Debug)]
pub enum Call {
    /// For one session.
    Get(SessionId),
    /// For all sessions of a list.
    List(ListSessions),
    /// For one session until it ends.
    Watch(SessionId),
}

/// What became of each case.
#[derive(Debug)]
pub struct Report {
    outcomes: Vec<Outcome>,
}

#[derive(Debug)]
struct Outcome {
    name: &'static str,
    expected: Seen,
    actual: Seen,
}

/// What can be seen of a conversation from its two ends.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// The ids of the sessions, and the kinds of the errors.
    items: Vec<Result<String, ErrorKind>>,
    /// How many requests arrived.
    requests: usize,
}

impl Report {
    /// Whether all cases came out as expected.
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(Outcome::passed)
    }
}

impl Outcome {
    fn passed(&self) -> bool {
        self.actual == self.expected
    }
}

/// A line for each case; those that failed say what was expected.
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
        writeln!(f, "{} cases, {failed} failed", self.outcomes.len())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.requests;
        write!(f, "{requests} request{}: ", if requests == 1 { "" } else { "s" })?;
        let good = self.items.iter().filter(|item| item.is_ok()).count();
        let mut said: Vec<String> = Vec::new();
        if good > 0 {
            said.push(format!("{good} session{}", if good == 1 { "" } else { "s" }));
        }
        said.extend(self.items.iter().filter_map(|item| item.as_ref().err()).map(ToString::to_string));
        write!(f, "{}", said.join(", "))
    }
}

/// Runs all cases, some at a time. `client` makes a client, which is then asked what the case calls, one after the other.
pub fn run<C: Fn(Call) -> Vec<Result<Session, Error>>>(client: impl Fn(Limits) -> C + Sync) -> Report {
    // Most cases wait rather than work.
    Report { outcomes: parallel::map(&cases(), 8, |case| play(case, &client)) }
}

fn play<C: Fn(Call) -> Vec<Result<Session, Error>>>(case: &Case, client: &impl Fn(Limits) -> C) -> Outcome {
    let fake = FakeApi::start().expect("the fake starts");
    fake.script_any(case.scripts.clone());
    let key = ApiKey::new("0123456789abcdef").expect("the key is one");
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
    let actual = Seen { items, requests: fake.requests().len() };
    let expected = case.expected.iter().map(|item| item.map(demo_id)).collect();
    Outcome { name: case.name, expected: Seen { items: expected, requests: case.requests }, actual }
}

/// The id of a session of the demo, by its number.
fn demo_id(number: u8) -> String {
    format!("{}{number}", &DEMO_SESSION_ID[..DEMO_SESSION_ID.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(items: &[Result<&str, ErrorKind>], requests: usize) -> Seen {
        Seen { items: items.iter().map(|item| item.map(str::to_owned)).collect(), requests }
    }

    #[test]
    fn a_report_has_a_line_for_each_case_and_tells_of_failures_what_was_expected() {
        let pass = |name, items: &[_], requests| Outcome {
            name,
            expected: seen(items, requests),
            actual: seen(items, requests),
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
            expected: seen(&[Ok("1")], 2),
            actual: seen(&[Ok("1")], 1),
        });
        assert!(!report.passed());
        assert_eq!(
            report.to_string(),
            "\
ok   a session                                                      1 request: 1 session
ok   an error                                                       1 request: not_found
ok   a list                                                         4 requests: 2 sessions, server
FAIL another                                                        1 request: 1 session
     expected: Seen { items: [Ok(\"1\")], requests: 2 }
     actual:     Seen { items: [Ok(\"1\")], requests: 1 }
4 cases, 1 failed
"
        );
    }
}
