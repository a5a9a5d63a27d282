//! Many sessions at once.

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{FakeApi, Script, generate};
use brightdata_sessions_ureq::{Client, Error, ErrorKind, Event, RetryPolicy, Session, SessionId};

use crate::support::{api, client, id};

const JOBS: usize = 3;

/// Returns a fake with this number of sessions, and their ids.
fn many(count: usize) -> (FakeApi, Vec<SessionId>) {
    let sessions = generate(1, count);
    let ids = sessions.iter().map(|session| session.session_id.clone()).collect();
    (FakeApi::with_sessions(sessions).unwrap(), ids)
}

/// Returns a client whose calls wait for their turn.
fn patient(fake: &FakeApi) -> Client {
    client(api(fake).with_retry(RetryPolicy::default()))
}

fn kind(result: Result<Session, Error>) -> Result<SessionId, ErrorKind> {
    result.map(|session| session.session_id).map_err(|error| error.kind())
}

/// Waits until all threads have dropped a value.
fn assert_dropped<T>(value: &Weak<T>, limit: Duration) {
    let start = Instant::now();
    while value.strong_count() > 0 {
        assert!(start.elapsed() < limit, "a thread still runs after {limit:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn results_have_the_order_of_the_ids() {
    let (fake, mut ids) = many(50);
    for id in ids.iter().step_by(7) {
        fake.script(id, [Script::new().pause(Duration::from_millis(20)).then_usual()]);
    }
    fake.remove(&ids[8]);
    ids.push(ids[0].clone());
    let results: Vec<_> = patient(&fake).get_many(ids.clone(), 8).map(kind).collect();
    let mut expected: Vec<_> = ids.into_iter().map(Ok).collect();
    expected[8] = Err(ErrorKind::NotFound);
    assert_eq!(results, expected);
    assert_eq!(fake.requests().len(), 51);
}

#[test]
fn at_most_jobs_requests_are_in_flight() {
    let (fake, ids) = many(30);
    fake.set_latency(Duration::from_millis(5));
    let (in_flight, max) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&max);
    let client = Client::builder(api(&fake).with_retry(RetryPolicy::default())).observe(move |event| {
        match event {
            Event::Sent(_) => seen.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst),
            Event::Response { .. } => in_flight.fetch_sub(1, Ordering::SeqCst),
            _ => 0,
        };
    });
    let client = client.build().unwrap();
    assert_eq!(client.get_many(ids.clone(), JOBS).filter(Result::is_ok).count(), 30);
    let max_of_many = max.swap(0, Ordering::SeqCst);
    assert!((2..=JOBS).contains(&max_of_many), "{max_of_many}");
    // 0 counts as 1.
    assert_eq!(client.get_many(ids, 0).filter(Result::is_ok).count(), 30);
    assert_eq!(max.load(Ordering::SeqCst), 1);
}

#[test]
fn a_slow_id_does_not_stop_the_others() {
    let (fake, ids) = many(50);
    fake.script(&ids[0], [Script::new().pause(Duration::from_millis(300)).then_usual()]);
    let client = patient(&fake);
    let mut results = client.get_many(ids.clone(), JOBS);
    assert_eq!(results.next().map(kind), Some(Ok(ids[0].clone())));
    let requests = fake.requests().len();
    assert!((4 * JOBS..=4 * JOBS + 1).contains(&requests), "{requests} requests");
}

#[test]
fn endless_ids_are_taken_as_needed() {
    let (fake, _) = many(0);
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let ids = iter::repeat_with(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        id()
    });
    let client = patient(&fake);
    let results = client.get_many(ids, JOBS);
    assert_eq!(taken.load(Ordering::SeqCst), 0, "nothing is taken before the first `next`");
    assert_eq!(results.take(100).map(kind).filter(|kind| *kind == Err(ErrorKind::NotFound)).count(), 100);
    let taken = taken.load(Ordering::SeqCst);
    assert!(taken <= 100 + 4 * JOBS, "{taken} ids");
}

#[test]
fn ids_may_arrive_one_by_one() {
    let (fake, ids) = many(3);
    let client = patient(&fake);
    let (sender, receiver) = channel();
    let mut results = client.get_many(receiver, JOBS);
    for id in ids {
        sender.send(id.clone()).unwrap();
        assert_eq!(results.next().map(kind), Some(Ok(id)));
    }
    drop(sender);
    assert!(results.next().is_none());
    assert!(results.next().is_none());
}

