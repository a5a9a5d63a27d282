//! The table.

use std::time::Duration;

use brightdata_sessions::ErrorKind;

use super::Ask;
use crate::{DEMO_SESSION_ID, FakeApi, Script};

/// Made when the ports are known, from the other fake.
type Scripts = Box<dyn Fn(&FakeApi) -> Vec<Script> + Send + Sync>;

/// One conversation, and what must come of it.
pub(super) struct Case {
    /// What it claims.
    pub(super) name: &'static str,
    /// What the fake does with the requests, in turn; what comes after them is answered as usual. The other fake must
    /// never be asked.
    pub(super) scripts: Scripts,
    pub(super) asks: Vec<Ask>,
    pub(super) retries: u32,
    pub(super) timeout: Duration,
    pub(super) body_limit: usize,
    /// The demo session, or an error, for each item.
    pub(super) expected: Vec<Result<(), ErrorKind>>,
    pub(super) requests: usize,
}

impl Case {
    /// The demo session, asked for once, without a retry.
    fn new(name: &'static str, script: Script, expected: Result<(), ErrorKind>) -> Self {
        Self {
            name,
            scripts: Box::new(move |_| vec![script.clone()]),
            asks: vec![get(DEMO_SESSION_ID)],
            retries: 0,
            timeout: Duration::from_secs(10),
            body_limit: 64 << 10,
            expected: vec![expected],
            requests: 1,
        }
    }

    /// With these scripts in turn, and up to two retries.
    fn retried(
        name: &'static str,
        scripts: Vec<Script>,
        expected: Result<(), ErrorKind>,
        requests: usize,
    ) -> Self {
        Self {
            scripts: Box::new(move |_| scripts.clone()),
            retries: 2,
            requests,
            ..Self::new(name, Script::new(), expected)
        }
    }

    /// The demo session, asked for twice by one client; both answers are good.
    fn twice(name: &'static str, scripts: Vec<Script>, requests: usize) -> Self {
        Self {
            asks: vec![get(DEMO_SESSION_ID); 2],
            expected: vec![Ok(()); 2],
            ..Self::retried(name, scripts, Ok(()), requests)
        }
    }

    /// The demo session, or another, from the fake as it is.
    fn plain(name: &'static str, id: &str, expected: Result<(), ErrorKind>) -> Self {
        let scripts = Box::new(|_: &FakeApi| Vec::new());
        Self { scripts, asks: vec![get(id)], ..Self::new(name, Script::new(), expected) }
    }

    /// An answer that points to the other fake.
    fn redirect(name: &'static str, status: u16, location: fn(&FakeApi) -> String) -> Self {
        let scripts =
            move |other: &FakeApi| vec![Script::response(status, &[("location", &location(other))], "")];
        Self { scripts: Box::new(scripts), ..Self::new(name, Script::new(), Err(ErrorKind::RedirectRefused)) }
    }

    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn up_to(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }
}

fn get(id: &str) -> Ask {
    Ask::Get(id.parse().expect("the id is one"))
}

