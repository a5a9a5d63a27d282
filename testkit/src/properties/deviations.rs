//! A body that is compared with the service's documentation.

use brightdata_sessions::{Deviation, DeviationKind, Session, SessionPage, deviations, deviations_between};
use serde_json::{Value, json};

use super::KEY;
use super::error::is_unsafe;
use super::memory::{self, Bound};
use super::model::Members;

/// The deviations of a body are few, short and safe to display. A body that the parser rejects has
/// at least one problem. A session on a page has no difference from itself.
///
/// Peak memory is at most 16 times the body, and 64 times for two bodies that are compared.
pub fn check(body: &[u8]) {
    let found = memory::bounded(body.len(), || deviations(body), |_| Bound(16, 64 << 10));
    are_bounded_and_safe(&found);
    let has_problem = found.iter().any(|deviation| !deviation.is_note);
    assert!(has_problem || is_accepted(body), "{found:?}");

    let (one, other) = body.split_at(body.iter().position(|byte| *byte == b'\n').unwrap_or(body.len()));
    for (page, single) in [(body, body), (one, other)] {
        let work = || deviations_between(page, single);
        are_bounded_and_safe(&memory::bounded(body.len(), work, |_| Bound(64, 64 << 10)));
    }
    is_same_as_itself(body);
}

pub(crate) fn are_bounded_and_safe(found: &[Deviation]) {
    assert!(found.len() <= 101);
    for deviation in found {
        let line = deviation.to_string();
        assert!(line.len() < 600 && !line.contains(is_unsafe) && !line.contains(KEY), "{line:?}");
        assert!(deviation.count > 0);
        let Deviation { is_note, path, kind, found, documented, count, first, .. } = deviation;
        let expected = json!({
            "kind": kind.as_str(), "is_note": is_note, "path": path, "found": found,
            "documented": documented, "count": count, "first": first,
        });
        assert_eq!(serde_json::to_value(deviation).unwrap(), expected);
    }
    // Each is listed once, in order, and the rest is counted at the end.
    let listed = found.strip_suffix(&omitted(found)[..]).unwrap();
    assert!(listed.is_sorted());
    let keys = listed.iter().map(|deviation| {
        let Deviation { is_note, path, kind, found, documented, .. } = deviation;
        (is_note, path, kind, found, documented)
    });
    assert!(keys.is_sorted_by(|a, b| a < b));
}

fn omitted(found: &[Deviation]) -> Vec<Deviation> {
    found.iter().filter(|deviation| deviation.kind == DeviationKind::Omitted).cloned().collect()
}

/// Returns whether the parser accepts the body of a session or of a page, whichever it is.
fn is_accepted(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let session = Members::read(text).and_then(|mut members| members.raw("session"));
    match session.ok().flatten() {
        Some(session) => Session::from_json(session).is_ok(),
        None => SessionPage::from_json(text).is_ok(),
    }
}

/// A session on a page has no difference from the same session alone.
fn is_same_as_itself(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    let session = Members::read(text).and_then(|mut members| members.raw("session"));
    let Some(session) = session.ok().flatten() else { return };
    if Members::read(session)
        .and_then(|mut members| members.text("session_id"))
        .is_ok_and(|id| id.is_string())
    {
        let page = format!(r#"{{"sessions":[1, {session}]}}"#);
        let single = format!(r#"{{"session":{session}}}"#);
        assert_eq!(deviations_between(page.as_bytes(), single.as_bytes()), []);
    }
}

/// A value does not change what is found, so none is shown: two strings of the same shape give the
/// same deviations, wherever they are.
pub(crate) fn values_are_not_shown(one: &str, other: &str) {
    let body = |text: &str| {
        let text = Value::from(text);
        let session = format!(
            r#"{{"session_id":"a","api_name":{text},"target_url":{text},"end_url":{text},"navigations":{text},"bandwidth":[{text}],"error":{{"code":{text},"message":{text},"more":{text}}},"more":{{{text}:{text}}}}}"#
        );
        [
            format!(r#"{{"session":{session}}}"#),
            format!(
                r#"{{"sessions":[{session},{text}],"count":{text},"pagination":{{"offset":{text},"has_more":{text}}}}}"#
            ),
            text.to_string(),
        ]
    };
    for (one, other) in body(one).iter().zip(body(other)) {
        assert_eq!(deviations(one.as_bytes()), deviations(other.as_bytes()));
    }
}
