//! Models of the limits that services set on requests, in simulated or real time.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use httpdate::fmt_http_date;

/// A limit on requests, and the `Retry-After` of the responses that refuse them.
///
/// ```
/// use std::time::Duration;
///
/// use brightdata_sessions_testkit::{RateLimit, RateMeter};
///
/// let minute = Duration::from_secs(60);
/// let mut meter = RateMeter::new(RateLimit::sliding_window(2, minute));
/// let second = Duration::from_secs;
/// assert_eq!(meter.arrive(second(0)), Ok(()));
/// assert_eq!(meter.arrive(second(10)), Ok(()));
/// assert_eq!(meter.arrive(second(25)), Err(second(35)), "the first request expires after a minute");
/// assert_eq!(meter.arrive(second(60)), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    kind: Kind,
    retry_after: RetryAfter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    FixedWindow { requests: u32, per: Duration },
    SlidingWindow { requests: u32, per: Duration },
    TokenBucket { requests: u32, per: Duration, burst: u32 },
    Concurrent { requests: u32 },
}

/// The `Retry-After` of a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// The seconds until a request would be accepted, rounded up.
    Exact,
    /// No header.
    Absent,
    /// The same number of seconds in each response.
    Seconds(u64),
    /// Half of the seconds until a request would be accepted.
    Half,
    /// The time at which a request would be accepted, as a date, with the header `Date`.
    Date,
}

impl RateLimit {
    /// Limits the requests in each period. Periods follow each other, and each starts with a count of zero.
    pub const fn fixed_window(requests: u32, per: Duration) -> Self {
        Self::new(Kind::FixedWindow { requests, per })
    }

    /// Limits the requests in any period.
    pub const fn sliding_window(requests: u32, per: Duration) -> Self {
        Self::new(Kind::SlidingWindow { requests, per })
    }

    /// Limits requests with a bucket of `burst` tokens, which is full at the start. It is refilled evenly with
    /// `requests` tokens in each period.
    pub const fn token_bucket(requests: u32, per: Duration, burst: u32) -> Self {
        Self::new(Kind::TokenBucket { requests, per, burst })
    }

    /// Limits the requests that are in progress at once.
    pub const fn concurrent(requests: u32) -> Self {
        Self::new(Kind::Concurrent { requests })
    }

    /// Sets the `Retry-After` of the responses. The default is [`RetryAfter::Exact`].
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: RetryAfter) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Returns the headers of a 429, if a request would be accepted after `wait`. `now` is the time on the
    /// service's clock.
    pub fn headers(&self, wait: Duration, now: SystemTime) -> Vec<(&'static str, String)> {
        let seconds = |wait: Duration| wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        match self.retry_after {
            RetryAfter::Absent => Vec::new(),
            RetryAfter::Exact => vec![("retry-after", seconds(wait).to_string())],
            RetryAfter::Seconds(seconds) => vec![("retry-after", seconds.to_string())],
            RetryAfter::Half => vec![("retry-after", seconds(wait / 2).to_string())],
            RetryAfter::Date => {
                // A date has no fraction of a second, so the next whole second is the earliest that is right.
                let at = now + wait + Duration::from_millis(999);
                vec![("date", fmt_http_date(now)), ("retry-after", fmt_http_date(at))]
            }
        }
    }

    /// Returns the most requests that the limit accepts in the first `span`, if each takes `latency`.
    pub fn most_accepted(&self, span: Duration, latency: Duration) -> f64 {
        let periods = |per: Duration| span.as_secs_f64() / per.as_secs_f64();
        match self.kind {
            Kind::FixedWindow { requests, per } | Kind::SlidingWindow { requests, per } => {
                f64::from(requests) * periods(per)
            }
            Kind::TokenBucket { requests, per, burst } => {
                f64::from(burst) + f64::from(requests) * periods(per)
            }
            Kind::Concurrent { requests } => f64::from(requests) * periods(latency),
        }
    }

    const fn new(kind: Kind) -> Self {
        Self { kind, retry_after: RetryAfter::Exact }
    }

    /// Returns the shortest time in which the limit accepts this number of requests, if they are sent one
    /// after the other and each takes `latency`.
    pub fn shortest_list(&self, requests: u32, latency: Duration) -> Duration {
        let unlimited = latency * requests;
        let limited = match self.kind {
            // The last period is needed only as far as its requests take time.
            Kind::FixedWindow { requests: most, per } | Kind::SlidingWindow { requests: most, per } => {
                let last = requests.saturating_sub(1);
                per * (last / most.max(1)) + latency * (last % most.max(1) + 1)
            }
            Kind::TokenBucket { requests: refill, per, burst } => {
                per * requests.saturating_sub(burst) / refill.max(1) + latency
            }
            Kind::Concurrent { .. } => Duration::ZERO,
        };
        unlimited.max(limited)
    }
}

