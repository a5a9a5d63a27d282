//! Many sessions at once.

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, ErrorKind, Event, RetryPolicy, Session, SessionId};
use brightdata_sessions_reqwest::{Client, GetMany};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script, generate};
use tokio::time::{sleep, timeout};

const JOBS: usize = 3;

/// Returns a fake with this number of sessions, and their ids.
fn many(count: usize) -> (FakeApi, Vec<SessionId>) {
    let sessions = generate(1, count);
    let ids = sessions.iter().map(|session| session.session_id.clone()).collect();
    (FakeApi::with_sessions(sessions).unwrap(), ids)
}

fn api(fake: &FakeApi) -> Api {
    Api::new(ApiKey::new("0123456789abcdef").unwrap()).with_base_url(fake.base_url())
}

fn client(fake: &FakeApi) -> Client {
    Client::builder(api(fake)).build().unwrap()
}

fn kind(result: Result<Session, Error>) -> Result<SessionId, ErrorKind> {
    result.map(|session| session.session_id).map_err(|error| error.kind())
}

async fn all(mut results: GetMany) -> Vec<Result<SessionId, ErrorKind>> {
    let mut items = Vec::new();
    while let Some(result) = results.next().await {
        items.push(kind(result));
    }
    assert!(results.next().await.is_none());
    items
}

#[tokio::test]
async fn results_have_the_order_of_the_ids() {
    let (fake, mut ids) = many(50);
    for id in ids.iter().step_by(7) {
        fake.script(id, [Script::new().pause(Duration::from_millis(20)).then_usual()]);
    }
    fake.remove(&ids[8]);
    ids.push(ids[0].clone());
    let results = all(client(&fake).get_many(ids.clone(), 8)).await;
    let mut expected: Vec<_> = ids.into_iter().map(Ok).collect();
    expected[8] = Err(ErrorKind::NotFound);
    assert_eq!(results, expected);
    assert_eq!(fake.requests().len(), 51);
}

#[tokio::test]
async fn at_most_jobs_requests_are_in_flight() {
    let (fake, ids) = many(30);
    fake.set_latency(Duration::from_millis(5));
    let (in_flight, max) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&max);
    let client = Client::builder(api(&fake)).observe(move |event| {
        match event {
            Event::Sent(_) => seen.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst),
            Event::Response { .. } => in_flight.fetch_sub(1, Ordering::SeqCst),
            _ => 0,
        };
    });
    let client = client.build().unwrap();
    let expected: Vec<_> = ids.iter().cloned().map(Ok).collect();
    assert_eq!(all(client.get_many(ids.clone(), JOBS)).await, expected);
    let max_of_many = max.swap(0, Ordering::SeqCst);
    assert!((2..=JOBS).contains(&max_of_many), "{max_of_many}");
    // 0 counts as 1.
    assert_eq!(all(client.get_many(ids, 0)).await, expected);
    assert_eq!(max.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_slow_id_does_not_stop_the_others() {
    let (fake, ids) = many(50);
    fake.script(&ids[0], [Script::new().pause(Duration::from_millis(300)).then_usual()]);
    let client = client(&fake);
    let mut results = client.get_many(ids.clone(), JOBS);
    assert_eq!(results.next().await.map(kind), Some(Ok(ids[0].clone())));
    assert_eq!(fake.requests().len(), 4 * JOBS);
}

#[tokio::test]
async fn endless_ids_are_taken_as_needed() {
    let (fake, _) = many(0);
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let ids = iter::repeat_with(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        DEMO_SESSION_ID.parse().unwrap()
    });
    let client = client(&fake);
    let mut results = client.get_many(ids, JOBS);
    assert_eq!(taken.load(Ordering::SeqCst), 0, "nothing is taken before the first `next`");
    for _ in 0..100 {
        assert_eq!(results.next().await.map(kind), Some(Err(ErrorKind::NotFound)));
    }
    let taken = taken.load(Ordering::SeqCst);
    assert!(taken <= 100 + 4 * JOBS, "{taken} ids");
}

#[tokio::test]
async fn dropping_abandons_the_requests_in_flight() {
    let (fake, ids) = many(50);
    fake.script(&ids[1], [Script::response(503, &[("retry-after", "3600")], "")]);
    let client =
        Client::builder(api(&fake).with_retry(RetryPolicy::default().with_time_limit(Duration::MAX)))
            .build()
            .unwrap();
    let token = Arc::new(());
    let calls = Arc::downgrade(&token);
    let mut results = client.get_many(ids.clone().into_iter().inspect(move |_| _ = &token), JOBS);
    assert_eq!(results.next().await.map(kind), Some(Ok(ids[0].clone())));
    // The future of `next` can be dropped, and the calls continue with the next one.
    assert!(timeout(Duration::from_millis(100), results.next()).await.is_err());
    assert!(timeout(Duration::from_millis(1), results.next()).await.is_err());
    assert_eq!(fake.requests().len(), 1 + 4 * JOBS);
    assert_eq!(calls.strong_count(), 1);
    drop(results);
    assert_eq!(calls.strong_count(), 0);
    sleep(Duration::from_millis(20)).await;
    assert_eq!(fake.requests().len(), 1 + 4 * JOBS);
    // All permits are free again.
    assert_eq!(all(client.get_many(ids[2..].to_vec(), 20)).await.len(), 48);
}

#[tokio::test]
async fn results_end_after_a_panic_of_a_call() {
    let (fake, ids) = many(20);
    let panics = AtomicBool::new(true);
    let client = Client::builder(api(&fake))
        .observe(move |_| assert!(!panics.swap(false, Ordering::SeqCst), "on purpose"))
        .build()
        .unwrap();
    let mut results = client.get_many(ids, JOBS);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _ = pin!(results.next()).poll(&mut Context::from_waker(Waker::noop()));
    }));
    assert!(panic.is_err());
    let next = timeout(Duration::from_secs(10), results.next()).await;
    assert!(matches!(next, Ok(None)), "{next:?}");
}

#[test]
fn many_sessions_are_send() {
    fn send<T: Send>(_: T) {}
    let (fake, ids) = many(1);
    send(client(&fake).get_many(ids, JOBS));
}
