//! The pauses after refusals: how long nothing is sent.

use std::time::Duration;

use super::saved::Codec;
use crate::Now;

/// The longest `Retry-After` that the guard and the flows honor. After a longer one,
/// the guard probes in five minutes, when the service no longer counts the refusal.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// The pauses before the probes in a row without a longer `Retry-After`. The first three take a
/// minute, which is the period of most limits.
const PROBES: [Duration; 4] =
    [Duration::from_secs(3), Duration::from_secs(15), Duration::from_secs(40), Duration::from_secs(120)];
/// The pause before each further probe.
const LAST_PROBE: Duration = Duration::from_secs(300);
/// A requested pause from this length on shows a limit on a long period.
const LONG: Duration = Duration::from_secs(10);
/// The longest jitter, and the shortest.
const LONGEST_JITTER: Duration = Duration::from_secs(3);
const SHORTEST_JITTER: Duration = Duration::from_millis(500);

/// The pause after the last refusal, and what earlier ones showed.
#[derive(Debug, Default)]
pub(super) struct Pause {
    until: Now,
    /// The number of refusals in a row. Those of requests that were sent before the last one count
    /// as one with it.
    round: u32,
    /// The time of the last refusal, and of the first one in a row.
    refused_at: Now,
    refused_since: Option<Now>,
    /// Whether the current pause was requested, and whether that was for long.
    is_requested: bool,
    is_long: bool,
    /// Whether a requested pause was too short.
    is_distrusted: bool,
}

impl Pause {
    /// Starts or extends the pause after a refusal.
    pub(super) fn on_refused(&mut self, sent: Now, retry_after: Option<Duration>, random: u64, now: Now) {
        if self.is_same_refusal(sent) {
            self.extend(retry_after, random, now);
            return;
        }
        if self.round > 0 {
            self.is_distrusted |= self.is_requested;
        }
        self.round = self.round.saturating_add(1);
        self.refused_at = now;
        self.refused_since.get_or_insert(now);
        self.is_requested = retry_after.is_some();
        self.is_long = retry_after.is_some_and(|pause| (LONG..=LONGEST_PAUSE).contains(&pause));
        self.extend(retry_after, random, now);
    }

    /// Extends the pause to this length.
    pub(super) fn last_at_least(&mut self, pause: Duration, now: Now) {
        self.until = self.until.max(now + pause);
    }

    /// Ends the round of refusals if this request was sent after them. Returns whether it took long,
    /// so that the limit is one on a long period, or `None` if nothing ended.
    pub(super) fn on_let_through(&mut self, sent: Now) -> Option<bool> {
        if self.round == 0 || sent < self.refused_at {
            return None;
        }
        let took_long = self.round > 1 || self.is_long;
        (self.round, self.refused_since) = (0, None);
        Some(took_long)
    }

    /// Returns the end of the pause.
    pub(super) fn until(&self) -> Now {
        self.until
    }

    /// Returns whether the last request that had a chance was refused.
    pub(super) fn is_probing(&self) -> bool {
        self.round > 0
    }

    /// Returns whether a refused request was sent before the last refusal, so that both have the same
    /// cause.
    pub(super) fn is_same_refusal(&self, sent: Now) -> bool {
        self.round > 0 && sent < self.refused_at
    }

    /// Returns for how long all requests will have been refused at this time.
    pub(super) fn refused_for(&self, at: Now) -> Duration {
        self.refused_since.map_or(Duration::ZERO, |since| at.since(since))
    }

    fn extend(&mut self, retry_after: Option<Duration>, random: u64, now: Now) {
        let pause = match retry_after {
            Some(requested) if requested > LONGEST_PAUSE => LAST_PROBE,
            Some(requested) if self.round == 1 && !self.is_distrusted => requested,
            Some(requested) => requested.max(probe(self.round.saturating_sub(1))),
            None => probe(self.round),
        };
        let pause = pause.max(SHORTEST_PAUSE);
        // Clients that receive the same time come back spread out.
        let jitter = (pause / 10).clamp(SHORTEST_JITTER, LONGEST_JITTER);
        self.until = self.until.max(now + pause + jitter.mul_f64(fraction(random)));
    }

    /// Writes or reads the fields.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        codec.time(&mut self.until);
        codec.count(&mut self.round);
        codec.past(&mut self.refused_at);
        codec.option(&mut self.refused_since, Codec::past);
        codec.flag(&mut self.is_requested);
        codec.flag(&mut self.is_long);
        codec.flag(&mut self.is_distrusted);
    }
}

/// Returns the pause before the nth probe in a row, from 1 on.
fn probe(n: u32) -> Duration {
    let index = usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
    PROBES.get(index).copied().unwrap_or(LAST_PROBE)
}

/// Returns a fraction from 0 to 1.
fn fraction(random: u64) -> f64 {
    f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
