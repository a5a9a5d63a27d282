//! Keeps answers of 429 from blocking the caller's IP address.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The service blocks an IP address after 25 answers of 429 within this time, until its support lifts the block.
const WINDOW: Duration = Duration::from_secs(300);
/// At so many within the window it speaks of "close to the threshold": nothing more is sent.
const MOST_IN_WINDOW: usize = 10;
/// A `Retry-After` is believed up to here, so that one absurd answer does not silence a program for good.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// What all flows of one [`Api`](crate::Api) know of the service's rate limit.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Nothing is sent before this time.
    not_before: Duration,
    /// When answers of 429 came, oldest first: those that still count.
    limited: VecDeque<Duration>,
    /// Answers of 429 since the last other answer.
    in_a_row: u32,
}

impl Guard {
    /// How long it is until something may be sent.
    pub(crate) fn pause(&self, now: Duration) -> Option<Duration> {
        let mut state = self.state();
        while state.limited.front().is_some_and(|&at| at.saturating_add(WINDOW) <= now) {
            state.limited.pop_front();
        }
        // The window has room again once the oldest of the last `MOST_IN_WINDOW` leaves it.
        let full =
            state.limited.len().checked_sub(MOST_IN_WINDOW).and_then(|oldest| state.limited.get(oldest));
        let drained = full.map_or(Duration::ZERO, |at| at.saturating_add(WINDOW));
        state.not_before.max(drained).checked_sub(now).filter(|pause| !pause.is_zero())
    }

    /// An answer of 429 came.
    pub(crate) fn limited(&self, retry_after: Option<Duration>, now: Duration) {
        let mut state = self.state();
        state.limited.push_back(now);
        state.in_a_row = state.in_a_row.saturating_add(1);
        // 2, 4, 8, 16, 32 s is what the service recommends where it says nothing.
        let recommended = Duration::from_secs(1 << state.in_a_row.min(5));
        let pause = retry_after.unwrap_or(recommended).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        state.not_before = state.not_before.max(now.saturating_add(pause));
    }

    /// Any other answer came.
    pub(crate) fn answered(&self) {
        self.state().in_a_row = 0;
    }

    /// Whoever panicked while holding the lock left nothing half done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
