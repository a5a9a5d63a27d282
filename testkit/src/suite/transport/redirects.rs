//! No redirect is followed.

use super::case::{ELSEWHERE, ProgramPlay, TransportCase};
use crate::Script;
use crate::suite::outcome::{Outcome, response};
use crate::suite::rule::Rule;

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    vec![(Rule::Once, not_followed()), (Rule::EveryStatus, returned())]
}

fn returned() -> Vec<TransportCase> {
    vec![TransportCase::response(
        "a redirect without a location is returned",
        "the core reports the status and the body",
        Script::response(302, &[], "moved"),
        "moved",
        response(302),
    )]
}

fn not_followed() -> Vec<TransportCase> {
    let elsewhere = "http://elsewhere/x";
    vec![
        redirect("a 301 to another port is not followed", 301, elsewhere),
        redirect("a 302 to another port is not followed", 302, elsewhere),
        redirect("a 303 to another port is not followed", 303, elsewhere),
        redirect("a 307 to another port is not followed", 307, elsewhere),
        redirect("a 308 to another port is not followed", 308, elsewhere),
        redirect("a redirect without a scheme is not followed", 302, "//elsewhere/x"),
        redirect("a redirect on the same host is not followed", 302, "/another"),
        redirect("a redirect to itself is not followed", 307, "?"),
        redirect("a 300 with a location is not followed", 300, elsewhere),
    ]
}

/// Creates a case in which every response is this redirect. `location` contains [`ELSEWHERE`] if it
/// is on the other server.
fn redirect(name: &'static str, status: u16, location: &'static str) -> TransportCase {
    let why = "the key goes only to the URL of the request";
    let expected = response(status).header("location", location);
    TransportCase::new(name, why, expected, move |harness| {
        let addr = harness.elsewhere().addr().to_string();
        let location = location.replace(ELSEWHERE, &addr);
        harness.fake.script_any([Script::response(status, &[("location", &location)], "moved").repeat()]);
        let mut result = harness.get(b"moved");
        for (_, value) in result.result.iter_mut().flat_map(|received| &mut received.headers) {
            *value = value.replace(&addr, ELSEWHERE);
        }
        if harness.elsewhere().connections() == 0 {
            return Outcome::Exchange { result, requests: harness.fake.requests().len() };
        }
        let requests = harness.elsewhere().requests();
        let with_key = requests.iter().any(|request| request.header("authorization").is_some());
        Outcome::SentElsewhere { result, with_key }
    })
    .for_programs(ProgramPlay::Redirect { status, location })
}
