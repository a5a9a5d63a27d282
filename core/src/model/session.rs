//! The record of one session.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::model::fault;
use crate::model::json::{Field, FieldName, FromObject, object};
use crate::{ApiKey, Captcha, SessionError, SessionId, SessionStatus, Timestamp, UnknownFields};

/// The record of one browser session, as returned by `GET /browser_sessions/{session_id}` and by the list.
///
/// Only the id is required. A field that is missing or null is `None`, never 0, because a false zero in a
/// bill is worse than no number. A field of an undocumented type is an error. An unknown field is preserved
/// in [`unknown`](Self::unknown) and written out again.
///
/// A session holds the data as received, and `Debug` shows it. A server can echo the key in any field, so
/// call [`redact`](Self::redact) before you show or log a session.
///
/// `Serialize` writes the API's own field names, `None` as null. `Deserialize` reads what
/// `Serialize` writes, and what the service sends, from JSON text or a `serde_json::Value`. Unknown
/// fields survive a round trip through text unchanged; what a `Value` keeps of them is stated at
/// [`UnknownFields`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// The id.
    pub session_id: SessionId,
    /// The name of the Browser API (zone), such as `scraping_browser1`.
    pub api_name: Option<Box<str>>,
    /// Whether the session has ended, and how.
    pub status: Option<SessionStatus>,
    /// The start of the session.
    pub timestamp: Option<Timestamp>,
    /// The URL of the first navigation. It can hold personal data and tokens.
    pub target_url: Option<Box<str>>,
    /// The last URL before the session closed. It can hold personal data and tokens.
    pub end_url: Option<Box<str>>,
    /// The number of page navigations. Float notation is parsed as `f64` first, so `0.99999999999999999999`
    /// is 1.
    pub navigations: Option<u64>,
    /// The duration in seconds, finite and not negative. `None` while the session runs.
    pub duration: Option<f64>,
    /// Whether a captcha appeared, and whether it was solved.
    pub captcha: Option<Captcha>,
    /// The total billable traffic in bytes. Float notation is parsed as `f64` first. Whether the value changes
    /// while the session runs is not documented.
    pub bandwidth: Option<u64>,
    /// The error of the session. A finished session may have one too.
    pub error: Option<SessionError>,
    /// The unknown fields, as received.
    pub unknown: UnknownFields,
}

impl Session {
    /// Creates a session with only an id, for tests and fakes that then set other fields.
    pub fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            api_name: None,
            status: None,
            timestamp: None,
            target_url: None,
            end_url: None,
            navigations: None,
            duration: None,
            captcha: None,
            bandwidth: None,
            error: None,
            unknown: UnknownFields::default(),
        }
    }

    /// Reads the JSON of one session, as `serde_json::from_str` does. The error names the field.
    ///
    /// ```
    /// use brightdata_sessions::Session;
    ///
    /// let error = Session::from_json(r#"{"session_id":"a","timestamp":1}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "timestamp: expected a string, found 1");
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if this is not valid JSON, or not a session. The error is at most 300 bytes long,
    /// however long the JSON is. It may repeat a value of the JSON: redact and escape it before it
    /// is shown.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map_err(|error| fault::in_session(json).unwrap_or(error))
    }

    /// Returns the session without the key in any of its texts, the names and values of its unknown
    /// fields included: it is safe to show, by `Debug` too.
    ///
    /// A session itself holds what was received, and a server can echo the key in any field. See
    /// [`ApiKey::redact`] for what is found.
    ///
    /// ```
    /// use brightdata_sessions::{ApiKey, Session};
    ///
    /// let key = ApiKey::new("0123456789abcdef")?;
    /// let json = r#"{"session_id":"a","api_name":"zone of 0123456789abcdef","new":["\u0030123456789abcdef"]}"#;
    /// let session: Session = serde_json::from_str(json)?;
    /// let safe = session.redact(&key);
    /// assert_eq!(safe.api_name.as_deref(), Some("zone of [redacted]"));
    /// assert_eq!(safe.unknown.get("new").unwrap().get(), r#"["[redacted]"]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn redact(mut self, key: &ApiKey) -> Self {
        self.session_id.redact(key);
        if let Some(Cow::Owned(status)) = self.status.as_ref().map(|status| key.redact(status.as_str())) {
            self.status = Some(SessionStatus::from(&*status));
        }
        if let Some(Cow::Owned(captcha)) = self.captcha.as_ref().map(|captcha| key.redact(captcha.as_str())) {
            self.captcha = Some(Captcha::from(&*captcha));
        }
        if let Some(timestamp) = &mut self.timestamp {
            timestamp.redact(key);
        }
        for text in [&mut self.api_name, &mut self.target_url, &mut self.end_url] {
            redact(text, key);
        }
        if let Some(error) = &mut self.error {
            redact(&mut error.code, key);
            redact(&mut error.message, key);
            error.unknown.redact(key);
        }
        self.unknown.redact(key);
        self
    }
}

