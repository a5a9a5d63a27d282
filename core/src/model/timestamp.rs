//! Points in time, in the service's notation.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::field::{FieldType, JsonType};
use crate::{ApiKey, InvalidInput};

/// A point in time that keeps its text, such as `2025-12-16T18:53:41Z`.
///
/// The service's text is preserved even if it is not a date, so that an odd timestamp does not make
/// a session unreadable. It is converted on demand. [`FromStr`] accepts only a date and time of RFC
/// 3339, the strict profile of the ISO 8601 that the API documents.
///
/// Two timestamps are equal if their strings are equal. They are ordered by the point in time.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use brightdata_sessions::Timestamp;
///
/// let start: Timestamp = "2025-12-16T18:53:41Z".parse()?;
/// assert_eq!(start.to_system_time(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_911_221)));
/// assert!(start < "2025-12-16T19:53:41.5+01:00".parse()?);
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
///
/// The features `chrono`, `jiff` and `time` add `TryFrom<&Timestamp>` for the types of these
/// crates:
///
#[cfg_attr(feature = "chrono", doc = "```")]
#[cfg_attr(not(feature = "chrono"), doc = "```ignore")]
/// # use brightdata_sessions::Timestamp;
/// # let start: Timestamp = "2025-12-16T18:53:41Z".parse()?;
/// let start = chrono::DateTime::try_from(&start).unwrap();
/// assert_eq!(start.timestamp(), 1_765_911_221);
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
///
#[cfg_attr(feature = "jiff", doc = "```")]
#[cfg_attr(not(feature = "jiff"), doc = "```ignore")]
/// # use brightdata_sessions::Timestamp;
/// # let start: Timestamp = "2025-12-16T18:53:41Z".parse()?;
/// let start = jiff::Timestamp::try_from(&start).unwrap();
/// assert_eq!(start.as_second(), 1_765_911_221);
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
///
#[cfg_attr(feature = "time", doc = "```")]
#[cfg_attr(not(feature = "time"), doc = "```ignore")]
/// # use brightdata_sessions::Timestamp;
/// # let start: Timestamp = "2025-12-16T18:53:41Z".parse()?;
/// let start = time::OffsetDateTime::try_from(&start).unwrap();
/// assert_eq!(start.unix_timestamp(), 1_765_911_221);
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp(Box<str>);

const NOT_A_DATE: InvalidInput =
    InvalidInput::new("timestamp", "expected a date and time such as 2025-12-16T18:53:41Z");

impl Timestamp {
    /// Returns the text as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the timestamp if its text is a date and time of RFC 3339.
    pub(crate) fn checked(self) -> Result<Self, InvalidInput> {
        if parse(&self.0).is_some() { Ok(self) } else { Err(NOT_A_DATE) }
    }

    /// Returns the second of this point in time, counted from the Unix epoch.
    pub(crate) fn unix_second(&self) -> Option<i64> {
        parse(&self.0).map(|(seconds, _)| seconds)
    }

    /// Formats a second, counted from the Unix epoch. A second outside the years 0 to 9999 becomes
    /// the nearest one within them.
    pub(crate) fn from_unix_second(second: i64) -> Self {
        let text = format(second.clamp(WRITABLE.start, WRITABLE.end - 1));
        Self(text.unwrap_or_default().into())
    }

    /// Returns the point in time with nanosecond precision, or `None` if the text is not a date and
    /// time of RFC 3339. A leap second becomes the second after it.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let (seconds, nanos) = parse(&self.0)?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        start?.checked_add(Duration::from_nanos(nanos))
    }
}

impl FromStr for Timestamp {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        Self(text.into()).checked()
    }
}

impl TryFrom<&str> for Timestamp {
    type Error = InvalidInput;

    fn try_from(text: &str) -> Result<Self, InvalidInput> {
        text.parse()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidInput;

    fn try_from(text: String) -> Result<Self, InvalidInput> {
        Self(text.into()).checked()
    }
}

/// Formats a time in UTC, truncated to seconds. Fails for years outside 0 to 9999.
impl TryFrom<SystemTime> for Timestamp {
    type Error = InvalidInput;

    fn try_from(time: SystemTime) -> Result<Self, InvalidInput> {
        let text = writable(time)
            .and_then(format)
            .ok_or_else(|| InvalidInput::new("timestamp", "outside the years 0 to 9999"))?;
        Ok(Self(text.into()))
    }
}

/// Orders by the point in time, then by the text. A string that is not a date comes before all
/// dates.
///
/// Each comparison parses both strings. Sort a long list with
/// [`sort_by_cached_key`](slice::sort_by_cached_key) and
/// [`to_system_time`](Timestamp::to_system_time).
impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        // The text makes the order agree with `Eq`: one instant has several notations.
        parse(&self.0).cmp(&parse(&other.0)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Timestamp {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Accepts any string, because the service may send any.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer).map(Self)
    }
}

