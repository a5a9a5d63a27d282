//! The saved state of a rate guard, which several processes share.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Api, Call, Flow, GetSession, GuardState, RateGuard, Step};

use crate::support::drive::{ID, Outcome, api, at, response, session};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A process with its own origin of time.
struct Process {
    api: Api,
    /// The wall clock at the origin.
    origin: SystemTime,
}

impl Process {
    /// Starts `after` a fixed time.
    fn start(after: Duration) -> Self {
        // The origin is a day before the start, as with `Api::now`.
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + after;
        Self { api: api(), origin: start - DAY }
    }

    /// Returns the time since the origin, `after` the fixed time.
    fn now(&self, after: Duration) -> Duration {
        let clock = self.clock(after);
        clock.duration_since(self.origin).unwrap()
    }

    fn clock(&self, after: Duration) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + after
    }

    fn call(&self) -> Call<GetSession> {
        self.api.get(&ID.parse().unwrap())
    }

    fn save(&self, after: Duration) -> GuardState {
        self.api.guard().save(at(self.now(after)), self.clock(after))
    }

    fn restore(&self, state: &GuardState, after: Duration) {
        assert!(self.api.guard().restore(state, at(self.now(after)), self.clock(after)));
    }
}

fn limited() -> Outcome {
    response(429, &[("retry-after", "60")], "")
}

fn wait(call: &mut Call<GetSession>, now: Duration) -> Option<Duration> {
    match call.step(at(now)) {
        Step::Wait(wait) => Some(wait.duration),
        Step::Send(_) => None,
        step => panic!("{step:?}"),
    }
}

#[test]
fn another_process_waits_for_the_same_pause() {
    let first = Process::start(Duration::ZERO);
    let mut refused = first.call();
    assert_eq!(wait(&mut refused, first.now(SECOND)), None);
    refused.receive(limited(), at(first.now(2 * SECOND)));
    let pause = wait(&mut first.call(), first.now(2 * SECOND)).unwrap();
    assert!(pause >= 60 * SECOND, "{pause:?}");

    let second = Process::start(10 * SECOND);
    second.restore(&first.save(2 * SECOND), 12 * SECOND);
    assert_eq!(wait(&mut second.call(), second.now(12 * SECOND)), Some(pause - 10 * SECOND));
}

#[test]
fn a_request_in_flight_counts_in_all_processes_until_it_ends() {
    let (first, second) = (Process::start(Duration::ZERO), Process::start(Duration::from_nanos(7_654_321)));
    let mut in_flight: Vec<_> = (0..3).map(|_| first.call()).collect();
    for call in &mut in_flight {
        assert_eq!(wait(call, first.now(SECOND)), None);
    }
    second.restore(&first.save(SECOND), SECOND);
    assert!(wait(&mut second.call(), second.now(SECOND)).is_some());

    first.restore(&second.save(SECOND), SECOND);
    for call in &mut in_flight {
        call.receive(session(), at(first.now(2 * SECOND)));
    }
    second.restore(&first.save(2 * SECOND), 2 * SECOND);
    let mut calls: Vec<_> = (0..3).map(|_| second.call()).collect();
    assert!(calls.iter_mut().all(|call| wait(call, second.now(2 * SECOND)).is_none()));
}

#[test]
fn a_state_that_was_read_is_written_unchanged() {
    let first = Process::start(Duration::ZERO);
    let mut calls: Vec<_> = (0..3).map(|_| first.call()).collect();
    assert!(calls.iter_mut().all(|call| wait(call, first.now(SECOND)).is_none()));
    for (call, outcome) in calls.iter_mut().zip([session(), limited(), limited()]) {
        call.receive(outcome, at(first.now(2 * SECOND)));
    }
    let mut state = first.save(3 * SECOND);
    let json = serde_json::to_string(&state).unwrap();
    assert!(json.len() < 4096, "{json}");
    for nanos in [1, 999_999_999, 123_456_789] {
        let other = Process::start(Duration::from_nanos(nanos));
        other.restore(&serde_json::from_str(&json).unwrap(), 3 * SECOND);
        state = other.save(3 * SECOND);
        assert_eq!(serde_json::to_string(&state).unwrap(), json);
    }
}

