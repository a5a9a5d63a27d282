//! The body of a 200 to a question for a page of sessions.

use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, ListSessions, Pagination, SessionPage};
use serde_json::Value;
use serde_json::value::RawValue;

use super::memory::Bound;
use super::reading::{Members, Refused, Told, value, whole};
use super::{api, error, memory, reading, session};

/// The page is read just as an independent reading says, session by session, or refused where that refuses; each session survives
/// being written and read again; memory stays within 3 times a body without escapes whose sessions have known fields alone and, on average,
/// at least 320 bytes each, and within 64 times any other, however small the sessions are.
pub fn door(body: &[u8]) {
    let answer = answer(body);
    assert_eq!(answer.as_ref().map(told).map_err(|_| Refused), expected(body), "{answer:?}");
    match &answer {
        Ok(page) => page.sessions.iter().for_each(session::survives),
        Err(error) => error::is_fit_to_be_shown(error),
    }
}

fn answer(body: &[u8]) -> Result<SessionPage, Error> {
    let api = api();
    memory::bounded(
        body.len(),
        || api.parse(&ListSessions::new(), Response::new(body)),
        |answer| match answer {
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
pub fn takes_three_times_at_most(body: &[u8]) {
    let answer = memory::bounded(
        body.len(),
        || api().parse(&ListSessions::new(), Response::new(body)),
        |_| Bound(3, 0),
    );
    assert!(answer.is_ok(), "{answer:?}");
}

/// A page: its sessions, the numbers that are told of it, and `has_more`.
type Page = (Vec<Told>, [Option<u64>; 5], Option<bool>);

fn told(page: &SessionPage) -> Page {
    let Pagination { offset, limit, has_more, next_offset, .. } = page.pagination;
    let sessions = page.sessions.iter().map(session::told).collect();
    (sessions, [page.count, page.total, offset, limit, next_offset], has_more)
}

fn expected(body: &[u8]) -> Result<Page, Refused> {
    let mut page = Members::read(std::str::from_utf8(body).map_err(|_| Refused)?)?;
    let sessions = page.raw("sessions")?.ok_or(Refused)?;
    let sessions: Vec<&RawValue> = serde_json::from_str(sessions).map_err(|_| Refused)?;
    if sessions.len() > 1000 {
        return Err(Refused);
    }
    let sessions = sessions.iter().map(|raw| reading::session(raw.get())).collect::<Result<_, _>>()?;
    let count = page.raw("count")?.and_then(whole);
    let total = page.raw("total")?.and_then(whole);
    let pagination = page.raw("pagination")?;
    // Where it is no object, or has a name twice, nothing is told.
    let ([offset, limit, next_offset], has_more) =
        pagination.and_then(|raw| expected_pagination(raw).ok()).unwrap_or_default();
    if offset.is_some_and(|offset| offset != 0) {
        return Err(Refused);
    }
    Ok((sessions, [count, total, offset, limit, next_offset], has_more))
}

fn expected_pagination(raw: &str) -> Result<([Option<u64>; 3], Option<bool>), Refused> {
    let mut pagination = Members::read(raw)?;
    let mut number = |name| pagination.raw(name).map(|raw| raw.and_then(whole));
    let numbers = [number("offset")?, number("limit")?, number("next_offset")?];
    let has_more = pagination.raw("has_more")?.and_then(value);
    Ok((numbers, has_more.as_ref().and_then(Value::as_bool)))
}