#[test]
fn dropping_ends_the_threads() {
    let (fake, ids) = many(10);
    // The second id waits for an hour. All others are taken meanwhile.
    fake.script(&ids[1], [Script::response(503, &[("retry-after", "3600")], "").repeat()]);
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(7200));
    let client = client(api(&fake).with_retry(retry));
    let token = Arc::new(());
    let threads = Arc::downgrade(&token);
    let ids = iter::repeat(ids).flatten().inspect(move |_| _ = &token);
    let mut results = client.get_many(ids, JOBS);
    assert!(results.next().is_some_and(|result| result.is_ok()));
    while fake.requests().len() < 4 * JOBS {
        thread::sleep(Duration::from_millis(1));
    }
    drop(results);
    assert_dropped(&threads, Duration::from_secs(5));
    assert!(fake.requests().len() <= 1 + 4 * JOBS, "{} requests", fake.requests().len());
    // The client itself is not stopped.
    assert_eq!(kind(client.get(&id())), Ok(id()));
}

#[test]
fn a_stopped_client_takes_no_further_id() {
    let (fake, ids) = many(3);
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_stopped);
    let builder = Client::builder(api(&fake)).stop_when(move || stop.load(Ordering::SeqCst));
    let client = builder.build().unwrap();
    let token = Arc::new(());
    let threads = Arc::downgrade(&token);
    let mut results = client.get_many(iter::repeat(ids).flatten().inspect(move |_| _ = &token), 1);
    assert!(results.next().is_some_and(|result| result.is_ok()));
    is_stopped.store(true, Ordering::SeqCst);
    // Results of requests in flight are still yielded.
    assert!(results.by_ref().count() <= 5);
    drop(results);
    assert_dropped(&threads, Duration::from_secs(5));
}

#[test]
fn an_id_that_arrives_after_the_end_is_not_fetched() {
    for is_dropped in [true, false] {
        let (fake, ids) = many(3);
        let is_stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&is_stopped);
        let client =
            Client::builder(api(&fake)).stop_when(move || stop.load(Ordering::SeqCst)).build().unwrap();
        let token = Arc::new(());
        let threads = Arc::downgrade(&token);
        let (sender, receiver) = channel();
        sender.send(ids[0].clone()).unwrap();
        let mut results = client.get_many(receiver.into_iter().inspect(move |_| _ = &token), JOBS);
        assert_eq!(results.next().map(kind), Some(Ok(ids[0].clone())));
        // A thread waits for the next id.
        let mut results = Some(results);
        if is_dropped {
            results = None;
        } else {
            is_stopped.store(true, Ordering::SeqCst);
        }
        sender.send(ids[1].clone()).unwrap();
        assert!(results.as_mut().and_then(Iterator::next).is_none());
        drop(results);
        assert_dropped(&threads, Duration::from_secs(5));
        assert_eq!(fake.requests().len(), 1, "dropped: {is_dropped}");
    }
}

#[test]
fn nothing_follows_a_panic_of_a_call() {
    let (fake, ids) = many(2);
    let panics = AtomicBool::new(true);
    let builder = Client::builder(api(&fake))
        .observe(move |_| assert!(!panics.swap(false, Ordering::SeqCst), "on purpose"));
    let client = builder.build().unwrap();
    let token = Arc::new(());
    let threads = Arc::downgrade(&token);
    let (sender, receiver) = channel();
    let mut results = client.get_many(receiver.into_iter().inspect(move |_| _ = &token), JOBS);
    sender.send(ids[0].clone()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| results.next())).is_err());
    // Another thread waits for this id.
    sender.send(ids[1].clone()).unwrap();
    assert!(results.next().is_none());
    drop((sender, results));
    assert_dropped(&threads, Duration::from_secs(5));
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn a_panic_of_the_ids_is_passed_on() {
    let (fake, ids) = many(1);
    let client = patient(&fake);
    let ids = ids.into_iter().chain(iter::from_fn(|| panic!("on purpose")));
    let mut results = client.get_many(ids, JOBS);
    let panic = loop {
        match catch_unwind(AssertUnwindSafe(|| results.next())) {
            Ok(result) => assert!(result.is_some_and(|result| result.is_ok())),
            Err(panic) => break panic,
        }
    };
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    assert!(results.next().is_none());
}
