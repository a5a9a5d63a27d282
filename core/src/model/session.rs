//! The record of one session.

use crate::model::fault;
use crate::model::record::record;
use crate::{ApiKey, Captcha, SessionError, SessionId, SessionStatus, Timestamp};

record! {
    /// The record of one browser session, as returned by `GET /browser_sessions/{session_id}` and by
    /// the list.
    ///
    /// Only the id is required. A field that is missing or null is `None`, never 0, because a false
    /// zero in a bill is worse than no number. A field of an undocumented type is an error. An unknown
    /// field is preserved in [`unknown`](Self::unknown) and written out again.
    ///
    /// A session holds the data as received, and `Debug` shows it. A server can echo the key in any
    /// field, so call [`redact`](Self::redact) before you show or log a session.
    ///
    /// `Serialize` writes the API's own field names, `None` as null. `Deserialize` reads what
    /// `Serialize` writes, and what the service sends, from JSON text or a `serde_json::Value`. Unknown
    /// fields survive a round trip through text unchanged; what a `Value` keeps of them is stated at
    /// [`UnknownFields`](crate::UnknownFields).
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
            /// The total billable traffic in bytes. Float notation is parsed as `f64` first. Whether the
            /// value changes while the session runs is not documented.
            bandwidth: u64,
            /// The error of the session. A finished session may have one too.
            error: SessionError,
        }
    }
}

impl Session {
    /// Creates a session with only an id, for tests and fakes that then set other fields.
    pub fn new(session_id: SessionId) -> Self {
        Self::with_required(session_id)
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
        self.redact_fields(key);
        self
    }
}
