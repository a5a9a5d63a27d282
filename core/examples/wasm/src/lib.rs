//! Gets a session in WebAssembly, with the `fetch` of the platform.
//!
//! The core does the rest, as with any HTTP client: retries, the rate guard, the limit of the body
//! and the errors. `transport.rs` is the HTTP client.

use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, BaseUrl, RetryPolicy, Session, SessionId};
use js_sys::{Error, Reflect};
use wasm_bindgen::prelude::*;

mod transport;

/// The longest time of one exchange. After it, the rate guard no longer counts a request as in flight.
const MAX_LIMIT: Duration = Duration::from_secs(60);

/// Gets a session as JSON. `seconds` is the time limit of one request. With 0 `retries` the request
/// is sent at most once, even after a 429.
///
/// # Errors
///
/// An `Error` of JavaScript with the property `kind`, such as `not_found`.
#[wasm_bindgen(js_name = getSession)]
pub async fn get_session(
    base_url: String,
    api_key: String,
    session_id: String,
    seconds: f64,
    retries: u32,
) -> Result<String, Error> {
    let invalid = |error: &dyn std::fmt::Display| js_error(&error.to_string(), "invalid_input");
    let base_url: BaseUrl = base_url.parse().map_err(|error| invalid(&error))?;
    let api_key = ApiKey::new(&api_key).map_err(|error| invalid(&error))?;
    let id: SessionId = session_id.parse().map_err(|error| invalid(&error))?;
    let limit = Duration::try_from_secs_f64(seconds).map_err(|error| invalid(&error))?.min(MAX_LIMIT);

    let retry = if retries == 0 { RetryPolicy::none() } else { RetryPolicy::default().with_retries(retries) };
    let api = Api::new(api_key).with_base_url(base_url).with_retry(retry);
    let send = |request| transport::exchange(&api, request, limit);
    let session: Session = api
        .get(&id)
        .run_with_async(transport::now, send, transport::wait)
        .await
        .map_err(|error| js_error(&format!("{error:#}"), error.kind().as_str()))?;
    serde_json::to_string(&session).map_err(|error| js_error(&error.to_string(), "malformed_body"))
}

fn js_error(message: &str, kind: &str) -> Error {
    let error = Error::new(message);
    // A new object takes any property.
    let _ = Reflect::set(&error, &"kind".into(), &kind.into());
    error
}
