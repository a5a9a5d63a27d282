//! Deserialization of values with limited size.
//!
//! A state or a report may come from anywhere. Reading takes at most as much memory as a triage
//! collects.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use brightdata_sessions::Timestamp;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The maximum length of a string in a report, in bytes. A longer one is cut.
pub(crate) const MAX_TEXT: usize = 300;

/// The maximum length of a name, in bytes: that of a pair of domains.
pub(crate) const MAX_NAME: usize = 2 * 253 + 1;

/// Reads a map with at most `max` entries, all of which have different and valid names.
pub(crate) fn map<'de, D, K, V>(
    deserializer: D,
    max: usize,
    is_valid: fn(&K) -> bool,
) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
{
    struct Entries<K, V> {
        max: usize,
        is_valid: fn(&K) -> bool,
        value: PhantomData<V>,
    }

    impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = BTreeMap::new();
            while let Some(name) = map.next_key()? {
                if entries.len() == self.max {
                    return Err(A::Error::custom(format_args!("more than {} entries", self.max)));
                }
                if !(self.is_valid)(&name) {
                    return Err(A::Error::custom("invalid name of an entry"));
                }
                if entries.insert(name, map.next_value()?).is_some() {
                    return Err(A::Error::custom("an entry occurs twice"));
                }
            }
            Ok(entries)
        }
    }

    deserializer.deserialize_map(Entries { max, is_valid, value: PhantomData })
}

/// Reads a list with at most `MAX` elements.
pub(crate) fn list<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Elements<T, const MAX: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Elements<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = seq.next_element()? {
                if elements.len() == MAX {
                    return Err(A::Error::custom(format_args!("more than {MAX} elements")));
                }
                elements.push(element);
            }
            Ok(elements)
        }
    }

    deserializer.deserialize_seq(Elements::<T, MAX>(PhantomData))
}

/// Reads a string of at most the length at which evidence is cut.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<str>>, D::Error> {
    let text = Option::<Box<str>>::deserialize(deserializer)?;
    match &text {
        Some(long) if long.len() > MAX_TEXT + '…'.len_utf8() => {
            Err(D::Error::custom(format_args!("a string of more than {MAX_TEXT} bytes")))
        }
        _ => Ok(text),
    }
}

/// Reads a number of seconds: finite and not negative.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    if is_valid_number(seconds) { Ok(seconds) } else { Err(D::Error::custom("invalid number of seconds")) }
}

/// Reads a number of seconds that may be missing.
pub(crate) fn seconds_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let seconds = Option::<f64>::deserialize(deserializer)?;
    if seconds.is_none_or(is_valid_number) {
        Ok(seconds)
    } else {
        Err(D::Error::custom("invalid number of seconds"))
    }
}

/// Returns whether a number is finite and not negative. A session that is built by hand can have
/// any number.
pub(crate) fn is_valid_number(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

/// Reads a time in the notation of a report: in UTC, to the second.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = Timestamp::deserialize(deserializer)?;
    let time = text.to_system_time().and_then(|time| Timestamp::try_from(time).ok());
    time.filter(|time| *time == text).ok_or_else(|| D::Error::custom("invalid time"))
}

/// Reads such a time that may be missing.
pub(crate) fn time_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Time(#[serde(deserialize_with = "time")] Timestamp);

    Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
}