/// The body of a good answer.
fn session() -> String {
    format!(r#"{{"session":{{"session_id":"{DEMO_SESSION_ID}"}}}}"#)
}

fn good() -> Script {
    Script::response(200, &[], session())
}

fn status(status: u16) -> Script {
    Script::response(status, &[], r#"{"error":"no"}"#)
}

/// A head of a 200 and what follows it, as it is.
fn ok(rest: impl AsRef<str>) -> Script {
    Script::new().send(format!("HTTP/1.1 200 OK\r\n{}", rest.as_ref()))
}

pub(super) fn cases() -> Vec<Case> {
    [answers(), bodies(), broken(), late(), redirects(), retries(), connections()]
        .into_iter()
        .flatten()
        .collect()
}

fn answers() -> Vec<Case> {
    use ErrorKind::*;
    let unknown = "00000000-0000-0000-0000-000000000000";
    vec![
        Case::plain("a session that is there", DEMO_SESSION_ID, Ok(())),
        Case::plain("a session that is not", unknown, Err(NotFound)),
        Case::plain("an id that the service refuses", "no-uuid", Err(BadRequest)),
        Case::plain("an id that has to be percent-encoded", "a/../b?c#d%2e e+é", Err(BadRequest)),
        Case::new("204 is no session", status(204), Err(UnexpectedStatus)),
        Case::new("206 is no whole session", status(206), Err(UnexpectedStatus)),
        Case::new("304 is a redirect that nobody asked for", status(304), Err(RedirectRefused)),
        Case::new("400", status(400), Err(BadRequest)),
        Case::new("401", status(401), Err(Unauthorized)),
        Case::new("403", status(403), Err(Unauthorized)),
        Case::new("404", status(404), Err(NotFound)),
        Case::new("407", status(407), Err(Unauthorized)),
        Case::new("408", status(408), Err(Timeout)),
        Case::new("422", status(422), Err(UnexpectedStatus)),
        Case::new("429", status(429), Err(RateLimited)),
        Case::new("500", status(500), Err(Server)),
        Case::new("599", status(599), Err(Server)),
        Case::new(
            "interim answers come before the final one",
            Script::new().send("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n").send(format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}",
                session().len(),
                session()
            )),
            Ok(()),
        ),
    ]
}

fn bodies() -> Vec<Case> {
    use ErrorKind::*;
    let length = session().len();
    vec![
        Case::new("chunked, with extensions and trailers", chunked(), Ok(())),
        Case::new("until the connection is closed", ok(format!("\r\n{}", session())).close(), Ok(())),
        Case::new(
            "dripping, but in time",
            ok(format!("content-length: {length}\r\n\r\n")).drip(session(), MOMENT),
            Ok(()),
        ),
        Case::new("exactly at the limit", good(), Ok(())).up_to(length),
        Case::new("one byte over the limit", good(), Err(TooLarge)).up_to(length - 1),
        Case::new("endless", ok("\r\n").send_endlessly(" ".repeat(1000)), Err(TooLarge)),
        Case::new(
            "a huge length that is never sent",
            ok("content-length: 99999999999999\r\n\r\n{").close(),
            Err(Connection),
        ),
        Case::new("empty", Script::response(200, &[], ""), Err(MalformedBody)),
        Case::new("no JSON", Script::response(200, &[], "<html>"), Err(MalformedBody)),
        Case::new(
            "no UTF-8",
            Script::response(200, &[], b"{\"session\":{\"session_id\":\"\xff\"}}"),
            Err(MalformedBody),
        ),
        Case::new("the body of a 404 is endless", error_head().send_endlessly("not here. "), Err(NotFound)),
        Case::new("the body of a 404 is cut short", error_head().send("{\"err").close(), Err(NotFound)),
        Case::new("the body of a 404 is reset", error_head().pause(MOMENT * 50).reset(), Err(NotFound)),
        Case::new("the body of a 404 never comes", error_head(), Err(NotFound)).within(HALF_A_SECOND),
        Case::new("the body of a 404 drips", error_head().drip("x".repeat(1000), MOMENT * 20), Err(NotFound))
            .within(HALF_A_SECOND),
    ]
}

const MOMENT: Duration = Duration::from_millis(1);
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// Announces more than any script sends.
fn error_head() -> Script {
    Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 99999999\r\n\r\n")
}

fn chunked() -> Script {
    let (start, end) = (&session()[..10], &session()[10..]);
    let chunks = format!("a;note=\"x\"\r\n{start}\r\n{:X}\r\n{end}\r\n0\r\nx-trailer: y\r\n\r\n", end.len());
    ok(format!("transfer-encoding: chunked\r\n\r\n{chunks}"))
}

fn broken() -> Vec<Case> {
    use ErrorKind::Connection;
    let short = format!("content-length: 999\r\n\r\n{}", session());
    vec![
        Case::new("closed without an answer", Script::new().close(), Err(Connection)),
        Case::new("reset without an answer", Script::new().reset(), Err(Connection)),
        Case::new("closed inside the head", ok("content-len").close(), Err(Connection)),
        Case::new("a body shorter than its length", ok(&short).close(), Err(Connection)),
        Case::new("a body that is reset", ok(&short).pause(MOMENT * 50).reset(), Err(Connection)),
        Case::new(
            "chunks that end too soon",
            ok("transfer-encoding: chunked\r\n\r\n5\r\n{\"ses").close(),
            Err(Connection),
        ),
        Case::new("not HTTP", Script::new().send("220 smtp ready\r\n\r\n").close(), Err(Connection)),
    ]
}

