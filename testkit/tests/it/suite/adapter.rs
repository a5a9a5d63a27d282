//! The adapter cases. A client that drives the flows of the core passes. Each faulty client fails.

use std::cell::Cell;
use std::iter;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Duration;

use brightdata_sessions::{Error, Flow, RetryPolicy, Session, Wait};
use brightdata_sessions_testkit::suite::{Call, Limits, Report, Suite};

use crate::support::examples::sockets;

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
            Call::GetMany { ids, .. } => {
                ids.iter().flat_map(|id| self.all(self.limits.api.get(id))).collect()
            }
            Call::List(list) | Call::ListAhead(list) => self.all(self.limits.api.list(list)),
            Call::Watch(id) => self.all(self.limits.api.watch(&id)),
        }
    }

    fn all<F: Flow>(&self, mut flow: F) -> Vec<Result<F::Item, Error>> {
        let exchange = |request| sockets::exchange(&request, &self.limits.api, self.limits.timeout);
        let wait = |wait: Wait| {
            self.now.set(self.now.get() + wait.duration);
            ControlFlow::Continue(())
        };
        iter::from_fn(|| flow.next_with(|| self.now.get().into(), exchange, wait)).collect()
    }
}

fn failed(report: &Report) -> Vec<&'static str> {
    report.failed().collect()
}

#[test]
fn a_client_that_drives_the_flows_passes_every_case() {
    let report = Suite::new().run_adapter(|limits| {
        let client = Client::new(limits);
        move |call| client.call(call)
    });
    assert!(report.passed(), "\n{report}");
    assert_eq!(report.to_string(), "52 cases passed\n");
}

#[test]
fn a_client_without_retries_fails_the_cases_that_need_them() {
    let report = Suite::new().run_adapter(|limits| {
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
        "a failed page is retried, ahead",
        "a rate-limited request among many",
    ];
    assert_eq!(failed(&report), expected);
    assert!(!report.passed());
}

#[test]
fn a_client_that_stops_at_the_first_item_fails_longer_cases() {
    let report = Suite::new().run_adapter(|limits| {
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
        "a list over three pages, ahead",
        "a list of one page, ahead",
        "two pages, ahead",
        "a malformed page, ahead",
        "a refused page, ahead",
        "a failed page is retried, ahead",
        "a session that ends",
        "a watch continues after a transient error",
        "many sessions, in the order of their ids",
        "many sessions, one at a time",
        "more jobs than ids",
        "a missing session among many",
        "a late first session of many",
        "a rate-limited request among many",
    ];
    assert_eq!(failed(&report), expected);
}

#[test]
fn a_client_without_requests_fails_every_case() {
    let timeouts = Mutex::new(Vec::new());
    let report = Suite::new().run_adapter(|limits| {
        timeouts.lock().unwrap().push(limits.timeout);
        |_| Vec::new()
    });
    assert_eq!(failed(&report).len(), 52, "\n{report}");
    // One case has a short time limit, and is played again with a longer one.
    let mut timeouts = timeouts.into_inner().unwrap();
    timeouts.sort();
    assert_eq!(timeouts[0], Duration::from_millis(500));
    assert_eq!(timeouts[1], Duration::from_secs(2));
    assert_eq!(timeouts[2..], [Duration::from_secs(10); 51]);
}

#[test]
fn a_failed_case_shows_its_items_and_requests() {
    let report = Suite::new().filter("503, then 200").run_adapter(|limits| {
        let client = Client::new(limits).without_retries();
        move |call| client.call(call)
    });
    assert_eq!(
        report.to_string(),
        "\
1 of 1 case failed

503, then 200
  rule:     2. Perform each step of the flow.
  reason:   transient errors are retried, and only these
  expected: session 1; 2 requests
  actual:   server; 1 request
"
    );
}

#[test]
fn a_panic_of_a_client_fails_its_case() {
    let report = Suite::new().filter("two pages").run_adapter(|_| |_| panic!("on purpose"));
    assert!(report.to_string().ends_with("  actual:   panicked: on purpose\n"), "{report}");
}
