//! Points in time.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time that a [`Timestamp`] can represent: in the years 0 to 9999.
///
/// Serialized as a pair: the seconds since 1970, rounded down, and the nanoseconds after them.
/// Evidence is ordered by time, so the full precision is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(SystemTime);

/// The seconds since 1970 of the years 0 to 9999.
const SECONDS: Range<i64> = -62_167_219_200..253_402_300_800;

impl Moment {
    pub(crate) fn new(time: SystemTime) -> Option<Self> {
        // Every session is checked, and to write a timestamp would take much longer.
        let moment = Self(time);
        SECONDS.contains(&moment.parts()?.0).then_some(moment)
    }

    /// Returns the time in UTC, to the second.
    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        Timestamp::try_from(self.0).ok()
    }

    /// Returns the time since another one, or 0 if that is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0).unwrap_or_default()
    }

    /// Returns the whole seconds since 1970, or `None` before.
    pub(crate) fn seconds(self) -> Option<u64> {
        self.0.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs())
    }

    /// Returns the time that many seconds after 1970, rounded down, and nanoseconds.
    fn from_parts(seconds: i64, nanos: u32) -> Option<Self> {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        let time = start?.checked_add(Duration::from_nanos(nanos.into()))?;
        (nanos < 1_000_000_000).then(|| Self::new(time)).flatten()
    }

    fn parts(self) -> Option<(i64, u32)> {
        Some(match self.0.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()).ok()?, since.subsec_nanos()),
            Err(before) => {
                let before = before.duration();
                let seconds = -i64::try_from(before.as_secs()).ok()?;
                match before.subsec_nanos() {
                    0 => (seconds, 0),
                    nanos => (seconds - 1, 1_000_000_000 - nanos),
                }
            }
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parts().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (seconds, nanos) = Deserialize::deserialize(deserializer)?;
        Self::from_parts(seconds, nanos)
            .ok_or_else(|| D::Error::custom("invalid time: expected seconds since 1970 and nanoseconds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_its_precision_in_json() {
        for text in [
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00Z",
            "2025-12-16T18:53:41.000000001Z",
            "9999-12-31T23:59:59.999999999Z",
        ] {
            let time = text.parse::<Timestamp>().unwrap().to_system_time().unwrap();
            let moment = Moment::new(time).unwrap();
            let json = serde_json::to_string(&moment).unwrap();
            assert_eq!(serde_json::from_str::<Moment>(&json).unwrap(), moment, "{json}");
        }
        let before = Moment::from_parts(-1, 999_999_999);
        assert_eq!(serde_json::to_string(&before).unwrap(), "[-1,999999999]");
    }

    #[test]
    fn a_moment_can_be_a_timestamp() {
        for edge in [SECONDS.start, SECONDS.end] {
            for (seconds, nanos) in [(-1, 0), (-1, 999_999_999), (0, 0), (0, 1)] {
                let epoch = SystemTime::UNIX_EPOCH;
                let whole = Duration::from_secs((edge + seconds).unsigned_abs());
                let time = if edge < 0 { epoch - whole } else { epoch + whole };
                let time = time + Duration::from_nanos(nanos);
                assert_eq!(Moment::new(time).is_some(), Timestamp::try_from(time).is_ok(), "{time:?}");
            }
        }
    }

    #[test]
    fn a_time_outside_of_the_years_0_to_9999_is_rejected() {
        for json in ["[-62167219201,0]", "[253402300800,0]", "[0,1000000000]", "[9223372036854775807,0]"] {
            let error = serde_json::from_str::<Moment>(json).unwrap_err().to_string();
            assert!(error.starts_with("invalid time: expected seconds since 1970"), "{json}: {error}");
        }
        assert!(serde_json::from_str::<Moment>("[-62167219200,0]").is_ok());
    }
}