impl FieldType for Timestamp {
    type Json = Self;
    const JSON_TYPE: JsonType = JsonType::Text;

    fn redact(&mut self, key: &ApiKey) {
        if let Cow::Owned(redacted) = key.redact(&self.0) {
            self.0 = redacted.into();
        }
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<&Timestamp> for chrono::DateTime<chrono::FixedOffset> {
    type Error = chrono::ParseError;

    fn try_from(timestamp: &Timestamp) -> Result<Self, Self::Error> {
        Self::parse_from_rfc3339(&timestamp.0)
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<&Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(timestamp: &Timestamp) -> Result<Self, Self::Error> {
        timestamp.0.parse()
    }
}

#[cfg(feature = "time")]
impl TryFrom<&Timestamp> for time::OffsetDateTime {
    type Error = time::error::Parse;

    fn try_from(timestamp: &Timestamp) -> Result<Self, Self::Error> {
        Self::parse(&timestamp.0, &time::format_description::well_known::Rfc3339)
    }
}

/// Parses a `date-time` of RFC 3339 into seconds since the Unix epoch and additional nanoseconds.
fn parse(text: &str) -> Option<(i64, u64)> {
    let mut rest = Cursor(text.as_bytes());
    let year = rest.number(4)?;
    rest.one_of(b"-")?;
    let month = rest.number(2)?;
    rest.one_of(b"-")?;
    let day = rest.number(2)?;
    rest.one_of(b"Tt ")?;
    let hour = rest.number(2)?;
    rest.one_of(b":")?;
    let minute = rest.number(2)?;
    rest.one_of(b":")?;
    let second = rest.number(2)?;
    let nanos = if rest.one_of(b".").is_some() { rest.fraction()? } else { 0 };
    let offset = match rest.one_of(b"Zz+-")? {
        b'Z' | b'z' => 0,
        sign => {
            let hours = rest.number(2)?;
            rest.one_of(b":")?;
            let minutes = rest.number(2)?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if sign == b'-' { -seconds } else { seconds }
        }
    };
    let valid = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 60;
    if !valid || !rest.0.is_empty() {
        return None;
    }
    Some((days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset, nanos))
}

/// The seconds since the Unix epoch that can be formatted: from the start of year 0 to that of year
/// 10000.
const WRITABLE: Range<i64> = days_since_epoch(0, 1, 1) * 86_400..days_since_epoch(10_000, 1, 1) * 86_400;

/// Returns the whole seconds since the Unix epoch, or `None` outside the years 0 to 9999.
fn writable(time: SystemTime) -> Option<i64> {
    let seconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok()?,
        // Round down, as for times after the epoch.
        Err(before) => {
            let before = before.duration();
            -i64::try_from(before.as_secs() + u64::from(before.subsec_nanos() > 0)).ok()?
        }
    };
    WRITABLE.contains(&seconds).then_some(seconds)
}

/// Formats seconds since the Unix epoch as a `date-time` of RFC 3339 in UTC. They must be in
/// [`WRITABLE`].
fn format(seconds: i64) -> Option<String> {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The average year has 365.2425 days, so the guess is off by at most one year.
    let guess = 1970 + (days * 10_000).div_euclid(3_652_425);
    let year = (guess - 1..=guess + 1).rev().find(|&year| days_since_epoch(year, 1, 1) <= days)?;
    let month = (1..=12).rev().find(|&month| days_since_epoch(year, month, 1) <= days)?;
    let day = days - days_since_epoch(year, month, 1) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// The unparsed rest of a string.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn one_of(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        accepted.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn digit(&mut self) -> Option<i64> {
        self.one_of(b"0123456789").map(|digit| i64::from(digit - b'0'))
    }

    fn number(&mut self, digits: u32) -> Option<i64> {
        (0..digits).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    /// Parses one or more digits into nanoseconds. Further digits are ignored.
    fn fraction(&mut self) -> Option<u64> {
        let mut unit = 100_000_000;
        let mut nanos = self.digit()?.unsigned_abs() * unit;
        while let Some(digit) = self.digit() {
            unit /= 10;
            nanos += digit.unsigned_abs() * unit;
        }
        Some(nanos)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days since 1970-01-01 in the Gregorian calendar, for years from 0. Years start in
/// March here, so that a leap day is the last day of its year and month lengths follow
/// (153 m + 2) / 5.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + leap_days + day_of_year - 719_468
}
