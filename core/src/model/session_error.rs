//! The error of a session.

use crate::ApiKey;
use crate::model::field::{FieldType, JsonType};
use crate::model::record::record;

record! {
    /// The error of a session: the API's `error` object.
    ///
    /// The Browser API documents codes such as `no_peers` and `inactivity_timeout`. It does not
    /// state that the list is complete, so the code is a string.
    ///
    /// ```
    /// use brightdata_sessions::{Session, SessionError};
    ///
    /// let json = r#"{"session_id":"a","error":{"code":"no_peers","message":"No peers"}}"#;
    /// let session = Session::from_json(json)?;
    /// assert_eq!(session.error, Some(SessionError::new("no_peers", "No peers")));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SessionError = "an error object" {
        required {}
        optional {
            /// The code, such as `unknown`.
            code: Box<str>,
            /// The message for people.
            message: Box<str>,
        }
    }
}

impl SessionError {
    /// Creates an error with a code and a message, for tests and fakes.
    pub fn new(code: impl Into<Box<str>>, message: impl Into<Box<str>>) -> Self {
        Self { code: Some(code.into()), message: Some(message.into()), ..Self::with_required() }
    }
}

impl FieldType for SessionError {
    type Json = Self;
    const JSON_TYPE: JsonType = JsonType::Object(Self::FIELDS);

    fn redact(&mut self, key: &ApiKey) {
        self.redact_fields(key);
    }
}
