//! The cases of a program in any language: a process that gets one session.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use brightdata_sessions::http::{HeaderValue, Response};
use brightdata_sessions::{Api, ApiKey, BaseUrl, ErrorKind, GetSession, Session, SessionId, TransportError};

use super::case::Case;
use super::outcome::{Body, Exchanged, Outcome, ProgramEnd};
use super::rule::Rule;
use super::transport::{self, ELSEWHERE, GOOD, GRACE, KEY, ProgramPlay, TransportCase};
use crate::{DEMO_SESSION_ID, FakeApi, Script, demo};

/// The rules for a program, as Markdown.
pub const PROGRAM_RULES: &str = include_str!("program/rules.md");

/// A program run: the session to get, from where, and in which time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProgramRun {
    /// The URL that `/browser_sessions/{session_id}` is appended to.
    pub base_url: BaseUrl,
    /// The id of the session.
    pub session_id: SessionId,
    /// The time limit of the program. Once it is exceeded by a few seconds, the caller may kill the
    /// program.
    pub timeout: Duration,
}

impl ProgramRun {
    /// Returns the variables of the program's environment: `SESSIONS_BASE_URL`, `SESSION_ID`,
    /// `BRIGHTDATA_API_KEY`, and `TIMEOUT` in seconds.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("SESSIONS_BASE_URL", self.base_url.to_string()),
            ("SESSION_ID", self.session_id.to_string()),
            ("BRIGHTDATA_API_KEY", KEY.to_owned()),
            ("TIMEOUT", self.timeout.as_secs_f64().to_string()),
        ]
    }
}

/// The end of a program, and its output.
#[derive(Clone, Debug, Default)]
pub struct ProgramOutput {
    /// The exit status. `None` if the program was killed.
    pub exit_status: Option<i32>,
    /// The bytes on standard output.
    pub stdout: Vec<u8>,
    /// The bytes on standard error.
    pub stderr: Vec<u8>,
}

/// The time that a program may take to start and to end on a busy machine.
const START: Duration = Duration::from_secs(8);
/// The shortest time limit, because a program may take a while to start.
const MIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Cases that do not apply to a program: it has one limit for all bodies or none, and headers of its
/// own.
const ONLY_FOR_TRANSPORTS: [&str; 7] = [
    "a body exactly at the limit",
    "a body one byte over the limit",
    "chunks one byte over the limit",
    "a small limit also applies to a 404",
    "accept is sent once, unchanged",
    "user-agent is sent once, unchanged",
    "no other header is sent",
];

/// Returns the cases of a transport that apply to a program.
pub(super) fn cases() -> Vec<(Rule, TransportCase)> {
    let cases = transport::cases().into_iter().filter(|(_, case)| !ONLY_FOR_TRANSPORTS.contains(&case.name));
    let mut cases: Vec<_> = cases
        .filter_map(|(rule, case)| {
            let case = for_program(case)?;
            // The time limit of a program without a body limit ends an endless body.
            let timeout = Outcome::Program { end: ProgramEnd::Status(5), requests: 1 };
            let may_time_out = rule == Rule::BodyLimit && !case.expected.contains(&timeout);
            Some((program_rule(rule)?, if may_time_out { case.or(timeout) } else { case }))
        })
        .collect();
    cases.sort_by_key(|(rule, _)| *rule);
    cases
}

/// Returns the rule for programs that the cases of a rule for transports check.
fn program_rule(rule: Rule) -> Option<Rule> {
    Some(match rule {
        Rule::Unchanged => Rule::ProgramRequest,
        Rule::Once => Rule::ProgramOnce,
        Rule::EveryStatus | Rule::UnreadableHead => Rule::ProgramStatus,
        Rule::Framing | Rule::BodyLimit => Rule::ProgramBody,
        Rule::StatusOutranksBody => Rule::ProgramStatusOutranksBody,
        Rule::Truncation => Rule::ProgramTruncation,
        Rule::TimeLimit => Rule::ProgramTimeLimit,
        _ => return None,
    })
}

/// Replaces the expected outcomes of an exchange by those of a program.
fn for_program(case: TransportCase) -> Option<TransportCase> {
    let body = match case.play.program.as_ref()? {
        ProgramPlay::Response { body, .. } => body.as_slice(),
        ProgramPlay::Redirect { .. } => b"",
        ProgramPlay::Request { .. } => return Some(case),
    };
    let mut expected = Vec::new();
    for outcome in &case.expected {
        let outcome = match outcome {
            Outcome::Exchange { result, requests } => {
                Outcome::Program { end: end_of(result, body), requests: *requests }
            }
            other => other.clone(),
        };
        if !expected.contains(&outcome) {
            expected.push(outcome);
        }
    }
    Some(Case { expected, ..case })
}