fn late() -> Vec<Case> {
    use ErrorKind::Timeout;
    let head = "HTTP/1.1 200 OK\r\nx-long: ".to_owned() + &"x".repeat(1000);
    vec![
        Case::new("silence", Script::new(), Err(Timeout)).within(HALF_A_SECOND),
        Case::new("a head that drips", Script::new().drip(head, MOMENT * 20), Err(Timeout))
            .within(HALF_A_SECOND),
        Case::new("a body that never comes", ok("content-length: 9\r\n\r\n"), Err(Timeout))
            .within(HALF_A_SECOND),
        Case::new("a body that drips", ok("\r\n").drip(" ".repeat(1000), MOMENT * 20), Err(Timeout))
            .within(HALF_A_SECOND),
        Case::new(
            "late, but in time",
            Script::new().pause(HALF_A_SECOND).send(b"HTTP/1.1 404 \r\n\r\n").close(),
            Err(ErrorKind::NotFound),
        ),
    ]
}

fn redirects() -> Vec<Case> {
    vec![
        Case::redirect("301 to another port", 301, |other| format!("{}/x", other.base_url())),
        Case::redirect("302 to another port", 302, |other| format!("{}/x", other.base_url())),
        Case::redirect("303 to another port", 303, |other| format!("{}/x", other.base_url())),
        Case::redirect("307 to another port", 307, |other| format!("{}/x", other.base_url())),
        Case::redirect("308 without a scheme", 308, |other| format!("//{}/x", other.addr())),
        Case::redirect("302 on the same host", 302, |_| format!("/browser_sessions/{DEMO_SESSION_ID}")),
        Case::redirect("302 to nowhere", 302, |_| String::new()),
    ]
}

fn retries() -> Vec<Case> {
    use ErrorKind::*;
    let limited = || Script::response(429, &[("retry-after", "1")], "");
    vec![
        Case::retried("503, then 200", vec![status(503)], Ok(()), 2),
        Case::retried("503, again and again", vec![status(503).forever()], Err(Server), 3),
        Case::retried("429 with Retry-After, then 200", vec![limited()], Ok(()), 2),
        Case::retried(
            "429 with a Retry-After that is too long",
            vec![Script::response(429, &[("retry-after", "21")], "")],
            Err(RateLimited),
            1,
        ),
        Case::retried("a reset, then 200", vec![Script::new().reset()], Ok(()), 2),
        Case::retried("silence, then 200", vec![Script::new()], Ok(()), 2).within(HALF_A_SECOND),
        Case::retried("404 is not asked again", vec![status(404)], Err(NotFound), 1),
        Case::retried("401 is not asked again", vec![status(401)], Err(Unauthorized), 1),
        Case::retried(
            "a malformed body is not asked again",
            vec![Script::response(200, &[], "{}")],
            Err(MalformedBody),
            1,
        ),
        Case::retried("a stranger's session is asked again", vec![strangers()], Ok(()), 2),
        Case::retried("strangers' sessions without end", vec![strangers().forever()], Err(MalformedBody), 3),
    ]
}

fn strangers() -> Script {
    Script::response(200, &[], r#"{"session":{"session_id":"ffffffff-0000-0000-0000-000000000000"}}"#)
}

fn connections() -> Vec<Case> {
    let stray = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", session().len(), session());
    let stray = stray.replace(DEMO_SESSION_ID, "ffffffff-0000-0000-0000-000000000000");
    vec![
        Case::twice("two answers on one connection", vec![good(), good()], 2),
        Case::twice("a pooled connection that was closed", vec![good().close()], 2),
        Case::twice(
            "a pooled connection that closes when it is used",
            vec![good(), Script::new().close()],
            3,
        ),
        Case::twice("an answer that nobody asked for is not taken for the next", vec![good().send(stray)], 2),
    ]
}
