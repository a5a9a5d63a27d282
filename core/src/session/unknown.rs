//! Fields that this version does not know.

use std::borrow::Cow;
use std::fmt;

use serde::de::MapAccess;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::ApiKey;
use crate::object::{FromObject, object};

/// The fields of an object that this version does not know: names and raw JSON values in the order they came, whatever
/// their depth or numbers, and each as often as it came.
///
/// `Debug` shows them as received: see [`Session::redact`](crate::Session::redact).
///
/// They are kept as one JSON text, so that a flood of tiny fields takes no more memory than it took on the wire.
///
/// ```
/// use brightdata_sessions::Session;
///
/// let session: Session = serde_json::from_str(r#"{"session_id":"a","region":{"code":"eu"}}"#)?;
/// assert_eq!(session.unknown.get("region").unwrap().get(), r#"{"code":"eu"}"#);
/// assert_eq!(serde_json::to_value(&session)?["region"]["code"], "eu");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UnknownFields {
    /// A JSON object; empty where there is no field.
    object: String,
}

impl UnknownFields {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    /// The names and raw values in the order they came. Reads the kept text anew each time.
    pub fn iter(&self) -> impl Iterator<Item = (String, &RawValue)> {
        // The text was written by `push`, so it parses.
        serde_json::from_str(&self.object).map(|Members(members)| members).unwrap_or_default().into_iter()
    }

    /// The raw value of a field; the first, if it came more than once. Reads the kept text anew each time.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    pub(super) fn push(&mut self, name: &str, value: &RawValue) {
        // A string can always be written as JSON.
        let Ok(name) = serde_json::to_string(name) else { return };
        // A closed object is opened again, or a new one begun.
        let opening = if self.object.pop().is_some() { ',' } else { '{' };
        self.object.push(opening);
        self.object.push_str(&name);
        self.object.push(':');
        self.object.push_str(value.get());
        self.object.push('}');
    }

    pub(super) fn redact(&mut self, key: &ApiKey) {
        if let Cow::Owned(redacted) = key.redact_json(&self.object) {
            self.object = redacted;
        }
    }

    pub(super) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter().try_for_each(|(name, value)| map.serialize_entry(&name, value))
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, value.get()))).finish()
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for Members<'de> {
    const EXPECTED: &'static str = "an object";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
