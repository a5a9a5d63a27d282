//! A wrapper that reads only the fields of a session that its program needs.

use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
struct Body {
    session: Session,
}

#[derive(Deserialize, Serialize)]
pub struct Session {
    pub session_id: String,
    pub status: Option<String>,
    pub target_url: Option<String>,
    /// In seconds.
    pub duration: Option<f64>,
    /// In bytes. The API may write `4.0`, which is not a `u64` for serde.
    pub bandwidth: Option<f64>,
}

pub fn parse(body: &[u8]) -> serde_json::Result<Session> {
    serde_json::from_slice::<Body>(body).map(|body| body.session)
}
