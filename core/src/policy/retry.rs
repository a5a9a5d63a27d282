//! The retry policy.

use std::time::Duration;

use crate::Now;

/// How often a call sends its request, and how long it waits.
///
/// By default a call sends a request again after at most 2 failures and has no limit on its total
/// time. Each attempt takes as long as the transport's own time limit allows, and each wait after a
/// failure is at most 2 minutes long. [`with_time_limit`](Self::with_time_limit) sets a limit for all
/// attempts and waits together.
///
/// A 429 is not a failure: it does not use up retries. The call waits for its turn, at the pace that
/// the [`RateGuard`](crate::RateGuard) learns for all calls that share it. Without a time limit it
/// waits as long as the service lets any request through. It ends once all were refused for 15
/// minutes, or if a `Retry-After` of up to an hour is longer than that.
///
/// After any other failure, a request is sent again if its error
/// [is transient](crate::Error::is_transient). The wait before it is
/// - the delay of `Retry-After`, at most an hour; if that exceeds the limit of the wait or of the
///   call, the call ends with that response;
/// - nothing after the first broken connection, since one that idled in a pool often turns out to
///   be closed;
/// - otherwise a random time of at most 0.5 s, doubled with each attempt, and never more than 8 s
///   (full jitter).
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions::{Api, ApiKey, RetryPolicy};
///
/// let patient = RetryPolicy::default().with_retries(5).with_time_limit(Duration::from_secs(600));
/// let api = Api::new(ApiKey::new("0123456789abcdef")?).with_retry(patient);
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    retries: u32,
    time_limit: Option<Duration>,
}

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);
/// The longest wait for one attempt of a call without a time limit.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

impl RetryPolicy {
    /// At most one request, and no wait: no retries, and a time limit of zero.
    ///
    /// The call returns an error of kind [`RateLimited`](crate::ErrorKind::RateLimited) at once and
    /// without a request if it would have to wait for its turn: after a 429 of another call, for the
    /// pace, or while as many requests are in flight as the guard allows. To wait for the turn, and
    /// send again only after a 429, use `RetryPolicy::default().with_retries(0)`.
    pub fn none() -> Self {
        Self { retries: 0, time_limit: Some(Duration::ZERO) }
    }

    /// Sets how many times a request is sent again after a failure: 0 means that it is sent once. A
    /// 429 does not count.
    #[must_use]
    pub fn with_retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets how long after its first step a call may still send a request, its waits and earlier
    /// attempts included. It takes precedence over the number of retries. It replaces the limit of 2
    /// minutes on each wait after a failure, and the limit of 15 minutes on refusals.
    ///
    /// The last attempt may end later, by the transport's own time limit.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Lowers a time limit that exceeds a maximum. One that is not set stays so, because the deadline
    /// of a watch bounds its polls as well.
    pub(crate) fn limited_to(mut self, maximum: Duration) -> Self {
        self.time_limit = self.time_limit.map(|limit| limit.min(maximum));
        self
    }

    /// Returns whether another request may be sent after this many that failed.
    pub(crate) fn allows(&self, failed: u32) -> bool {
        failed <= self.retries
    }

    /// Returns whether a time limit is set.
    pub(crate) fn has_time_limit(&self) -> bool {
        self.time_limit.is_some()
    }

    /// Returns whether a request may be sent at a time. `started` is the time of the first step, and
    /// `waits_since` that of the last outcome, or of the first step without one.
    pub(crate) fn allows_at(&self, at: Now, started: Now, waits_since: Now) -> bool {
        match self.time_limit {
            Some(limit) => at.since(started) <= limit,
            None => at.since(waits_since) <= LONGEST_WAIT,
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 2, time_limit: None }
    }
}

/// Returns a random delay after `sent` failed attempts: exponential backoff with full jitter. The same
/// arguments give the same delay, so `random` must differ between calls.
pub(crate) fn backoff(sent: u32, random: u64) -> Duration {
    let doubled = 2_u32.saturating_pow(sent.saturating_sub(1));
    let max = FIRST_BACKOFF.saturating_mul(doubled).min(LONGEST_BACKOFF);
    // 32 bits of a well mixed number, as a fraction of 2^32.
    max.mul_f64(f64::from((mix(random) >> 32) as u32) / f64::from(u32::MAX))
}

/// The output function of SplitMix64: all that jitter needs of randomness.
pub(crate) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mix_is_the_output_function_of_splitmix64() {
        assert_eq!([0, 1_234_567].map(mix), [0xe220_a839_7b1d_cdaf, 6_457_827_717_110_365_317]);
    }
}
