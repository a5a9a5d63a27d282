//! The permit to send one request.

use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use super::state::{Sent, State, Waiting};
use crate::{Now, Wait};

/// The permit to send one request, or a turn among the callers that wait for one.
///
/// The outcome of the request consumes it. Dropped while the request is in flight, it counts as a
/// request whose response was not seen.
#[derive(Debug)]
pub(crate) struct Permit {
    guard: Arc<Mutex<State>>,
    state: PermitState,
}

#[derive(Debug)]
enum PermitState {
    Waiting(Waiting),
    Sent(Sent),
    Finished,
}

impl Permit {
    pub(super) fn new(guard: &Arc<Mutex<State>>, now: Now) -> Self {
        let waiting = Waiting { since: now, ticket: None, is_overdue: false };
        Self { guard: Arc::clone(guard), state: PermitState::Waiting(waiting) }
    }

    /// Acquires the permit, or returns how long to wait.
    pub(super) fn acquire(&mut self, now: Now) -> Result<(), Wait> {
        if let PermitState::Waiting(waiting) = &mut self.state {
            self.state = PermitState::Sent(lock(&self.guard).acquire(waiting, now)?);
        }
        Ok(())
    }

    /// Records any response but a 429.
    pub(crate) fn on_response(mut self, now: Now) {
        if let Some(sent) = self.finish() {
            lock(&self.guard).on_response(sent, now);
        }
    }

    /// Records a 429, or a response that may be one. `random` spreads the next requests of clients
    /// that receive the same response.
    pub(crate) fn on_rate_limited(mut self, retry_after: Option<Duration>, random: u64, now: Now) {
        if let Some(sent) = self.finish() {
            lock(&self.guard).on_rate_limited(sent, retry_after, random, now);
        }
    }

    /// Records that the response, if there is one, was not seen.
    pub(crate) fn on_unseen(mut self, random: u64, now: Now) {
        if let Some(sent) = self.finish() {
            lock(&self.guard).on_unseen(sent, random, now);
        }
    }

    /// Records that the request did not reach the service.
    pub(crate) fn on_unsent(mut self, now: Now) {
        if let Some(sent) = self.finish() {
            lock(&self.guard).finish(sent, now);
        }
    }

    fn finish(&mut self) -> Option<Sent> {
        match mem::replace(&mut self.state, PermitState::Finished) {
            PermitState::Sent(sent) => Some(sent),
            PermitState::Waiting(_) | PermitState::Finished => None,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match &self.state {
            PermitState::Waiting(waiting) => lock(&self.guard).leave(waiting),
            PermitState::Sent(sent) => {
                let mut state = lock(&self.guard);
                // A destructor is given no time. The last one that the guard was given is close.
                let now = state.latest();
                state.on_unseen(*sent, 0, now);
            }
            PermitState::Finished => {}
        }
    }
}
