//! A rate that the user set.

use std::collections::VecDeque;
use std::time::Duration;

use crate::Now;

/// The finished requests are counted together in slices of this part of the period, so that the
/// memory is bounded.
const SLICES: u32 = 64;

/// A maximum number of requests in any period, as the service counts them, evenly spread.
///
/// The service counts a request at some time between its sending and its response, so it counts
/// here until a period has passed since the response. Then no delay on the way causes a refusal.
#[derive(Debug)]
pub(super) struct Quota {
    requests: u32,
    per: Duration,
    /// The numbers of finished requests that still count, and until when.
    finished: VecDeque<(Now, u32)>,
    count: u32,
    next: Now,
}

impl Quota {
    pub(super) fn new(requests: u32, per: Duration) -> Self {
        Self { requests, per, finished: VecDeque::new(), count: 0, next: Now::ORIGIN }
    }

    /// Returns the time between two requests.
    pub(super) fn interval(&self) -> Duration {
        self.per / self.requests.max(1)
    }

    /// Returns the time of the next request.
    pub(super) fn next(&mut self, in_flight: u32, now: Now) -> Now {
        while let Some(&(_, count)) = self.finished.front().filter(|(until, _)| *until <= now) {
            self.count = self.count.saturating_sub(count);
            self.finished.pop_front();
        }
        if self.count.saturating_add(in_flight) < self.requests {
            return self.next;
        }
        // Without a finished request, one in flight has to finish first.
        let free = self.finished.front().map_or_else(|| now + self.interval(), |(until, _)| *until);
        self.next.max(free)
    }

    /// Records that a request is sent.
    pub(super) fn on_send(&mut self, now: Now) {
        self.next = now + self.interval();
    }

    /// Records that a request ended.
    pub(super) fn on_finish(&mut self, now: Now) {
        self.count = self.count.saturating_add(1);
        let until = now + self.per;
        match self.finished.back_mut() {
            Some((last, count)) if *last >= until => *count = count.saturating_add(1),
            _ => self.finished.push_back((until + (self.per / SLICES), 1)),
        }
    }
}
