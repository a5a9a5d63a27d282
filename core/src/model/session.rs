//! The record of one session.

use std::time::Duration;

use crate::model::fault;
use crate::model::record::record;
use crate::{ApiKey, Captcha, SessionError, SessionId, SessionStatus, Timestamp};

record! {
    /// The record of one browser session, as returned by `GET /browser_sessions/{session_id}` and
    /// by the list.
    ///
    /// ```
    /// use brightdata_sessions::{Session, SessionStatus};
    ///
    /// let json = r#"{"session_id":"a","status":"finished","bandwidth":123456789,"duration":209.444}"#;
    /// let session = Session::from_json(json)?;
    /// assert_eq!(session.status, Some(SessionStatus::Finished));
    /// assert_eq!(session.bandwidth, Some(123_456_789)); // bytes
    /// assert_eq!(session.navigations, None); // missing, so not 0
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// Only the id is required. A field that is missing or null is `None`, never 0, because a false
    /// zero in a bill is worse than no number. A field of an undocumented type is an error. An
    /// unknown field is preserved in [`unknown`](Self::unknown) and written out again.
    ///
    /// A session holds the data as received, and `Debug` shows it. A server can echo the key in any
    /// field, so call [`redact`](Self::redact) before you show or log a session.
    ///
    /// `Serialize` writes the API's own field names, `None` as null. `Deserialize` reads what
    /// `Serialize` writes, and what the service sends, from JSON text or a `serde_json::Value`.
    /// Unknown fields survive a round trip through text unchanged;
    /// [`UnknownFields`](crate::UnknownFields) documents what a `Value` can hold of them.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Session = "a session object" {
        required {
            /// The id.
            session_id: SessionId,
        }
        optional {
            /// The name of the Browser API (zone), such as `scraping_browser1`.
            api_name: Box<str>,
            /// Whether the session has ended, and how.
            status: SessionStatus,
            /// The start of the session.
            timestamp: Timestamp,
            /// The URL of the first navigation. It can hold personal data and tokens.
            target_url: Box<str>,
            /// The last URL before the session closed. It can hold personal data and tokens.
            end_url: Box<str>,
            /// The number of page navigations. Float notation is parsed as `f64` first, so
            /// `0.99999999999999999999` is 1.
            navigations: u64,
            /// The duration in seconds, finite and not negative. `None` while the session runs.
            duration: f64,
            /// Whether a captcha appeared, and whether it was solved.
            captcha: Captcha,
            /// The total billable traffic in bytes. Float notation is parsed as `f64` first.
            /// Whether the value changes while the session runs is not documented.
            bandwidth: u64,
            /// The error of the session. A finished session may have one too.
            error: SessionError,
        }
    }
}

impl Session {
    /// Creates a session with only an id, for tests and fakes. [`with`](Self::with) sets other
    /// fields.
    pub fn new(session_id: SessionId) -> Self {
        Self::with_required(session_id)
    }

    /// Returns the session with other fields set, so that a test creates one in a single
    /// expression.
    ///
    /// ```
    /// use brightdata_sessions::{Session, SessionStatus};
    ///
    /// let failed = Session::new("a".parse()?).with(|session| {
    ///     session.status = Some(SessionStatus::Failed);
    ///     session.bandwidth = Some(1200);
    /// });
    /// assert_eq!(failed, Session::from_json(r#"{"session_id":"a","status":"failed","bandwidth":1200}"#)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with(mut self, set: impl FnOnce(&mut Self)) -> Self {
        set(&mut self);
        self
    }

    /// Returns [`duration`](Self::duration) as a [`Duration`], rounded to nanoseconds. `None` if it
    /// is missing, or if it was set to a number that no `Duration` holds: negative, not finite, or
    /// 2^64 seconds and more.
    ///
    /// ```
    /// use std::time::Duration;
    /// use brightdata_sessions::Session;
    ///
    /// let session = Session::from_json(r#"{"session_id":"a","duration":209.444}"#)?;
    /// assert_eq!(session.std_duration(), Some(Duration::from_millis(209_444)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn std_duration(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.duration?).ok()
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
        fault::from_json(json, Self::FIELDS)
    }

    /// Returns the session without the key in any of its strings, the names and values of its
    /// unknown fields included: it is safe to show, by `Debug` too.
    ///
    /// A session itself holds what was received, and a server can echo the key in any field. See
    /// [`ApiKey::redact`] for the forms that are found.
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
        self.redact_fields(key);
        self
    }
}
