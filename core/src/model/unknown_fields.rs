//! Unknown fields of the service's objects.

use std::borrow::Cow;
use std::fmt;

use serde::de::MapAccess;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ApiKey;
use crate::model::json::{FromObject, object};

/// The unknown fields of an object: names and raw JSON values in their original order, of any depth
/// and with any numbers. Repeated fields are kept.
///
/// `Debug` shows them as received: see [`Session::redact`](crate::Session::redact).
///
/// They are stored together as JSON text, so that many small fields take at most as much memory as
/// in the response.
///
/// When a session is serialized to JSON text, each value is written exactly as received. A
/// [`serde_json::Value`] cannot hold every JSON value: a number beyond `f64`, a lone surrogate in a
/// string, or more than 127 levels do not fit. `serde_json::to_value` puts the JSON text of such a
/// value there, as a string, and keeps the last of several fields with one name.
///
/// ```
/// use brightdata_sessions::Session;
///
/// let json = r#"{"session_id":"a","region":{"code":"eu"},"cost":1e999}"#;
/// let session: Session = serde_json::from_str(json)?;
/// assert_eq!(session.unknown.get("region").unwrap().get(), r#"{"code":"eu"}"#);
///
/// assert!(serde_json::to_string(&session)?.ends_with(r#","region":{"code":"eu"},"cost":1e999}"#));
/// let value = serde_json::to_value(&session)?;
/// assert_eq!(value["region"]["code"], "eu");
/// assert_eq!(value["cost"], "1e999");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UnknownFields {
    /// A JSON object, or an empty string without fields.
    object: String,
}

impl UnknownFields {
    /// Returns whether there are no unknown fields.
    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    /// Returns the names and raw values in their original order. Each call parses the stored text.
    pub fn iter(&self) -> impl Iterator<Item = (String, &RawValue)> {
        // `push` wrote the text, so it parses.
        serde_json::from_str(&self.object).map(|Members(members)| members).unwrap_or_default().into_iter()
    }

    /// Returns the raw value of a field, the first one if the field is repeated. Each call parses
    /// the stored text.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    pub(super) fn push(&mut self, name: &str, value: &RawValue) {
        // Serializing a string to JSON cannot fail.
        let Ok(name) = serde_json::to_string(name) else { return };
        // Reopen the object, or begin one.
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
        self.iter().try_for_each(|(name, value)| map.serialize_entry(&name, &Unchanged(value)))
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, value.get()))).finish()
    }
}

/// Serializes a raw value unchanged where that is possible.
struct Unchanged<'a>(&'a RawValue);

impl Serialize for Unchanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A serializer that writes text returns nothing, and writes a raw value unchanged. One that
        // returns a value would parse the raw value, and fail where `Value` cannot hold it.
        if size_of::<S::Ok>() == 0 {
            return self.0.serialize(serializer);
        }
        match serde_json::from_str::<Value>(self.0.get()) {
            Ok(value) => value.serialize(serializer),
            Err(_) => serializer.serialize_str(self.0.get()),
        }
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
