//! Input that is rejected before a request is sent.

use std::convert::Infallible;

/// Input that was rejected before sending.
///
/// The message names the input and the reason. It does not repeat the value, because that may be a
/// secret. An [`Error`](crate::Error) of kind [`InvalidInput`](crate::ErrorKind::InvalidInput) is
/// made from it with `?`.
///
/// ```
/// use brightdata_sessions::SessionId;
///
/// let error = "..".parse::<SessionId>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid session id: `.` and `..` are not allowed, because they change the path");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what}: {why}")]
pub struct InvalidInput {
    what: &'static str,
    why: &'static str,
}

impl InvalidInput {
    pub(crate) const fn new(what: &'static str, why: &'static str) -> Self {
        Self { what, why }
    }

    /// Returns the same reason for an input with another name.
    pub(crate) fn named(self, what: &'static str) -> Self {
        Self { what, ..self }
    }
}

/// Lets infallible conversions be used where fallible ones are accepted.
impl From<Infallible> for InvalidInput {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
