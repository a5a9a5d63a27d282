//! Captures exchanges as lines of JSON, without secrets by default.

use std::time::Duration;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{ApiKey, TransportError};
use serde_json::{Map, Value};

use self::pseudonyms::Pseudonyms;

mod json;
mod pseudonyms;

/// The headers of a response that a capture keeps.
const HEADERS: [&str; 8] = [
    "content-type",
    "date",
    "location",
    "retry-after",
    "x-brd-err-code",
    "x-brd-err-msg",
    "x-brd-error",
    "x-brd-error-code",
];

/// The query parameters that a capture keeps, because they hold no free text.
const SAFE_PARAMETERS: [&str; 7] = ["limit", "offset", "order", "sort", "status", "start_date", "end_date"];

/// Captures exchanges: a function from a request and its outcome to a line of JSON.
/// [`Replay`](crate::Replay) reads the lines.
///
/// No line contains the key, in any form that [`ApiKey::redact`] finds. Unless
/// [`full`](Self::full) is set, each line also lacks
///
/// - the query, fragment and user of each URL;
/// - ids, host names and zones, which become `00000000-0000-4000-8000-000000000001`,
///   `host-1.example` and `zone-1`, numbered in the order in which they appear, so the original
///   cannot be guessed from a number;
/// - the local part of each mail address.
///
/// The same original has the same pseudonym in one capture. Hosts of one domain share their
/// domain's pseudonym. Memory grows with the number of originals. Everything else is kept as
/// received: unknown fields, the notation of numbers, the order and the white space. A body that is
/// not JSON is searched for the same patterns as one text. Names without a pattern, such as that of
/// a person, stay.
///
/// A body is as long as the client's limit allows. One that is not UTF-8 is kept in the member
/// `body_latin1`, in which each character is one byte.
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions::{ApiKey, http};
/// use brightdata_sessions_testkit::Capture;
///
/// let mut capture = Capture::new(ApiKey::new("0123456789abcdef")?);
/// let request = http::Request::get("https://api.example/browser_sessions/my-id").body(())?;
/// let response = http::Response::new(br#"{"see":"https://shop.example/cart?user=1"}"#.to_vec());
/// assert_eq!(
///     capture.line(Duration::ZERO, &request, &Ok(response)),
///     r#"{"at_ms":0,"body":"{\"see\":\"https://host-1.example/cart\"}","headers":[],"method":"GET","path":"/browser_sessions/session-1","status":200}"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Capture {
    key: ApiKey,
    is_full: bool,
    pseudonyms: Pseudonyms,
}

impl Capture {
    /// Creates an empty capture of requests with this key.
    pub fn new(key: ApiKey) -> Self {
        Self { key, is_full: false, pseudonyms: Pseudonyms::default() }
    }

    /// Keeps everything except the key.
    #[must_use]
    pub fn full(mut self) -> Self {
        self.is_full = true;
        self
    }

    /// Returns the line of an exchange, without a line break. `at` is the time since the start of
    /// the capture.
    pub fn line(
        &mut self,
        at: Duration,
        request: &Request<()>,
        outcome: &Result<Response<Vec<u8>>, TransportError>,
    ) -> String {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let mut line = Map::new();
        line.insert("method".into(), request.method().as_str().into());
        line.insert("path".into(), self.target(target).into());
        line.insert("at_ms".into(), u64::try_from(at.as_millis()).unwrap_or(u64::MAX).into());
        match outcome {
            Err(error) => _ = line.insert("error".into(), error.kind().as_str().into()),
            Ok(response) => {
                line.insert("status".into(), response.status().as_u16().into());
                line.insert("headers".into(), self.headers(response).into());
                let (name, body) = match std::str::from_utf8(response.body()) {
                    Ok(body) => ("body", self.body(body)),
                    Err(_) => {
                        let latin1: String = response.body().iter().copied().map(char::from).collect();
                        ("body_latin1", self.body(&latin1))
                    }
                };
                line.insert(name.into(), body.into());
            }
        }
        // The values are redacted before. This also covers what their encoding adds.
        let line = Value::from(line).to_string();
        self.key.redact_json(&line).into_owned()
    }

    /// Returns the number of sessions, hosts and zones that have a pseudonym, and the number of
    /// parts of URLs that were removed.
    pub fn redactions(&self) -> [(&'static str, usize); 4] {
        self.pseudonyms.counts()
    }

    /// Returns the path and query of a request, from `/browser_sessions` on.
    fn target(&mut self, target: &str) -> String {
        let clean = self.key.redact(target).into_owned();
        let clean = &clean[clean.find("/browser_sessions").unwrap_or(0)..];
        if self.is_full {
            return clean.to_owned();
        }
        let (path, query) = clean.split_once('?').unwrap_or((clean, ""));
        let path = match path.strip_prefix("/browser_sessions/") {
            Some(id) => {
                let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
                format!("/browser_sessions/{}", self.pseudonyms.session(&id))
            }
            None => path.to_owned(),
        };
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if SAFE_PARAMETERS.contains(&name) {
                return pair.to_owned();
            }
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            let value = self.pseudonyms.value(Some(name), &value);
            let value = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
            format!("{name}={value}")
        });
        let query = query.collect::<Vec<_>>().join("&");
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    fn headers(&mut self, response: &Response<Vec<u8>>) -> Vec<Value> {
        let mut headers = Vec::new();
        for (name, value) in response.headers() {
            if HEADERS.contains(&name.as_str()) {
                let value = String::from_utf8_lossy(value.as_bytes());
                let mut value = self.key.redact(&value).into_owned();
                if !self.is_full {
                    value = self.pseudonyms.text(&value);
                }
                headers.push(Value::from(vec![name.as_str(), &value]));
            }
        }
        headers
    }

    fn body(&mut self, body: &str) -> String {
        let looks_like_json = body.trim_start().starts_with(['{', '[', '"']);
        // The second search finds a key that lies across the tokens of invalid JSON.
        let clean = self.key.redact_json(body).into_owned();
        let is_valid = serde_json::from_str::<&serde_json::value::RawValue>(body).is_ok();
        let clean = if is_valid { clean } else { self.key.redact(&clean).into_owned() };
        match (self.is_full, looks_like_json) {
            (true, _) => clean,
            (false, true) => json::redact(&clean, &mut self.pseudonyms),
            (false, false) => self.pseudonyms.text(&clean),
        }
    }
}
