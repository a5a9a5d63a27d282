//! The documented responses of the service.

use std::borrow::Cow;
use std::time::SystemTime;

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::list::list;
use crate::response::{JsonResponse, to_json};
use crate::{RecordedRequest, SimulatedApi};

/// Returns the decoded session id of a request target.
pub(crate) fn session_id(target: &str) -> Option<Cow<'_, str>> {
    let path = target.split('?').next().unwrap_or_default();
    let id = path.strip_prefix("/browser_sessions/").filter(|id| !id.is_empty() && !id.contains('/'))?;
    // An id that is not UTF-8 does not exist, so a lossy conversion is enough.
    Some(percent_decode_str(id).decode_utf8_lossy())
}

/// Returns the documented response to a request at this time. Without a `required_key`, every key is accepted.
pub(crate) fn respond(
    request: &RecordedRequest,
    service: &SimulatedApi,
    required_key: Option<&[u8]>,
    now: SystemTime,
) -> JsonResponse {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let id = session_id(path);
    if id.is_none() && path != "/browser_sessions" {
        return JsonResponse::error(404, "Not found");
    }
    if request.method != "GET" {
        return JsonResponse::error(405, "Method not allowed");
    }
    if let Err(rejection) = authenticate(request, required_key) {
        return rejection;
    }
    match id {
        Some(id) => session(&id, service, now),
        None => list(query, service, now),
    }
}

/// `GET /browser_sessions/{session_id}`.
fn session(id: &str, service: &SimulatedApi, now: SystemTime) -> JsonResponse {
    if !is_uuid_shaped(id) {
        return JsonResponse::error(400, "Invalid session_id format");
    }
    let Some(session) = service.sessions.get(id, now) else {
        let body = json!({ "error": "Session not found", "session_id": id }).to_string();
        return JsonResponse { status: 404, ..JsonResponse::ok(body) };
    };
    JsonResponse::ok(format!(r#"{{"session":{}}}"#, to_json(session, service.rules.shows_fractions)))
}

fn authenticate(request: &RecordedRequest, required_key: Option<&[u8]>) -> Result<(), JsonResponse> {
    let credentials = request
        .values("authorization")
        .next()
        .ok_or_else(|| JsonResponse::error(401, "Credentials are missing"))?;
    let is_valid = credentials.split_at_checked(b"Bearer ".len()).is_some_and(|(scheme, key)| {
        let key = key.trim_ascii();
        scheme.eq_ignore_ascii_case(b"Bearer ")
            && required_key.map_or(!key.is_empty(), |required| key == required)
    });
    if is_valid { Ok(()) } else { Err(JsonResponse::error(401, "Invalid credentials")) }
}

/// Accepts letters beyond `f`, because the ids in the service's documentation consist of `X`.
pub(crate) fn is_uuid_shaped(id: &str) -> bool {
    id.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
}