/// Returns how a program ends after this exchange.
fn end_of(exchanged: &Exchanged, sent: &[u8]) -> ProgramEnd {
    let kind = match &exchanged.result {
        Ok(received) => {
            let body = match &received.body {
                Body::Empty => b"",
                Body::AsSent => sent,
                Body::First(length) => sent.get(..*length).unwrap_or(sent),
                Body::Other(bytes) => bytes,
            };
            let mut response = Response::new(body);
            *response.status_mut() = received.status.try_into().expect("the status is valid");
            for (name, value) in &received.headers {
                response
                    .headers_mut()
                    .append(*name, HeaderValue::from_str(value).expect("the value is valid"));
            }
            match api().parse(&get_demo(), response) {
                Ok(_) => return ProgramEnd::Printed,
                Err(error) => error.kind(),
            }
        }
        Err(kind) => api().error_from(TransportError::from(*kind)).kind(),
    };
    ProgramEnd::Status(match kind {
        ErrorKind::NotFound => 3,
        ErrorKind::Unauthorized => 4,
        ErrorKind::Connection | ErrorKind::Timeout => 5,
        _ => 6,
    })
}

fn api() -> Api {
    Api::new(ApiKey::new(KEY).expect("the key is valid"))
}

fn get_demo() -> GetSession {
    GetSession::new(DEMO_SESSION_ID.parse().expect("the id is valid"))
}

/// Plays a case.
///
/// # Panics
///
/// Panics if the system is out of ports or threads.
pub(super) fn play(case: &TransportCase, run: &(impl Fn(&ProgramRun) -> ProgramOutput + Sync)) -> Outcome {
    let timeout = case.play.timeout.max(MIN_TIMEOUT);
    super::play_within(case, timeout, |timeout| match start(case.play.bind_addr) {
        Some(fake) => play_once(case, &fake, timeout, run),
        None => case.expected.last().cloned().expect("a case has an outcome"),
    })
}

/// Starts a fake. Returns `None` on a machine without IPv6.
fn start(addr: IpAddr) -> Option<FakeApi> {
    match FakeApi::bind((addr, 0).into(), demo::sessions().expect("the demo's sessions are valid")) {
        Ok(fake) => Some(fake),
        Err(_) if addr.is_ipv6() => None,
        Err(error) => panic!("cannot start the fake: {error}"),
    }
}

fn play_once(
    case: &TransportCase,
    fake: &FakeApi,
    timeout: Duration,
    run: &(impl Fn(&ProgramRun) -> ProgramOutput + Sync),
) -> Outcome {
    let of = |session_id: SessionId| {
        let run_of = ProgramRun { base_url: fake.base_url(), session_id, timeout };
        let start = Instant::now();
        let output = run(&run_of);
        (output, start.elapsed() > timeout + GRACE + START)
    };
    let demo = || DEMO_SESSION_ID.parse().expect("the id is valid");
    let requests = || fake.requests().len();
    match case.play.program.as_ref().expect("the case is for programs") {
        ProgramPlay::Response { script, body } => {
            fake.script_any([script.clone()]);
            let (output, is_late) = of(demo());
            // The request may not have arrived before the time limit.
            Outcome::Program { end: judge(&output, is_late, body), requests: requests().max(1) }
        }
        ProgramPlay::Request { id, part } => {
            fake.script_any([Script::response(200, &[], GOOD)]);
            let (output, is_late) = of(id.clone());
            match fake.requests().as_slice() {
                [request] => part(request).into(),
                requests => Outcome::Program { end: judge(&output, is_late, b""), requests: requests.len() },
            }
        }
        ProgramPlay::Redirect { status, location } => {
            let elsewhere = FakeApi::with_sessions([]).expect("the fake can start");
            let location = location.replace(ELSEWHERE, &elsewhere.addr().to_string());
            fake.script_any([Script::response(*status, &[("location", &location)], "moved").repeat()]);
            let (output, is_late) = of(demo());
            let end = match elsewhere.connections() {
                0 => judge(&output, is_late, b""),
                _ => ProgramEnd::SentElsewhere,
            };
            Outcome::Program { end, requests: requests() }
        }
    }
}

/// Judges a program to which the server sent this body.
fn judge(output: &ProgramOutput, is_late: bool, sent: &[u8]) -> ProgramEnd {
    let shows_key = [&output.stdout, &output.stderr].into_iter().any(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        api().key().redact(&text) != text
    });
    match output.exit_status {
        _ if shows_key => ProgramEnd::ShowedKey,
        None => ProgramEnd::Killed,
        Some(_) if is_late => ProgramEnd::Late,
        Some(0) if session(&output.stdout).is_some_and(|printed| session(sent) == Some(printed)) => {
            ProgramEnd::Printed
        }
        Some(0) => ProgramEnd::PrintedOther,
        Some(status) => ProgramEnd::Status(status),
    }
}

/// Reads a session: the body of a response, or the object in it.
fn session(json: &[u8]) -> Option<Session> {
    let json = json.trim_ascii();
    let body = api().parse(&get_demo(), Response::new(json));
    body.ok().or_else(|| Session::from_json(std::str::from_utf8(json).ok()?).ok())
}
