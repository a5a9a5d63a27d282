//! Pages that are fetched ahead.

use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, ListSessions, SessionPaginator};
use brightdata_sessions_reqwest::{Client, FlowStream};
use brightdata_sessions_testkit::{FakeApi, Script, generate};
use tokio::time::{sleep, timeout};

/// Returns a fake with three pages of 10 sessions, and a client.
fn three_pages() -> (FakeApi, Client) {
    let fake = FakeApi::with_sessions(generate(1, 30)).unwrap();
    let api = Api::new(ApiKey::new("0123456789abcdef").unwrap()).with_base_url(fake.base_url());
    let client = Client::builder(api).build().unwrap();
    (fake, client)
}

fn list(client: &Client) -> FlowStream<SessionPaginator> {
    client.list(ListSessions::new().limit(10))
}

/// Returns the ids of the next items.
async fn next(list: &mut FlowStream<SessionPaginator>, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(list.next().await.unwrap().unwrap().session_id.to_string());
    }
    ids
}

async fn wait_for_requests(fake: &FakeApi, count: usize) {
    let wait = async {
        while fake.requests().len() < count {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), wait).await.unwrap();
}

#[tokio::test]
async fn the_next_page_is_fetched_while_items_are_consumed() {
    let (fake, client) = three_pages();
    let expected = next(&mut list(&client), 30).await;
    assert_eq!(fake.requests().len(), 3);

    let mut ahead = list(&client).ahead();
    let mut ids = next(&mut ahead, 1).await;
    assert_eq!(fake.requests().len(), 4);
    ids.extend(next(&mut ahead, 1).await);
    wait_for_requests(&fake, 5).await;
    // The flow is where its items are.
    assert_eq!((ahead.flow().yielded(), ahead.flow().total()), (2, Some(30)));
    ids.extend(next(&mut ahead, 8).await);
    assert_eq!(fake.requests().len(), 5);
    ids.extend(next(&mut ahead, 20).await);
    assert!(ahead.next().await.is_none());
    assert_eq!((ids, ahead.flow().missing()), (expected, Some(0)));
    assert_eq!(fake.requests().len(), 6);
}

#[tokio::test]
async fn a_page_is_fetched_when_it_is_needed_by_default() {
    let (fake, client) = three_pages();
    let mut list = list(&client);
    next(&mut list, 10).await;
    assert_eq!(fake.requests().len(), 1);
    next(&mut list, 1).await;
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn a_list_with_a_page_in_flight_can_be_dropped() {
    let (fake, client) = three_pages();
    fake.script_any([Script::pass(), Script::new().pause(Duration::from_secs(600))]);
    let mut ahead = list(&client).ahead();
    next(&mut ahead, 10).await;
    wait_for_requests(&fake, 2).await;
    // The future of `next` can be dropped, and the request remains in flight.
    assert!(timeout(Duration::from_millis(20), ahead.next()).await.is_err());
    assert_eq!(fake.requests().len(), 2);
    // The flow can be continued, and requests the page again.
    next(&mut client.drive(ahead.into_flow()), 20).await;
    assert_eq!(fake.requests().len(), 4);
}
