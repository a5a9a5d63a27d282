//! The reasons why the body of a 200 is rejected.

use std::str::Utf8Error;

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::error_in_body;
use crate::markup::{markup, skip_blank, window};
use crate::model::fault::{member, object, value};
use crate::model::field::KnownField;
use crate::transport::collector::ERROR_BODY_LIMIT;

/// The reason why the body of a 200 was rejected. It may quote the body at any length, including
/// the key.
pub struct RejectedBody {
    pub(crate) problem: String,
    /// Whether the body is the response to another request, such as a stray response on a reused
    /// connection.
    pub(crate) is_stray: bool,
}

impl RejectedBody {
    /// Explains why a body is not UTF-8: it is a web page in another encoding, or compressed.
    #[cold]
    pub(crate) fn not_utf8(body: &[u8], headers: &HeaderMap, error: Utf8Error) -> Self {
        let start = body.get(..ERROR_BODY_LIMIT).unwrap_or(body);
        let problem = markup(&String::from_utf8_lossy(start))
            .or_else(|| content_encoding(headers))
            .unwrap_or_else(|| format!("not UTF-8 at byte {}", error.valid_up_to()));
        Self { problem, is_stray: false }
    }

    /// Explains why a body is not the expected object. It parses the body again to name the field
    /// at fault. The error may repeat the body, so it is kept as text, which is redacted, and not
    /// as a source.
    #[cold]
    fn malformed(body: &str, error: &serde_json::Error, fields: &[KnownField], expected: &str) -> Self {
        let problem = fault_of(body, fields, expected).unwrap_or_else(|| error.to_string());
        Self { problem, is_stray: false }
    }
}

/// Parses a whole body. Errors name the field at fault, and `expected` if the body is an error
/// object.
#[inline]
pub(super) fn from_json<'de, T: Deserialize<'de>>(
    body: &'de str,
    fields: &'static [KnownField],
    expected: &'static str,
) -> Result<T, RejectedBody> {
    match serde_json::from_str(body) {
        Ok(value) => Ok(value),
        Err(error) => Err(RejectedBody::malformed(body, &error, fields, expected)),
    }
}

/// Describes the encoding of a body that is not text. The header alone proves nothing: some HTTP
/// clients decode the body and keep the header.
fn content_encoding(headers: &HeaderMap) -> Option<String> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let coding =
        codings.map(HeaderValue::as_bytes).find(|coding| !coding.eq_ignore_ascii_case(b"identity"))?;
    Some(format!("unsupported content-encoding: {}", String::from_utf8_lossy(coding)))
}

fn fault_of(body: &str, fields: &[KnownField], expected: &str) -> Option<String> {
    if let Some(other) = no_json(body) {
        return Some(other);
    }
    let checked = value(body).and_then(|body| object(body, fields));
    let envelope = fields.first().map(|field| field.name);
    let holds_one = || envelope.and_then(|name| member(body, name)).is_some_and(|value| value != "null");
    if checked.is_err() && !holds_one() {
        if let Some(error) = error_in_body(body) {
            return Some(format!("an error instead of {expected}: {error}"));
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
        // A plain-text body may begin with a number or a word of JSON: `404 page not found`.
        let is_text = !start.starts_with(['{', '[', '"']) && serde_json::from_str::<&RawValue>(body).is_err();
        is_text.then(|| format!("text instead of JSON: {}", window(start)))
    })
}
