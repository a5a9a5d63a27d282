//! The rate limit of the fake, and the block that follows too many 429 responses.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use crate::response::JsonResponse;
use crate::{RateLimit, RateMeter};

/// The number of 429 responses within [`WINDOW`] at which the service blocks a caller.
const BLOCKS_AT: usize = 25;
const WINDOW: Duration = Duration::from_secs(300);

/// Counts requests, and rejects those over the limit.
pub(crate) struct RateCheck {
    meter: Option<(RateMeter, Instant)>,
    /// The times of rejected requests, oldest first.
    rejected: VecDeque<Instant>,
    blocks: bool,
    blocked: bool,
}

impl Default for RateCheck {
    fn default() -> Self {
        Self { meter: None, rejected: VecDeque::new(), blocks: true, blocked: false }
    }
}

impl RateCheck {
    pub(crate) fn set(&mut self, limit: RateLimit, now: Instant) {
        let meter = Some((RateMeter::new(limit), now));
        *self = Self { meter, blocks: self.blocks, ..Self::default() };
    }

    pub(crate) fn set_block(&mut self, is_on: bool) {
        (self.blocks, self.blocked) = (is_on, self.blocked && is_on);
    }

    pub(crate) fn blocked(&self) -> bool {
        self.blocked
    }

    /// Counts a request, and returns its rejection if it exceeds the limit.
    pub(crate) fn check(&mut self, now: Instant) -> Option<JsonResponse> {
        let (meter, start) = self.meter.as_mut()?;
        if self.blocked {
            return Some(JsonResponse::error(403, "This IP address is blocked"));
        }
        let wait = meter.arrive(now.saturating_duration_since(*start)).err()?;
        while self.rejected.front().is_some_and(|&time| now.saturating_duration_since(time) >= WINDOW) {
            self.rejected.pop_front();
        }
        self.rejected.push_back(now);
        self.blocked = self.blocks && self.rejected.len() >= BLOCKS_AT;
        Some(JsonResponse {
            headers: meter.limit().headers(wait, SystemTime::now()),
            ..JsonResponse::error(429, "Too many requests")
        })
    }

    /// Ends an accepted request.
    pub(crate) fn depart(&mut self) {
        if let Some((meter, _)) = &mut self.meter {
            meter.depart();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limited(requests: u32, start: Instant) -> RateCheck {
        let mut rate = RateCheck::default();
        rate.set(RateLimit::sliding_window(requests, MINUTE), start);
        rate
    }

    /// Returns the status and `Retry-After` of a request `seconds` after the first, if it is rejected.
    fn rejection(rate: &mut RateCheck, start: Instant, seconds: u64) -> Option<(u16, String)> {
        let mut rejection = rate.check(start + Duration::from_secs(seconds))?;
        Some((rejection.status, rejection.headers.pop().map(|(_, value)| value).unwrap_or_default()))
    }

    #[test]
    fn retry_after_is_when_the_oldest_request_expires() {
        let start = Instant::now();
        let mut rate = limited(2, start);
        assert_eq!(rejection(&mut rate, start, 0), None);
        assert_eq!(rejection(&mut rate, start, 10), None);
        assert_eq!(rejection(&mut rate, start, 25), Some((429, "35".into())));
        assert_eq!(rejection(&mut rate, start, 59), Some((429, "1".into())));
        assert_eq!(rejection(&mut rate, start, 60), None);
        assert_eq!(rejection(&mut rate, start, 60), Some((429, "10".into())));
    }

    #[test]
    fn exactly_25_rejections_in_five_minutes_block() {
        let start = Instant::now();
        let mut rate = limited(0, start);
        for second in (0..24).chain(300..324) {
            assert_eq!(rejection(&mut rate, start, second), Some((429, "60".into())));
        }
        assert!(!rate.blocked());
        assert_eq!(rejection(&mut rate, start, 324), Some((429, "60".into())));
        assert!(rate.blocked());
        assert_eq!(rejection(&mut rate, start, 9999), Some((403, String::new())));
    }

    #[test]
    fn a_new_limit_lifts_the_block() {
        let start = Instant::now();
        let mut rate = limited(0, start);
        for _ in 0..25 {
            rejection(&mut rate, start, 0);
        }
        assert!(rate.blocked());
        rate.set(RateLimit::sliding_window(1, MINUTE), start);
        assert!(!rate.blocked());
        assert_eq!(rejection(&mut rate, start, 0), None);
    }

    #[test]
    fn a_limit_without_a_block_rejects_forever() {
        let start = Instant::now();
        let mut rate = RateCheck::default();
        rate.set_block(false);
        rate.set(RateLimit::sliding_window(0, MINUTE), start);
        assert!((0..100).all(|_| rejection(&mut rate, start, 0) == Some((429, "60".into()))));
        assert!(!rate.blocked());
    }

    #[test]
    fn a_finished_request_frees_its_slot() {
        let start = Instant::now();
        let mut rate = RateCheck::default();
        rate.set(RateLimit::concurrent(1), start);
        assert_eq!(rejection(&mut rate, start, 0), None);
        assert_eq!(rejection(&mut rate, start, 1), Some((429, "1".into())));
        rate.depart();
        assert_eq!(rejection(&mut rate, start, 1), None);
    }
}
