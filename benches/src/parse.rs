//! Reading bodies: the core from an `http::Response` to a typed answer, the others from the body's bytes to a value.

use std::hint::black_box;

use brightdata_sessions::http::{Response, StatusCode};
use brightdata_sessions::{Api, ApiKey, GetSession, ListSessions, Operation};
use brightdata_sessions_testkit::generate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The bodies: those of the service's documentation (its errors are all of one kind), and pages of 50 and 100 sessions of the fake.
pub const BODIES: [&str; 7] =
    ["finished", "failed", "running", "not-found", "page-of-3", "page-of-50", "page-of-100"];

/// Who reads.
pub const READERS: [&str; 4] = ["ours", "derive", "value", "sonic"];

/// A body by its name.
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
    generate(1, sessions).iter().map(|session| serde_json::to_string(session).expect("it is plain")).collect()
}

/// Reads a body, and drops what was read.
pub type Read = Box<dyn Fn(&[u8])>;

/// How one of [`READERS`] reads one of [`BODIES`].
pub fn reader(reader: &str, body: &str) -> Read {
    let page = body.starts_with("page");
    match (reader, body) {
        ("ours", "not-found") => {
            let (api, get) = (api(), get());
            Box::new(move |body| {
                let mut response = Response::new(body);
                *response.status_mut() = StatusCode::NOT_FOUND;
                black_box(api.parse(&get, response).expect_err("it is not there"));
            })
        }
        ("ours", _) if page => ours(ListSessions::new()),
        ("ours", _) => ours(get()),
        ("derive", "not-found") => derive::<Refusal>(),
        ("derive", _) if page => derive::<Page>(),
        ("derive", _) => derive::<Answer>(),
        ("sonic", "not-found") => sonic::<Refusal>(),
        ("sonic", _) if page => sonic::<Page>(),
        ("sonic", _) => sonic::<Answer>(),
        ("value", _) => derive::<serde_json::Value>(),
        _ => panic!("nobody reads as {reader}"),
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
        black_box(api.parse(&operation, Response::new(body)).expect("an answer"));
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

/// What somebody in a hurry would write, straight from the documentation.
#[derive(Deserialize)]
#[allow(dead_code, reason = "to be filled is all they are for")]
pub struct Answer {
    session: Session,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "to be filled is all they are for")]
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
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "to be filled is all they are for")]
struct Failure {
    code: String,
    message: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "to be filled is all they are for")]
struct Refusal {
    error: String,
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "to be filled is all they are for")]
struct Page {
    sessions: Vec<Session>,
    count: u64,
    total: u64,
    pagination: Pagination,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "to be filled is all they are for")]
struct Pagination {
    offset: u64,
    limit: u64,
    has_more: bool,
    next_offset: Option<u64>,
}
