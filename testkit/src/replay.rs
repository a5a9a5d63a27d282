//! Responds from a capture.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::ControlFlow;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Now, Transport, TransportError, TransportErrorKind, Wait};
use serde_json::Value;

use crate::Script;
use crate::script::SILENCE;

/// A transport that responds from the lines of a [`Capture`](crate::Capture), so that a captured
/// surprise becomes a test.
///
/// A request is found by its method, path and query, from `/browser_sessions` on, without dates,
/// which programs take from their clock. Equal requests get their outcomes in the order of the
/// capture, and the last one repeats. A request that the capture does not contain is a
/// [`TransportErrorKind::Configuration`] error. Waits take no time.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, Drive};
/// use brightdata_sessions_testkit::Replay;
///
/// let lines = r#"{"at_ms":0,"body":"{\"session\":{\"session_id\":\"session-1\"}}","headers":[],"method":"GET","path":"/browser_sessions/session-1","status":200}"#;
/// let api = Api::new(ApiKey::new("any-key")?);
/// let call = api.get(&"session-1".parse()?);
/// let session = Drive::new(call, Replay::parse(lines)?).next().unwrap()?;
/// assert_eq!(session.session_id.as_str(), "session-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Replay {
    exchanges: RefCell<HashMap<String, VecDeque<Outcome>>>,
    now: RefCell<Now>,
}

#[derive(Clone, Debug)]
enum Outcome {
    Response { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    Error(TransportErrorKind),
}

impl Replay {
    /// Parses the lines of a capture. Empty lines are skipped.
    ///
    /// # Errors
    ///
    /// `InvalidData` with the number of the first line that is not an exchange.
    pub fn parse(lines: &str) -> io::Result<Self> {
        let mut exchanges: HashMap<String, VecDeque<Outcome>> = HashMap::new();
        for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let (request, outcome) = parse_line(line).ok_or_else(|| {
                let message = format!("line {number}: not an exchange of a capture");
                io::Error::new(io::ErrorKind::InvalidData, message)
            })?;
            exchanges.entry(request).or_default().push_back(outcome);
        }
        Ok(Self { exchanges: exchanges.into(), now: Now::default().into() })
    }

    fn next(&self, method: &str, target: &str) -> Option<Outcome> {
        let mut exchanges = self.exchanges.borrow_mut();
        let outcomes = exchanges.get_mut(&request_key(method, target))?;
        if outcomes.len() > 1 { outcomes.pop_front() } else { outcomes.front().cloned() }
    }

    /// Returns what the fake sends for a request.
    pub(crate) fn script(&self, method: &str, target: &str) -> Script {
        match self.next(method, target) {
            Some(Outcome::Response { status, headers, body }) => {
                let headers: Vec<_> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                Script::response(status, &headers, body)
            }
            Some(Outcome::Error(TransportErrorKind::Timeout)) => Script::new().pause(SILENCE).close(),
            Some(Outcome::Error(_)) => Script::new().close(),
            None => {
                let error = format!("the capture does not contain this request: {method} {target}");
                let body = serde_json::json!({ "error": error }).to_string();
                Script::response(501, &[("content-type", "application/json")], body)
            }
        }
    }
}

impl Transport for Replay {
    fn now(&self) -> Now {
        *self.now.borrow()
    }

    fn exchange(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let method = request.method().as_str();
        match self.next(method, target) {
            Some(Outcome::Response { status, headers, body }) => {
                let response = Response::builder().status(status);
                let response =
                    headers.iter().fold(response, |response, (name, value)| response.header(name, value));
                response
                    .body(body)
                    .map_err(|error| TransportError::new(TransportErrorKind::Configuration, error))
            }
            Some(Outcome::Error(kind)) => Err(kind.into()),
            None => Err(TransportError::new(
                TransportErrorKind::Configuration,
                format!("the capture does not contain this request: {method} {target}"),
            )),
        }
    }

    fn wait(&self, wait: Wait) -> ControlFlow<()> {
        let now = self.now();
        *self.now.borrow_mut() = now + wait.duration;
        ControlFlow::Continue(())
    }
}

/// Returns the parts of a request by which it is found. Dates are left out, because programs add
/// those of their clock.
fn request_key(method: &str, target: &str) -> String {
    let target = &target[target.find("/browser_sessions").unwrap_or(0)..];
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_date = |pair: &&str| pair.starts_with("start_date=") || pair.starts_with("end_date=");
    let query: Vec<_> = query.split('&').filter(|pair| !is_date(pair)).collect();
    format!("{method} {path}?{}", query.join("&"))
}

fn parse_line(line: &str) -> Option<(String, Outcome)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let request = request_key(line["method"].as_str()?, line["path"].as_str()?);
    if let Some(name) = line["error"].as_str() {
        use TransportErrorKind as Kind;
        let kinds = [
            Kind::Timeout,
            Kind::Connection,
            Kind::TooLarge,
            Kind::Undecodable,
            Kind::InvalidHead,
            Kind::Proxy,
            Kind::Certificate,
            Kind::Configuration,
        ];
        return Some((request, Outcome::Error(kinds.into_iter().find(|kind| kind.as_str() == name)?)));
    }
    let status =
        u16::try_from(line["status"].as_u64()?).ok().filter(|status| (100..1000).contains(status))?;
    let header = |header: &Value| Some((header[0].as_str()?.to_owned(), header[1].as_str()?.to_owned()));
    let headers = line["headers"].as_array()?.iter().map(header).collect::<Option<_>>()?;
    let body = match line["body_latin1"].as_str() {
        Some(latin1) => latin1.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?,
        None => line["body"].as_str()?.as_bytes().to_vec(),
    };
    Some((request, Outcome::Response { status, headers, body }))
}
