//! How a connection comes to its end.

use std::io;

/// What there is to do once no more requests are taken from a connection.
pub(crate) enum End {
    /// Nothing: the client left, the connection broke, or the fake is being dropped.
    Gone,
    /// Close it in good order.
    Close,
    /// Reset it.
    Reset,
    /// Answer with this status, and close it: what follows on it cannot be made sense of.
    Refuse(u16),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}
