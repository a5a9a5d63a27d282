//! The suite catches what it should: for each case there is a transport that is wrong in one way and fails it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use brightdata_sessions_testkit::conformance::{Report, Suite};

use crate::fault::{FAULTS, Fault};
use crate::wrong::Wrong;

mod fault;
mod head;
mod wire;
mod wrong;

fn run(fault: Option<Fault>) -> Report {
    let transport = Wrong::new(fault);
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
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((fault, expected)) = FAULTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = run(Some(*fault));
                    let failed: Vec<_> = report.failed().collect();
                    if failed != *expected {
                        println!("@@ {fault:?}: {failed:?}");
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{fault:?} fails {failed:#?}, not {expected:#?}\n{report}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_case_is_failed_by_some_fault() {
    let failed: BTreeSet<_> = FAULTS.iter().flat_map(|(_, cases)| cases.iter().copied()).collect();
    let report = Suite::new().run(|request, limits| Wrong::new(None).exchange(request, limits));
    let never: Vec<_> = report.cases().filter(|case| !failed.contains(case)).collect();
    assert!(never.is_empty(), "nothing fails {never:#?}");
}
