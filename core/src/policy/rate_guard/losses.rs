//! The responses that were not seen: lost by chance, or 429s.
//!
//! A request that timed out, broke off or was dropped may have been answered with 429, and the
//! service counts what it sends. A slower pace has fewer 429s, and as many responses that are lost by
//! chance as before. So the guard slows down when many responses are not seen, and compares their
//! shares before and after.

use std::ops::Range;

use super::saved::Codec;

/// An unseen response scores this much. Each that is seen lowers the score by one, and by twice the
/// score of the share that is known to be lost by chance.
const SCORE: f64 = 16.0;
/// From this number in a row on, unseen responses are suspicious. If some are known to be lost by
/// chance, up to twice as many are needed.
pub(super) const SUSPICIOUS: u32 = 6;
/// Only a share in this range counts as lost by chance.
const CHANCE: Range<f64> = 0.1..0.5;
/// Two shares are the same if their ratio is within this range.
const SAME: Range<f64> = 0.6..1.5;

/// Counts the responses that were seen and those that were not.
#[derive(Debug, Default)]
pub(super) struct Losses {
    score: f64,
    /// The responses since the last suspicion.
    seen: f64,
    unseen: f64,
    /// The share of unseen responses at the last suspicion.
    last_share: f64,
    /// The share of responses that are known to be lost by chance.
    usual: f64,
}

/// The reason why several responses were not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Chance,
    /// The last [`SUSPICIOUS`] may be 429s.
    RateLimit,
}

impl Losses {
    /// Records a response that was seen.
    pub(super) fn on_seen(&mut self) {
        self.seen += 1.0;
        self.score = (self.score - 1.0 - 2.0 * SCORE * self.usual).max(0.0);
    }

    /// Records a response that was not seen. Returns the cause once there have been several.
    pub(super) fn on_unseen(&mut self) -> Option<Cause> {
        self.unseen += 1.0;
        self.score += SCORE;
        if self.score < SCORE * f64::from(SUSPICIOUS) * (1.0 + 2.0 * self.usual) {
            return None;
        }
        let share = self.unseen / (self.unseen + self.seen);
        let cause = if CHANCE.contains(&share) && SAME.contains(&(share / self.last_share)) {
            self.usual = share;
            Cause::Chance
        } else {
            Cause::RateLimit
        };
        *self = Self { last_share: share, usual: self.usual, ..Self::default() };
        Some(cause)
    }

    /// Returns whether some responses are known to be lost by chance.
    pub(super) fn are_usual(&self) -> bool {
        self.usual > 0.0
    }

    /// Writes or reads the fields.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        for value in
            [&mut self.score, &mut self.seen, &mut self.unseen, &mut self.last_share, &mut self.usual]
        {
            codec.float(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cause::{Chance, RateLimit};
    use super::*;

    /// Returns the causes that are found among `count` responses, of which each `nth` is not seen.
    fn causes(losses: &mut Losses, count: u32, nth: u32) -> Vec<Cause> {
        let mut causes = Vec::new();
        for number in 1..=count {
            if number % nth == 0 {
                causes.extend(losses.on_unseen());
            } else {
                losses.on_seen();
            }
        }
        causes
    }

    #[test]
    fn six_unseen_in_a_row_are_suspected() {
        assert_eq!(causes(&mut Losses::default(), 6, 1), [RateLimit]);
        assert_eq!(causes(&mut Losses::default(), 5, 1), []);
    }

    #[test]
    fn the_same_share_at_a_slower_pace_is_chance() {
        // After a suspicion the guard slows down, and the share is still a third.
        let mut losses = Losses::default();
        assert_eq!(causes(&mut losses, 1000, 3), [RateLimit, Chance]);
        assert!(losses.are_usual());
    }

    #[test]
    fn a_smaller_share_at_a_slower_pace_is_no_chance() {
        let mut losses = Losses::default();
        assert_eq!(causes(&mut losses, 27, 3), [RateLimit]);
        assert_eq!(causes(&mut losses, 100, 8), [RateLimit]);
        assert!(!losses.are_usual());
    }

    #[test]
    fn rare_losses_are_not_suspected() {
        assert_eq!(causes(&mut Losses::default(), 100_000, 20), []);
    }

    #[test]
    fn the_loss_of_everything_is_never_chance() {
        assert_eq!(causes(&mut Losses::default(), 60, 1), [RateLimit; 10]);
    }
}