fn redact(text: &mut Option<Box<str>>, key: &ApiKey) {
    if let Some(Cow::Owned(redacted)) = text.as_deref().map(|text| key.redact(text)) {
        *text = Some(redacted.into());
    }
}

impl Serialize for Session {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("session_id", &self.session_id)?;
        map.serialize_entry("api_name", &self.api_name)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        map.serialize_entry("target_url", &self.target_url)?;
        map.serialize_entry("end_url", &self.end_url)?;
        map.serialize_entry("navigations", &self.navigations)?;
        map.serialize_entry("duration", &self.duration)?;
        map.serialize_entry("captcha", &self.captcha)?;
        map.serialize_entry("bandwidth", &self.bandwidth)?;
        map.serialize_entry("error", &self.error)?;
        self.unknown.serialize_into(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Session {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for Session {
    const EXPECTED: &'static str = "a session object";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut session_id = Field::new("session_id");
        let mut api_name = Field::new("api_name");
        let mut status = Field::new("status");
        let mut timestamp = Field::new("timestamp");
        let mut target_url = Field::new("target_url");
        let mut end_url = Field::new("end_url");
        let mut navigations = Field::<JsonU64>::new("navigations");
        let mut duration = Field::<Seconds>::new("duration");
        let mut captcha = Field::new("captcha");
        let mut bandwidth = Field::<JsonU64>::new("bandwidth");
        let mut error = Field::new("error");
        let mut unknown = UnknownFields::default();
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "session_id" => session_id.read(&mut map)?,
                "api_name" => api_name.read(&mut map)?,
                "status" => status.read(&mut map)?,
                "timestamp" => timestamp.read(&mut map)?,
                "target_url" => target_url.read(&mut map)?,
                "end_url" => end_url.read(&mut map)?,
                "navigations" => navigations.read(&mut map)?,
                "duration" => duration.read(&mut map)?,
                "captcha" => captcha.read(&mut map)?,
                "bandwidth" => bandwidth.read(&mut map)?,
                "error" => error.read(&mut map)?,
                name => unknown.push(name, &map.next_value::<Box<RawValue>>()?),
            }
        }
        Ok(Self {
            session_id: session_id.required()?,
            api_name: api_name.value,
            status: status.value,
            timestamp: timestamp.value,
            target_url: target_url.value,
            end_url: end_url.value,
            navigations: navigations.value.map(|JsonU64(number)| number),
            duration: duration.value.map(|Seconds(seconds)| seconds),
            captcha: captcha.value,
            bandwidth: bandwidth.value.map(|JsonU64(number)| number),
            error: error.value,
            unknown,
        })
    }
}

/// A `u64`. Also accepts float notation (`4.0`, `4e0`) if the parsed `f64` is whole and below 2^53.
pub(crate) struct JsonU64(pub(crate) u64);

impl<'de> Deserialize<'de> for JsonU64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonU64Visitor;

        impl Visitor<'_> for JsonU64Visitor {
            type Value = JsonU64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 0 to 2^64 - 1 (to 2^53 if it is written with a point or an exponent)")
            }

            fn visit_u64<E>(self, number: u64) -> Result<JsonU64, E> {
                Ok(JsonU64(number))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<JsonU64, E> {
                // From 2^53 on, the parsed float may differ from the number in the text.
                const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
                if (0.0..EXACT_BELOW).contains(&number) && number.fract() == 0.0 {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "checked above"
                    )]
                    return Ok(JsonU64(number as u64));
                }
                Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
            }
        }

        deserializer.deserialize_u64(JsonU64Visitor)
    }
}

/// A duration: any finite number that is not negative.
pub(crate) struct Seconds(f64);

impl Seconds {
    /// The expectation that errors state.
    pub(crate) const EXPECTED: &'static str = "a finite number of seconds, 0 or more";
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match f64::deserialize(deserializer)? {
            seconds if seconds.is_finite() && seconds >= 0.0 => Ok(Self(seconds)),
            seconds => Err(D::Error::invalid_value(serde::de::Unexpected::Float(seconds), &Self::EXPECTED)),
        }
    }
}

/// `{"session": …}`, the body of a response with one session. Other fields are ignored.
pub(crate) struct SessionBody(pub(crate) Session);

impl<'de> Deserialize<'de> for SessionBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for SessionBody {
    const EXPECTED: &'static str = "an object with a `session` in it";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut session = Field::new("session");
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "session" => session.read(&mut map)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        session.required().map(SessionBody)
    }
}
