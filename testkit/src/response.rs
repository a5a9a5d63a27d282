//! Responses in JSON.

use brightdata_sessions::{Session, Timestamp};
use serde_json::json;

/// A JSON response.
pub(crate) struct JsonResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Headers in addition to the usual ones.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl JsonResponse {
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self { status, ..Self::ok(json!({ "error": message }).to_string()) }
    }

    pub(crate) fn ok(body: String) -> Self {
        Self { status: 200, body, headers: Vec::new() }
    }
}

/// Serializes a session directly, because the numbers of `json!` cannot hold every unknown field.
pub(crate) fn to_json(session: &Session, shows_fractions: bool) -> String {
    let to_json = |session: &Session| serde_json::to_string(session).expect("every session serializes");
    match session.timestamp.as_ref().and_then(Timestamp::to_system_time).filter(|_| !shows_fractions) {
        // The conversion drops fractions.
        Some(start) => to_json(&session.clone().with(|session| session.timestamp = start.try_into().ok())),
        None => to_json(session),
    }
}
