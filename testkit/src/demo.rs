//! The default sessions of the fake.

use brightdata_sessions::Session;

/// The id of the first session of [`FakeApi::start`](crate::FakeApi::start).
///
/// It is finished, its captcha is solved, and it has 123,456,789 bytes of traffic in 209.444 s.
pub const DEMO_SESSION_ID: &str = "5e551011-0000-4000-8000-000000000001";

pub(crate) fn sessions() -> serde_json::Result<Vec<Session>> {
    serde_json::from_str(include_str!("demo.json"))
}
