//! Rate guard: finishes every job at the pace that the service allows, and keeps 429 responses from
//! getting the caller's IP address blocked.
//!
//! The service blocks an IP address after 25 responses with status 429 within five minutes. Every
//! request in flight may become one.
//!
//! | most recent event             | requests allowed                                                |
//! |-------------------------------|-----------------------------------------------------------------|
//! | none                          | a few [in flight](InFlight), and more with each response        |
//! | a refusal (a 429)             | none until the [`Pause`] has passed, then one at a time         |
//! | a request was let through     | at the [`Pace`] that was let through, which grows slowly        |
//! | the tenth 429 in five minutes | none until the oldest of them leaves the window                 |
//!
//! A rate that the user set is a [`Quota`]. Responses that were not seen may be 429s: see [`Losses`].
//!
//! A caller acquires a [`Permit`] before it sends. Callers wait in the order of their tickets: each
//! waits until its turn, which the pace and the number of callers before it determine.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use self::in_flight::InFlight;
use self::losses::Losses;
use self::pace::Pace;
use self::pause::Pause;
use self::quota::Quota;
use self::saved::Codec;
use self::state::State;
use crate::{Now, Wait};

pub(crate) use self::pause::LONGEST_PAUSE;
pub(crate) use self::permit::Permit;
pub use self::saved::GuardState;

mod in_flight;
mod losses;
mod measure;
mod pace;
mod pause;
mod permit;
mod quota;
mod recent;
mod saved;
mod state;

/// The time of the first instant. Earlier times, which another process saved, have room before it.
const ROOM: Duration = Duration::from_secs(24 * 60 * 60);

/// The rate guard: finishes every job at the pace that the service allows, and keeps 429 responses
/// from getting the caller's IP address blocked.
///
/// Cheap to clone; clones share their state. Each [`Api`](crate::Api) has a guard, and its clones
/// share it. The service counts by IP address, so a program with several accounts gives all of its
/// `Api`s one guard ([`Api::with_guard`](crate::Api::with_guard)).
///
/// A guard covers one process. Several processes behind one IP address can share its state: each
/// calls [`restore`](Self::restore) before a step of a flow and [`save`](Self::save) after it, while
/// it holds a lock. The terminal program does so with a file.
///
/// ```
/// use std::time::SystemTime;
/// use brightdata_sessions::{Api, ApiKey, Now, RateGuard};
///
/// let guard = RateGuard::default();
/// let first = Api::new(ApiKey::new("0123456789abcdef")?).with_guard(guard.clone());
/// let second = Api::new(ApiKey::new("fedcba9876543210")?).with_guard(guard.clone());
///
/// // Another process, or this one after a restart, continues at the pace that was learned.
/// let state = guard.save(Now::ORIGIN, SystemTime::now());
/// let json = serde_json::to_string(&state)?;
/// let other = RateGuard::default();
/// assert!(other.restore(&serde_json::from_str(&json)?, Now::ORIGIN, SystemTime::now()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RateGuard {
    state: Arc<Mutex<State>>,
    /// The first instant that any clone was given. All times count from it.
    origin: Arc<OnceLock<Instant>>,
}

impl RateGuard {
    /// Returns the state in wall-clock time. `clock` is the wall clock at `now`.
    ///
    /// The state includes neither a rate that was set ([`Api::with_rate`](crate::Api::with_rate)) nor
    /// the callers that wait.
    pub fn save(&self, now: Now, clock: SystemTime) -> GuardState {
        let mut state = lock(&self.state);
        state.forget(now);
        Codec::write(now, clock, |codec| state.code(codec))
    }

    /// Replaces the state with a saved one. `clock` is the wall clock at `now`.
    ///
    /// Returns whether the saved state is valid. An invalid one, such as that of another version,
    /// changes nothing. A time before the origin of `now` becomes the origin;
    /// [`Api::now`](crate::Api::now) leaves a day of room before the first instant.
    pub fn restore(&self, saved: &GuardState, now: Now, clock: SystemTime) -> bool {
        let mut read = State::default();
        let is_valid = Codec::read(saved, now, clock, |codec| read.code(codec));
        if is_valid {
            lock(&self.state).replace(read);
        }
        is_valid
    }

    /// Sets the rate. Neither argument is zero.
    pub(crate) fn set_rate(&self, requests: u32, per: Duration) {
        lock(&self.state).set_quota(Quota::new(requests, per));
    }

    /// Converts an instant: see [`Api::now`](crate::Api::now).
    pub(crate) fn now(&self, now: Instant) -> Now {
        let elapsed = now.saturating_duration_since(*self.origin.get_or_init(|| now));
        Now::from(ROOM) + elapsed
    }

    /// Returns the time until any request may be sent.
    pub(crate) fn pause(&self, now: Now) -> Option<Duration> {
        lock(&self.state).pause(now)
    }

    /// Returns for how long the service will have refused all requests when the next one may be sent.
    pub(crate) fn drought(&self, now: Now) -> Duration {
        lock(&self.state).drought(now)
    }

    /// Acquires a permit, or returns how long to wait before the next attempt. Between attempts,
    /// `permit` holds the caller's turn.
    pub(crate) fn try_acquire(&self, permit: &mut Option<Permit>, now: Now) -> Result<(), Wait> {
        permit.get_or_insert_with(|| Permit::new(&self.state, now)).acquire(now)
    }
}

/// Ignores poisoning: no critical section leaves the state half updated.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
