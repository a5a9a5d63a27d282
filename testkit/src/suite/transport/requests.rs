//! The request, as received on the wire.

use brightdata_sessions::{GetSession, ListSessions};

use super::case::{GOOD, TransportCase, good};
use super::harness::{Harness, KEY, get_demo};
use crate::RecordedRequest;
use crate::suite::outcome::{Outcome, RequestPart, Sent};
use crate::suite::rule::Rule;

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    let cases = vec![
        TransportCase::request(
            "the request is a GET with an absolute path",
            "another method or target form is a different request",
            get_demo(),
            |request| RequestPart::Line(format!("{} {}", request.method, request.target)),
            RequestPart::Line("GET /browser_sessions/5e551011-0000-4000-8000-000000000001".to_owned()),
        ),
        TransportCase::request(
            "percent-encoding in a path is preserved",
            "a decoded id could become another path that receives the key",
            get("a/../b?c#d"),
            target,
            is_target("/browser_sessions/a%2F..%2Fb%3Fc%23d"),
        ),
        TransportCase::request(
            "an encoded percent sign is preserved",
            "decoded twice, `%252e` becomes a dot",
            get("%2e%2e%2F"),
            target,
            is_target("/browser_sessions/%252e%252e%252F"),
        ),
        TransportCase::request(
            "encoded non-ASCII characters are preserved",
            "ids may contain any text",
            get("é ü+日"),
            target,
            is_target("/browser_sessions/%C3%A9%20%C3%BC%2B%E6%97%A5"),
        ),
        TransportCase::request(
            "upper case in a path is preserved",
            "the service compares ids exactly",
            get("AbC"),
            target,
            is_target("/browser_sessions/AbC"),
        ),
        TransportCase::request(
            "the query is preserved",
            "some servers read `+` as a space, and `&` starts another parameter",
            ListSessions::new().api_name("a b+c&d=e").target_url("https://x.example/?y=z#w"),
            target,
            is_target(
                "/browser_sessions?api_name=a%20b%2Bc%26d%3De&target_url=https%3A%2F%2Fx.example%2F%3Fy%3Dz%23w",
            ),
        ),
        TransportCase::request(
            "a long target arrives complete",
            "a filter may contain a long URL; RFC 9112, 3 recommends support for 8000 bytes",
            ListSessions::new().target_url("x".repeat(7900)),
            |request| RequestPart::TargetLength(request.target.len()),
            RequestPart::TargetLength("/browser_sessions?target_url=".len() + 7900),
        ),
        TransportCase::new(
            "the path of the base URL is a prefix",
            "a gateway may require a path prefix",
            is_target("/gateway/v1/browser_sessions/AbC"),
            |harness| {
                harness.fake.script_any([good()]);
                harness.exchange_below("/gateway/v1", &get("AbC"));
                the_request(harness, target)
            },
        ),
        TransportCase::request(
            "the request is HTTP/1.1",
            "HTTP/1.0 has neither persistent connections nor chunks",
            get_demo(),
            |request| RequestPart::Version(request.minor_version),
            RequestPart::Version(1),
        ),
        TransportCase::new("host contains host and port", "RFC 9110, 7.2", correct(), host),
        TransportCase::new("host has brackets around an IPv6 address", "RFC 3986, 3.2.2", correct(), host)
            .on_ipv6(),
        TransportCase::request(
            "authorization is sent once, unchanged",
            "a request without the key is rejected, and two keys are ambiguous",
            get_demo(),
            |request| once(request, "authorization", |value| value == format!("Bearer {KEY}").as_bytes()),
            correct(),
        ),
        TransportCase::request(
            "accept is sent once, unchanged",
            "without it, the service may respond in HTML",
            get_demo(),
            |request| once(request, "accept", |value| value == b"application/json"),
            correct(),
        ),
        TransportCase::request(
            "user-agent is sent once, unchanged",
            "operators of a service identify clients by it",
            get_demo(),
            |request| once(request, "user-agent", |agent| agent.starts_with(b"brightdata-sessions/")),
            correct(),
        ),
        TransportCase::request(
            "no content-length is sent",
            "a GET has no body, which differs from an empty body",
            get_demo(),
            |request| unwanted(request, |name| name == "content-length"),
            no_headers(),
        ),
        TransportCase::request(
            "no body is sent",
            "some servers and proxies reject a GET with a body",
            get_demo(),
            |request| {
                let empty = request.header("content-length") == Some("0");
                unwanted(request, |name| name == "transfer-encoding" || name == "content-length" && !empty)
            },
            no_headers(),
        ),
        TransportCase::request(
            "no other header is sent",
            "cookies, a referrer, an upgrade or a range change the request or identify the caller",
            get_demo(),
            |request| {
                let known =
                    ["accept", "accept-encoding", "authorization", "connection", "host", "user-agent"];
                // Other cases cover these two.
                let covered = ["content-length", "transfer-encoding"];
                unwanted(request, |name| !known.contains(&name) && !covered.contains(&name))
            },
            no_headers(),
        ),
        TransportCase::new(
            "cookies are not stored",
            "the API sets none, so another party set it",
            no_headers(),
            |harness| {
                let cookie = crate::Script::response(200, &[("set-cookie", "id=1; path=/")], GOOD);
                harness.fake.script_any([cookie, good()]);
                let _ = (harness.get_raw(), harness.get_raw());
                match harness.fake.requests().as_slice() {
                    [_, second] => unwanted(second, |name| name == "cookie").into(),
                    requests => Outcome::Requests(requests.len()),
                }
            },
        ),
    ];
    vec![(Rule::Unchanged, cases)]
}

fn get(id: &str) -> GetSession {
    GetSession::new(id.parse().expect("the id is valid"))
}

fn target(request: &RecordedRequest) -> RequestPart {
    RequestPart::Target(request.target.clone())
}

fn is_target(target: &str) -> RequestPart {
    RequestPart::Target(target.to_owned())
}

fn correct() -> RequestPart {
    RequestPart::Required(Sent::Correct)
}

fn no_headers() -> RequestPart {
    RequestPart::Unwanted(Vec::new())
}

/// Checks a header that must be sent once.
fn once(request: &RecordedRequest, name: &str, is_correct: impl Fn(&[u8]) -> bool) -> RequestPart {
    let values: Vec<_> = request.values(name).collect();
    RequestPart::Required(match values.as_slice() {
        [value] if is_correct(value) => Sent::Correct,
        [_] => Sent::Incorrect,
        values => Sent::Times(values.len()),
    })
}

/// Returns the headers whose lower-case names match.
fn unwanted(request: &RecordedRequest, matches: impl Fn(&str) -> bool) -> RequestPart {
    let headers = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let unwanted = headers.filter(|(name, _)| matches(name));
    RequestPart::Unwanted(unwanted.map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect())
}

/// Requests the demo session, and checks `host`.
fn host(harness: &Harness<'_>) -> Outcome {
    harness.fake.script_any([good()]);
    let _ = harness.get_raw();
    let addr = harness.fake.addr().to_string();
    the_request(harness, |request| once(request, "host", |host| host == addr.as_bytes()))
}

/// Returns a part of the only request.
fn the_request(harness: &Harness<'_>, part: impl Fn(&RecordedRequest) -> RequestPart) -> Outcome {
    match harness.fake.requests().as_slice() {
        [request] => part(request).into(),
        requests => Outcome::Requests(requests.len()),
    }
}
