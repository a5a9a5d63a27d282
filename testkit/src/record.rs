//! The requests that the fake received.

use std::fmt;

/// A received request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The number of its connection, counted from 0. Requests with the same number shared a
    /// connection.
    pub connection: usize,
    /// The method.
    pub method: String,
    /// The target as sent, neither decoded nor normalized.
    pub target: String,
    /// The minor version of HTTP: 1 for HTTP/1.1, otherwise 0.
    pub minor_version: u8,
    /// The headers in order: names in their original case, values without surrounding white space.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl RecordedRequest {
    /// Returns the first header of this name, ignoring case. Returns `None` if its value is not
    /// UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Returns the values of all headers of this name, ignoring case.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.headers
            .iter()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }
}

/// Redacts credentials, because failing tests print this into logs.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| match name.to_ascii_lowercase().as_str() {
                "authorization" | "proxy-authorization" | "cookie" => format!("{name}: [redacted]"),
                _ => format!("{name}: {}", value.escape_ascii()),
            })
            .collect();
        f.debug_struct("RecordedRequest")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("minor_version", &self.minor_version)
            .field("headers", &headers)
            .finish()
    }
}
