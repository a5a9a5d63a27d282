//! The body of a 200 to a request for one session.

use std::fmt::Display;

use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, GetSession, Session, UnknownFields};
use serde::Serialize;

use super::memory::Bound;
use super::model::{Members, Rejected, SessionFields, is_valid_id, rejected};
use super::{ID, api, compare, error, memory, model};

/// The body is parsed as the model parses it, or rejected if and only if the model rejects it. The
/// session round-trips. Peak memory is at most 3 times a documented body, and 32 times any other.
pub fn check(body: &[u8]) {
    if let Ok(text) = std::str::from_utf8(body) {
        is_rejected_with_own_error(text);
        let session = Members::read(text).and_then(|mut members| members.raw("session"));
        is_rejected_with_own_error(session.ok().flatten().unwrap_or_default());
    }
    let result = parse(body);
    compare::same(expected_of_own(body), result.as_ref().map(fields_of));
    match &result {
        Ok(session) => round_trips(session),
        Err(error) => error::is_safe_to_display(error),
    }
}

/// Checks another parser: it accepts a body if and only if the model accepts it, and reads its
/// fields like the model.
///
/// The result of `parse` is the session without its envelope, in a form that serializes with the
/// names of the API. Only the fields of the result are compared, so a parser may read just some.
/// An unknown field of the body is compared too if the result has it.
///
/// The model ignores which session was requested. [`valid_body_is_read`] suits a parser that accepts
/// more than it should, as most do.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_testkit::properties::session;
/// use serde_json::Value;
///
/// let parse = |body: &[u8]| {
///     let body: Value = serde_json::from_slice(body)?;
///     Session::from_json(&body["session"].to_string())
/// };
/// session::parses_like_the_model(br#"{"session":{"session_id":"a","bandwidth":4.0}}"#, parse);
/// session::parses_like_the_model(br#"{"session":{"session_id":"a","bandwidth":-4}}"#, parse);
/// ```
///
/// # Panics
///
/// Panics if the parser differs from the model, with the rule, and with the expected and the
/// actual result.
pub fn parses_like_the_model<T: Serialize, E: Display>(
    body: &[u8],
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) {
    compare::other_parser(expected(body).map(SessionFields::into_value), parse(body));
}

/// Checks that another parser reads each valid body like the model. The parser may accept invalid
/// bodies. Otherwise the same as [`parses_like_the_model`].
///
/// ```should_panic
/// use brightdata_sessions_testkit::properties::session;
/// use serde_json::Value;
///
/// // The API may write a whole number as a float.
/// session::valid_body_is_read(br#"{"session":{"session_id":"a","bandwidth":4.0}}"#, |body| {
///     let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
///     body["session"]["bandwidth"].as_u64().ok_or_else(|| "no bandwidth".to_owned())
/// });
/// ```
///
/// # Panics
///
/// Panics if the parser rejects a valid body or reads another value than the model, with both.
pub fn valid_body_is_read<T: Serialize, E: Display>(body: &[u8], parse: impl FnOnce(&[u8]) -> Result<T, E>) {
    let result = parse(body);
    if let Ok(expected) = expected(body) {
        compare::other_parser(Ok(expected.into_value()), result);
    }
}

/// `from_json` gives the same session as serde, or rejects the JSON with one of the crate's own
/// short errors.
pub(crate) fn is_rejected_with_own_error(json: &str) {
    let own = memory::within(32, json.len(), || Session::from_json(json));
    let serde = serde_json::from_str::<Session>(json);
    assert_eq!(own.as_ref().ok(), serde.as_ref().ok());
    let Err(error) = own else { return };
    let shown = error.to_string();
    assert!(shown.len() < 300, "{shown}");
    // A serde error about data has a position; the crate's own errors name the field instead.
    assert!(error.line() == 0 || !error.is_data(), "{shown}");
}

/// Parses the body with the crate, within the bound on memory.
pub(crate) fn parse(body: &[u8]) -> Result<Session, Error> {
    let api = api();
    let get = GetSession::new(ID.parse().unwrap());
    memory::bounded(
        body.len(),
        || api.parse(&get, Response::new(body)),
        |result| match result {
            Ok(session) if is_as_documented(session) && !has_escapes(body) => Bound(3, 512),
            // A serde error repeats a hostile string, and unknown fields are copied repeatedly.
            _ => Bound(32, 4096),
        },
    )
}

pub(super) fn is_as_documented(session: &Session) -> bool {
    session.unknown.is_empty() && session.error.as_ref().is_none_or(|error| error.unknown.is_empty())
}

/// Returns whether strings may have escapes, which are decoded in a growing buffer.
pub(super) fn has_escapes(body: &[u8]) -> bool {
    body.contains(&b'\\')
}

/// Returns the expected session if it is also the requested one.
fn expected_of_own(body: &[u8]) -> Result<SessionFields, Rejected> {
    let fields = expected(body)?;
    let is_requested = fields.known["session_id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(ID));
    if is_requested { Ok(fields) } else { Err(rejected("a session has the id that was requested")) }
}

fn expected(body: &[u8]) -> Result<SessionFields, Rejected> {
    let text = std::str::from_utf8(body).map_err(|_| rejected("a body is UTF-8"))?;
    let session = Members::read(text)?.raw("session")?;
    model::session(session.ok_or_else(|| rejected("`session` is an object"))?)
}

/// A serialized session parses to the same session, which serializes to the same text.
pub(crate) fn round_trips(session: &Session) {
    let written = serde_json::to_string(session).unwrap();
    let again: Session = serde_json::from_str(&written).unwrap();
    assert_eq!(again, *session);
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
    // If unknown fields share a name, a `Value` holds the last of them.
    let value = serde_json::to_value(session).unwrap();
    let of_value: Session = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&of_value).unwrap(), value);
    assert!(is_valid_id(session.session_id.as_str()));
}

/// Converts a session into the form of the model.
pub(super) fn fields_of(session: &Session) -> SessionFields {
    let mut known = session.clone();
    known.unknown = UnknownFields::default();
    let mut unknown_of_error = Vec::new();
    if let Some(error) = &mut known.error {
        unknown_of_error = fields(&error.unknown);
        error.unknown = UnknownFields::default();
    }
    let known = serde_json::to_value(&known).unwrap();
    SessionFields { known, unknown: fields(&session.unknown), unknown_of_error }
}

fn fields(unknown: &UnknownFields) -> Vec<(String, String)> {
    let fields: Vec<_> = unknown.iter().map(|(name, raw)| (name, raw.get().to_owned())).collect();
    assert_eq!(unknown.is_empty(), fields.is_empty());
    // Each `get` parses all fields again, so only a few are checked.
    for (name, _) in fields.iter().take(8) {
        let first = fields.iter().find(|field| field.0 == *name).map(|field| field.1.as_str());
        assert_eq!(unknown.get(name).map(|raw| raw.get()), first);
    }
    fields
}
