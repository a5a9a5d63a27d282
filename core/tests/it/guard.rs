//! The rate guard with many flows, in simulated time.
#![allow(clippy::disallowed_macros, reason = "the simulation prints its figures")]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use brightdata_sessions::{Api, Call, Flow, GetSession, RetryPolicy, Step, TransportErrorKind};

use crate::support::drive::{ID, Outcome, api, at, response, session};

const SECOND: Duration = Duration::from_secs(1);

fn call(api: &Api) -> Call<GetSession> {
    api.get(&ID.parse().unwrap())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

/// A server that accepts `per_minute` requests in any minute and responds with 429 to the others.
/// The real one blocks an IP address after 25 such responses in five minutes.
struct Server {
    per_minute: usize,
    sends_retry_after: bool,
    accepted: VecDeque<Duration>,
    limited: VecDeque<Duration>,
    /// The maximum number of 429s in five minutes so far.
    max_limited: usize,
}

impl Server {
    fn respond(&mut self, now: Duration) -> Outcome {
        forget(&mut self.accepted, now, 60 * SECOND);
        if self.accepted.len() < self.per_minute {
            self.accepted.push_back(now);
            return session();
        }
        forget(&mut self.limited, now, 300 * SECOND);
        self.limited.push_back(now);
        self.max_limited = self.max_limited.max(self.limited.len());
        let free = (*self.accepted.front().unwrap() + 60 * SECOND - now).as_secs() + 1;
        let retry_after = free.to_string();
        let headers = [("retry-after", retry_after.as_str())];
        response(429, if self.sends_retry_after { &headers } else { &[] }, "")
    }
}

fn forget(times: &mut VecDeque<Duration>, now: Duration, after: Duration) {
    while times.front().is_some_and(|&time| time + after <= now) {
        times.pop_front();
    }
}

enum Event {
    Step,
    Arrive,
    Return(Outcome),
}

/// The figures of a run.
#[derive(Default)]
struct Figures {
    max_limited: usize,
    requests: usize,
    good: usize,
    max_in_flight: usize,
}

/// Simulates 1,000 flows of one `Api`. All begin within ten seconds, and the server accepts a
/// random number of requests per minute.
fn run(seed: u64) -> Figures {
    let mut random = Random(seed);
    let per_minute = 1 + random.below(200) as usize;
    let sends_retry_after = random.below(2) == 0;
    let slowest = 2 + random.below(3000);
    let lost = random.below(3);
    let mut server = Server {
        per_minute,
        sends_retry_after,
        accepted: VecDeque::new(),
        limited: VecDeque::new(),
        max_limited: 0,
    };
    let limit = Duration::from_secs(30 + random.below(300));
    let retry = RetryPolicy::default().with_retries(random.below(4) as u32).with_time_limit(limit);
    let api = api().with_seed(seed).with_retry(retry);

    let mut calls: Vec<_> = (0..1000).map(|_| call(&api)).collect();
    // Ordered by time, then by creation.
    let mut queue = BinaryHeap::new();
    let mut events: Vec<Option<Event>> = Vec::new();
    let plan = |queue: &mut BinaryHeap<_>, events: &mut Vec<_>, at: Duration, flow: usize, event: Event| {
        queue.push(Reverse((at, events.len(), flow)));
        events.push(Some(event));
    };
    for flow in 0..calls.len() {
        plan(&mut queue, &mut events, random.millis(0, 10_000), flow, Event::Step);
    }
    let mut figures = Figures::default();
    let mut in_flight = 0;
    while let Some(Reverse((now, event, flow))) = queue.pop() {
        match events[event].take().unwrap() {
            Event::Step => match calls[flow].step(at(now)) {
                Step::Send(_) => {
                    figures.requests += 1;
                    in_flight += 1;
                    figures.max_in_flight = figures.max_in_flight.max(in_flight);
                    plan(&mut queue, &mut events, now + random.millis(1, slowest), flow, Event::Arrive);
                }
                Step::Wait(wait) => plan(&mut queue, &mut events, now + wait.duration, flow, Event::Step),
                Step::Yield(item) => figures.good += usize::from(item.is_ok()),
                Step::Done => {}
            },
            Event::Arrive => {
                let mut outcome = server.respond(now);
                // The server has counted the request, but its response is lost.
                if random.below(100) < lost {
                    outcome = Err(TransportErrorKind::Connection.into());
                }
                plan(&mut queue, &mut events, now + random.millis(1, slowest), flow, Event::Return(outcome));
            }
            Event::Return(outcome) => {
                in_flight -= 1;
                calls[flow].receive(outcome, at(now));
                plan(&mut queue, &mut events, now, flow, Event::Step);
            }
        }
    }
    figures.max_limited = server.max_limited;
    figures
}

fn simulate(runs: u64) {
    let mut all = Figures::default();
    for seed in 0..runs {
        let figures = run(seed);
        assert!(figures.max_limited < 25, "seed {seed}: {} 429s in five minutes", figures.max_limited);
        all.max_limited = all.max_limited.max(figures.max_limited);
        all.max_in_flight = all.max_in_flight.max(figures.max_in_flight);
        all.requests += figures.requests;
        all.good += figures.good;
    }
    println!(
        "{runs} runs of 1000 flows: {} requests, {} good responses, at most {} in flight, at most {} 429s in five minutes",
        all.requests, all.good, all.max_in_flight, all.max_limited
    );
    assert!(all.good > 0 && all.max_in_flight <= 20);
}

#[test]
fn a_thousand_flows_are_never_blocked() {
    simulate(40);
}

/// `cargo test --release -p brightdata-sessions --test guard -- --ignored --nocapture`
#[test]
#[ignore = "takes a few minutes"]
fn a_thousand_flows_are_never_blocked_in_ten_thousand_runs() {
    simulate(10_000);
}

fn limited(retry_after: &str) -> Outcome {
    response(429, &[("retry-after", retry_after)], "")
}

fn sends(call: &mut Call<GetSession>, now: Duration) -> bool {
    matches!(call.step(at(now)), Step::Send(_))
}

/// Returns an `Api` for a service without a limit, so that 20 requests may be in flight from the start.
fn unlimited() -> Api {
    api().with_rate(u32::MAX, SECOND).unwrap()
}

#[test]
fn three_requests_are_in_flight_at_first_and_20_later() {
    let api = api();
    let in_flight = |now: Duration| {
        let mut calls: Vec<_> = (0..30).map(|_| call(&api)).collect();
        let sent: Vec<_> = calls.iter_mut().filter_map(|call| sends(call, now).then_some(call)).collect();
        let count = sent.len();
        sent.into_iter().for_each(|call| call.receive(session(), at(now)));
        count
    };
    let counts: Vec<_> = (0..10_000).map(|_| in_flight(Duration::ZERO)).collect();
    // Ten times 3, then one more with each 30 responses up to 8, and with each 2,000 up to 20.
    assert_eq!(counts[..11], [[3; 10].as_slice(), &[4]].concat());
    assert_eq!(counts.iter().filter(|count| **count < 8).count(), 10 + 8 + 6 + 5 + 4);
    assert!(counts.is_sorted() && counts.contains(&9) && counts.last() == Some(&20), "{counts:?}");
}

#[test]
fn at_most_20_requests_are_in_flight() {
    let api = unlimited();
    let mut calls: Vec<_> = (0..30).map(|_| call(&api)).collect();
    let sent: Vec<_> = calls.iter_mut().map(|call| sends(call, Duration::ZERO)).collect();
    assert_eq!(sent, [[true; 20].as_slice(), &[false; 10]].concat());
    // After one response, the first call that polls takes the slot.
    calls[7].receive(session(), at(SECOND));
    assert!(sends(&mut calls[25], SECOND));
    assert!(!sends(&mut calls[20], SECOND));
}

#[test]
fn the_polling_interval_grows_with_the_number_of_waiters() {
    let api = unlimited();
    let mut calls: Vec<_> = (0..65).map(|_| call(&api)).collect();
    let delays: Vec<_> = calls
        .iter_mut()
        .filter_map(|call| match call.step(at(Duration::ZERO)) {
            Step::Wait(wait) => Some(wait.duration.as_millis()),
            _ => None,
        })
        .collect();
    // At first an exchange is expected to take 100 ms. The fifth and later callers poll early.
    assert_eq!((delays.len(), &delays[..6]), (45, [5, 10, 15, 20, 18, 22].as_slice()));
    assert!(delays[4..].is_sorted() && delays.last() == Some(&168), "{delays:?}");
}

#[test]
fn a_dropped_call_releases_its_permit() {
    let (api, mut calls) = full();
    let mut waiting = call(&api);
    assert!(!sends(&mut waiting, Duration::ZERO));
    drop(calls.split_off(19));
    assert!(sends(&mut waiting, SECOND));
}

/// Returns an `Api` with 20 requests in flight.
fn full() -> (Api, Vec<Call<GetSession>>) {
    let api = unlimited();
    let mut calls: Vec<_> = (0..20).map(|_| call(&api)).collect();
    assert!(calls.iter_mut().all(|call| sends(call, Duration::ZERO)));
    (api, calls)
}

#[test]
fn a_free_slot_goes_to_the_first_caller_that_polls() {
    let (api, mut calls) = full();
    let (mut first, mut later) = (call(&api), call(&api));
    assert!(!sends(&mut first, Duration::ZERO));
    calls[0].receive(session(), at(SECOND));
    assert!(sends(&mut later, SECOND));
    assert!(!sends(&mut first, SECOND));
}

#[test]
fn a_caller_takes_precedence_after_250_ms() {
    const PRIORITY_AFTER: Duration = Duration::from_millis(250);
    let (api, mut calls) = full();
    let (mut first, mut second) = (call(&api), call(&api));
    assert!(!sends(&mut first, Duration::ZERO));
    assert!(!sends(&mut second, Duration::from_nanos(1)));
    assert!(!sends(&mut first, PRIORITY_AFTER));
    assert!(!sends(&mut second, PRIORITY_AFTER));
    calls[0].receive(session(), at(PRIORITY_AFTER));
    assert!(!sends(&mut call(&api), PRIORITY_AFTER), "the only free slot is reserved for a waiter");
    assert!(!sends(&mut second, PRIORITY_AFTER));
    let later = PRIORITY_AFTER + Duration::from_nanos(1);
    // Now both have waited for 250 ms, and either may take the slot.
    assert!(sends(&mut second, later));
    calls[1].receive(session(), at(later));
    assert!(sends(&mut first, later));
    // Without waiters, no slot is reserved.
    calls[2].receive(session(), at(later));
    assert!(sends(&mut call(&api), later));
}

#[test]
fn at_most_half_of_the_slots_are_reserved_for_waiters() {
    let (api, mut calls) = full();
    let mut waiting: Vec<_> = (0..11).map(|_| call(&api)).collect();
    for now in [Duration::ZERO, SECOND] {
        assert!(waiting.iter_mut().all(|call| !sends(call, now)));
    }
    for call in &mut calls[..10] {
        call.receive(session(), at(SECOND));
    }
    let mut later = call(&api);
    assert!(!sends(&mut later, SECOND));
    calls[10].receive(session(), at(SECOND));
    assert!(sends(&mut later, SECOND));
    let sent = waiting.iter_mut().filter_map(|call| sends(call, SECOND).then_some(())).count();
    assert_eq!(sent, 10);
}

#[test]
fn a_dropped_waiter_reserves_no_slot() {
    let (api, mut calls) = full();
    let mut first = call(&api);
    assert!(!sends(&mut first, Duration::ZERO));
    assert!(!sends(&mut first, SECOND));
    calls[0].receive(session(), at(SECOND));
    assert!(!sends(&mut call(&api), SECOND));
    drop(first);
    assert!(sends(&mut call(&api), SECOND));
}

#[test]
fn a_waiter_past_its_time_limit_reserves_no_slot() {
    let (api, mut calls) = full();
    let mut waiting = call(&api.clone().with_retry(RetryPolicy::default().with_time_limit(60 * SECOND)));
    assert!(!sends(&mut waiting, Duration::ZERO));
    let late = 3600 * SECOND;
    assert!(matches!(waiting.step(at(late)), Step::Yield(Err(_))));
    calls[0].receive(session(), at(late));
    assert!(sends(&mut call(&api), late));
}

#[test]
fn one_request_at_a_time_is_sent_after_a_429() {
    let api = api();
    let mut calls: Vec<_> = (0..5).map(|_| call(&api)).collect();
    assert!(sends(&mut calls[0], Duration::ZERO));
    calls[0].receive(limited("10"), at(Duration::ZERO));
    assert!(calls.iter_mut().all(|call| !sends(call, 9 * SECOND)));
    let sent: Vec<_> = calls.iter_mut().map(|call| sends(call, 11 * SECOND)).collect();
    let probe = sent.iter().position(|sent| *sent).expect("one request is sent");
    assert_eq!(sent.iter().filter(|sent| **sent).count(), 1);
    // It may take longer than the pace.
    let mut probe = calls.remove(probe);
    assert!(calls.iter_mut().all(|call| !sends(call, 20 * SECOND)));
    probe.receive(session(), at(20 * SECOND));
    let sent = calls.iter_mut().map(|call| usize::from(sends(call, 20 * SECOND))).sum::<usize>();
    assert_eq!(sent, 1, "then requests are sent at the pace that was let through");
}

/// Returns how long another call waits until it may send, while the calls in flight are not driven.
fn wait_for(api: &Api, start: Duration) -> Duration {
    let mut other = call(api);
    let mut now = start;
    loop {
        match other.step(at(now)) {
            Step::Send(_) => return now - start,
            Step::Wait(wait) => now += wait.duration,
            step => panic!("{step:?} after {:?}", now - start),
        }
    }
}

#[test]
fn an_idle_call_in_flight_does_not_block_others() {
    const LIFETIME: Duration = Duration::from_secs(60);
    // After a 429, one request may be in flight.
    let api = api();
    let mut refused = call(&api);
    assert!(sends(&mut refused, Duration::ZERO));
    refused.receive(limited("1"), at(Duration::ZERO));
    let mut held = call(&api);
    assert!(sends(&mut held, 2 * SECOND));
    let waited = wait_for(&api, 2 * SECOND);
    assert!(waited >= LIFETIME && waited < LIFETIME + 30 * SECOND, "{waited:?}");

    let (full_api, in_flight) = full();
    assert_eq!(wait_for(&full_api, Duration::ZERO), LIFETIME);
    drop(in_flight);
}

#[test]
fn an_idle_waiting_call_does_not_block_others() {
    let (api, mut calls) = full();
    let mut retained: Vec<_> = (0..20).map(|_| call(&api)).collect();
    for now in [Duration::ZERO, SECOND] {
        assert!(retained.iter_mut().all(|call| !sends(call, now)));
    }
    for call in &mut calls {
        call.receive(session(), at(SECOND));
    }
    let mut later: Vec<_> = (0..20).map(|_| call(&api)).collect();
    for now in [SECOND, 2 * SECOND] {
        let _ = later.iter_mut().map(|call| sends(call, now)).collect::<Vec<_>>();
    }
    assert!(
        retained.iter_mut().all(|call| !sends(call, 2 * SECOND)),
        "all slots are taken by the calls that polled"
    );
}

#[test]
fn no_caller_starves_in_a_closed_loop_of_64() {
    let api = api();
    let mut random = Random(1);
    let mut callers: Vec<_> = (0..64).map(|_| (call(&api), 0_u32)).collect();
    let mut queue: BinaryHeap<_> = (0..64).map(|caller| Reverse((Duration::ZERO, caller, false))).collect();
    while let Some(Reverse((now, caller, returns))) = queue.pop() {
        if now > 60 * SECOND {
            break;
        }
        let (call, done) = &mut callers[caller];
        if returns {
            call.receive(session(), at(now));
        }
        match call.step(at(now)) {
            Step::Send(_) => queue.push(Reverse((now + random.millis(1, 100), caller, true))),
            Step::Wait(wait) => queue.push(Reverse((now + wait.duration, caller, false))),
            Step::Yield(item) => {
                item.unwrap();
                *done += 1;
                *call = self::call(&api);
                queue.push(Reverse((now, caller, false)));
            }
            Step::Done => unreachable!("each finished call is replaced"),
        }
    }
    let done: Vec<_> = callers.iter().map(|(_, done)| *done).collect();
    let (min, max) = (done.iter().min().unwrap(), done.iter().max().unwrap());
    assert!(*min > 100 && *max < min * 2, "{done:?}");
}

#[test]
fn a_rate_of_zero_is_rejected() {
    for (requests, per) in [(0, SECOND), (1, Duration::ZERO)] {
        let error = api().with_rate(requests, per).unwrap_err();
        assert_eq!(error.to_string(), "invalid rate: zero requests, or zero time");
    }
}

#[test]
fn a_set_rate_spreads_requests_evenly() {
    let api = api().with_rate(2, 60 * SECOND).unwrap();
    let mut sent = Vec::new();
    let mut now = Duration::ZERO;
    for _ in 0..4 {
        let mut next = call(&api);
        while let Step::Wait(wait) = next.step(at(now)) {
            now += wait.duration;
        }
        sent.push(now);
        now += SECOND;
        next.receive(session(), at(now));
    }
    // A request counts until a minute after its response, and a little longer.
    assert_eq!(sent[..2], [Duration::ZERO, 30 * SECOND]);
    assert!(sent[2] >= 61 * SECOND && sent[2] < 63 * SECOND && sent[3] >= 91 * SECOND, "{sent:?}");
}
