//! Keeps answers of 429 from blocking the caller's IP address.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, mem};

/// The service blocks an IP address after 25 answers of 429 within this time, until its support
/// lifts the block.
const WINDOW: Duration = Duration::from_secs(300);
/// At so many within the window it speaks of "close to the threshold": nothing more is sent.
const MOST_IN_WINDOW: usize = 10;
/// Any request that is under way may come back as a 429. So many, those in the window included,
/// leave room for a few whose answers are lost.
const MOST_AT_RISK: usize = 20;
/// How soon to look again for one that came back, where no more wait than can be let in; the more
/// wait, the later.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Who waits sleeps, and nobody here can wake them when a place is free. So that it does not stand
/// empty meanwhile, it goes to whoever looks first, newcomers too. Who waited for this long finds
/// places that others may not take.
const PATIENCE: Duration = Duration::from_millis(250);
/// A permit expires after this time, so that a call that is kept and not driven does not block all
/// others. Twice as long as the adapters allow for an attempt: a response that is later than that
/// is as good as lost.
const PERMIT_LIFETIME: Duration = Duration::from_secs(60);
/// The longest `Retry-After` that is believed, by the guard and by flows: one absurd response must
/// not silence a program.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// What all flows of one [`Api`](crate::Api) know of the service's rate limit.
#[derive(Debug, Default)]
pub(crate) struct Guard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Nothing is sent before this time.
    not_before: Duration,
    /// When answers of 429 came, oldest first: those that still count.
    limited: VecDeque<Duration>,
    /// Answers of 429 since the last other answer.
    in_a_row: u32,
    /// When the permits of the requests in flight were acquired. Never more than `MOST_AT_RISK`.
    in_flight: Vec<Duration>,
    /// Calls that wait for a place among those.
    waiting: usize,
    /// The same, for so long that places are kept for them.
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
    /// How long it is until something may be sent at all.
    fn pause(&mut self, now: Duration) -> Option<Duration> {
        while self.limited.front().is_some_and(|&at| at.saturating_add(WINDOW) <= now) {
            self.limited.pop_front();
        }
        // The window has room again once the oldest of the last `MOST_IN_WINDOW` leaves it.
        let full = self.limited.len().checked_sub(MOST_IN_WINDOW).and_then(|oldest| self.limited.get(oldest));
        let drained = full.map_or(Duration::ZERO, |at| at.saturating_add(WINDOW));
        self.not_before.max(drained).checked_sub(now).filter(|pause| !pause.is_zero())
    }

    /// How many requests may be under way.
    fn most(&self) -> usize {
        // After a 429, one at a time finds out whether the service answers again.
        if self.in_a_row > 0 { 1 } else { MOST_AT_RISK - self.limited.len().min(MOST_AT_RISK) }
    }

    /// Whether another request may be in flight, with this many slots reserved for other callers.
    fn has_room(&mut self, reserved: usize, now: Duration) -> bool {
        let most = self.most();
        if self.in_flight.len() + reserved >= most {
            self.in_flight.retain(|acquired| now.saturating_sub(*acquired) < PERMIT_LIFETIME);
        }
        self.in_flight.len() + reserved < most
    }

    fn enter(&mut self, stage: Stage) {
        match stage {
            Stage::Sending(acquired) => self.in_flight.push(acquired),
            Stage::Waiting => self.waiting += 1,
            Stage::Overdue => self.overdue += 1,
        }
    }

    fn leave(&mut self, stage: Stage) {
        match stage {
            // Permits of the same time expire together, so any of them will do. An expired one is
            // not found.
            Stage::Sending(acquired) => {
                if let Some(index) = self.in_flight.iter().position(|at| *at == acquired) {
                    self.in_flight.swap_remove(index);
                }
            }
            Stage::Waiting => self.waiting -= 1,
            Stage::Overdue => self.overdue -= 1,
        }
    }
}

impl Guard {
    /// How long it is until something may be sent at all.
    pub(crate) fn pause(&self, now: Duration) -> Option<Duration> {
        lock(&self.0).pause(now)
    }

    /// Takes a place among the requests that are under way, or says how long to wait before asking
    /// again. What is kept in `place` between two attempts to get one says since when.
    pub(crate) fn admit(&self, place: &mut Option<Place>, now: Duration) -> Result<(), Duration> {
        let mut state = lock(&self.0);
        if let Some(pause) = state.pause(now) {
            return Err(pause);
        }
        let since = place.as_ref().map_or(now, |place| place.since);
        let overdue = now.saturating_sub(since) >= PATIENCE;
        // Half of the places: if all were kept, they would stand empty until the last sleeper has looked.
        let kept = if overdue { 0 } else { state.overdue.min(state.most().div_ceil(2)) };
        let stage = match overdue {
            _ if state.has_room(kept, now) => Stage::Sending(now),
            true => Stage::Overdue,
            false => Stage::Waiting,
        };
        state.enter(stage);
        match place {
            Some(place) => state.leave(mem::replace(&mut place.stage, stage)),
            None => *place = Some(Place { guard: Arc::clone(&self.0), since, stage }),
        }
        if matches!(stage, Stage::Sending(_)) {
            return Ok(());
        }
        let rounds = 1 + (state.waiting + state.overdue) / MOST_AT_RISK;
        Err(LOOK_AGAIN.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX)))
    }

    /// An answer of 429 came.
    pub(crate) fn limited(&self, retry_after: Option<Duration>, now: Duration) {
        let mut state = lock(&self.0);
        state.limited.push_back(now);
        state.in_a_row = state.in_a_row.saturating_add(1);
        // 2, 4, 8, 16, 32 s is what the service recommends where it says nothing.
        let recommended = Duration::from_secs(1 << state.in_a_row.min(5));
        let pause = retry_after.unwrap_or(recommended).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        state.not_before = state.not_before.max(now.saturating_add(pause));
    }

    /// Any other answer came.
    pub(crate) fn answered(&self) {
        lock(&self.0).in_a_row = 0;
    }
}

/// A place among the requests that are under way, or among those that wait for one; given up when
/// dropped.
#[derive(Debug)]
pub(crate) struct Place {
    guard: Arc<Mutex<State>>,
    /// When it was first asked for.
    since: Duration,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Since when it has the permit.
    Sending(Duration),
    Waiting,
    Overdue,
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.guard).leave(self.stage);
    }
}

/// Whoever panicked while holding the lock left nothing half done.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
