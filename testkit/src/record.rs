//! What the fake was asked.

use std::fmt;

/// One request, as it came.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The number of the connection it came on: 0 for the first that the fake accepted. Two requests with the same number
    /// shared a connection.
    pub connection: usize,
    /// The method.
    pub method: String,
    /// The target exactly as it was on the wire: nothing is decoded or normalised.
    pub target: String,
    /// The minor version of HTTP: 1 for HTTP/1.1, else 0.
    pub minor_version: u8,
    /// The headers in their order: names in the spelling they came in, values without the white space around them.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl RecordedRequest {
    /// The first header of this name, whatever its case; `None` also when its value is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The values of all headers of this name, whatever its case.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.headers
            .iter()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }
}

/// Shows no credentials: a failing test prints this into a log.
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
