//! Random responses.

use std::thread;

use brightdata_sessions_testkit::suite::Suite;

use crate::support::faulty_transport::Fault::*;
use crate::support::faulty_transport::FaultyTransport;

#[test]
fn a_transport_without_a_fault_passes() {
    let transport = FaultyTransport::new(None);
    let report = Suite::random(1, 2_000).run_transport(|request, limits| transport.exchange(request, limits));
    assert!(report.passed(), "{report}");
}

#[test]
fn random_responses_reveal_each_of_these_faults() {
    let faults = [
        AsciiHeadersOnly,
        CaseSensitiveNames,
        DropsErrorBodies,
        DropsRetryAfter,
        ErrorOverridesStatus,
        InterimIsFinal,
        KeepsUnsolicited,
        NoExtensions,
        NoLimit,
        NoTrailers,
        ResetIsEnd,
        Retries,
        ShowsKey,
        TruncatedIsComplete,
    ];
    let unseen: Vec<_> = thread::scope(|scope| {
        let reveals = faults.map(|fault| {
            scope.spawn(move || {
                let transport = FaultyTransport::new(Some(fault));
                let suite = Suite::random(1, 150);
                (fault, suite.run_transport(|request, limits| transport.exchange(request, limits)).passed())
            })
        });
        let reveals = reveals.into_iter().map(|reveals| reveals.join().unwrap());
        reveals.filter(|(_, passed)| *passed).map(|(fault, _)| fault).collect()
    });
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn a_failure_is_shrunk_to_a_script() {
    let transport = FaultyTransport::new(Some(NoTrailers));
    let report = Suite::random(1, 100).run_transport(|request, limits| transport.exchange(request, limits));
    let text = report.to_string();
    let expected = r#"
expected: 200 with 0 bytes
actual:   connection

Script::new()
    .send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-trailer: 1\r\n\r\n")
"#;
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn a_feature_that_a_client_can_handle_must_not_be_left_out() {
    let transport = FaultyTransport::new(None);
    let suite = Suite::random(1, 50).without("trailers", "no reason");
    let report = suite.run_transport(|request, limits| transport.exchange(request, limits));
    assert!(!report.passed());
    let expected = "50 random responses, 0 failed\nwithout trailers: no reason\n\
        the feature `trailers` was left out, but the client can handle it\n";
    assert_eq!(report.to_string(), expected);
}
