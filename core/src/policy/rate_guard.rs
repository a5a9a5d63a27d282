//! Rate guard: spaces requests at the pace that the service allows, and keeps 429 responses from
//! getting the caller's IP address blocked.
//!
//! The service blocks an IP address after 25 responses with status 429 within five minutes. Every
//! request in flight may become one.
//!
//! | most recent event             | requests allowed                                                |
//! |-------------------------------|-----------------------------------------------------------------|
//! | no refusal so far             | a few [in flight](InFlight), and more with each response        |
//! | a refusal (a 429)             | none until the [`Pause`] has passed, then one at a time         |
//! | a request let through since   | at the [`Pace`] that was let through, which grows slowly        |
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

/// The rate guard: spaces requests at the pace that the service allows, and keeps 429 responses from
/// getting the caller's IP address blocked.
///
/// Cheap to clone; clones share their state. Each [`Api`](crate::Api) has a guard, and its clones
/// share it. The service counts by IP address, so a program with several accounts gives all of its
/// `Api`s one guard ([`Api::with_guard`](crate::Api::with_guard)).
///
/// # How the pace is learned
///
/// - **At the start** at most 3 requests are in flight. The limit grows by one with every 30
///   responses, up to 8, and then with every 2,000 responses, up to 20. There is no pace yet.
/// - **After a 429** nothing is sent for the time of `Retry-After`, plus up to 3 s at random, so that
///   clients that received the same time return spread out. Without `Retry-After` the pauses are
///   3 s, 15 s, 40 s, 2 min, and then 5 min. They apply as well if `Retry-After` proves too short. One
///   of more than an hour is not believed, and the next request is sent after 5 min.
/// - **Then** one request at a time is sent, until one is let through. From there on, requests are
///   evenly spread at a pace that is 6 % or more below the rate of the minute before the 429.
/// - **The pace grows** while callers wait for it: slowly up to the rate that led to the 429, and
///   faster beyond it, so a raised limit is found. Each further 429 lowers the pace again. If the
///   first 429 comes within a minute, the first pace may be far too low. Then it doubles with as many
///   requests as were let through before that 429.
///
/// A 429 costs a pause, a slower pace, and one of the 25 that block the IP address. It uses up no
/// retries. From the seventh 429 within five minutes on, each pause lasts at least a minute. After the
/// tenth, nothing is sent until the oldest of them is five minutes old.
///
/// The service counts the 429s that it sends, not those that are read. A request that times out,
/// breaks off or is dropped may have been answered with one. So it counts as a 429 if it follows one.
/// Without one before it, six count at once, if six in a row or many of the last responses were not
/// seen. If their share stays the same at a slower pace, they are put down to chance.
///
/// # A known rate
///
/// [`Api::with_rate`](crate::Api::with_rate) sets a limit that is known. Then requests are evenly
/// spread below it from the start, and there is no 429. If there is one nonetheless, for example
/// because other clients use the same limit, the pace is learned as above. The rate is not part of the
/// saved state: each process spreads its own requests.
///
/// # Which requests it covers
///
/// A guard covers one process: all `Api`s that share it. Several processes behind one IP address can
/// share its state: each calls [`restore`](Self::restore) before a step of a flow and
/// [`save`](Self::save) after it, while it holds a lock. The terminal program does so with a file, so
/// its processes of one user on one machine count as one.
///
/// # Limits of the guard
///
/// - It does not see the requests of other programs, users and machines behind the same IP address.
///   Their 429s count for the block. Guards that share nothing each learn their part of the rate by
///   429s of their own. Two of them stay below the block in the simulation, four can reach it.
/// - If 429s never arrive, are rare and isolated, they look like responses that are lost by chance.
/// - Requests in flight cannot be called back: each of them may become a 429 as well. The higher the
///   latency and the rate, the more of them there are.
///
/// # Example
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
            lock(&self.state).replace(read, now);
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
    pub(crate) fn refused_for(&self, now: Now) -> Duration {
        lock(&self.state).refused_for(now)
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
