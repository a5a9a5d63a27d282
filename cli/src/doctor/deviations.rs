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
    let harmless = format!("{notes} harmless {}", if notes == 1 { "difference" } else { "differences" });
    let check = match (problems, notes) {
        (0, 0) => return Check::ok(Subject::Deviations, "none: the responses are as documented"),
        (0, _) => Check::note(Subject::Deviations, format!("{harmless} from the documentation"))
            .advice("nothing to do: the program reads such responses, and loses no value"),
        _ => {
            let deviations = count(problems, "deviation");
            let more = if notes == 0 { String::new() } else { format!(", and {harmless}") };
            let reason = format!("{deviations} from the documentation{more}");
            Check::problem(Subject::Deviations, SERVICE, reason).advice(
                "report it with this output, which shows undocumented names and words, but no other value",
            )
        }
    };
    let line = |(place, deviation): &(&str, Deviation)| {
        format!("{place}, {deviation}{}", if deviation.is_note { " (harmless)" } else { "" })
    };
    let check = found.iter().fold(check, |check, found| check.line(line(found)));
    let found: Vec<_> = found.iter().map(|(place, deviation)| json(place, deviation)).collect();
    check.detail("deviations", found)
}

/// Returns a deviation with the response that it was found in.
fn json(place: &str, deviation: &Deviation) -> Value {
    let mut members = Map::from_iter([("response".to_owned(), Value::from(place))]);
    if let Ok(Value::Object(deviation)) = serde_json::to_value(deviation) {
        members.extend(deviation);
    }
    members.into()
}
