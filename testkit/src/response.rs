//! The content of the service, and responses in JSON.

use std::collections::BTreeMap;

use brightdata_sessions::Session;
use serde_json::json;

/// Sessions by their ids.
pub(crate) type Sessions = BTreeMap<Box<str>, Session>;

/// A JSON response.
pub(crate) struct JsonResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// In seconds.
    pub(crate) retry_after: Option<u64>,
}

impl JsonResponse {
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self { status, ..Self::ok(json!({ "error": message }).to_string()) }
    }

    pub(crate) fn ok(body: String) -> Self {
        Self { status: 200, body, retry_after: None }
    }
}

/// Serializes a session directly, because the numbers of `json!` cannot hold every unknown field.
pub(crate) fn to_json(session: &Session) -> String {
    serde_json::to_string(session).expect("every session serializes")
}
