//! The requests in flight, and the limit on their number.

use std::time::Duration;

use super::saved::Codec;
use super::state::Sent;
use crate::Now;

/// Limit on in-flight requests plus recent 429s. The margin to 25, the number of 429s that block an
/// IP address, covers 429s that were not seen.
pub(super) const MAX_IN_FLIGHT: u32 = 20;
/// The limit at the start. If a rate limit is hit at full speed, each request in flight is refused.
const FIRST_MAX: u32 = 3;
/// Before the first refusal, the limit grows by one with this number of responses. From `LARGE_MAX`
/// on it grows more slowly, because its requests alone would bring the guard close to a block.
const RESPONSES_PER_STEP: u32 = 30;
const LARGE_MAX: u32 = 8;
const RESPONSES_PER_LARGE_STEP: u32 = 2000;
/// After a refusal, the time until the limit grows by one, at first and at most.
const FIRST_STEP: Duration = Duration::from_secs(10);
const LONGEST_STEP: Duration = Duration::from_secs(300);
/// The mean time of an exchange, before one was measured.
const TYPICAL_LATENCY: Duration = Duration::from_millis(100);
/// An exchange that seems to take longer counts as this long: its driver may have overslept.
const LONGEST_LATENCY: Duration = Duration::from_secs(1);
/// A permit expires after this time, so that a call that is kept but not driven does not block all
/// others. It is twice the adapters' time limit for an attempt.
const PERMIT_LIFETIME: Duration = Duration::from_secs(60);
/// In a state that was read, a request counts for this time only: its process may have been killed.
const SAVED_LIFETIME: Duration = Duration::from_secs(5);

/// The requests in flight.
///
/// A service may also limit the requests that it handles at once. A refused request shows that fewer
/// must be in flight than when it was sent. From time to time one more is tried. If that is refused
/// at once, the time until the next trial doubles.
#[derive(Debug)]
pub(super) struct InFlight {
    sent: Vec<Sent>,
    /// The number of the next request.
    next: u64,
    max: u32,
    responses: u32,
    /// The time of the last change of the limit, and whether it was a trial.
    changed_at: Now,
    is_trial: bool,
    step: Duration,
    /// The mean time of an exchange.
    latency: Duration,
}

impl Default for InFlight {
    fn default() -> Self {
        Self {
            sent: Vec::new(),
            next: 0,
            max: FIRST_MAX,
            responses: 0,
            changed_at: Now::ORIGIN,
            is_trial: false,
            step: FIRST_STEP,
            latency: TYPICAL_LATENCY,
        }
    }
}

impl InFlight {
    /// Returns the number of requests in flight.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.sent.len()).unwrap_or(u32::MAX)
    }

    /// Returns the limit.
    pub(super) fn max(&self) -> u32 {
        self.max
    }

    /// Returns the mean time of an exchange.
    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    /// Adds a request.
    pub(super) fn add(&mut self, now: Now) -> Sent {
        let sent = Sent { number: self.next, at: now, nth: self.count().saturating_add(1) };
        self.next = self.next.wrapping_add(1);
        self.sent.push(sent);
        sent
    }

    /// Removes a request. One that has expired is already removed.
    pub(super) fn remove(&mut self, sent: Sent) {
        if let Some(index) = self.sent.iter().position(|other| other.number == sent.number) {
            self.sent.swap_remove(index);
        }
    }

    /// Removes the requests whose permits have expired.
    pub(super) fn expire(&mut self, now: Now) {
        self.sent.retain(|sent| now.since(sent.at) < PERMIT_LIFETIME);
    }

    /// Removes the requests of a state that was read whose processes may have been killed.
    pub(super) fn expire_saved(&mut self, now: Now) {
        self.sent.retain(|sent| now.since(sent.at) < SAVED_LIFETIME);
    }

    /// Raises the limit to its maximum, for a rate that is known.
    pub(super) fn open(&mut self) {
        self.max = MAX_IN_FLIGHT;
    }

    /// Records a response to a request before the first refusal.
    pub(super) fn on_response(&mut self) {
        self.responses += 1;
        let step = if self.max < LARGE_MAX { RESPONSES_PER_STEP } else { RESPONSES_PER_LARGE_STEP };
        if self.responses >= step {
            self.responses = 0;
            self.max = MAX_IN_FLIGHT.min(self.max + 1);
        }
    }

    /// Records the time that an exchange took.
    pub(super) fn measure(&mut self, took: Duration) {
        self.latency = (self.latency * 7 + took.min(LONGEST_LATENCY)) / 8;
    }

    /// Tries one more request in flight, if it is time. A caller is waiting for it.
    pub(super) fn try_more(&mut self, now: Now) {
        if self.max < MAX_IN_FLIGHT && now.since(self.changed_at) >= self.step {
            self.max += 1;
            (self.changed_at, self.is_trial) = (now, true);
        }
    }

    /// Records the first refusal in a row. Returns whether it is due to a trial.
    pub(super) fn on_refused(&mut self, sent: Sent, now: Now) -> bool {
        let soon = (self.latency * 4).max(Duration::from_secs(1));
        let is_trial = self.is_trial && sent.nth == self.max;
        let is_due_to_trial = is_trial && now.since(self.changed_at) < soon;
        self.step =
            if is_due_to_trial { self.step * 2 } else { self.step / 2 }.clamp(FIRST_STEP, LONGEST_STEP);
        (self.changed_at, self.is_trial) = (now, false);
        is_due_to_trial
    }

    /// Limits the requests to fewer than these.
    pub(super) fn limit_below(&mut self, count: u32) {
        if count > 1 {
            self.max = self.max.min(count - 1);
        }
    }

    /// Writes or reads the fields.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        codec.list(&mut self.sent, MAX_IN_FLIGHT, |codec, sent| {
            codec.number(&mut sent.number);
            codec.past(&mut sent.at);
            codec.count(&mut sent.nth);
        });
        codec.number(&mut self.next);
        codec.count(&mut self.max);
        codec.count(&mut self.responses);
        codec.past(&mut self.changed_at);
        codec.flag(&mut self.is_trial);
        codec.duration(&mut self.step);
        codec.duration(&mut self.latency);
        self.latency = self.latency.min(LONGEST_LATENCY);
        self.max = self.max.clamp(1, MAX_IN_FLIGHT);
    }
}
