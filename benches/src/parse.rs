//! Parsing bodies: the core from an `http::Response` to a typed value, the others from the body's
//! bytes.

use std::hint::black_box;

use brightdata_sessions::http::{Response, StatusCode};
use brightdata_sessions::{Api, ApiKey, GetSession, ListSessions, Operation};
use brightdata_sessions_testkit::generate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The bodies: the examples of the service's documentation, and pages of 50 and 100 generated
/// sessions.
pub const BODIES: [&str; 7] =
    ["finished", "failed", "running", "not-found", "page-of-3", "page-of-50", "page-of-100"];

/// The parsers.
pub const READERS: [&str; 4] = ["ours", "derive", "value", "sonic"];

/// Returns a body by its name.
pub fn body(name: &str) -> Vec<u8> {
    let documented = |name: &str| match name {
        "finished" => include_str!("../../core/tests/fixtures/sessions/documented_finished.json"),
        "failed" => include_str!("../../core/tests/fixtures/sessions/documented_failed.json"),
        "not-found" => include_str!("../../core/tests/fixtures/errors/documented_404.json"),
        _ => include_str!("../../core/tests/fixtures/sessions/documented_running.json"),
    };
    let sessions: Vec<String> = match name {
        "page-of-3" => ["finished", "failed", "running"]
            .map(|name| {
                let body = documented(name).trim_end();
                let session = body.strip_prefix("{\"session\":").and_then(|rest| rest.strip_suffix('}'));
                session.expect("the envelope is known").to_owned()
            })
            .into(),
        "page-of-50" => page(50),
        "page-of-100" => page(100),
        name => return documented(name).into(),
    };
    let (count, limit) = (sessions.len(), sessions.len().max(50));
    let sessions = sessions.join(",");
    format!(
        "{{\"sessions\":[{sessions}],\"count\":{count},\"total\":257,\
         \"pagination\":{{\"offset\":0,\"limit\":{limit},\"has_more\":true,\"next_offset\":{limit}}}}}"
    )
    .into()
}

fn page(sessions: usize) -> Vec<String> {
    generate(1, sessions)
        .iter()
        .map(|session| serde_json::to_string(session).expect("a session serializes"))
        .collect()
}

/// Parses a body and drops the result.
pub type Read = Box<dyn Fn(&[u8])>;

/// Returns the function that parses one of [`BODIES`] with one of [`READERS`].
pub fn reader(reader: &str, body: &str) -> Read {
    let page = body.starts_with("page");
    match (reader, body) {
        ("ours", "not-found") => {
            let (api, get) = (api(), get());
            Box::new(move |body| {
                let mut response = Response::new(body);
                *response.status_mut() = StatusCode::NOT_FOUND;
                black_box(api.parse(&get, response).expect_err("the status is 404"));
            })
        }
        ("ours", _) if page => ours(ListSessions::new()),
        ("ours", _) => ours(get()),
        ("derive", "not-found") => derive::<ErrorBody>(),
        ("derive", _) if page => derive::<Page>(),
        ("derive", _) => derive::<Answer>(),
        ("sonic", "not-found") => sonic::<ErrorBody>(),
        ("sonic", _) if page => sonic::<Page>(),
        ("sonic", _) => sonic::<Answer>(),
        ("value", _) => derive::<serde_json::Value>(),
        _ => panic!("unknown parser {reader}"),
    }
}

fn api() -> Api {
    Api::new(ApiKey::new("0123456789abcdef").expect("a key"))
}

fn get() -> GetSession {
    GetSession::new("XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX".parse().expect("an id"))
}

fn ours(operation: impl Operation + 'static) -> Read {
    let api = api();
    Box::new(move |body| {
        black_box(api.parse(&operation, Response::new(body)).expect("a parsed body"));
    })
}

fn derive<T: DeserializeOwned>() -> Read {
    Box::new(|body| {
        black_box(serde_json::from_slice::<T>(body).expect("JSON as documented"));
    })
}

fn sonic<T: DeserializeOwned>() -> Read {
    Box::new(|body| {
        black_box(sonic_rs::from_slice::<T>(body).expect("JSON as documented"));
    })
}

/// The structs that a program would derive straight from the documentation.
#[derive(Deserialize)]
#[allow(dead_code, reason = "the parsers only fill these fields")]
pub struct Answer {
    session: Session,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the parsers only fill these fields")]
struct Session {
    session_id: String,
    api_name: String,
    status: String,
    timestamp: String,
    target_url: Option<String>,
    end_url: Option<String>,
    navigations: u64,
    duration: Option<f64>,
    captcha: String,
    bandwidth: u64,
    error: Option<SessionError>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the parsers only fill these fields")]
struct SessionError {
    code: String,
    message: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the parsers only fill these fields")]
struct ErrorBody {
    error: String,
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the parsers only fill these fields")]
struct Page {
    sessions: Vec<Session>,
    count: u64,
    total: u64,
    pagination: Pagination,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the parsers only fill these fields")]
struct Pagination {
    offset: u64,
    limit: u64,
    has_more: bool,
    next_offset: Option<u64>,
}
