//! Compares the fields of one session with each other.

use super::DeviationKind::Record;
use super::object::Values;
use super::report::{Place, Report};
use crate::SessionStatus;

/// A session lives at most 60 minutes.
const MAX_SECONDS: f64 = 3600.0;

pub(super) fn check(report: &mut Report, place: Place<'_>, session: &Values<'_>) {
    let is_null = |name| session.get(name) == Some("null");
    let has = |name, first: &[u8]| {
        let value = session.get(name).and_then(|value| value.as_bytes().first());
        value.is_some_and(|value| first.contains(value))
    };
    let Some(status) = session.text("status") else { return };
    let (duration, error) = ((place, "duration"), (place, "error"));
    match SessionStatus::from(&*status) {
        SessionStatus::Running => {
            if has("duration", b"-0123456789") {
                report.problem(Record, duration, "a number in a running session", "null while it runs");
            }
            if has("error", b"{") {
                report.problem(Record, error, "an error in a running session", "null while it runs");
            }
        }
        SessionStatus::Finished | SessionStatus::Failed if is_null("duration") => {
            report.problem(Record, duration, "null in a session that ended", "null only while it runs");
        }
        _ => {}
    }
    if SessionStatus::from(&*status) == SessionStatus::Failed && is_null("error") {
        report.problem(Record, error, "null in a failed session", "an error in each failed session");
    }
    let seconds: Option<f64> = session.get("duration").and_then(|value| value.parse().ok());
    if seconds.is_some_and(|seconds| seconds > MAX_SECONDS) {
        report.note(Record, duration, "over an hour", "sessions of at most 60 minutes");
    }
}
