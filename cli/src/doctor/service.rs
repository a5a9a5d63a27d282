//! Requests to the service, one for a list and one for a session.

use std::borrow::Cow;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::header::CONTENT_TYPE;
use brightdata_sessions::http::{HeaderMap, Version};
use brightdata_sessions::{Error, ErrorKind, Flow as _, Operation, Session, SessionPage, Step};
use brightdata_sessions_ureq::Client;
use serde_json::Value;

use super::check::{Check, Subject};
use super::network::{count, millis};
use super::{CONFIGURATION, SERVICE, headers};
use crate::error::exit_status;
use crate::key::{self, KeySource};
use crate::output::progress::seconds;
use crate::terminal::Terminal;

/// The response to a request.
pub(super) struct Received {
    pub(super) status: u16,
    version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) at: SystemTime,
    elapsed: Duration,
}

impl Received {
    /// Returns whether the body should be the documented one.
    pub(super) fn is_data(&self) -> bool {
        self.status == 200 && !self.is_html()
    }

    /// Returns whether the body is a web page.
    fn is_html(&self) -> bool {
        let is_html_type = self
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/html"));
        let start = self.body.trim_ascii_start();
        start.starts_with(b"<") || is_html_type && !start.starts_with(b"{")
    }
}

/// A call and its single request.
pub(super) struct Exchange<T> {
    pub(super) result: Result<T, Error>,
    /// `None` if nothing was sent, or if there is no complete response.
    pub(super) received: Option<Received>,
    pub(super) is_sent: bool,
}

/// Performs a call with at most one request, which the rate guard lets through.
pub(super) fn call<O: Operation>(client: &Client, operation: O) -> Exchange<O::Output> {
    let now = || client.api().now(Instant::now());
    let mut call = client.api().call(operation);
    let request = loop {
        match client.around_step(|| call.step(now())) {
            Step::Send(request) => break request,
            Step::Wait(wait) => thread::sleep(wait.duration),
            Step::Yield(result) => return Exchange { result, received: None, is_sent: false },
            Step::Done => return Exchange { result: call.give_up(now()), received: None, is_sent: false },
        }
    };
    let start = Instant::now();
    let outcome = client.exchange(request);
    let received = outcome.as_ref().ok().map(|response| Received {
        status: response.status().as_u16(),
        version: response.version(),
        headers: response.headers().clone(),
        body: response.body().clone(),
        at: SystemTime::now(),
        elapsed: start.elapsed(),
    });
    client.around_step(|| call.receive(outcome, now()));
    // A retry would be a second request.
    Exchange { result: call.give_up(now()), received, is_sent: true }
}

/// Checks the list of the newest session.
pub(super) fn list(exchange: &Exchange<SessionPage>, client: &Client, terminal: &Terminal<'_>) -> Check {
    let subject = Subject::List;
    let check = match &exchange.result {
        Ok(page) if page.sessions.is_empty() => Check::note(
            subject,
            format!("{}: the account has no sessions", summary(exchange.received.as_ref())),
        )
        .advice("run a session, or check that the key is of the right account"),
        Ok(page) => {
            let total = page.total.map_or_else(String::new, |total| format!(" of {total}"));
            let sessions = count(page.sessions.len(), "session");
            let reason = format!("{}: {sessions}{total}", summary(exchange.received.as_ref()));
            let check = Check::ok(subject, reason).detail("sessions", page.sessions.len());
            page.total.into_iter().fold(check, |check, total| check.detail("total", total))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !key::is_of_vendor(client.api().base_url()) => {
            Check::problem(subject, CONFIGURATION, format!("{error:#}"))
                .advice("check the path of --base-url: this server has no such page")
        }
        Err(error) => failed(subject, error, exchange.received.as_ref()),
    };
    with_response(check, exchange.received.as_ref(), terminal)
}

/// Checks a session by its id, next to the record of the list.
pub(super) fn session(exchange: &Exchange<Session>, terminal: &Terminal<'_>) -> Check {
    let subject = Subject::Session;
    let check = match &exchange.result {
        Ok(_) => Check::ok(subject, summary(exchange.received.as_ref())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Check::problem(subject, SERVICE, format!("{error:#}, but the list has this session"))
                .advice("run it again: a session may be listed before it can be fetched")
        }
        Err(error) => failed(subject, error, exchange.received.as_ref()),
    };
    with_response(check, exchange.received.as_ref(), terminal)
}

/// Returns the check of a request that failed.
fn failed(subject: Subject, error: &Error, received: Option<&Received>) -> Check {
    let is_page = error.kind() == ErrorKind::MalformedBody && received.is_some_and(Received::is_html);
    let reason =
        if is_page { "status 200, but the body is a web page".to_owned() } else { format!("{error:#}") };
    let check = Check::problem(subject, exit_status(error), reason)
        .advice(advice(error, is_page))
        .detail("kind", error.kind().as_str());
    match error.retry_after() {
        Some(wait) => check.detail("retry_after", seconds(wait)),
        None => check,
    }
}

fn advice(error: &Error, is_page: bool) -> Cow<'static, str> {
    let advice = match (error.kind(), error.status().map(|status| status.as_u16())) {
        _ if is_page => {
            "a login page of the network or a proxy responds in place of the service: open a web page in a browser, \
             and check --base-url"
        }
        (_, Some(401)) => {
            let source = KeySource::all().next().map_or_else(String::new, |source| format!(" from {source}"));
            return format!(
                "the service does not accept the key{source}: set the right one, or create another"
            )
            .into();
        }
        (_, Some(403)) => {
            "the key may lack the permission, or the service blocks this IP address after too many responses with \
             status 429; then its support lifts the block"
        }
        (_, Some(407)) => "the account does not allow this IP address, or a proxy requires credentials",
        (ErrorKind::RateLimited, None) => {
            "wait, or set the rate limit of the account with --rate, if it is known"
        }
        (ErrorKind::RateLimited, _) => {
            "wait before the next request, and send fewer: set the rate limit of the account with --rate, if it is \
             known"
        }
        (ErrorKind::Server, _) => "run it again later: the fault is on the side of the service",
        (ErrorKind::RedirectRefused, _) => {
            "check --base-url: redirects are not followed, so that the key stays here"
        }
        (ErrorKind::Timeout, _) => "run it again, with a longer --timeout",
        (ErrorKind::Connection, _) => "run it again; a firewall or a proxy may have closed the connection",
        _ => "the service deviates from its documentation: report it with the output of doctor",
    };
    advice.into()
}

/// Adds the properties of a response, and the headers that concern limits and ids.
fn with_response(check: Check, received: Option<&Received>, terminal: &Terminal<'_>) -> Check {
    let Some(received) = received else { return check };
    let shown = headers::shown(&received.headers, terminal);
    let check = shown.iter().fold(check, |check, (name, value)| check.line(format!("{name}: {value}")));
    let members = shown.into_iter().map(|(name, value)| (name, Value::from(value)));
    check
        .detail("status", received.status)
        .detail("ms", millis(received.elapsed))
        .detail("http_version", format!("{:?}", received.version))
        .detail("headers", members.collect::<serde_json::Map<_, _>>())
}

/// Returns status, HTTP version and time.
fn summary(received: Option<&Received>) -> String {
    let Some(received) = received else { return String::new() };
    format!("status {}, {:?}, {} ms", received.status, received.version, millis(received.elapsed))
}
