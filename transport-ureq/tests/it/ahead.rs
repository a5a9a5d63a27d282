//! Pages that are fetched ahead.

use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{FakeApi, Script, generate};
use brightdata_sessions_ureq::{Client, FlowIter, ListSessions, RetryPolicy, SessionPaginator};

use crate::support::{api, client};

/// Returns a fake with three pages of 10 sessions, and a client.
fn three_pages() -> (FakeApi, Client) {
    let fake = FakeApi::with_sessions(generate(1, 30)).unwrap();
    let client = client(api(&fake).with_retry(RetryPolicy::default()));
    (fake, client)
}

fn list(client: &Client) -> FlowIter<SessionPaginator> {
    client.list(ListSessions::new().limit(10))
}

fn wait_for_requests(fake: &FakeApi, count: usize) {
    let start = Instant::now();
    while fake.requests().len() < count {
        assert!(start.elapsed() < Duration::from_secs(10), "{} requests", fake.requests().len());
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_next_page_is_fetched_while_items_are_consumed() {
    let (fake, client) = three_pages();
    let expected: Vec<_> = list(&client).map(|session| session.unwrap().session_id).collect();
    assert_eq!(fake.requests().len(), 3);

    let mut ahead = list(&client).ahead();
    let mut ids = vec![ahead.next().unwrap().unwrap().session_id];
    assert_eq!(fake.requests().len(), 4);
    ids.push(ahead.next().unwrap().unwrap().session_id);
    wait_for_requests(&fake, 5);
    // The flow is where its items are.
    assert_eq!((ahead.flow().yielded(), ahead.flow().total()), (2, Some(30)));
    for session in ahead.by_ref().take(8) {
        ids.push(session.unwrap().session_id);
    }
    assert_eq!(fake.requests().len(), 5);
    for session in ahead.by_ref() {
        ids.push(session.unwrap().session_id);
    }
    assert_eq!((ids, ahead.flow().missing()), (expected, Some(0)));
    assert_eq!(fake.requests().len(), 6);
}

#[test]
fn a_page_is_fetched_when_it_is_needed_by_default() {
    let (fake, client) = three_pages();
    let mut list = list(&client);
    assert_eq!(list.by_ref().take(10).count(), 10);
    assert_eq!(fake.requests().len(), 1);
    assert!(list.next().is_some());
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_list_with_a_page_in_flight_can_be_dropped() {
    let (fake, client) = three_pages();
    fake.script_any([Script::pass(), Script::new().pause(Duration::from_secs(600))]);
    let mut ahead = list(&client).ahead();
    assert_eq!(ahead.by_ref().take(2).count(), 2);
    wait_for_requests(&fake, 2);
    let start = Instant::now();
    // The flow can be continued, and requests the page again.
    let flow = ahead.into_flow();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(client.drive(flow).filter(|session| session.is_ok()).count(), 28);
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn a_panic_of_an_observer_is_passed_on() {
    let (fake, _) = three_pages();
    let client = Client::builder(api(&fake))
        .observe(|_| assert_ne!(thread::current().name(), Some("ahead"), "on purpose"))
        .build()
        .unwrap();
    let ahead = thread::spawn(move || list(&client).ahead().count());
    assert!(ahead.join().is_err());
}
