//! Compares the record of one session in a list with the same record alone.

use std::collections::BTreeMap;

use super::DeviationKind::{Body, Difference};
use super::body::{Parsed, parse};
use super::report::{Place, Report};
use super::{Deviation, shape};
use crate::SessionStatus;
use crate::model::fault::{Part, each_part, member, text};

/// The fields that stay the same while a session runs.
const CONSTANT: [&str; 3] = ["session_id", "api_name", "timestamp"];

const SESSION: Place<'static> = Place { path: "session", index: None };

pub(super) fn check(page: &[u8], single: &[u8]) -> Vec<Deviation> {
    let mut report = Report::default();
    if let Err((path, found, documented)) = compare(&mut report, page, single) {
        report.problem(Body, (Place::BODY, path), found, documented);
    }
    report.finish()
}

/// Fails with the path, the description and the expectation if there is no record to compare.
fn compare(
    report: &mut Report,
    page: &[u8],
    single: &[u8],
) -> Result<(), (&'static str, String, &'static str)> {
    const PAGE: &str = "a page of sessions";
    const SINGLE: &str = "the body of one session";
    let sessions = match parse(page) {
        Ok(Parsed::Page(json)) => member(json, "sessions").filter(|sessions| sessions.starts_with('[')),
        Ok(Parsed::Single(_)) => return Err(("sessions", SINGLE.into(), PAGE)),
        Err(found) => return Err(("sessions", found, PAGE)),
    };
    let single = match parse(single) {
        Ok(Parsed::Single(json)) => member(json, "session").filter(|session| session.starts_with('{')),
        Ok(Parsed::Page(_)) => return Err(("session", PAGE.into(), SINGLE)),
        Err(found) => return Err(("session", found, SINGLE)),
    };
    let id = |session| text(member(session, "session_id")?).ok();
    let mut listed = None;
    if let (Some(sessions), Some(wanted)) = (sessions, single.and_then(id)) {
        let _ = each_part(sessions, &mut |_, session| {
            let is_wanted =
                session.starts_with('{') && id(session).is_some_and(|id| id.eq_ignore_ascii_case(&wanted));
            if is_wanted && listed.is_none() {
                listed = Some(session);
            }
            Ok(())
        });
    }
    match (listed, single) {
        (Some(listed), Some(single)) => compare_records(report, listed, single),
        _ => return Err(("sessions", "no session with the id of the single record".into(), "this session")),
    }
    Ok(())
}

fn compare_records(report: &mut Report, listed: &str, single: &str) {
    let status = member(listed, "status").and_then(|status| text(status).ok());
    let is_ended = status.is_some_and(|status| SessionStatus::from(&*status).is_ended());
    compare_members(report, SESSION, (listed, single), &|name| is_ended || CONSTANT.contains(&name));
}

fn compare_members(
    report: &mut Report,
    place: Place<'_>,
    (listed, single): (&str, &str),
    is_constant: &dyn Fn(&str) -> bool,
) {
    const FIELDS: &str = "the same fields in the list and alone";
    let mut alone = members(single);
    for (name, value) in members(listed) {
        let shown = shape::name(&name);
        let Some(other) = alone.remove(&name) else {
            report.problem(Difference, (place, &shown), "only in the list", FIELDS);
            continue;
        };
        if !is_constant(&name) || is_same(value, other) {
            continue;
        }
        if name == "error" && value.starts_with('{') && other.starts_with('{') {
            let place = Place { path: "session.error", index: None };
            compare_members(report, place, (value, other), &|_| true);
            continue;
        }
        let found = match (shape::shape(value), shape::shape(other)) {
            (listed, alone) if listed == alone => format!("two different values, each {listed}"),
            (listed, alone) => format!("{listed} in the list, {alone} alone"),
        };
        report.problem(Difference, (place, &shown), found, "the same value in the list and alone");
    }
    for name in alone.into_keys() {
        report.problem(Difference, (place, &shape::name(&name)), "only in the record alone", FIELDS);
    }
}

/// Returns the first value of each name.
fn members(object: &str) -> BTreeMap<String, &str> {
    let mut members = BTreeMap::new();
    let _ = each_part(object, &mut |part, value| {
        if let Part::Name(name) = part {
            members.entry(name.to_owned()).or_insert(value);
        }
        Ok(())
    });
    members
}

/// Returns whether two values are the same, in any notation of a number or a string.
fn is_same(one: &str, other: &str) -> bool {
    let number = |value: &str| value.parse::<f64>().ok();
    let is_whole = |value: &str| value.parse::<u64>().is_ok();
    let is_text = |value: &str| value.starts_with('"');
    let without_space = |value: &str| compact(value).collect::<Vec<_>>();
    one == other
        || is_text(one) && is_text(other) && text(one).ok().is_some_and(|one| text(other) == Ok(one))
        // Large whole numbers can be the same float.
        || !(is_whole(one) && is_whole(other)) && number(one).is_some_and(|one| number(other) == Some(one))
        || without_space(one) == without_space(other)
}

/// Returns the bytes of a value without the white space between its tokens.
fn compact(value: &str) -> impl Iterator<Item = u8> {
    let (mut is_string, mut is_escaped) = (false, false);
    value.bytes().filter(move |byte| {
        let is_kept = is_string || !byte.is_ascii_whitespace();
        if *byte == b'"' && !is_escaped {
            is_string = !is_string;
        }
        is_escaped = *byte == b'\\' && !is_escaped;
        is_kept
    })
}
