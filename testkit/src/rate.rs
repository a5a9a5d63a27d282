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
