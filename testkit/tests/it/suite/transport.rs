//! Mutation tests of the transport cases: for each case, a transport with one fault fails it.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use brightdata_sessions_testkit::suite::{Report, Suite};

use super::faults;
use crate::support::faulty_transport::{Fault, FaultyTransport};

/// The number of faults that run at the same time. Each mostly waits.
const CONCURRENCY: usize = 8;

fn run(fault: Option<Fault>) -> Report {
    let transport = FaultyTransport::new(fault);
    Suite::new().run_transport(|request, limits| transport.exchange(request, limits))
}

#[test]
fn a_transport_without_a_fault_passes() {
    let report = run(None);
    assert!(report.passed(), "\n{report}");
    assert!(report.to_string().starts_with("138 cases passed\n"), "{report}");
}

#[test]
fn each_fault_fails_exactly_its_cases() {
    let (faults, next) = (faults::all(), AtomicUsize::new(0));
    let mismatches = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..CONCURRENCY {
            scope.spawn(|| {
                while let Some((fault, expected)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let expected = playable(expected);
                    let failed = failed_by(*fault, &expected);
                    if failed != expected {
                        mismatches
                            .lock()
                            .unwrap()
                            .push(format!("{fault:?}: expected {expected:#?}, found {failed:#?}"));
                    }
                }
            });
        }
    });
    let mismatches = mismatches.into_inner().unwrap();
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
}

/// Returns the cases that this machine can play.
fn playable(cases: &[&'static str]) -> BTreeSet<&'static str> {
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    cases.iter().copied().filter(|case| has_ipv6 || !case.contains("IPv6")).collect()
}

/// Returns the cases that a transport with this fault fails.
///
/// A case with an unexpected outcome runs a second time on its own. With hundreds of threads on a
/// busy machine, half a second may be too short for a correct exchange.
fn failed_by(fault: Fault, expected: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    let report = run(Some(fault));
    let failed: BTreeSet<_> = report.failed().collect();
    let fails = |case: &&'static str| {
        if failed.contains(case) == expected.contains(case) {
            return failed.contains(case);
        }
        let transport = FaultyTransport::new(Some(fault));
        let suite = Suite::new().filter(case);
        !suite.run_transport(|request, limits| transport.exchange(request, limits)).passed()
    };
    report.cases().filter(fails).collect()
}

#[test]
fn every_case_fails_for_some_fault() {
    let failed: BTreeSet<_> = faults::all().iter().flat_map(|(_, cases)| cases.iter().copied()).collect();
    // No case passes without a response, so this is fast.
    let report =
        Suite::new().run_transport(|_, _| Err(brightdata_sessions::TransportErrorKind::Configuration.into()));
    let never: Vec<_> = report.cases().filter(|case| !failed.contains(case)).collect();
    assert!(never.is_empty(), "no fault fails {never:#?}");
}
