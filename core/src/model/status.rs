//! The status of a session.

use std::borrow::Cow;

use crate::model::field::{FieldType, JsonType};
use crate::words::words;
use crate::{ApiKey, UnknownWord};

/// Whether a session has ended, and how.
///
/// ```
/// use brightdata_sessions::SessionStatus;
///
/// let status: SessionStatus = serde_json::from_str("\"failed\"")?;
/// assert_eq!(status, SessionStatus::Failed);
/// assert!(status.is_ended());
///
/// // An undocumented status is kept, and does not count as an end.
/// let status: SessionStatus = serde_json::from_str("\"paused\"")?;
/// assert_eq!(status.as_str(), "paused");
/// assert!(!status.is_ended());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SessionStatus {
    /// The session is still open.
    Running,
    /// The session ended normally. It may still have an error.
    Finished,
    /// The session ended with an error.
    Failed,
    /// An unknown status. [`as_str`](Self::as_str) returns it as received.
    Other(UnknownWord),
}

words!(SessionStatus, [Running = "running", Finished = "finished", Failed = "failed"], Other);

impl SessionStatus {
    /// Returns whether the session has ended, finished or failed. An unknown status does not count
    /// as an end.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

impl FieldType for SessionStatus {
    type Json = Self;
    const JSON_TYPE: JsonType = JsonType::Text;

    fn redact(&mut self, key: &ApiKey) {
        if let Cow::Owned(redacted) = key.redact(self.as_str()) {
            *self = Self::from(&*redacted);
        }
    }
}
