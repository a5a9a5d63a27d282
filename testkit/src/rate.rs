//! Too many requests, as the service counts them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::api::Answer;

/// The service blocks whoever gets so many answers of 429 within this time.
const BLOCKS_AT: usize = 25;
const WINDOW: Duration = Duration::from_secs(300);

/// Counts requests, and refuses those that are too many.
#[derive(Default)]
pub(crate) struct RateLimit {
    limit: Option<(usize, Duration)>,
    /// When requests were let through, oldest first.
    passed: VecDeque<Instant>,
    /// When requests were refused, oldest first.
    refused: VecDeque<Instant>,
    blocked: bool,
}

impl RateLimit {
    pub(crate) fn set(&mut self, requests: usize, per: Duration) {
        *self = Self { limit: Some((requests, per)), ..Self::default() };
    }

    pub(crate) fn blocked(&self) -> bool {
        self.blocked
    }

    /// The refusal of a request that comes now, if it is one too many.
    pub(crate) fn refuse(&mut self, now: Instant) -> Option<Answer> {
        let (requests, per) = self.limit?;
        if self.blocked {
            return Some(Answer::error(403, "This IP address is blocked"));
        }
        forget(&mut self.passed, now, per);
        if self.passed.len() < requests {
            self.passed.push_back(now);
            return None;
        }
        forget(&mut self.refused, now, WINDOW);
        self.refused.push_back(now);
        self.blocked = self.refused.len() >= BLOCKS_AT;
        let free =
            self.passed.front().map_or(Duration::ZERO, |&first| (first + per).saturating_duration_since(now));
        Some(Answer { retry_after: Some(free.as_secs() + 1), ..Answer::error(429, "Too many requests") })
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant, after: Duration) {
    while times.front().is_some_and(|&time| now.saturating_duration_since(time) >= after) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// What is said to a request so many seconds after the first one: its status and `Retry-After`, if it is refused.
    fn refusal(rate: &mut RateLimit, start: Instant, seconds: u64) -> Option<(u16, Option<u64>)> {
        let answer = rate.refuse(start + Duration::from_secs(seconds));
        answer.map(|answer| (answer.status, answer.retry_after))
    }

    #[test]
    fn a_refusal_says_after_how_long_the_oldest_request_no_longer_counts() {
        let (mut rate, start) = (RateLimit::default(), Instant::now());
        rate.set(2, MINUTE);
        assert_eq!(refusal(&mut rate, start, 0), None);
        assert_eq!(refusal(&mut rate, start, 10), None);
        assert_eq!(refusal(&mut rate, start, 25), Some((429, Some(36))));
        assert_eq!(refusal(&mut rate, start, 59), Some((429, Some(2))));
        assert_eq!(refusal(&mut rate, start, 60), None);
        assert_eq!(refusal(&mut rate, start, 60), Some((429, Some(11))));
    }

    #[test]
    fn twenty_five_refusals_within_five_minutes_block_and_no_fewer() {
        let (mut rate, start) = (RateLimit::default(), Instant::now());
        rate.set(0, MINUTE);
        for second in (0..24).chain(300..324) {
            assert_eq!(refusal(&mut rate, start, second), Some((429, Some(1))));
        }
        assert!(!rate.blocked());
        assert_eq!(refusal(&mut rate, start, 324), Some((429, Some(1))));
        assert!(rate.blocked());
        assert_eq!(refusal(&mut rate, start, 9999), Some((403, None)));
    }

    #[test]
    fn a_new_limit_lifts_the_block() {
        let (mut rate, start) = (RateLimit::default(), Instant::now());
        rate.set(0, MINUTE);
        for _ in 0..25 {
            refusal(&mut rate, start, 0);
        }
        assert!(rate.blocked());
        rate.set(1, MINUTE);
        assert!(!rate.blocked());
        assert_eq!(refusal(&mut rate, start, 0), None);
    }
}
