//! The state of a guard as a value that a program stores: in wall-clock time, as a list of numbers.

use std::time::{Duration, SystemTime};
use std::vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Now;

/// The first number of each state. A state of another version is ignored.
const VERSION: u64 = 1;
/// A longer list is not a state.
const MAX_NUMBERS: usize = 512;
/// No time that a guard stores is further in the future, and no duration is longer: a pause takes at
/// most an hour. A later time shows a clock that was wrong.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);

/// The saved state of a [`RateGuard`](crate::RateGuard), made by
/// [`RateGuard::save`](crate::RateGuard::save).
///
/// It is small (at most 4 KiB as JSON), holds no secret, and is valid on any machine whose clock is
/// right. With serde it is a list of numbers, whose meaning may change between versions of this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardState(Vec<u64>);

impl Serialize for GuardState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Accepts any list of numbers. [`RateGuard::restore`](crate::RateGuard::restore) ignores one that is
/// not a state.
impl<'de> Deserialize<'de> for GuardState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

/// How far the clocks of two processes may differ.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Writes the fields of a guard to a state, or reads them from one. Each type names its fields once,
/// for both directions.
pub(super) struct Codec {
    /// The difference between the caller's clock and the wall clock, in nanoseconds.
    shift: i128,
    now: Now,
    mode: Mode,
}

enum Mode {
    Write(Vec<u64>),
    /// The numbers left, or `None` after an invalid one.
    Read(Option<vec::IntoIter<u64>>),
}

impl Codec {
    fn new(now: Now, clock: SystemTime, mode: Mode) -> Self {
        let clock = clock.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { shift: nanos(clock) - nanos(now.since(Now::ORIGIN)), now, mode }
    }

    pub(super) fn write(now: Now, clock: SystemTime, fields: impl FnOnce(&mut Self)) -> GuardState {
        let mut codec = Self::new(now, clock, Mode::Write(vec![VERSION]));
        fields(&mut codec);
        match codec.mode {
            Mode::Write(numbers) => GuardState(numbers),
            Mode::Read(_) => GuardState(Vec::new()),
        }
    }

    /// Returns whether the whole state is valid.
    pub(super) fn read(
        state: &GuardState,
        now: Now,
        clock: SystemTime,
        fields: impl FnOnce(&mut Self),
    ) -> bool {
        if state.0.first() != Some(&VERSION) || state.0.len() > MAX_NUMBERS {
            return false;
        }
        let mut numbers = state.0.clone().into_iter();
        numbers.next();
        let mut codec = Self::new(now, clock, Mode::Read(Some(numbers)));
        fields(&mut codec);
        matches!(codec.mode, Mode::Read(Some(rest)) if rest.len() == 0)
    }

    fn code(&mut self, write: u64, read: impl FnOnce(u64) -> Option<()>) {
        match &mut self.mode {
            Mode::Write(numbers) => numbers.push(write),
            Mode::Read(numbers) => {
                let is_valid = numbers.as_mut().and_then(Iterator::next).and_then(read).is_some();
                if !is_valid {
                    *numbers = None;
                }
            }
        }
    }

    pub(super) fn count(&mut self, value: &mut u32) {
        self.code((*value).into(), |number| {
            *value = number.try_into().ok()?;
            Some(())
        });
    }

    pub(super) fn number(&mut self, value: &mut u64) {
        self.code(*value, |number| {
            *value = number;
            Some(())
        });
    }

    pub(super) fn flag(&mut self, value: &mut bool) {
        self.code((*value).into(), |number| {
            *value = number == 1;
            (number <= 1).then_some(())
        });
    }

    /// Codes a rate or a number of requests.
    pub(super) fn float(&mut self, value: &mut f64) {
        self.code(value.to_bits(), |bits| {
            *value = f64::from_bits(bits);
            (0.0..=1e9).contains(value).then_some(())
        });
    }

    pub(super) fn duration(&mut self, value: &mut Duration) {
        let nanos = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX);
        self.code(nanos, |nanos| {
            *value = Duration::from_nanos(nanos);
            (*value <= LONGEST).then_some(())
        });
    }

    /// Codes a time in the past. A later one shows that the clock was set back.
    pub(super) fn past(&mut self, value: &mut Now) {
        self.time_until(self.now + TOLERANCE, value);
    }

    /// Codes a time. One that is before this caller's origin becomes the origin.
    pub(super) fn time(&mut self, value: &mut Now) {
        self.time_until(self.now + LONGEST, value);
    }

    fn time_until(&mut self, latest: Now, value: &mut Now) {
        let shift = self.shift;
        let written = u64::try_from(nanos(value.since(Now::ORIGIN)) + shift).unwrap_or_default();
        self.code(written, |nanos| {
            let since_origin = u64::try_from((i128::from(nanos) - shift).max(0)).ok()?;
            *value = Duration::from_nanos(since_origin).into();
            (*value <= latest).then_some(())
        });
    }

    pub(super) fn option<T: Default>(&mut self, value: &mut Option<T>, code: impl FnOnce(&mut Self, &mut T)) {
        let mut is_some = value.is_some();
        self.flag(&mut is_some);
        if is_some {
            code(self, value.get_or_insert_default());
        } else {
            *value = None;
        }
    }

    /// Codes a list of at most `max` items.
    pub(super) fn list<T: Default>(
        &mut self,
        items: &mut Vec<T>,
        max: u32,
        mut code: impl FnMut(&mut Self, &mut T),
    ) {
        let mut count = u32::try_from(items.len()).unwrap_or(u32::MAX).min(max);
        self.count(&mut count);
        items.resize_with(usize::try_from(count.min(max)).unwrap_or_default(), T::default);
        for item in items {
            code(self, item);
        }
    }
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}
