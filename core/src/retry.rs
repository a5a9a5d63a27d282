//! When a request is sent again.

use std::time::Duration;

/// How often a call sends its request, and how long it goes on trying.
///
/// By default: at most 3 requests, the last of them sent no later than 2 minutes after the first step. What is sent
/// again is told by [`Error::is_transient`](crate::Error::is_transient). Between two requests pass
/// - what `Retry-After` says, if the answer has one and the time limit allows it; else the call ends with that answer;
/// - after a 429 without one: 2, 4, 8, 16, 32 s, shared by all calls of one [`Api`](crate::Api);
/// - nothing after the first broken connection, since one that idled in a pool often turns out to be closed;
/// - else a random time of at most 0.5 s, doubled with each attempt, never more than 8 s (full jitter).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    retries: u32,
    time_limit: Duration,
}

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

impl RetryPolicy {
    /// One request, whatever becomes of it.
    pub fn none() -> Self {
        Self::default().with_retries(0)
    }

    /// Sets how many times a request is sent again: 0 means that it is sent once.
    #[must_use]
    pub fn with_retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets how long after its first step a call may still send a request. Its own time limit is the transport's.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Whether another request may be sent after so many.
    pub(crate) fn allows(&self, sent: u32) -> bool {
        sent <= self.retries
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 2, time_limit: Duration::from_secs(120) }
    }
}

/// A random pause after so many failed attempts: exponential, with full jitter. The same arguments give the same
/// pause: `random` must differ from call to call.
pub(crate) fn backoff(sent: u32, random: u64) -> Duration {
    let doubled = 2_u32.saturating_pow(sent.saturating_sub(1));
    let most = FIRST_BACKOFF.saturating_mul(doubled).min(LONGEST_BACKOFF);
    // 32 bits of a well mixed number, as a fraction of 2^32.
    most.mul_f64(f64::from((mix(random) >> 32) as u32) / f64::from(u32::MAX))
}

/// The output function of SplitMix64: all that jitter needs of randomness.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mixes_is_splitmix64() {
        assert_eq!([0, 1_234_567].map(mix), [0xe220_a839_7b1d_cdaf, 6_457_827_717_110_365_317]);
    }
}
