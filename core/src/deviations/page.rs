//! Compares the sessions of a page with each other, and its numbers with its sessions.

use std::time::SystemTime;

use super::DeviationKind::{Id, JsonType, Order, Pagination};
use super::documented::SESSION;
use super::object::{self, Values};
use super::report::{Place, Report};
use super::{record, shape};
use crate::Timestamp;
use crate::model::fault::{Part, each_part, member};
use crate::model::session_page::MAX_SESSIONS;

/// The documented maximum of `limit`.
const MAX_LIMIT: u64 = 100;
const SESSIONS: &str = "sessions[]";

pub(super) fn check(report: &mut Report, page: &Values<'_>) {
    let mut summary = Summary::default();
    if let Some(sessions) = page.get("sessions").filter(|sessions| sessions.starts_with('[')) {
        let _ = each_part(sessions, &mut |part, session| {
            let Part::Index(index) = part else { return Ok(()) };
            summary.count += 1;
            // The parser rejects a page with more. The limit keeps time proportional.
            if index < MAX_SESSIONS {
                check_session(report, &mut summary, index, session);
            }
            Ok(())
        });
        check_ids(report, summary.ids);
        let is_ordered =
            is_ordered(&summary.starts) || is_ordered(&summary.durations) || is_ordered(&summary.bandwidths);
        if !is_ordered {
            let at = (Place { path: SESSIONS, index: None }, "timestamp");
            report.note(
                Order,
                at,
                "no order by time, duration or bandwidth",
                "a list in one of these orders",
            );
        }
        check_numbers(report, page, summary.count);
    }
}

/// The values of the sessions that are compared with each other.
#[derive(Default)]
struct Summary<'a> {
    count: u64,
    /// As written, in quotes.
    ids: Vec<(&'a str, usize)>,
    starts: Vec<SystemTime>,
    durations: Vec<f64>,
    bandwidths: Vec<u64>,
}

fn check_session<'a>(report: &mut Report, summary: &mut Summary<'a>, index: usize, json: &'a str) {
    let place = Place { path: SESSIONS, index: Some(index) };
    if !json.starts_with('{') {
        report.problem(JsonType, (place, ""), shape::shape(json), "a session object");
        return;
    }
    let session = object::check(report, place, SESSION, json);
    record::check(report, place, &session);
    // The documented examples have this placeholder as their id.
    let is_placeholder = |id: &str| id.bytes().all(|byte| matches!(byte, b'X' | b'-' | b'"'));
    let id = session.get("session_id").filter(|id| id.starts_with('"') && !is_placeholder(id));
    summary.ids.extend(id.map(|id| (id, index)));
    let start = session.text("timestamp").and_then(|time| time.parse::<Timestamp>().ok()?.to_system_time());
    summary.starts.extend(start);
    summary.durations.extend(session.get("duration").and_then(|seconds| seconds.parse::<f64>().ok()));
    summary.bandwidths.extend(session.get("bandwidth").and_then(|bytes| bytes.parse::<u64>().ok()));
}

fn check_ids(report: &mut Report, mut ids: Vec<(&str, usize)>) {
    ids.sort_unstable();
    for pair in ids.windows(2) {
        let [(first, _), (second, index)] = pair else { continue };
        if first == second {
            let at = (Place { path: SESSIONS, index: Some(*index) }, "session_id");
            report.problem(Id, at, "an id that another session has", "a unique id");
        }
    }
}

fn is_ordered<T: PartialOrd>(values: &[T]) -> bool {
    values.is_sorted() || values.is_sorted_by(|a, b| a >= b)
}

fn check_numbers(report: &mut Report, page: &Values<'_>, sessions: u64) {
    let raw = |name| member(page.get("pagination").unwrap_or_default(), name);
    let number = |json: Option<&str>| json.and_then(|json| json.parse::<u64>().ok());
    let (count, total) = (number(page.get("count")), number(page.get("total")));
    let [offset, limit, next] = ["offset", "limit", "next_offset"].map(|name| number(raw(name)));
    let has_more = raw("has_more");
    // The end of this page, and the latest start of the next one.
    let end = offset.map(|offset| offset.saturating_add(sessions));
    let next_start = offset.zip(limit).map(|(offset, limit)| offset.saturating_add(limit.max(sessions)));

    let body = Place::BODY;
    let place = Place { path: "pagination", index: None };
    let mut differs = |at, found: String, documented| report.problem(Pagination, at, found, documented);
    if let Some(count) = count.filter(|count| *count != sessions) {
        let found = format!("{count} for {sessions} sessions");
        differs((body, "count"), found, "the number of sessions on the page");
    }
    if sessions > MAX_LIMIT {
        differs((body, "sessions"), format!("{sessions} sessions"), "at most 100 sessions on a page");
    }
    if let Some(limit) = limit.filter(|limit| !(1..=MAX_LIMIT).contains(limit)) {
        differs((place, "limit"), format!("{limit}"), "a number from 1 to 100");
    }
    if let Some(limit) = limit.filter(|limit| *limit < sessions) {
        let found = format!("{limit} for {sessions} sessions");
        differs((place, "limit"), found, "the maximum number of sessions on the page");
    }
    match (total, end) {
        // A page beyond the end of the list has no sessions.
        (Some(total), Some(end)) if total < end && sessions > 0 => {
            let found = format!("{total} for {end} sessions up to this page");
            differs((body, "total"), found, "the number of sessions on all pages");
        }
        _ => {}
    }
    let at = (place, "has_more");
    match (has_more, total, end, next_start) {
        (Some("true"), Some(total), Some(end), _) if total <= end => {
            differs(at, format!("true at the end of {total}"), "whether a next page exists");
        }
        (Some("false"), Some(total), _, Some(next_start)) if next_start < total && sessions > 0 => {
            differs(at, format!("false before the end of {total}"), "whether a next page exists");
        }
        _ => {}
    }
    let at = (place, "next_offset");
    match (has_more, raw("next_offset"), next) {
        (Some("true"), Some("null"), _) => {
            differs(at, "null although has_more is true".into(), "the offset of the next page");
        }
        (Some("false"), _, Some(_)) => {
            differs(at, "a number although has_more is false".into(), "null on the last page");
        }
        _ => {}
    }
    match (next, offset, end) {
        (Some(next), Some(offset), _) if next <= offset => {
            differs(at, format!("{next} for offset {offset}"), "an offset after this page");
        }
        (Some(next), _, Some(end)) if next < end => {
            differs(at, format!("{next} inside this page"), "an offset after this page");
        }
        (Some(next), ..) if next_start.is_some_and(|next_start| next > next_start) => {
            differs(at, format!("{next}, which skips sessions"), "offset plus limit");
        }
        _ => {}
    }
}
