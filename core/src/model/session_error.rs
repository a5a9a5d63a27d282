//! The error of a session.

use serde::de::MapAccess;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::UnknownFields;
use crate::model::json::{Field, FieldName, FromObject, object};

/// The error of a session: the API's `error` object.
///
/// The Browser API documents codes such as `no_peers` and `inactivity_timeout`. It does not state that the
/// list is complete, so the code is text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionError {
    /// The code, such as `unknown`.
    pub code: Option<Box<str>>,
    /// The message for people.
    pub message: Option<Box<str>>,
    /// The unknown fields, as received.
    pub unknown: UnknownFields,
}

impl SessionError {
    /// Creates an error with a code and a message, for tests and fakes.
    pub fn new(code: impl Into<Box<str>>, message: impl Into<Box<str>>) -> Self {
        Self { code: Some(code.into()), message: Some(message.into()), unknown: UnknownFields::default() }
    }
}

impl Serialize for SessionError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        self.unknown.serialize_into(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for SessionError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for SessionError {
    const EXPECTED: &'static str = "an error object";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut code = Field::new("code");
        let mut message = Field::new("message");
        let mut unknown = UnknownFields::default();
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "code" => code.read(&mut map)?,
                "message" => message.read(&mut map)?,
                name => unknown.push(name, &map.next_value::<Box<RawValue>>()?),
            }
        }
        Ok(Self { code: code.value, message: message.value, unknown })
    }
}
