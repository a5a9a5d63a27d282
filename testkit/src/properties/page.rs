//! The body of a 200 to a request for a page of sessions.

use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, ListSessions, Pagination, SessionPage};
use serde_json::Value;
use serde_json::value::RawValue;

use super::memory::Bound;
use super::model::{Members, Rejected, SessionFields, value, whole};
use super::{api, error, memory, model, session};

/// The page is parsed as the model parses it, session by session, or rejected if and only if the
/// model rejects it. Each session round-trips.
///
/// Peak memory is at most 3 times the body if it has no escapes, its sessions have known fields
/// only, and they average at least 320 bytes. It is at most 64 times any other body, however small
/// the sessions.
pub fn check(body: &[u8]) {
    let result = parse(body);
    assert_eq!(result.as_ref().map(actual).map_err(|_| Rejected), expected(body), "{result:?}");
    match &result {
        Ok(page) => page.sessions.iter().for_each(session::round_trips),
        Err(error) => error::is_safe_to_display(error),
    }
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

fn expected(body: &[u8]) -> Result<Page, Rejected> {
    let mut page = Members::read(std::str::from_utf8(body).map_err(|_| Rejected)?)?;
    let sessions = page.raw("sessions")?.ok_or(Rejected)?;
    let sessions: Vec<&RawValue> = serde_json::from_str(sessions).map_err(|_| Rejected)?;
    if sessions.len() > 1000 {
        return Err(Rejected);
    }
    let sessions = sessions.iter().map(|raw| model::session(raw.get())).collect::<Result<_, _>>()?;
    let count = page.raw("count")?.and_then(whole);
    let total = page.raw("total")?.and_then(whole);
    let pagination = page.raw("pagination")?;
    // If it is not an object, or a name occurs twice, all of its values are missing.
    let ([offset, limit, next_offset], has_more) =
        pagination.and_then(|raw| expected_pagination(raw).ok()).unwrap_or_default();
    if offset.is_some_and(|offset| offset != 0) {
        return Err(Rejected);
    }
    Ok((sessions, [count, total, offset, limit, next_offset], has_more))
}

fn expected_pagination(raw: &str) -> Result<([Option<u64>; 3], Option<bool>), Rejected> {
    let mut pagination = Members::read(raw)?;
    let mut number = |name| pagination.raw(name).map(|raw| raw.and_then(whole));
    let numbers = [number("offset")?, number("limit")?, number("next_offset")?];
    let has_more = pagination.raw("has_more")?.and_then(value);
    Ok((numbers, has_more.as_ref().and_then(Value::as_bool)))
}
