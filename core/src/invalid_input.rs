//! Input that is rejected before a request is sent.

/// Input that was rejected before sending. The message does not repeat it, because it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what}: {why}")]
pub struct InvalidInput {
    what: &'static str,
    why: &'static str,
}

impl InvalidInput {
    pub(crate) fn new(what: &'static str, why: &'static str) -> Self {
        Self { what, why }
    }
}
