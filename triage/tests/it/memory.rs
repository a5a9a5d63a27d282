//! A report on a million sessions.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it prints how long a report takes")]

use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions_testkit::{generate, peak_memory};
use brightdata_sessions_triage::Triage;

/// Prints its duration and memory:
/// `cargo test --release -p brightdata-sessions-triage --test it -- --ignored --nocapture`.
#[test]
#[ignore = "takes several seconds, or minutes without --release"]
fn memory_does_not_grow_with_the_number_of_sessions() {
    let mut triage = Triage::new().with_now(SystemTime::now());
    let mut elapsed = Duration::ZERO;
    let mut peaks = Vec::new();
    for seed in 0..1000 {
        let sessions = generate(seed, 1000);
        let start = Instant::now();
        triage.extend(&sessions);
        elapsed += start.elapsed();
        if seed == 99 || seed == 999 {
            peaks.extend(peak_memory());
        }
    }
    let start = Instant::now();
    let report = triage.report();
    let report_time = start.elapsed();
    println!("{report}");
    println!("{} sessions in {elapsed:?}, report in {report_time:?}", report.sessions);
    println!("peak memory in bytes, after 100,000 and 1,000,000: {peaks:?}");
    assert_eq!(report.sessions, 1_000_000);
    if let [early, late] = peaks[..] {
        assert!(late < early + (1 << 20), "{early} bytes grew to {late}");
    }
}
