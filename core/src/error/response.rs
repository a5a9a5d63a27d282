//! What an answer other than 200 says, and how it is told apart from what it might do.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::{DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::ApiKey;
use crate::escape::excerpt;
use crate::model::fault::markup;
use crate::model::json::{FromObject, Name, object};
use crate::transport::collector::ERROR_BODY_LIMIT;

/// What is kept of an answer other than 200.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The status.
    pub status: StatusCode,
    /// The service's own message, from the body (JSON of any of the shapes seen, or plain text) or
    /// else from its headers: a few hundred bytes at the most, control characters escaped, never
    /// with the key in it. Where a web page came and the headers have no message, it names the page
    /// by its title.
    pub message: Option<Box<str>>,
    /// The service's own error code, where it gave one; cut and escaped like the message.
    pub code: Option<Box<str>>,
    /// `Retry-After`, in seconds or as a date, which is compared with the response's own `Date`. A fraction of a second is
    /// rounded up, and of several times the longest counts. `None` where it is neither, and for a negative number. Flows wait for
    /// an hour at most, whatever it asks for.
    pub retry_after: Option<Duration>,
    /// How many requests were sent, this answer's included.
    pub attempts: u32,
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
        let told = Told::read(body.get(..ERROR_BODY_LIMIT).unwrap_or(body));
        let from_headers = |names: &[HeaderName]| {
            names.iter().flat_map(|name| headers.get_all(name)).find_map(|value| clean(lossy(value)))
        };
        let (message, markup) = if status.is_redirection() {
            (from_headers(&[LOCATION]), None)
        } else {
            (told.message.and_then(clean), told.markup)
        };
        Self {
            status,
            message: message.or_else(|| from_headers(&MESSAGE_HEADERS)).or_else(|| markup.and_then(clean)),
            code: told.code.and_then(clean).or_else(|| from_headers(&CODE_HEADERS)),
            retry_after: retry_after(headers),
            attempts: 1,
        }
    }
}

/// Both spellings were seen on the host.
const MESSAGE_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-brd-error"), HeaderName::from_static("x-brd-err-msg")];
const CODE_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-brd-error-code"), HeaderName::from_static("x-brd-err-code")];

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// What the body of an error says of itself.
#[derive(Default)]
struct Told {
    message: Option<String>,
    code: Option<String>,
    /// What stands there instead, where the body is a web page.
    markup: Option<String>,
}

/// Message and code of an error's body that came with another status, on one line.
pub(crate) fn said_by_error(body: &str) -> Option<String> {
    let Told { message, code, .. } = serde_json::from_str(body).ok()?;
    let [message, code] = [message, code].map(|text| text.filter(|text| !text.trim().is_empty()));
    match (message, code) {
        (Some(message), Some(code)) => Some(format!("{message} ({code})")),
        (message, code) => message.or(code),
    }
}

impl Told {
    /// A ladder, from the documented body to whatever text there is.
    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let start = text.trim_start();
        // Of a string, serde's error would repeat all, with escapes.
        let told = start.starts_with('{').then(|| serde_json::from_str(&text));
        if let Some(Ok(told @ (Self { message: Some(_), .. } | Self { code: Some(_), .. }))) = told {
            return told;
        }
        // The service labels plain text as HTML, so what counts is how it begins.
        match markup(&text) {
            Some(markup) => Self { markup: Some(markup), ..Self::default() },
            None => Self { message: Some(text.into_owned()), ..Self::default() },
        }
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for Told {
    const EXPECTED: &'static str = "an error answer";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let [mut error, mut message, mut errors, mut error_code, mut code] = [const { None }; 5];
        while let Some(name) = map.next_key::<Name>()? {
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
        let [message, code] = [first_told([error, message, errors]), first_told([error_code, code])];
        Ok(Self { message, code, markup: None })
    }
}

/// The first text that says something, or else a blank one, so that a body with a known member that is a text is not itself
/// taken for the message.
fn first_told<const N: usize>(texts: [Option<String>; N]) -> Option<String> {
    texts.into_iter().flatten().reduce(|first, next| if first.trim().is_empty() { next } else { first })
}

/// A string's text, or a number as it is written; of a list, its first value's, unless that is a list again.
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

/// `Retry-After` of RFC 9110: seconds, or a date, which is compared with the response's own `Date`, since there is no clock
/// here. If there are several, the longest counts: to wait longer does no harm. `None` if it is neither.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let times = |value: &HeaderValue| {
        let value = value.to_str().ok()?.trim();
        // A date has a comma in it as well.
        seconds(value)
            .or_else(|| until(value, headers))
            .or_else(|| value.split(',').filter_map(seconds).max())
    };
    headers.get_all(RETRY_AFTER).iter().filter_map(times).max()
}

/// A number of seconds, rounded up. RFC 9110 allows digits alone, but servers that compute it print floats. A negative number is
/// no time.
fn seconds(value: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(u64::MAX);
    let value = value.trim();
    // Rust reads words such as `inf` as well.
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !is_number || value.starts_with('-') {
        return None;
    }
    let seconds = value.parse::<f64>().ok()?.ceil();
    // Only a very long time does not fit.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST))
}

/// The time until a date, by the clock of the server. A date in the past means now.
fn until(value: &str, headers: &HeaderMap) -> Option<Duration> {
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(date(headers)?).unwrap_or_default())
}

/// When the response was made, by the clock of the server.
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()
}

/// Whole seconds, rounded up: waiting for that long is never too short.
pub(super) fn ceil_secs(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}
