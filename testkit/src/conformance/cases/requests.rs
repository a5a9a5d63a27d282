//! The request, as received on the wire.

use brightdata_sessions::{GetSession, ListSessions};

use crate::RecordedRequest;
use crate::conformance::case::{Case, GOOD, count, describe, good};
use crate::conformance::harness::{KEY, get_demo};

pub(in crate::conformance) fn cases() -> Vec<Case> {
    vec![
        Case::request(
            "the request is a GET with an absolute path",
            "another method or target form is a different request",
            get_demo(),
            |request| format!("{} {}", request.method, request.target),
            "GET /browser_sessions/5e551011-0000-4000-8000-000000000001",
        ),
        Case::request(
            "percent-encoding in a path is preserved",
            "a decoded id could become another path that receives the key",
            get("a/../b?c#d"),
            target,
            "/browser_sessions/a%2F..%2Fb%3Fc%23d",
        ),
        Case::request(
            "an encoded percent sign is preserved",
            "decoded twice, `%252e` becomes a dot",
            get("%2e%2e%2F"),
            target,
            "/browser_sessions/%252e%252e%252F",
        ),
        Case::request(
            "encoded non-ASCII characters are preserved",
            "ids may contain any text",
            get("é ü+日"),
            target,
            "/browser_sessions/%C3%A9%20%C3%BC%2B%E6%97%A5",
        ),
        Case::request(
            "upper case in a path is preserved",
            "the service compares ids exactly",
            get("AbC"),
            target,
            "/browser_sessions/AbC",
        ),
        Case::request(
            "the query is preserved",
            "some servers read `+` as a space, and `&` starts another parameter",
            ListSessions::new().api_name("a b+c&d=e").target_url("https://x.example/?y=z#w"),
            target,
            "/browser_sessions?api_name=a%20b%2Bc%26d%3De&target_url=https%3A%2F%2Fx.example%2F%3Fy%3Dz%23w",
        ),
        Case::request(
            "a long target arrives complete",
            "a filter may contain a long URL; RFC 9112, 3 recommends support for 8000 bytes",
            ListSessions::new().target_url("x".repeat(7900)),
            |request| format!("{} bytes", request.target.len()),
            format!("{} bytes", "/browser_sessions?target_url=".len() + 7900),
        ),
        Case::new(
            "the path of the base URL is a prefix",
            "a gateway may require a path prefix",
            "/gateway/v1/browser_sessions/AbC",
            |harness| {
                harness.fake.script_any([good()]);
                describe(harness.exchange_below("/gateway/v1", &get("AbC")), GOOD.as_bytes());
                harness.fake.requests().iter().map(|request| request.target.clone()).collect()
            },
        ),
        Case::request(
            "the request is HTTP/1.1",
            "HTTP/1.0 has neither persistent connections nor chunks",
            get_demo(),
            |request| format!("HTTP/1.{}", request.minor_version),
            "HTTP/1.1",
        ),
        Case::new("host contains host and port", "RFC 9110, 7.2", "once, correct", |harness| {
            harness.fake.script_any([good()]);
            describe(harness.get(), GOOD.as_bytes());
            host_of(&harness.fake.requests(), &harness.fake.addr().to_string())
        }),
        Case::new(
            "host has brackets around an IPv6 address",
            "RFC 3986, 3.2.2",
            "once, correct",
            |harness| {
                harness.fake.script_any([good()]);
                describe(harness.get(), GOOD.as_bytes());
                host_of(&harness.fake.requests(), &harness.fake.addr().to_string())
            },
        )
        .on_ipv6(),
        Case::request(
            "authorization is sent once, unchanged",
            "a request without the key is rejected, and two keys are ambiguous",
            get_demo(),
            |request| once(request, "authorization", &format!("Bearer {KEY}")),
            "once, correct",
        ),
        Case::request(
            "accept is sent once, unchanged",
            "without it, the service may respond in HTML",
            get_demo(),
            |request| once(request, "accept", "application/json"),
            "once, correct",
        ),
        Case::request(
            "user-agent is sent once, unchanged",
            "operators of a service identify clients by it",
            get_demo(),
            |request| {
                let agents: Vec<_> = request.values("user-agent").collect();
                match agents.as_slice() {
                    [agent] if agent.starts_with(b"brightdata-sessions/") => "once, correct".to_owned(),
                    agents => format!("{agents:?}"),
                }
            },
            "once, correct",
        ),
        Case::request(
            "no content-length is sent",
            "a GET has no body, which differs from an empty body",
            get_demo(),
            |request| header(request, "content-length"),
            "none",
        ),
        Case::request(
            "no body is sent",
            "some servers and proxies reject a GET with a body",
            get_demo(),
            |request| {
                let length = header(request, "content-length");
                let coding = header(request, "transfer-encoding");
                let none = coding == "none" && matches!(length.as_str(), "none" | "0");
                if none { "none".to_owned() } else { format!("{length} bytes, coding {coding}") }
            },
            "none",
        ),
        Case::request(
            "no other header is sent",
            "cookies, a referrer, an upgrade or a range change the request or identify the caller",
            get_demo(),
            |request| {
                let known =
                    ["accept", "accept-encoding", "authorization", "connection", "host", "user-agent"];
                let others: Vec<_> = request
                    .headers
                    .iter()
                    .map(|(name, _)| name.to_ascii_lowercase())
                    // Other cases cover these two.
                    .filter(|name| name != "content-length" && name != "transfer-encoding")
                    .filter(|name| !known.contains(&name.as_str()))
                    .collect();
                if others.is_empty() { "none".to_owned() } else { others.join(", ") }
            },
            "none",
        ),
        Case::new(
            "cookies are not stored",
            "the API sets none, so another party set it",
            "none",
            |harness| {
                let cookie = crate::Script::response(200, &[("set-cookie", "id=1; path=/")], GOOD);
                harness.fake.script_any([cookie, good()]);
                describe(harness.get(), GOOD.as_bytes());
                describe(harness.get(), GOOD.as_bytes());
                match harness.fake.requests().as_slice() {
                    [_, second] => header(second, "cookie"),
                    requests => count(requests.len(), "request"),
                }
            },
        ),
    ]
}

fn get(id: &str) -> GetSession {
    GetSession::new(id.parse().expect("the id is valid"))
}

fn target(request: &RecordedRequest) -> String {
    request.target.clone()
}

/// Returns the values of a header, or "none".
fn header(request: &RecordedRequest, name: &str) -> String {
    let values: Vec<_> = request.values(name).map(|value| value.escape_ascii().to_string()).collect();
    if values.is_empty() { "none".to_owned() } else { values.join(" and ") }
}

/// Describes whether a header was sent once with the expected value. A wrong value is not shown,
/// because it may be the key.
fn once(request: &RecordedRequest, name: &str, expected: &str) -> String {
    let values: Vec<_> = request.values(name).collect();
    match values.as_slice() {
        [value] if *value == expected.as_bytes() => "once, correct".to_owned(),
        [_] => "once, incorrect".to_owned(),
        values => format!("{} times", values.len()),
    }
}

fn host_of(requests: &[RecordedRequest], expected: &str) -> String {
    match requests {
        [request] => once(request, "host", expected),
        requests => count(requests.len(), "request"),
    }
}
