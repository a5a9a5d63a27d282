//! The captcha of a session.

use std::borrow::Cow;

use crate::model::field::{FieldType, JsonType};
use crate::words::words;
use crate::{ApiKey, UnknownWord};

/// Whether a captcha appeared, and whether it was solved.
///
/// ```
/// use brightdata_sessions::{Captcha, Session};
///
/// let session = Session::from_json(r#"{"session_id":"a","captcha":"detected"}"#)?;
/// match session.captcha {
///     Some(Captcha::Solved) => println!("solved"),
///     Some(Captcha::Failed | Captcha::Detected) => println!("not solved"),
///     Some(Captcha::None) => println!("none appeared"),
///     Some(other) => println!("unknown: {other}"),
///     None => println!("not reported"),
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Captcha {
    /// A captcha was solved.
    Solved,
    /// No captcha appeared.
    None,
    /// A captcha appeared, and solving it failed.
    Failed,
    /// A captcha appeared and was not solved.
    Detected,
    /// An unknown word. [`as_str`](Self::as_str) returns it as received.
    Other(UnknownWord),
}

words!(Captcha, [Solved = "solved", None = "none", Failed = "failed", Detected = "detected"], Other);

impl FieldType for Captcha {
    type Json = Self;
    const JSON_TYPE: JsonType = JsonType::Text;

    fn redact(&mut self, key: &ApiKey) {
        if let Cow::Owned(redacted) = key.redact(self.as_str()) {
            *self = Self::from(&*redacted);
        }
    }
}
