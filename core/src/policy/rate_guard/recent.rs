//! The 429s of the last five minutes.

use std::time::Duration;

use super::saved::Codec;
use crate::Now;

/// The service blocks an IP address after 25 responses with status 429 within this time, until its
/// support lifts the block.
const WINDOW: Duration = Duration::from_secs(300);
/// The number of 429s within the window that the service calls "close to the threshold". The guard
/// then stops sending.
const MAX_IN_WINDOW: usize = 10;
/// The maximum number of 429s in a saved state.
const MAX_SAVED: u32 = 64;

/// The times of the 429s within the window, and of unseen responses that may have been 429s.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Oldest first.
    times: Vec<Refusal>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Refusal {
    at: Now,
    is_suspected: bool,
}

impl Recent {
    /// Adds a 429, or an unseen response that may have been one.
    pub(super) fn add(&mut self, is_suspected: bool, now: Now) {
        self.forget(now);
        self.times.push(Refusal { at: now, is_suspected });
    }

    /// Removes the unseen responses, because they were lost by chance.
    pub(super) fn forget_suspected(&mut self) {
        self.times.retain(|refusal| !refusal.is_suspected);
    }

    /// Removes those that have left the window.
    pub(super) fn forget(&mut self, now: Now) {
        self.times.retain(|refusal| refusal.at + WINDOW > now);
    }

    /// Returns their number.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.times.len()).unwrap_or(u32::MAX)
    }

    /// Returns the time at which the window has room again.
    pub(super) fn drained_at(&self) -> Now {
        let oldest = self.times.iter().rev().nth(MAX_IN_WINDOW - 1);
        oldest.map_or(Now::ORIGIN, |refusal| refusal.at + WINDOW)
    }

    /// Writes or reads the fields.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        codec.list(&mut self.times, MAX_SAVED, |codec, refusal| {
            codec.past(&mut refusal.at);
            codec.flag(&mut refusal.is_suspected);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_429_counts_for_exactly_five_minutes() {
        let at = |milliseconds| Now::from(Duration::from_millis(milliseconds));
        let mut recent = Recent::default();
        for number in 0..12 {
            recent.add(false, at(1000 * number));
        }
        // The third-oldest has to leave, so that nine remain.
        assert_eq!(recent.drained_at(), at(302_000));
        let counts = [299_999, 300_000, 300_999, 301_000, 302_000, 311_000].map(|time| {
            recent.forget(at(time));
            recent.count()
        });
        assert_eq!(counts, [12, 11, 11, 10, 9, 0]);
    }
}
