//! Input that is rejected before a request is sent.

use std::fmt;

/// Input that was rejected before sending. The message does not repeat it, because it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    what: &'static str,
    why: &'static str,
}

impl InvalidInput {
    pub(crate) fn new(what: &'static str, why: &'static str) -> Self {
        Self { what, why }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid {}: {}", self.what, self.why)
    }
}

impl std::error::Error for InvalidInput {}
