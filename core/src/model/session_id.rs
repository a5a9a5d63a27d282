//! Session ids.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::field::{FieldType, JsonType};
use crate::redact::REDACTED;
use crate::{ApiKey, InvalidInput};

/// The id of one session, validated once.
///
/// The service does not document a format; every example is shaped like a UUID. Any string of 1 to
/// 256 characters is valid if it has no control characters, does not start or end with white space,
/// and is neither `.` nor `..`. Some HTTP clients resolve these two, which changes the request.
///
/// ```
/// use brightdata_sessions::SessionId;
///
/// let id: SessionId = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f".parse()?;
/// assert_eq!(id.as_str(), "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f");
/// assert!("..".parse::<SessionId>().is_err());
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// Creates an id from a string, which is kept unchanged.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the text is not a valid id.
    pub fn new(id: impl Into<Box<str>>) -> Result<Self, InvalidInput> {
        let id = id.into();
        match problem(&id) {
            None => Ok(Self(id)),
            Some(why) => Err(InvalidInput::new("session id", why)),
        }
    }

    /// Returns the id as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn problem(id: &str) -> Option<&'static str> {
    // Fast path for ids like the documented ones. `.` and `..` are shorter.
    let is_graphic = id.bytes().fold(true, |so_far, byte| so_far & byte.is_ascii_graphic());
    if is_graphic && (3..=256).contains(&id.len()) {
        return None;
    }
    if id.is_empty() {
        return Some("empty");
    }
    if id.chars().nth(256).is_some() {
        return Some("longer than 256 characters");
    }
    if id.contains(char::is_control) {
        return Some("contains a control character, such as a line break");
    }
    if id.starts_with(char::is_whitespace) || id.ends_with(char::is_whitespace) {
        return Some("starts or ends with white space");
    }
    if id == "." || id == ".." {
        return Some("`.` and `..` are not allowed, because they change the path");
    }
    None
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for SessionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = InvalidInput;

    fn from_str(id: &str) -> Result<Self, InvalidInput> {
        Self::new(id)
    }
}

impl TryFrom<&str> for SessionId {
    type Error = InvalidInput;

    fn try_from(id: &str) -> Result<Self, InvalidInput> {
        Self::new(id)
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidInput;

    fn try_from(id: String) -> Result<Self, InvalidInput> {
        Self::new(id)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Box::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl FieldType for SessionId {
    type Json = Self;
    const JSON_TYPE: JsonType = JsonType::Id;

    /// An id that would become invalid is redacted completely.
    fn redact(&mut self, key: &ApiKey) {
        if let Cow::Owned(redacted) = key.redact(&self.0) {
            *self = Self::new(redacted).unwrap_or_else(|_| Self(REDACTED.into()));
        }
    }
}
