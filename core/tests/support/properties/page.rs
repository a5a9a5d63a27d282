//! The body of a 200 to a question for a page of sessions.

use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, ListSessions, Pagination, SessionPage};
use serde_json::Value;
use serde_json::value::RawValue;

use super::memory::Bound;
use super::model::{Members, Rejected, SessionFields, value, whole};
use super::{api, error, memory, model, session};

/// The page is read just as an independent reading says, session by session, or refused where that refuses; each session round_trips
/// being written and read again; memory stays within 3 times a body without escapes whose sessions have known fields alone and, on average,
/// at least 320 bytes each, and within 64 times any other, however small the sessions are.
pub fn entry_point(body: &[u8]) {
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
            // A smaller session takes more than its text, and a hostile one is made to.
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

/// Memory stays within 3 times a page of sessions as the service documents them, of whatever number.
pub fn memory_is_at_most_three_times(body: &[u8]) {
    let result = memory::bounded(
        body.len(),
        || api().parse(&ListSessions::new(), Response::new(body)),
        |_| Bound(3, 0),
    );
    assert!(result.is_ok(), "{result:?}");
}

/// A page: its sessions, the numbers it reports, and `has_more`.
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
    // Where it is no object, or has a name twice, nothing is actual.
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