/// Counts requests, and refuses those over a [`RateLimit`]. A refused request does not count.
#[derive(Clone, Debug)]
pub struct RateMeter {
    limit: RateLimit,
    /// The times of accepted requests, oldest first: those within the period of a sliding window.
    accepted: VecDeque<Duration>,
    /// The number of the current period of a fixed window, and its requests.
    period: u128,
    count: u32,
    /// The requests that a bucket lacks until it is full, at this time.
    used: f64,
    used_at: Duration,
    in_progress: u32,
}

impl RateMeter {
    /// Creates a meter without a request.
    pub fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            accepted: VecDeque::new(),
            period: 0,
            count: 0,
            used: 0.0,
            used_at: Duration::ZERO,
            in_progress: 0,
        }
    }

    /// Returns the limit.
    pub fn limit(&self) -> RateLimit {
        self.limit
    }

    /// Changes the limit. Requests that were accepted before still count.
    pub fn set_limit(&mut self, limit: RateLimit) {
        self.limit = limit;
        if let Kind::TokenBucket { burst, .. } = limit.kind {
            self.used = self.used.min(burst.into());
        }
    }

    /// Counts a request that arrives at `now`, a time since any origin. `depart` must follow an accepted one.
    ///
    /// # Errors
    ///
    /// The request is refused, and would be accepted after the returned time if no other arrived before.
    pub fn arrive(&mut self, now: Duration) -> Result<(), Duration> {
        match self.limit.kind {
            Kind::FixedWindow { requests, per } => {
                let period = now.as_nanos() / per.as_nanos().max(1);
                if self.period != period {
                    (self.period, self.count) = (period, 0);
                }
                if self.count >= requests {
                    let left = per.as_nanos() - now.as_nanos() % per.as_nanos().max(1);
                    return Err(Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX)));
                }
                self.count += 1;
            }
            Kind::SlidingWindow { requests, per } => {
                while self.accepted.front().is_some_and(|&at| at + per <= now) {
                    self.accepted.pop_front();
                }
                // The limit may have been lowered, so more than one request may have to expire.
                if let Some(over) = self.accepted.len().checked_sub(requests as usize) {
                    let free = self.accepted.get(over).map_or(per, |&at| (at + per).saturating_sub(now));
                    return Err(free);
                }
                self.accepted.push_back(now);
            }
            Kind::TokenBucket { requests, per, burst } => {
                let rate = f64::from(requests) / per.as_secs_f64();
                let refilled = now.saturating_sub(self.used_at).as_secs_f64() * rate;
                (self.used, self.used_at) = ((self.used - refilled).max(0.0), now);
                let lacking = self.used + 1.0 - f64::from(burst);
                // Rounding must not refuse a request for a billionth of a token.
                if lacking > 1e-9 {
                    return Err(Duration::try_from_secs_f64(lacking / rate).unwrap_or(Duration::MAX));
                }
                self.used += 1.0;
            }
            Kind::Concurrent { requests } => {
                if self.in_progress >= requests {
                    return Err(Duration::from_secs(1));
                }
            }
        }
        self.in_progress += 1;
        Ok(())
    }

    /// Ends an accepted request.
    pub fn depart(&mut self) {
        self.in_progress = self.in_progress.saturating_sub(1);
    }
}
