//! How a connection is closed.

use std::io;

/// The action for a connection that takes no more requests.
pub(crate) enum CloseAction {
    /// Nothing, because the client disconnected, the connection broke, or the fake is being
    /// dropped.
    Abandon,
    /// Close it gracefully.
    Close,
    /// Reset it.
    Reset,
    /// Send this status and close it, because the bytes that follow cannot be parsed.
    Reject(u16),
}

impl From<io::Error> for CloseAction {
    fn from(_: io::Error) -> Self {
        Self::Abandon
    }
}
