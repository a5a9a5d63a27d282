//! No redirect is followed.

use super::Case;
use crate::conformance::case::told;
use crate::{FakeApi, Script};

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let elsewhere = |other: &FakeApi| format!("{}/x", other.base_url());
    vec![
        redirect("a 301 to another port is an answer", 301, elsewhere),
        redirect("a 302 to another port is an answer", 302, elsewhere),
        redirect("a 303 to another port is an answer", 303, elsewhere),
        redirect("a 307 to another port is an answer", 307, elsewhere),
        redirect("a 308 to another port is an answer", 308, elsewhere),
        redirect("a redirect without a scheme is an answer", 302, |other| format!("//{}/x", other.addr())),
        redirect("a redirect on the same host is an answer", 302, |_| "/elsewhere".to_owned()),
        redirect("a redirect to itself is an answer", 307, |_| "?".to_owned()),
        redirect("a 300 with a location is an answer", 300, elsewhere),
        Case::answer(
            "a redirect to nowhere is an answer",
            "the core tells the status, and what it was told",
            Script::response(302, &[], "moved"),
            "moved",
            "302, whole",
        ),
    ]
}

/// Every request is answered with this redirect.
fn redirect(name: &'static str, status: u16, location: fn(&FakeApi) -> String) -> Case {
    let why = "the key goes nowhere but where it was sent";
    Case::new(name, why, "its status and location, after 1 request", move |stage| {
        let location = location(stage.elsewhere());
        stage.fake.script_any([Script::response(status, &[("location", &location)], "moved").repeat()]);
        let came = told(stage.get(), b"moved");
        let right = came == format!("{status}, location: {location}, whole");
        let came = if right { "its status and location".to_owned() } else { came };
        if stage.elsewhere().connections() > 0 {
            let keys =
                stage.elsewhere().requests().iter().any(|request| request.header("authorization").is_some());
            return format!("{came}; {} was sent elsewhere", if keys { "the key" } else { "a request" });
        }
        match stage.fake.requests().len() {
            1 => format!("{came}, after 1 request"),
            requests => format!("{came}, after {requests} requests"),
        }
    })
}
