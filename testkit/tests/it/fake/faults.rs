//! Faults at random.

use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{FakeApi, Fault, Faults, RateLimit};

use crate::support::client::{Client, fetch, get_demo};

/// Returns a fake with this fault for all requests.
fn faulty(fault: Fault) -> FakeApi {
    let fake = FakeApi::start().unwrap();
    fake.set_faults(Faults::new(1).with(fault, 1.0));
    fake
}

/// Returns the response to a request without faults.
fn usual() -> String {
    Client::connect(&FakeApi::start().unwrap()).fetch(get_demo())
}

#[test]
fn a_truncated_response_ends_with_the_connection() {
    let (fake, usual) = (faulty(Fault::Truncate), usual());
    for _ in 0..20 {
        let mut client = Client::connect(&fake);
        client.send(get_demo());
        let received = client.rest().unwrap();
        // The `date` may differ.
        assert!(received.len() < usual.len(), "{received}");
        assert_eq!(received[..received.len().min(15)], usual[..received.len().min(15)]);
    }
}

#[test]
fn a_reset_connection_is_an_error() {
    let fake = faulty(Fault::Reset);
    for _ in 0..20 {
        let mut client = Client::connect(&fake);
        client.send(get_demo());
        assert_eq!(client.rest().unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    }
}

#[test]
fn a_dripped_response_takes_10_ms_per_byte() {
    let fake = faulty(Fault::Drip);
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    client.byte();
    let start = Instant::now();
    let bytes = [(); 10].map(|()| client.byte());
    assert_eq!(&bytes, b"TTP/1.1 20");
    // A byte may wait for a slow machine, but none is early.
    assert!(start.elapsed() >= Duration::from_millis(80), "{:?}", start.elapsed());
}

#[test]
fn a_fault_can_be_a_status() {
    let fake = faulty(Fault::Status(503));
    let (status, body) = fetch(&fake, get_demo());
    assert_eq!(
        (status.as_str(), body.as_str()),
        ("HTTP/1.1 503 Service Unavailable", "<html><h1>Sorry</h1></html>")
    );
}

#[test]
fn a_silent_fake_can_be_dropped() {
    let fake = faulty(Fault::Silence);
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    let timeout = Some(Duration::from_millis(50));
    client.0.set_read_timeout(timeout).unwrap();
    assert!(client.rest().is_err());
    client.0.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    drop(fake);
    assert_eq!(client.rest().unwrap(), "");
}

#[test]
fn the_seed_determines_the_faults() {
    let statuses = |seed| {
        let fake = FakeApi::start().unwrap();
        fake.set_faults(Faults::new(seed).with(Fault::Status(503), 0.3).with(Fault::Status(429), 0.3));
        (0..40).map(|_| fetch(&fake, get_demo()).0[9..12].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(1), statuses(1));
    assert_ne!(statuses(1), statuses(2));
}

#[test]
fn a_request_over_the_limit_meets_no_fault() {
    let fake = faulty(Fault::Status(503));
    fake.limit_rate(RateLimit::sliding_window(1, Duration::from_secs(60)));
    let statuses = [(); 3].map(|()| fetch(&fake, get_demo()).0[9..12].to_owned());
    assert_eq!(statuses, ["503", "429", "429"]);
}
