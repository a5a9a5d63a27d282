//! The responses, compared with the service's documentation.

use brightdata_sessions::{Deviation, deviations, deviations_between};
use serde_json::{Map, Value};

use super::SERVICE;
use super::check::{Check, Subject};
use super::network::count;
use super::service::Received;

/// Compares the bodies of the responses with status 200.
pub(super) fn check(list: &Received, session: Option<&Received>) -> Check {
    let mut found = Vec::new();
    let mut add = |place: &'static str, deviations: Vec<Deviation>| {
        found.extend(deviations.into_iter().map(|deviation| (place, deviation)));
    };
    add("list", deviations(&list.body));
    if let Some(session) = session {
        add("session", deviations(&session.body));
        add("list and session", deviations_between(&list.body, &session.body));
    }
    let problems = found.iter().filter(|(_, deviation)| !deviation.is_note).count();
    let notes = found.len() - problems;
    let check = match (problems, notes) {
        (0, 0) => return Check::ok(Subject::Deviations, "none: the responses are as documented"),
        (0, _) => {
            Check::note(Subject::Deviations, format!("{} without an effect", count(notes, "difference")))
                .advice("nothing to do: the program reads such responses, and loses no value")
        }
        _ => Check::problem(
            Subject::Deviations,
            SERVICE,
            format!(
                "{} from the documentation, {} without an effect",
                count(problems, "deviation"),
                count(notes, "other")
            ),
        )
        .advice("report it with this output: it contains no value of a session"),
    };
    let check =
        found.iter().fold(check, |check, (place, deviation)| check.line(format!("{place}: {deviation}")));
    check.detail(
        "deviations",
        found.iter().map(|(place, deviation)| json(place, deviation)).collect::<Vec<_>>(),
    )
}

/// Returns a deviation with the response that it was found in.
fn json(place: &str, deviation: &Deviation) -> Value {
    let mut members = Map::from_iter([("response".to_owned(), Value::from(place))]);
    if let Ok(Value::Object(deviation)) = serde_json::to_value(deviation) {
        members.extend(deviation);
    }
    members.into()
}
