//! The saved state of a rate guard, which a program reads from a file that others write.

use std::time::{Duration, SystemTime};

use arbitrary::{Arbitrary, Unstructured};
use brightdata_sessions::{Flow, GuardState, Now, RateGuard, RetryPolicy, Step};

use super::server_model::Outcome;
use super::{ID, api};

/// A guard that is used, and changes of its saved state.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) struct Guards {
    events: Vec<(Outcome, u16)>,
    changes: Vec<(u8, Change)>,
    /// In seconds, how far the clock of the other process is from that of the first.
    clock: i32,
    /// Whether the other process set a rate.
    has_rate: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Change {
    Number(u64),
    Float(f64),
    /// In milliseconds.
    Longer(i32),
    Removed,
    Added(u64),
}

/// A guard's own state is valid and stays the same when it is saved again. Any other state is
/// rejected and changes nothing, or is restored. The next request is sent within three hours,
/// whatever was restored, and however the clocks differ.
///
/// The input is decoded by `arbitrary`: exchanges of a guard, and changes of its saved state.
pub fn check(input: &[u8]) {
    if let Some(guards) = decode(input) {
        a_saved_state_is_restored_or_rejected(&guards);
    }
}

/// Decodes an input.
pub(crate) fn decode(input: &[u8]) -> Option<Guards> {
    Guards::arbitrary_take_rest(Unstructured::new(input)).ok()
}

/// The wall clock at [`ORIGIN`].
const CLOCK: Duration = Duration::from_secs(1_800_000_000);
const ORIGIN: Duration = Duration::from_secs(1000);
/// A state with a time of more than two hours in the future is invalid. The pace may add to that.
const LONGEST_WAIT: Duration = Duration::from_secs(3 * 60 * 60);

fn a_saved_state_is_restored_or_rejected(guards: &Guards) {
    let (guard, now) = used(&guards.events);
    let clock = SystemTime::UNIX_EPOCH + CLOCK + (now - ORIGIN);
    let saved = guard.save(now.into(), clock);
    let json = serde_json::to_string(&saved).unwrap();
    assert!(json.len() <= 4096, "a state of {} bytes", json.len());
    let saved = serde_json::from_str::<GuardState>(&json).unwrap();
    let copy = RateGuard::default();
    assert!(copy.restore(&saved, now.into(), clock), "a guard rejects the state of another: {json}");
    assert_eq!(serde_json::to_string(&copy.save(now.into(), clock)).unwrap(), json);

    let changed = changed(&json, &guards.changes);
    let clock = match guards.clock {
        ..0 => clock - Duration::from_secs(guards.clock.unsigned_abs().into()),
        _ => clock + Duration::from_secs(guards.clock.unsigned_abs().into()),
    };
    let before = copy.save(now.into(), clock);
    if !copy.restore(&changed, now.into(), clock) {
        assert_eq!(copy.save(now.into(), clock), before, "an invalid state changed the guard");
        return;
    }
    let api = api().with_guard(copy.clone()).with_retry(patient());
    let api = if guards.has_rate { api.with_rate(10, Duration::from_secs(1)).unwrap() } else { api };
    let mut call = api.get(&ID.parse().unwrap());
    let mut later = now;
    for _ in 0..10_000 {
        match call.step(later.into()) {
            Step::Send(_) => {
                assert!(later <= now + LONGEST_WAIT, "the next request waits for {:?}", later - now);
                return;
            }
            Step::Wait(wait) => later += wait.duration,
            step => panic!("a call that has not sent anything ends: {step:?}"),
        }
    }
    panic!("a call waits again and again, for {:?}", later - now);
}

/// Allows for any wait.
fn patient() -> RetryPolicy {
    RetryPolicy::default().with_time_limit(Duration::from_secs(1 << 30))
}

/// Returns a guard after some exchanges, and the time.
fn used(events: &[(Outcome, u16)]) -> (RateGuard, Duration) {
    let guard = RateGuard::default();
    let api = api().with_guard(guard.clone()).with_retry(patient());
    let mut now = ORIGIN;
    for (outcome, millis) in events.iter().take(64) {
        now += Duration::from_millis((*millis).into());
        let mut call = api.get(&ID.parse().unwrap());
        // A call that waits gives up its turn.
        if let Step::Send(request) = call.step(Now::from(now)) {
            now += Duration::from_millis((*millis / 7).into());
            if let Some(response) = outcome.response_to(&request) {
                call.receive(response, now.into());
            }
        }
    }
    (guard, now)
}

/// Returns a state with some of its numbers changed.
fn changed(json: &str, changes: &[(u8, Change)]) -> GuardState {
    let mut numbers: Vec<u64> = serde_json::from_str(json).unwrap();
    for (at, change) in changes {
        let at = usize::from(*at) % numbers.len().max(1);
        match (change, numbers.get_mut(at)) {
            (Change::Number(new), Some(number)) => *number = *new,
            (Change::Float(new), Some(number)) => *number = new.to_bits(),
            (Change::Longer(millis), Some(number)) => {
                *number = number.saturating_add_signed(i64::from(*millis) * 1_000_000);
            }
            (Change::Removed, Some(_)) => drop(numbers.remove(at)),
            (Change::Added(number), _) => numbers.insert(at, *number),
            (_, None) => {}
        }
    }
    serde_json::from_value(numbers.into()).unwrap()
}
