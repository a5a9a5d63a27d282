//! Extracts message and code from error responses, safe to display.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::ApiKey;
use crate::escape::excerpt;
use crate::markup::markup;
use crate::model::json::{FieldName, FromObject, object};
use crate::transport::collector::ERROR_BODY_LIMIT;
use crate::transport::http_date::date;

/// A response with a status other than 200.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, ListSessions, http};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let response = http::Response::builder().status(403).header("x-brd-error-code", "ip_forbidden");
/// let error = api.parse(&ListSessions::new(), response.body(&b"IP not allowed"[..])?).unwrap_err();
/// let response = error.response().unwrap();
/// assert_eq!(response.message.as_deref(), Some("IP not allowed"));
/// assert_eq!(response.code.as_deref(), Some("ip_forbidden"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The status.
    pub status: StatusCode,
    /// The service's message, from the body (JSON of any known shape, or plain text) or else from
    /// the headers. It is at most a few hundred bytes long, is escaped, and does not contain the
    /// key. For a web page without a message in the headers, it contains the page's title.
    pub message: Option<Box<str>>,
    /// The service's error code, shortened and escaped like the message.
    pub code: Option<Box<str>>,
    /// The delay of `Retry-After`: seconds, or a date compared with the response's `Date`.
    /// Fractions are rounded up. If there are several values, the longest counts. `None` if the
    /// value is neither, or is negative. Flows wait for at most one hour.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status.as_u16())?;
        if let Some(message) = &self.message {
            write!(f, ", {message}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(retry_after) = self.retry_after {
            write!(f, "; retry after {} s", ceil_secs(retry_after))?;
        }
        Ok(())
    }
}

impl ErrorResponse {
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: &[u8], key: &ApiKey) -> Self {
        let clean = |text: String| excerpt(&text, key);
        let reported = ErrorBody::read(body.get(..ERROR_BODY_LIMIT).unwrap_or(body));
        let from_headers = |names: &[HeaderName]| {
            names.iter().flat_map(|name| headers.get_all(name)).find_map(|value| clean(lossy(value)))
        };
        let (message, markup) = if status.is_redirection() {
            (from_headers(&[LOCATION]), None)
        } else {
            (reported.message.and_then(clean), reported.markup)
        };
        Self {
            status,
            message: message.or_else(|| from_headers(&MESSAGE_HEADERS)).or_else(|| markup.and_then(clean)),
            code: reported.code.and_then(clean).or_else(|| from_headers(&CODE_HEADERS)),
            retry_after: retry_after(headers),
        }
    }
}

/// The service's host uses both spellings.
const MESSAGE_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-brd-error"), HeaderName::from_static("x-brd-err-msg")];
const CODE_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-brd-error-code"), HeaderName::from_static("x-brd-err-code")];

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Message and code in the body of an error.
#[derive(Default)]
struct ErrorBody {
    message: Option<String>,
    code: Option<String>,
    /// The description of the body, if it is a web page.
    markup: Option<String>,
}

/// Returns message and code of an error body with status 200, on one line.
pub(crate) fn error_in_body(body: &str) -> Option<String> {
    let ErrorBody { message, code, .. } = serde_json::from_str(body).ok()?;
    let [message, code] = [message, code].map(|text| text.filter(|text| !text.trim().is_empty()));
    match (message, code) {
        (Some(message), Some(code)) => Some(format!("{message} ({code})")),
        (message, code) => message.or(code),
    }
}

impl ErrorBody {
    /// Parses a body as the documented JSON, or else as plain text.
    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let start = text.trim_start();
        // Only objects: serde's error would repeat a whole string, with escapes.
        let parsed = start.starts_with('{').then(|| serde_json::from_str(&text));
        if let Some(Ok(body @ (Self { message: Some(_), .. } | Self { code: Some(_), .. }))) = parsed {
            return body;
        }
        // The service labels plain text as HTML, so check the first characters.
        match markup(&text) {
            Some(markup) => Self { markup: Some(markup), ..Self::default() },
            None => Self { message: Some(text.into_owned()), ..Self::default() },
        }
    }
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for ErrorBody {
    const EXPECTED: &'static str = "an error response";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let [mut error, mut message, mut errors, mut error_code, mut code] = [const { None }; 5];
        while let Some(name) = map.next_key::<FieldName>()? {
            let value = map.next_value::<&RawValue>()?;
            match &*name {
                "error" => error = text(value),
                "message" => message = text(value),
                "errors" => errors = text(value),
                "error_code" => error_code = text(value),
                "code" => code = text(value),
                _ => {}
            }
        }
        let [message, code] =
            [first_non_blank([error, message, errors]), first_non_blank([error_code, code])];
        Ok(Self { message, code, markup: None })
    }
}

/// Returns the first non-blank text, or a blank one to signal that the body is structured and must
/// not be shown raw.
fn first_non_blank<const N: usize>(texts: [Option<String>; N]) -> Option<String> {
    texts.into_iter().flatten().reduce(|first, next| if first.trim().is_empty() { next } else { first })
}

/// Returns the text of a string, the digits of a number, or the text of a list's first value.
fn text(value: &RawValue) -> Option<String> {
    let mut json = value.get();
    if let Some(values) = json.strip_prefix('[') {
        json = serde_json::Deserializer::from_str(values).into_iter::<&RawValue>().next()?.ok()?.get();
    }
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'-' | b'0'..=b'9' => Some(json.to_owned()),
        _ => None,
    }
}

/// Parses `Retry-After` of RFC 9110: seconds, or a date compared with the response's `Date`,
/// because the core has no clock. If there are several values, the longest counts.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let times = |value: &HeaderValue| {
        let value = value.to_str().ok()?.trim();
        // A date contains a comma as well.
        seconds(value)
            .or_else(|| until(value, headers))
            .or_else(|| value.split(',').filter_map(seconds).max())
    };
    headers.get_all(RETRY_AFTER).iter().filter_map(times).max()
}

/// Parses a number of seconds and rounds it up. RFC 9110 allows only digits, but servers that
/// compute the value send floats. A negative number is invalid.
fn seconds(value: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(u64::MAX);
    let value = value.trim();
    // Rust also parses words such as `inf`.
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !is_number || value.starts_with('-') {
        return None;
    }
    let seconds = value.parse::<f64>().ok()?.ceil();
    // Only a very long time fails to convert.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST))
}

/// Returns the time until a date, by the server's clock. A date in the past gives zero.
fn until(value: &str, headers: &HeaderMap) -> Option<Duration> {
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(date(headers)?).unwrap_or_default())
}

/// Rounds up to whole seconds, so that the wait is never too short.
pub(super) fn ceil_secs(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}
