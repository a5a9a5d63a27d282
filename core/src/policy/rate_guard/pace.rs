//! The learned pace: how many requests per second the service lets through.
//!
//! There is no pace before the first refusal. Then it is a little lower than the rate that was let
//! through, and grows while callers wait for it:
//!
//! | phase             | growth                                                                       |
//! |-------------------|------------------------------------------------------------------------------|
//! | near a known rate | slowly up to that rate, and faster beyond it (a cubic curve, as in TCP CUBIC) |
//! | beyond it by 6 %  | the limit was raised: doubles in 150 s                                       |
//! | a guess           | doubles with as many requests as were let through before the first refusal   |
//!
//! The rate is a guess after the first refusal, unless requests were let through for a minute before
//! it. A full minute's allowance may have been used, and then the measured rate is right. Or a small
//! bucket or a limit per second was hit, and then it is far too low. The first probe shows which: it
//! is refused if the period is long.

use std::time::Duration;

use super::measure::Measure;
use super::saved::Codec;
use crate::Now;

/// How much lower the pace is than the rate that was let through. A refusal with more requests in
/// flight costs more, so the pace is lowered further for each.
const CUT: f64 = 0.06;
const CUT_IN_FLIGHT: f64 = 0.015;
/// The measured rate is too low if the minute had pauses, so one refusal lowers the pace no further.
const DEEPEST_CUT: f64 = 0.25;
/// The time until the pace is back at the known rate, and the increase for each recent refusal.
const RECOVERY: Duration = Duration::from_secs(20);
const RECOVERY_PER_REFUSAL: Duration = Duration::from_secs(15);
/// The time in which the pace doubles once it is well beyond the known rate.
const DOUBLING: f64 = 150.0;
/// The shortest time in which a guess doubles.
const GUESS_DOUBLING: f64 = 8.0;
/// A rate that was measured for less time is a guess.
const MEASURED: Duration = Duration::from_secs(58);
/// The pace is between one request in five minutes and, for a first guess, at least one in 5 s.
const SLOWEST: f64 = 1.0 / 300.0;
const FIRST_GUESS: f64 = 0.2;
/// A turn that is used later than this, or than a quarter of the interval, delays the next one.
const TOLERANCE: Duration = Duration::from_millis(20);

/// The pace of requests.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Requests per second. `None` before the first refusal.
    rate: Option<f64>,
    interval: Duration,
    /// The time of the next request.
    next: Now,
    /// The rate that was let through before the last refusal.
    known: f64,
    /// The time until the pace is back at it, and the time in which callers waited for it so far.
    recovery: Duration,
    waited: Duration,
    /// The requests of the minute before the last refusal, while the rate is a guess.
    guess: Option<f64>,
    /// The time of the first request that was let through.
    first_at: Option<Now>,
    /// Created with the first request, because it is large.
    measure: Option<Box<Measure>>,
}

impl Pace {
    /// Records that a request is sent. `may_grow` is whether a refusal could be afforded.
    pub(super) fn on_send(&mut self, may_grow: bool, now: Now) {
        let Some(rate) = self.rate else { return };
        let late = now.since(self.next);
        // A turn that nobody waited for shows nothing about the limit.
        if may_grow && late < self.interval {
            self.waited = self.waited.saturating_add(self.interval);
            self.set(self.grown(rate));
        }
        let credit = late.min((self.interval / 4).max(TOLERANCE));
        self.next = now + self.interval.saturating_sub(credit);
    }

    /// Records that the service let a request through.
    pub(super) fn on_let_through(&mut self, now: Now) {
        self.first_at.get_or_insert(now);
        self.measure.get_or_insert_default().add(now);
    }

    /// Lowers the pace after a refusal. `recent` is the number of refusals in the last minutes.
    pub(super) fn cut(&mut self, recent: u32, in_flight: u32, now: Now) {
        let Some(rate) = self.rate else { return self.cut_to_measured(recent, in_flight, now) };
        // While a guess doubles within the minute, the last seconds count.
        let floor = match self.guess {
            Some(_) => self.rate_within(15, now),
            None => rate * (1.0 - DEEPEST_CUT),
        };
        let minute = self.rate_within(60, now);
        self.cut_to(minute.max(floor), recent, in_flight, now);
    }

    /// Lowers the pace to the rate of the last minute.
    pub(super) fn cut_to_measured(&mut self, recent: u32, in_flight: u32, now: Now) {
        let minute = self.rate_within(60, now);
        self.cut_to(minute, recent, in_flight, now);
    }

    /// Sends nothing before this time.
    pub(super) fn pause(&mut self, until: Now) {
        self.next = self.next.max(until);
    }

    /// Ends the guess: the rate counts as measured.
    pub(super) fn confirm(&mut self) {
        self.guess = None;
    }

    /// Returns the time between two requests: zero without a pace.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Returns the time of the next request.
    pub(super) fn next(&self) -> Now {
        self.next
    }

    /// Returns whether the rate is still a guess.
    pub(super) fn is_guess(&self) -> bool {
        self.guess.is_some()
    }

    /// Writes or reads the fields.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        codec.option(&mut self.rate, Codec::float);
        codec.time(&mut self.next);
        codec.float(&mut self.known);
        codec.duration(&mut self.recovery);
        codec.duration(&mut self.waited);
        codec.option(&mut self.guess, Codec::float);
        codec.option(&mut self.first_at, Codec::past);
        codec.option(&mut self.measure, |codec, measure| measure.code(codec));
        match self.rate {
            Some(rate) => self.set(rate),
            None => self.interval = Duration::ZERO,
        }
    }

    /// Lowers the pace below the rate that was let through.
    fn cut_to(&mut self, let_through: f64, recent: u32, in_flight: u32, now: Now) {
        let (known, is_guess) = match self.rate {
            Some(rate) => (let_through.min(rate), self.is_guess() && let_through * 1.5 < rate),
            None => {
                let is_measured = self.first_at.is_some_and(|first| now.since(first) >= MEASURED);
                (let_through.max(FIRST_GUESS), !is_measured)
            }
        };
        self.guess = is_guess.then_some((self.rate_within(60, now) * 60.0).max(4.0));
        self.known = known;
        self.waited = Duration::ZERO;
        self.recovery = RECOVERY.saturating_add(RECOVERY_PER_REFUSAL.saturating_mul(recent));
        self.set(known * (1.0 - CUT - CUT_IN_FLIGHT * f64::from(in_flight.min(10))));
    }

    /// Returns the rate after one more interval.
    fn grown(&self, rate: f64) -> f64 {
        let interval = self.interval.as_secs_f64();
        if let Some(requests) = self.guess {
            return rate * requests.recip().min(interval / GUESS_DOUBLING).exp2();
        }
        if rate > self.known * (1.0 + CUT) {
            return rate * (interval / DOUBLING).exp2();
        }
        let x = self.waited.as_secs_f64() / self.recovery.as_secs_f64() - 1.0;
        // A deeper cut grows back faster at first.
        rate.max(self.known * (1.0 + CUT * x.powi(3)))
    }

    /// Returns the requests per second that were let through within this number of seconds.
    fn rate_within(&mut self, seconds: u32, now: Now) -> f64 {
        self.measure.as_mut().map_or(0.0, |measure| measure.rate(seconds, now))
    }

    fn set(&mut self, rate: f64) {
        let rate = rate.max(SLOWEST);
        self.rate = Some(rate);
        self.interval = Duration::try_from_secs_f64(rate.recip()).unwrap_or_default();
    }
}