#[test]
fn an_invalid_state_changes_nothing() {
    let first = Process::start(Duration::ZERO);
    let mut refused = first.call();
    assert_eq!(wait(&mut refused, first.now(SECOND)), None);
    refused.receive(limited(), at(first.now(2 * SECOND)));
    let state = first.save(2 * SECOND);
    let numbers: Vec<u64> = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    let with = |index: usize, number: u64| {
        let mut numbers = numbers.clone();
        numbers[index] = number;
        numbers
    };
    let (shorter, longer) = (numbers[1..].to_vec(), [numbers.as_slice(), &[0]].concat());
    let invalid = [Vec::new(), vec![1], shorter, longer, with(0, 2), with(1, u64::MAX), vec![1; 100_000]];
    for numbers in invalid {
        let state: GuardState = serde_json::from_str(&serde_json::to_string(&numbers).unwrap()).unwrap();
        assert!(!first.api.guard().restore(&state, at(first.now(2 * SECOND)), first.clock(2 * SECOND)));
    }
    assert_eq!(first.save(2 * SECOND), state);
}

#[test]
fn no_list_of_numbers_leads_to_a_panic_or_a_long_pause() {
    let first = Process::start(Duration::ZERO);
    let mut refused = first.call();
    assert_eq!(wait(&mut refused, first.now(SECOND)), None);
    refused.receive(limited(), at(first.now(2 * SECOND)));
    let numbers: Vec<u64> =
        serde_json::from_str(&serde_json::to_string(&first.save(2 * SECOND)).unwrap()).unwrap();
    for index in 1..numbers.len() {
        for number in [0, 1, 2, 3, 20, 1 << 31, u64::from(u32::MAX), 4_600_000_000_000_000_000, u64::MAX] {
            let mut numbers = numbers.clone();
            numbers[index] = number;
            let state: GuardState = serde_json::from_str(&serde_json::to_string(&numbers).unwrap()).unwrap();
            let other = Process::start(Duration::ZERO);
            let guard = RateGuard::default();
            guard.restore(&state, at(other.now(3 * SECOND)), other.clock(3 * SECOND));
            let mut call = other.api.clone().with_guard(guard).get(&ID.parse().unwrap());
            let (mut now, mut sent) = (other.now(3 * SECOND), 0);
            while sent < 3 && now < other.now(3 * 3600 * SECOND) {
                match call.step(at(now)) {
                    Step::Send(_) => {
                        sent += 1;
                        now += SECOND;
                        let outcome = if sent == 1 { limited() } else { response(503, &[], "") };
                        call.receive(outcome, at(now));
                    }
                    Step::Wait(wait) => now += wait.duration,
                    Step::Yield(_) | Step::Done => break,
                }
            }
            assert!(now < other.now(3 * 3600 * SECOND), "{index}: {number}");
        }
    }
}

#[test]
fn a_killed_process_delays_others_for_five_seconds() {
    let (killed, next) = (Process::start(Duration::ZERO), Process::start(SECOND));
    let mut in_flight: Vec<_> = (0..3).map(|_| killed.call()).collect();
    assert!(in_flight.iter_mut().all(|call| wait(call, killed.now(SECOND)).is_none()));
    let state = killed.save(SECOND);
    let mut call = next.call();
    for (after, is_sent) in [(2, false), (5, false), (6, true)] {
        next.restore(&state, after * SECOND);
        assert_eq!(wait(&mut call, next.now(after * SECOND)).is_none(), is_sent, "{after}");
    }
}

#[test]
fn a_clock_that_was_set_back_makes_a_state_invalid() {
    let first = Process::start(Duration::ZERO);
    let mut refused = first.call();
    assert_eq!(wait(&mut refused, first.now(3600 * SECOND)), None);
    refused.receive(limited(), at(first.now(3600 * SECOND)));
    let state = first.save(3600 * SECOND);
    let (now, clock) = (first.now(SECOND), first.clock(SECOND));
    assert!(!first.api.guard().restore(&state, at(now), clock));
}
