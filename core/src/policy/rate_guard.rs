//! Rate-limit guard: keeps 429 responses from getting the caller's IP address blocked.
//!
//! The server blocks an IP address after 25 responses with status 429 within five minutes. Every
//! in-flight request may become one. The guard therefore limits in-flight requests plus recent
//! 429s to [`MAX_IN_FLIGHT`], and stops sending at [`MAX_429_IN_WINDOW`].
//!
//! | most recent event                | requests allowed                                           |
//! |----------------------------------|------------------------------------------------------------|
//! | any other response               | `MAX_IN_FLIGHT` minus the 429s of the last five minutes    |
//! | a 429                            | none until `Retry-After` has passed, then one at a time    |
//! | the tenth 429 in five minutes    | none until the oldest of them leaves the window            |
//!
//! A caller acquires a [`Permit`] before it sends and drops it after the response.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, mem};

use crate::{Now, Wait, WaitReason};

/// The service blocks an IP address after 25 responses with status 429 within this time, until its
/// support lifts the block.
const WINDOW: Duration = Duration::from_secs(300);
/// The number of 429s within the window that the service calls "close to the threshold". The guard
/// then stops sending.
const MAX_429_IN_WINDOW: usize = 10;
/// Limit on in-flight requests plus recent 429s. The margin to 25 covers 429s whose responses are
/// lost.
const MAX_IN_FLIGHT: usize = 20;
/// Polling interval for a free slot. Multiplied by the number of waiters per slot.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The core cannot wake sleepers, so a free slot goes to the first caller that polls, even a new one.
/// A caller that has waited for this time takes precedence over new callers.
const PRIORITY_AFTER: Duration = Duration::from_millis(250);
/// A permit expires after this time, so that a call that is kept but not driven does not block all
/// others. It is twice the adapters' time limit for an attempt.
const PERMIT_LIFETIME: Duration = Duration::from_secs(60);
/// The longest `Retry-After` that the guard and the flows honor, so that one absurd response does not
/// silence a program.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The state of the service's rate limit, shared by all flows of one [`Api`](crate::Api).
#[derive(Debug, Default)]
pub(crate) struct RateGuard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Nothing is sent before this time.
    not_before: Now,
    /// The times of the 429s within the window, oldest first.
    limited: VecDeque<Now>,
    /// The number of 429s since the last other response.
    in_a_row: u32,
    /// The times at which the permits in flight were acquired. At most `MAX_IN_FLIGHT`.
    in_flight: Vec<Now>,
    /// The number of calls that wait for a permit.
    waiting: usize,
    /// The number of calls that have waited for `PRIORITY_AFTER`, and for which slots are reserved.
    overdue: usize,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("not_before", &self.not_before)
            .field("limited", &self.limited.len())
            .finish_non_exhaustive()
    }
}

impl State {
    /// Returns the time until any request may be sent.
    fn pause(&mut self, now: Now) -> Option<Duration> {
        while self.limited.front().is_some_and(|&at| at + WINDOW <= now) {
            self.limited.pop_front();
        }
        // The window has room once the oldest of the last `MAX_429_IN_WINDOW` leaves it.
        let full =
            self.limited.len().checked_sub(MAX_429_IN_WINDOW).and_then(|oldest| self.limited.get(oldest));
        let drained = full.map_or(Now::ORIGIN, |&at| at + WINDOW);
        Some(self.not_before.max(drained).since(now)).filter(|pause| !pause.is_zero())
    }

    /// Returns the current limit on requests in flight.
    fn max_in_flight(&self) -> usize {
        // After a 429, send one request at a time until the service accepts one.
        if self.in_a_row > 0 { 1 } else { MAX_IN_FLIGHT - self.limited.len().min(MAX_IN_FLIGHT) }
    }

