//! The reasons why the body of a 200 is rejected.

use std::str::Utf8Error;

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::said_by_error;
use crate::markup::{markup, skip_blank, window};
use crate::model::fault::{Fields, PAGE, Type, member, object, value};
use crate::transport::collector::ERROR_BODY_LIMIT;

/// The reason why the body of a 200 was rejected. It may quote the body, the key included, in any
/// length.
pub struct RejectedBody {
    pub(crate) problem: String,
    /// Whether the body is the response to another request, such as a stray response on a reused
    /// connection.
    pub(crate) is_stray: bool,
}

/// Parses a whole body. If that fails, `fault` parses it again to name the field at fault.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(
    body: &'de str,
    fault: fn(&str) -> Option<String>,
) -> Result<T, RejectedBody> {
    match serde_json::from_str(body) {
        Ok(value) => Ok(value),
        Err(error) => Err(malformed(body, &error, fault)),
    }
}

/// The error may repeat the body, so it is kept as text, which is redacted, and not as a source.
#[cold]
fn malformed(body: &str, error: &serde_json::Error, fault: fn(&str) -> Option<String>) -> RejectedBody {
    RejectedBody { problem: fault(body).unwrap_or_else(|| error.to_string()), is_stray: false }
}

const SESSION_BODY: Fields = &[("session", Type::Session)];

/// The fault of a body that should hold one session.
#[cold]
pub(crate) fn of_session_body(body: &str) -> Option<String> {
    of_body(body, SESSION_BODY, "a session")
}

/// The fault of a body that should hold a page of sessions.
#[cold]
pub(crate) fn of_page(body: &str) -> Option<String> {
    of_body(body, PAGE, "a page of sessions")
}

/// The fault of a body that is not UTF-8: a web page in another encoding, or a compressed body.
#[cold]
pub(crate) fn of_bytes(body: &[u8], headers: &HeaderMap, error: Utf8Error) -> String {
    let start = body.get(..ERROR_BODY_LIMIT).unwrap_or(body);
    markup(&String::from_utf8_lossy(start))
        .or_else(|| content_encoding(headers))
        .unwrap_or_else(|| format!("not UTF-8 at byte {}", error.valid_up_to()))
}

/// The encoding of a body that is not text. The header alone proves nothing: some HTTP clients
/// decode the body and keep the header.
fn content_encoding(headers: &HeaderMap) -> Option<String> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let coding =
        codings.map(HeaderValue::as_bytes).find(|coding| !coding.eq_ignore_ascii_case(b"identity"))?;
    Some(format!("unsupported content-encoding: {}", String::from_utf8_lossy(coding)))
}

fn of_body(body: &str, fields: Fields, expected: &str) -> Option<String> {
    if let Some(other) = no_json(body) {
        return Some(other);
    }
    let checked = value(body).and_then(|body| object(body, fields));
    let envelope = fields.first().map(|(name, _)| *name);
    let holds_one = || envelope.and_then(|name| member(body, name)).is_some_and(|value| value != "null");
    if checked.is_err() && !holds_one() {
        if let Some(said) = said_by_error(body) {
            return Some(format!("an error instead of {expected}: {said}"));
        }
    }
    checked.err()
}

/// Describes a body that is not JSON.
fn no_json(body: &str) -> Option<String> {
    let start = skip_blank(body);
    if start.is_empty() {
        return Some("an empty body instead of JSON".into());
    }
    markup(body).or_else(|| {
        // A body of text may begin like a number or a word of JSON: `404 page not found`.
        let is_text = !start.starts_with(['{', '[', '"']) && serde_json::from_str::<&RawValue>(body).is_err();
        is_text.then(|| format!("text instead of JSON: {}", window(start)))
    })
}
