//! Tests of the parity suite. A client that drives the flows of the core passes. Each faulty client
//! fails.

use std::cell::Cell;
use std::iter;
use std::sync::Mutex;
use std::time::Duration;

use brightdata_sessions::{Error, Flow, RetryPolicy, Session};
use brightdata_sessions_testkit::conformance::Limits;
use brightdata_sessions_testkit::parity::{self, Call, Report};

#[path = "../examples/sockets.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
mod sockets;

/// A client on plain sockets. Its waits do not take real time; only a silent server does.
struct Client {
    limits: Limits,
    now: Cell<Duration>,
}

impl Client {
    fn new(limits: Limits) -> Self {
        Self { limits, now: Cell::default() }
    }

    fn without_retries(mut self) -> Self {
        self.limits.api = self.limits.api.with_retry(RetryPolicy::none());
        self
    }

    fn call(&self, call: Call) -> Vec<Result<Session, Error>> {
        match call {
            Call::Get(id) => self.all(self.limits.api.get(&id)),
            Call::List(list) => self.all(self.limits.api.list(list)),
            Call::Watch(id) => self.all(self.limits.api.watch(&id)),
        }
    }

    fn all<F: Flow>(&self, mut flow: F) -> Vec<Result<F::Item, Error>> {
        let exchange = |request| sockets::exchange(&request, &self.limits.api, self.limits.timeout);
        let wait = |delay| self.now.set(self.now.get() + delay);
        iter::from_fn(|| flow.next_with(|| self.now.get().into(), exchange, wait)).collect()
    }
}

/// Returns the names of the failed cases.
fn failed(report: &Report) -> Vec<String> {
    let report = report.to_string();
    let failed = report.lines().filter_map(|line| line.strip_prefix("FAIL "));
    failed.map(|line| line.split("  ").next().unwrap().to_owned()).collect()
}

#[test]
fn a_client_that_drives_the_flows_passes_every_case() {
    let report = parity::run(|limits| {
        let client = Client::new(limits);
        move |call| client.call(call)
    });
    assert!(report.passed(), "\n{report}");
    assert!(report.to_string().ends_with("\ncases: 40, failed: 0\n"), "\n{report}");
}

#[test]
fn a_client_without_retries_fails_the_cases_that_need_them() {
    let report = parity::run(|limits| {
        let client = Client::new(limits).without_retries();
        move |call| client.call(call)
    });
    let expected = [
        "503, then 200",
        "503 to every request",
        "429 with Retry-After, then 200",
        "a reset, then 200",
        "no response, then 200",
        "another session's record, then the right one",
        "another session's record to every request",
        "a failed page is retried",
    ];
    assert_eq!(failed(&report), expected);
    assert!(!report.passed());
}

#[test]
fn a_client_that_stops_at_the_first_item_fails_longer_cases() {
    let report = parity::run(|limits| {
        let client = Client::new(limits);
        move |call| client.call(call).into_iter().take(1).collect()
    });
    let expected = [
        "a list, newest first",
        "a list over three pages",
        "a list from an offset",
        "a filtered and sorted list",
        "two pages",
        "a page with the wrong offset",
        "a page with a malformed session",
        "a malformed page",
        "a failed page is retried",
        "a session that ends",
        "a watch continues after a transient error",
    ];
    assert_eq!(failed(&report), expected);
}

#[test]
fn a_client_without_requests_fails_every_case() {
    let timeouts = Mutex::new(Vec::new());
    let report = parity::run(|limits| {
        timeouts.lock().unwrap().push(limits.timeout);
        |_| Vec::new()
    });
    assert!(report.to_string().ends_with("\ncases: 40, failed: 40\n"), "\n{report}");
    // One case has a short time limit.
    let mut timeouts = timeouts.into_inner().unwrap();
    timeouts.sort();
    assert_eq!(timeouts[0], Duration::from_millis(500));
    assert_eq!(timeouts[1..], [Duration::from_secs(10); 39]);
}