    /// Returns whether another request may be sent, with `reserved` slots kept for other callers.
    fn has_room(&mut self, reserved: usize, now: Now) -> bool {
        let max = self.max_in_flight();
        if self.in_flight.len() + reserved >= max {
            self.in_flight.retain(|acquired| now.since(*acquired) < PERMIT_LIFETIME);
        }
        self.in_flight.len() + reserved < max
    }

    fn enter(&mut self, state: PermitState) {
        match state {
            PermitState::Acquired(acquired) => self.in_flight.push(acquired),
            PermitState::Waiting => self.waiting += 1,
            PermitState::Overdue => self.overdue += 1,
        }
    }

    fn leave(&mut self, state: PermitState) {
        match state {
            // Permits of the same time expire together, so removing any of them is equivalent. An
            // expired one is already removed.
            PermitState::Acquired(acquired) => {
                if let Some(index) = self.in_flight.iter().position(|at| *at == acquired) {
                    self.in_flight.swap_remove(index);
                }
            }
            PermitState::Waiting => self.waiting -= 1,
            PermitState::Overdue => self.overdue -= 1,
        }
    }
}

impl RateGuard {
    /// Returns the time until any request may be sent.
    pub(crate) fn pause(&self, now: Now) -> Option<Duration> {
        lock(&self.0).pause(now)
    }

    /// Acquires a permit, or returns how long to wait before the next attempt. Between attempts,
    /// `permit` holds the start of the wait.
    pub(crate) fn try_acquire(&self, permit: &mut Option<Permit>, now: Now) -> Result<(), Wait> {
        let mut state = lock(&self.0);
        if let Some(pause) = state.pause(now) {
            return Err(Wait::new(pause, WaitReason::RateLimited));
        }
        let since = permit.as_ref().map_or(now, |permit| permit.since);
        let overdue = now.since(since) >= PRIORITY_AFTER;
        // Reserve half of the slots. Reserving all would leave them empty until the last sleeper polls.
        let reserved = if overdue { 0 } else { state.overdue.min(state.max_in_flight().div_ceil(2)) };
        let next = match overdue {
            _ if state.has_room(reserved, now) => PermitState::Acquired(now),
            true => PermitState::Overdue,
            false => PermitState::Waiting,
        };
        state.enter(next);
        match permit {
            Some(permit) => state.leave(mem::replace(&mut permit.state, next)),
            None => *permit = Some(Permit { guard: Arc::clone(&self.0), since, state: next }),
        }
        if matches!(next, PermitState::Acquired(_)) {
            return Ok(());
        }
        let rounds = 1 + (state.waiting + state.overdue) / MAX_IN_FLIGHT;
        let interval = POLL_INTERVAL.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX));
        Err(Wait::new(interval, WaitReason::ConcurrencyLimit))
    }

    /// Records a 429.
    pub(crate) fn on_rate_limited(&self, retry_after: Option<Duration>, now: Now) {
        let mut state = lock(&self.0);
        state.limited.push_back(now);
        state.in_a_row = state.in_a_row.saturating_add(1);
        // Without `Retry-After`, the service recommends 2, 4, 8, 16, 32 s.
        let recommended = Duration::from_secs(1 << state.in_a_row.min(5));
        let pause = retry_after.unwrap_or(recommended).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        state.not_before = state.not_before.max(now + pause);
    }

    /// Records any other response.
    pub(crate) fn on_response(&self) {
        lock(&self.0).in_a_row = 0;
    }
}

/// The permit to send one request, or a place among the callers that wait for one. Released on drop.
#[derive(Debug)]
pub(crate) struct Permit {
    guard: Arc<Mutex<State>>,
    /// The time of the first attempt to acquire it.
    since: Now,
    state: PermitState,
}

#[derive(Clone, Copy, Debug)]
enum PermitState {
    /// Acquired at this time.
    Acquired(Now),
    Waiting,
    Overdue,
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.guard).leave(self.state);
    }
}

/// Ignores poisoning: no critical section leaves the state half updated.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
