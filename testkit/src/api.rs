//! What the service answers, as far as it is documented.

use std::borrow::Cow;
use std::collections::BTreeMap;

use brightdata_sessions::Session;
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::RecordedRequest;
use crate::list::list;

/// Sessions by their ids.
pub(crate) type Sessions = BTreeMap<Box<str>, Session>;

/// A JSON document, and the status it comes with.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Whole seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Answer {
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self { status, ..Self::ok(json!({ "error": message }).to_string()) }
    }

    pub(crate) fn ok(body: String) -> Self {
        Self { status: 200, body, retry_after: None }
    }
}

/// The id of the session that a target names, decoded.
pub(crate) fn session_id(target: &str) -> Option<Cow<'_, str>> {
    let path = target.split('?').next().unwrap_or_default();
    let id = path.strip_prefix("/browser_sessions/").filter(|id| !id.is_empty() && !id.contains('/'))?;
    // What is not UTF-8 is no id either way.
    Some(percent_decode_str(id).decode_utf8_lossy())
}

pub(crate) fn answer(request: &RecordedRequest, sessions: &Sessions) -> Answer {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let id = session_id(path);
    if id.is_none() && path != "/browser_sessions" {
        return Answer::error(404, "Not found");
    }
    if request.method != "GET" {
        return Answer::error(405, "Method not allowed");
    }
    if let Err(refusal) = authenticate(request) {
        return refusal;
    }
    match id {
        Some(id) => session(&id, sessions),
        None => list(query, sessions),
    }
}

/// `GET /browser_sessions/{session_id}`.
fn session(id: &str, sessions: &Sessions) -> Answer {
    if !is_uuid_shaped(id) {
        return Answer::error(400, "Invalid session_id format");
    }
    let Some(session) = sessions.get(id) else {
        let body = json!({ "error": "Session not found", "session_id": id }).to_string();
        return Answer { status: 404, ..Answer::ok(body) };
    };
    Answer::ok(format!(r#"{{"session":{}}}"#, write(session)))
}

/// Not by way of `json!`, whose numbers would not hold everything that an unknown field may.
pub(crate) fn write(session: &Session) -> String {
    serde_json::to_string(session).expect("a session has no part that JSON cannot express")
}

fn authenticate(request: &RecordedRequest) -> Result<(), Answer> {
    let credentials = request
        .values("authorization")
        .next()
        .ok_or_else(|| Answer::error(401, "Credentials are missing"))?;
    match credentials.split_at_checked(b"Bearer ".len()) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case(b"Bearer ") && !key.trim_ascii().is_empty() => {
            Ok(())
        }
        _ => Err(Answer::error(401, "Invalid credentials")),
    }
}

/// Letters beyond `f` too: the ids in the service's documentation are all `X`.
fn is_uuid_shaped(id: &str) -> bool {
    id.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
}
