//! The body of a 200 to a request for a page of sessions.

use std::fmt::Display;

use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, ListSessions, Pagination, SessionPage};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::memory::Bound;
use super::model::{Members, Rejected, SessionFields, rejected, value, whole};
use super::{api, compare, error, memory, model, session};

/// The page is parsed as the model parses it, session by session, or rejected if and only if the
/// model rejects it. Each session round-trips.
///
/// Peak memory is at most 3 times the body if it has no escapes, its sessions have known fields
/// only, and they average at least 320 bytes. It is at most 64 times any other body, however small
/// the sessions.
pub fn check(body: &[u8]) {
    let result = parse(body);
    compare::same(expected_of_own(body), result.as_ref().map(actual));
    match &result {
        Ok(page) => page.sessions.iter().for_each(session::round_trips),
        Err(error) => error::is_safe_to_display(error),
    }
}

/// Checks another parser: it accepts a body if and only if the model accepts it, and reads it like
/// the model.
///
/// The result of `parse` serializes with the names of the API: `sessions`, `count`, `total`, and in
/// `pagination` the fields `offset`, `limit`, `has_more` and `next_offset`. Only the fields of the
/// result are compared. A field of the pagination with an invalid value is null.
///
/// The model ignores which page was requested. [`valid_body_is_read`] suits a parser that accepts
/// more than it should, as most do.
///
/// ```
/// use brightdata_sessions::SessionPage;
/// use brightdata_sessions_testkit::properties::page;
/// use serde_json::json;
///
/// page::parses_like_the_model(br#"{"sessions":[{"session_id":"a"}],"total":1}"#, |body| {
///     let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
///     let page = SessionPage::from_json(text).map_err(|error| error.to_string())?;
///     Ok::<_, String>(json!({"sessions": page.sessions, "total": page.total}))
/// });
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
    compare::other_parser(expected(body).map(into_value), parse(body));
}

/// Checks that another parser reads each valid body like the model. The parser may accept invalid
/// bodies. Otherwise the same as [`parses_like_the_model`].
///
/// # Panics
///
/// Panics if the parser rejects a valid body or reads another value than the model, with both.
pub fn valid_body_is_read<T: Serialize, E: Display>(body: &[u8], parse: impl FnOnce(&[u8]) -> Result<T, E>) {
    let result = parse(body);
    if let Ok(expected) = expected(body) {
        compare::other_parser(Ok(into_value(expected)), result);
    }
}

fn into_value((sessions, [count, total, offset, limit, next_offset], has_more): Page) -> Value {
    let sessions: Vec<_> = sessions.into_iter().map(SessionFields::into_value).collect();
    let pagination =
        json!({"offset": offset, "limit": limit, "has_more": has_more, "next_offset": next_offset});
    json!({"sessions": sessions, "count": count, "total": total, "pagination": pagination})
}

fn parse(body: &[u8]) -> Result<SessionPage, Error> {
    let api = api();
    memory::bounded(
        body.len(),
        || api.parse(&ListSessions::new(), Response::new(body)),
        |result| match result {
            // A `Session` is larger than the shortest strings that it is parsed from.
            Ok(SessionPage { sessions, .. })
                if body.len() >= 320 * sessions.len()
                    && sessions.iter().all(session::is_as_documented)
                    && !session::has_escapes(body) =>
            {
                Bound(3, 2048)
            }
            _ => Bound(64, 4096),
        },
    )
}

/// Peak memory is at most 3 times a page of documented sessions, for any number of them.
pub(crate) fn memory_is_at_most_three_times(body: &[u8]) {
    // The state of an `Api` is not part of a page.
    let api = api();
    let result =
        memory::bounded(body.len(), || api.parse(&ListSessions::new(), Response::new(body)), |_| Bound(3, 0));
    assert!(result.is_ok(), "{result:?}");
}

/// A page: its sessions, the numbers that it reports, and `has_more`.
type Page = (Vec<SessionFields>, [Option<u64>; 5], Option<bool>);

fn actual(page: &SessionPage) -> Page {
    let Pagination { offset, limit, has_more, next_offset, .. } = page.pagination;
    let sessions = page.sessions.iter().map(session::fields_of).collect();
    (sessions, [page.count, page.total, offset, limit, next_offset], has_more)
}

/// Returns the expected page if the client also accepts its size and its offset.
fn expected_of_own(body: &[u8]) -> Result<Page, Rejected> {
    let page = expected(body)?;
    if page.0.len() > 1000 {
        return Err(rejected("a page has at most 1000 sessions"));
    }
    if page.1[2].is_some_and(|offset| offset != 0) {
        return Err(rejected("a page has the offset that was requested"));
    }
    Ok(page)
}

fn expected(body: &[u8]) -> Result<Page, Rejected> {
    let text = std::str::from_utf8(body).map_err(|_| rejected("a body is UTF-8"))?;
    let mut page = Members::read(text)?;
    let is_list = || rejected("`sessions` is a list");
    let sessions = page.raw("sessions")?.ok_or_else(is_list)?;
    let sessions: Vec<&RawValue> = serde_json::from_str(sessions).map_err(|_| is_list())?;
    let sessions = sessions.iter().map(|raw| model::session(raw.get())).collect::<Result<_, _>>()?;
    let count = page.raw("count")?.and_then(whole);
    let total = page.raw("total")?.and_then(whole);
    let pagination = page.raw("pagination")?;
    // If it is not an object, or a name occurs twice, all of its values are missing.
    let ([offset, limit, next_offset], has_more) =
        pagination.and_then(|raw| expected_pagination(raw).ok()).unwrap_or_default();
    Ok((sessions, [count, total, offset, limit, next_offset], has_more))
}

fn expected_pagination(raw: &str) -> Result<([Option<u64>; 3], Option<bool>), Rejected> {
    let mut pagination = Members::read(raw)?;
    let mut number = |name| pagination.raw(name).map(|raw| raw.and_then(whole));
    let numbers = [number("offset")?, number("limit")?, number("next_offset")?];
    let has_more = pagination.raw("has_more")?.and_then(value);
    Ok((numbers, has_more.as_ref().and_then(Value::as_bool)))
}
