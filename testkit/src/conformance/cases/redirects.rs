//! No redirect is followed.

use super::Case;
use crate::conformance::case::{count, describe};
use crate::{FakeApi, Script};

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let elsewhere = |other: &FakeApi| format!("{}/x", other.base_url());
    vec![
        redirect("a 301 to another port is not followed", 301, elsewhere),
        redirect("a 302 to another port is not followed", 302, elsewhere),
        redirect("a 303 to another port is not followed", 303, elsewhere),
        redirect("a 307 to another port is not followed", 307, elsewhere),
        redirect("a 308 to another port is not followed", 308, elsewhere),
        redirect("a redirect without a scheme is not followed", 302, |other| format!("//{}/x", other.addr())),
        redirect("a redirect on the same host is not followed", 302, |_| "/elsewhere".to_owned()),
        redirect("a redirect to itself is not followed", 307, |_| "?".to_owned()),
        redirect("a 300 with a location is not followed", 300, elsewhere),
        Case::response(
            "a redirect without a location is returned",
            "the core reports the status and the body",
            Script::response(302, &[], "moved"),
            "moved",
            "302, body as sent",
        ),
    ]
}

/// Creates a case in which every response is this redirect.
fn redirect(name: &'static str, status: u16, location: fn(&FakeApi) -> String) -> Case {
    let why = "the key goes only to the URL of the request";
    Case::new(name, why, "status and location, after 1 request", move |harness| {
        let location = location(harness.elsewhere());
        harness.fake.script_any([Script::response(status, &[("location", &location)], "moved").repeat()]);
        let actual = describe(harness.get(), b"moved");
        let is_expected = actual == format!("{status}, location: {location}, body as sent");
        let actual = if is_expected { "status and location".to_owned() } else { actual };
        if harness.elsewhere().connections() > 0 {
            let keys = harness
                .elsewhere()
                .requests()
                .iter()
                .any(|request| request.header("authorization").is_some());
            return format!("{actual}; {} was sent elsewhere", if keys { "the key" } else { "a request" });
        }
        format!("{actual}, after {}", count(harness.fake.requests().len(), "request"))
    })
}
