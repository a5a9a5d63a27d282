//! The values of a session's fields that are more than text or a number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::UnknownFields;
use crate::model::json::{Field, FromObject, Name, object};

/// Whether a session is over, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// Still open.
    Running,
    /// Over, in the regular way. It may carry an error all the same.
    Finished,
    /// Over, with an error.
    Failed,
    /// A status that this version does not know, as it came. It does not count as an end.
    Other(Box<str>),
}

impl SessionStatus {
    /// The API's own word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Other(other) => other,
        }
    }
}

impl From<&str> for SessionStatus {
    fn from(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "finished" => Self::Finished,
            "failed" => Self::Failed,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SessionStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SessionStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Word(PhantomData))
    }
}

/// Whether a captcha appeared, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Captcha {
    /// It was solved.
    Solved,
    /// There was none.
    None,
    /// It was tried, and not solved.
    Failed,
    /// It appeared, and was not solved.
    Detected,
    /// A value that this version does not know, as it came.
    Other(Box<str>),
}

impl Captcha {
    /// The API's own word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Solved => "solved",
            Self::None => "none",
            Self::Failed => "failed",
            Self::Detected => "detected",
            Self::Other(other) => other,
        }
    }
}

impl From<&str> for Captcha {
    fn from(word: &str) -> Self {
        match word {
            "solved" => Self::Solved,
            "none" => Self::None,
            "failed" => Self::Failed,
            "detected" => Self::Detected,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for Captcha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Captcha {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Captcha {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Word(PhantomData))
    }
}

/// Reads a word into whatever an open set of words is.
struct Word<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, word: &str) -> Result<T, E> {
        Ok(T::from(word))
    }
}

/// What went wrong in a session: the API's `error` object.
///
/// The Browser API documents codes such as `no_peers` or `inactivity_timeout`; whether they are all that come here is
/// not said, so the code is text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionFailure {
    /// The code, such as `unknown`.
    pub code: Option<Box<str>>,
    /// The message, for people.
    pub message: Option<Box<str>>,
    /// The fields that this version does not know, as they came.
    pub unknown: UnknownFields,
}

impl SessionFailure {
    /// An error with a code and a message: for tests and fakes.
    pub fn new(code: impl Into<Box<str>>, message: impl Into<Box<str>>) -> Self {
        Self { code: Some(code.into()), message: Some(message.into()), unknown: UnknownFields::default() }
    }
}

impl Serialize for SessionFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        self.unknown.serialize_into(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for SessionFailure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for SessionFailure {
    const EXPECTED: &'static str = "an error object";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut code = Field::new("code");
        let mut message = Field::new("message");
        let mut unknown = UnknownFields::default();
        while let Some(name) = map.next_key::<Name>()? {
            match &*name {
                "code" => code.read(&mut map)?,
                "message" => message.read(&mut map)?,
                name => unknown.push(name, &map.next_value::<Box<RawValue>>()?),
            }
        }
        Ok(Self { code: code.value, message: message.value, unknown })
    }
}
