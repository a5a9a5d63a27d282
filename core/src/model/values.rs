//! The types of a session's fields that are more than text or a number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::UnknownFields;
use crate::model::json::{Field, FromObject, Name, object};

/// Whether a session has ended, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// The session is still open.
    Running,
    /// The session ended regularly. It may still have an error.
    Finished,
    /// The session ended with an error.
    Failed,
    /// An unknown status, as received. It does not count as an end.
    Other(Box<str>),
}

impl SessionStatus {
    /// Returns the API's word.
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
        deserializer.deserialize_str(WordVisitor(PhantomData))
    }
}

/// Whether a captcha appeared, and whether it was solved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Captcha {
    /// A captcha was solved.
    Solved,
    /// No captcha appeared.
    None,
    /// Solving a captcha was tried and failed.
    Failed,
    /// A captcha appeared and was not solved.
    Detected,
    /// An unknown word, as received.
    Other(Box<str>),
}

impl Captcha {
    /// Returns the API's word.
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
        deserializer.deserialize_str(WordVisitor(PhantomData))
    }
}

/// Parses a word of an open set.
struct WordVisitor<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for WordVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, word: &str) -> Result<T, E> {
        Ok(T::from(word))
    }
}

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
