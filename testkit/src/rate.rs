//! The rate limit of the fake, and the block that follows too many 429 responses.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::response::JsonResponse;

/// The number of 429 responses within [`WINDOW`] at which the service blocks a caller.
const BLOCKS_AT: usize = 25;
const WINDOW: Duration = Duration::from_secs(300);

/// Counts requests, and rejects those over the limit.
#[derive(Default)]
pub(crate) struct RateLimit {
    limit: Option<(usize, Duration)>,
    /// The times of accepted requests, oldest first.
    accepted: VecDeque<Instant>,
    /// The times of rejected requests, oldest first.
    rejected: VecDeque<Instant>,
    blocked: bool,
}

impl RateLimit {
    pub(crate) fn set(&mut self, requests: usize, per: Duration) {
        *self = Self { limit: Some((requests, per)), ..Self::default() };
    }

    pub(crate) fn blocked(&self) -> bool {
        self.blocked
    }

    /// Counts a request, and returns its rejection if it exceeds the limit.
    pub(crate) fn check(&mut self, now: Instant) -> Option<JsonResponse> {
        let (requests, per) = self.limit?;
        if self.blocked {
            return Some(JsonResponse::error(403, "This IP address is blocked"));
        }
        forget(&mut self.accepted, now, per);
        if self.accepted.len() < requests {
            self.accepted.push_back(now);
            return None;
        }
        forget(&mut self.rejected, now, WINDOW);
        self.rejected.push_back(now);
        self.blocked = self.rejected.len() >= BLOCKS_AT;
        let free = self
            .accepted
            .front()
            .map_or(Duration::ZERO, |&first| (first + per).saturating_duration_since(now));
        Some(JsonResponse {
            retry_after: Some(free.as_secs() + 1),
            ..JsonResponse::error(429, "Too many requests")
        })
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant, age: Duration) {
    while times.front().is_some_and(|&time| now.saturating_duration_since(time) >= age) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Returns the status and `Retry-After` of a request `seconds` after the first, if it is rejected.
    fn rejection(rate: &mut RateLimit, start: Instant, seconds: u64) -> Option<(u16, Option<u64>)> {
        let rejection = rate.check(start + Duration::from_secs(seconds));
        rejection.map(|response| (response.status, response.retry_after))
    }

    #[test]
    fn retry_after_is_when_the_oldest_request_expires() {
        let (mut rate, start) = (RateLimit::default(), Instant::now());
        rate.set(2, MINUTE);
        assert_eq!(rejection(&mut rate, start, 0), None);
        assert_eq!(rejection(&mut rate, start, 10), None);
        assert_eq!(rejection(&mut rate, start, 25), Some((429, Some(36))));
        assert_eq!(rejection(&mut rate, start, 59), Some((429, Some(2))));
        assert_eq!(rejection(&mut rate, start, 60), None);
        assert_eq!(rejection(&mut rate, start, 60), Some((429, Some(11))));
    }

    #[test]
    fn exactly_25_rejections_in_five_minutes_block() {
        let (mut rate, start) = (RateLimit::default(), Instant::now());
        rate.set(0, MINUTE);
        for second in (0..24).chain(300..324) {
            assert_eq!(rejection(&mut rate, start, second), Some((429, Some(1))));
        }
        assert!(!rate.blocked());
        assert_eq!(rejection(&mut rate, start, 324), Some((429, Some(1))));
        assert!(rate.blocked());
        assert_eq!(rejection(&mut rate, start, 9999), Some((403, None)));
    }

    #[test]
    fn a_new_limit_lifts_the_block() {
        let (mut rate, start) = (RateLimit::default(), Instant::now());
        rate.set(0, MINUTE);
        for _ in 0..25 {
            rejection(&mut rate, start, 0);
        }
        assert!(rate.blocked());
        rate.set(1, MINUTE);
        assert!(!rate.blocked());
        assert_eq!(rejection(&mut rate, start, 0), None);
    }
}
