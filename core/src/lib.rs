//! A sans-IO client for Bright Data's Browser Sessions API. It builds requests, parses responses, decides when to
//! retry, and does no IO. It works with any HTTP client.
//!
//! A complete call without any policy:
//!
//! ```
//! use brightdata_sessions::{Api, ApiKey, GetSession, SessionStatus, http};
//!
//! let api = Api::new(ApiKey::new("0123456789abcdef")?);
//! let get = GetSession::new("3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f".parse()?);
//!
//! let request: http::Request<()> = api.request(&get)?;
//! assert_eq!(request.method(), "GET");
//! assert_eq!(
//!     request.uri(),
//!     "https://api.brightdata.com/browser_sessions/3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f"
//! );
//! assert_eq!(request.version(), http::Version::HTTP_11);
//! let headers: Vec<_> = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
//! assert_eq!(
//!     headers,
//!     [
//!         ("accept", "application/json"),
//!         ("user-agent", concat!("brightdata-sessions/", env!("CARGO_PKG_VERSION"))),
//!         ("authorization", "Bearer 0123456789abcdef"),
//!     ]
//! );
//!
//! // Send it with any HTTP client, and collect the response.
//! let body = br#"{"session":{"session_id":"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f","status":"finished","bandwidth":123456789}}"#;
//! let response = http::Response::new(&body[..]);
//!
//! let session = api.parse(&get, response)?;
//! assert_eq!(session.status, Some(SessionStatus::Finished));
//! assert_eq!(session.bandwidth, Some(123_456_789));
//! assert_eq!(session.navigations, None); // missing, so not 0
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two levels
//!
//! - **The wire.** [`Api::request`] turns an [`Operation`] ([`GetSession`] or [`ListSessions`]) into an
//!   `http::Request<()>`. [`Api::parse`] turns its `http::Response<&[u8]>` into a typed result. There is no policy
//!   at this level. A [`Collector`] reads a body up to the limit.
//! - **The flow.** [`Api::get`], [`Api::list`] and [`Api::watch`] return a [`Flow`]: a state machine that requests
//!   sends and waits, and yields one session, the sessions of all pages, or one session on each change. Retries,
//!   `Retry-After`, time limits and the rate guard are part of it. They behave the same with every HTTP client, and
//!   are tested without sockets and in simulated time. [`Flow`] describes how to use your own HTTP client;
//!   [`Flow::next_with`] is the loop.
//!
//! The adapters `brightdata-sessions-ureq` (blocking) and `brightdata-sessions-reqwest` (async) contain this loop.
//!
//! The module [`cdp`] gets the id of a session from the browser. The crate `brightdata-sessions-triage` reports
//! why many sessions failed and what they cost.
//!
//! # Guarantees
//!
//! - **Pure.** No sockets, files, clock, sleep, environment, threads or randomness. Time and all other inputs are
//!   arguments. A lint enforces this.
//! - **Nothing is made up.** A missing value is `None`. Undocumented words are kept as text, undocumented fields as
//!   raw JSON, and both are written out again.
//! - **Nothing a server sends** panics it, makes it recurse, or takes more memory than a small multiple of the body limit.
//! - **The key is kept secret.** No `Debug` shows the key of an [`Api`], and no [`Error`] shows a key
//!   that the server echoes, escaped or cut. A [`Session`] and all that holds one show what was received;
//!   [`Session::redact`] and [`ApiKey::redact`] make it safe to show.
//! - **No redirect is followed,** and an IP address is kept from being blocked for too many answers of 429.
//!
//! # Features
//!
//! None is on by default. `chrono`, `jiff` and `time` (which needs Rust 1.88) add `TryFrom<&Timestamp>` for those
//! crates' types.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )
)]

pub use http;

pub use self::api::Api;
pub use self::api_key::ApiKey;
pub use self::base_url::BaseUrl;
pub use self::error::{Error, ErrorKind, ErrorResponse};
pub use self::escape::Escaped;
pub use self::flow::{Call, Flow, SessionPaginator, SessionWatcher, Step};
pub use self::invalid_input::InvalidInput;
pub use self::model::{
    Captcha, Pagination, Session, SessionError, SessionId, SessionPage, SessionStatus, Timestamp,
    UnknownFields,
};
pub use self::now::Now;
pub use self::operation::{GetSession, ListSessions, Operation, Order, SortBy, StatusFilter};
pub use self::policy::RetryPolicy;
pub use self::proxy::EnvProxy;
pub use self::transport::{Collector, TransportError, TransportErrorKind};

pub mod cdp;

mod api;
mod api_key;
mod base_url;
mod error;
mod escape;
mod flow;
mod invalid_input;
mod markup;
mod model;
mod now;
mod operation;
mod policy;
mod proxy;
mod redact;
mod transport;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
