//! The number of requests let through in each of the last seconds.

use std::time::Duration;

use super::saved::Codec;
use crate::Now;

const SECONDS: usize = 60;

/// Counts requests by the second, for a minute.
#[derive(Debug)]
pub(super) struct Measure {
    /// A ring: the count of the latest second is at `latest`, and those before it at the indexes
    /// before it.
    counts: [u32; SECONDS],
    latest: usize,
    /// The start of the latest second.
    started: Now,
}

impl Default for Measure {
    fn default() -> Self {
        Self { counts: [0; SECONDS], latest: 0, started: Now::ORIGIN }
    }
}

impl Measure {
    /// Counts a request.
    pub(super) fn add(&mut self, now: Now) {
        self.advance(now);
        if let Some(count) = self.counts.get_mut(self.latest) {
            *count = count.saturating_add(1);
        }
    }

    /// Returns the requests per second within this number of seconds, at most 60.
    pub(super) fn rate(&mut self, seconds: u32, now: Now) -> f64 {
        self.advance(now);
        let counts = (0..seconds as usize).filter_map(|ago| self.counts.get(index(self.latest, ago)));
        f64::from(counts.fold(0_u32, |sum, &count| sum.saturating_add(count))) / f64::from(seconds)
    }

    /// Writes or reads the fields, the latest second first.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        codec.past(&mut self.started);
        for ago in 0..SECONDS {
            if let Some(count) = self.counts.get_mut(index(self.latest, ago)) {
                codec.count(count);
            }
        }
    }

    /// Forgets the counts of seconds that passed.
    fn advance(&mut self, now: Now) {
        let passed = now.since(self.started).as_secs();
        self.started = self.started + Duration::from_secs(passed);
        for _ in 0..passed.min(SECONDS as u64) {
            self.latest = (self.latest + 1) % SECONDS;
            if let Some(count) = self.counts.get_mut(self.latest) {
                *count = 0;
            }
        }
    }
}

/// Returns the index of the second that was `ago` seconds before the latest.
fn index(latest: usize, ago: usize) -> usize {
    (latest + SECONDS - ago % SECONDS) % SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Duration::from_secs(seconds).into()
    }

    #[test]
    fn a_request_counts_for_a_minute() {
        let mut measure = Measure::default();
        for second in [100, 100, 110] {
            measure.add(at(second));
        }
        let rates = [(1, 110), (10, 110), (15, 110), (60, 159), (60, 160), (60, 170), (60, 100_000)];
        let counts = rates.map(|(seconds, now)| measure.rate(seconds, at(now)) * f64::from(seconds));
        assert_eq!(counts.map(f64::round), [1.0, 1.0, 3.0, 3.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_time_before_the_last_counts_as_the_last() {
        let mut measure = Measure::default();
        measure.add(at(100));
        measure.add(at(50));
        assert_eq!(measure.rate(1, at(100)), 2.0);
    }
}
