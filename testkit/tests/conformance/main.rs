//! The suite catches what it should: for each case there is a transport that is wrong in one way and fails it.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use brightdata_sessions_testkit::conformance::{Report, Suite};

use crate::fault::{FAULTS, Fault};
use crate::faulty_transport::FaultyTransport;

mod fault;
mod faulty_transport;
mod head;
mod suite;
mod wire;

/// How many faults are run at a time. Each waits more than it works, but its time limits are short.
const AT_A_TIME: usize = 4;

fn run(fault: Option<Fault>) -> Report {
    let transport = FaultyTransport::new(fault);
    Suite::new().run(|request, limits| transport.exchange(request, limits))
}

#[test]
fn a_transport_without_fault_passes() {
    let report = run(None);
    assert!(report.passed(), "\n{report}");
}

#[test]
fn each_fault_fails_its_cases_and_no_other() {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((fault, expected)) = FAULTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let expected = playable(expected);
                    let failed = failed_by(*fault, &expected);
                    if failed != expected {
                        wrong.lock().unwrap().push(format!("{fault:?} fails {failed:#?}, not {expected:#?}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Those of the cases that this machine can play.
fn playable(cases: &[&'static str]) -> Vec<&'static str> {
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    cases.iter().copied().filter(|case| has_ipv6 || !case.contains("IPv6")).collect()
}

/// The cases that a transport with this fault fails. What is not as expected is played once more, alone: with hundreds of threads
/// on a busy machine, half a second may not be enough for an exchange that is right.
fn failed_by(fault: Fault, expected: &[&'static str]) -> Vec<&'static str> {
    let report = run(Some(fault));
    let failed: BTreeSet<_> = report.failed().collect();
    let fails = |case: &&'static str| {
        if failed.contains(case) == expected.contains(case) {
            return failed.contains(case);
        }
        let transport = FaultyTransport::new(Some(fault));
        !Suite::new().filter(case).run(|request, limits| transport.exchange(request, limits)).passed()
    };
    report.cases().filter(fails).collect()
}

#[test]
fn each_case_is_failed_by_some_fault() {
    let failed: BTreeSet<_> = FAULTS.iter().flat_map(|(_, cases)| cases.iter().copied()).collect();
    let report = run(None);
    let never: Vec<_> = report.cases().filter(|case| !failed.contains(case)).collect();
    assert!(never.is_empty(), "nothing fails {never:#?}");
}
