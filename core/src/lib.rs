//! A sans-IO client for Bright Data's Browser Sessions API. It builds requests, parses responses
//! and decides when to retry. It does no IO, so it works with any HTTP client.
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
//! assert_eq!(request.headers()["authorization"], "Bearer 0123456789abcdef");
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
//! # Questions
//!
//! **How do I install it, and which crate?** `cargo add brightdata-sessions-ureq` for a blocking
//! client, `cargo add brightdata-sessions-reqwest` for an async one. Both re-export this crate. For
//! an HTTP client of your own, `cargo add brightdata-sessions`. The crate
//! `brightdata-sessions-triage` reports why many sessions failed and what they cost.
//!
//! **How do I make one call?** With an adapter, call `client.get(&id)`. Without one, there are two
//! levels. At the *wire* level, [`Api::request`] turns an [`Operation`] ([`GetSession`] or
//! [`ListSessions`]) into an `http::Request<()>`, and [`Api::parse`] turns its
//! `http::Response<&[u8]>` into a typed result, as above. At the *flow* level, [`Api::get`] returns
//! a [`Flow`], a state machine that returns each request to send and each wait, and then yields the
//! session.
//!
//! **How do I handle errors?** There is one type, [`Error`]. Match on its [`kind`](Error::kind).
//! [`is_transient`](Error::is_transient) returns whether a retry may succeed. `{:#}` prints the
//! whole chain in one line.
//!
//! **What about retries and timeouts?** A flow follows the [`RetryPolicy`] of its [`Api`]: by
//! default it sends a request again after at most two failures, honors `Retry-After`, and backs off
//! with jitter. The transport limits the time of one attempt.
//!
//! **And rate limits?** A 429 is not a failure. The [`RateGuard`] of the [`Api`] learns the pace that
//! the service allows, and each call waits for its turn. A known limit can be set:
//! [`Api::with_rate`]. Each [`Wait`] has a reason.
//!
//! **One page or many?** [`ListSessions`] is the request of one page. [`Api::list`] returns a
//! [`SessionPaginator`], which yields the sessions of all pages. [`Api::watch`] returns a
//! [`SessionWatcher`], which polls one session until it ends.
//!
//! **A month of sessions, or each one as it appears?** [`Api::history`] returns a
//! [`SessionHistory`] with a [`HistoryCursor`], from which another process can continue.
//! [`Api::follow`] returns a [`SessionFollower`]: the same without an end.
//!
//! **How do I drive a flow by hand?** [`Flow::next_with`] is the loop for a blocking HTTP client,
//! and [`Flow::next_with_async`] its async form. For an event loop, call [`Flow::step`] and
//! [`Flow::receive`] yourself. [`Flow`] has an example and the rules for a transport.
//!
//! **Does it run in WebAssembly?** Yes, also in `wasm32-unknown-unknown`, which has neither sockets
//! nor a clock: `Instant::now` panics there. Make each [`Now`] from `performance.now()`, and send
//! requests with `fetch`. The repository has an example, `core/examples/wasm`. Under Node it passes
//! the suite, except for three cases that Node's `fetch` cannot pass.
//!
//! **Can I share it between threads and tasks?** Create one [`Api`] and clone it. All clones share
//! the rate guard, which keeps the IP address from being blocked for too many responses with status
//! 429.
//!
//! **And between processes?** The service counts by IP address, and a rate guard covers one process.
//! Processes can share its state: [`RateGuard::save`] and [`RateGuard::restore`]. Otherwise, run few
//! of them at once behind one address.
//!
//! **How do I get the id of a session?** From the browser: see [`cdp`].
//!
//! **Does the service still match its documentation?** [`deviations()`] compares a body with it, for
//! a test that reports a change.
//!
//! **Where do the facts come from?** From the service's public documentation, and from public code
//! that uses the same host. The docs point out what the service does not document. This crate was
//! tested with a fake of the service.
//!
//! # Guarantees
//!
//! - **Pure.** No sockets, files, clock, sleep, environment, threads or randomness. Time and all
//!   other inputs are arguments. A lint enforces this.
//! - **Nothing is made up.** A missing value is `None`. Undocumented words are kept as text,
//!   undocumented fields as raw JSON, and both are written out again.
//! - **No input harms it.** Nothing that a server sends causes a panic or recursion, or takes more
//!   memory than a small multiple of the body limit.
//! - **The key is kept secret.** No `Debug` shows the key of an [`Api`], and no [`Error`] shows a
//!   key that the server echoes, escaped or cut. A [`Session`], and anything that contains one,
//!   shows what was received; [`Session::redact`] and [`ApiKey::redact`] make it safe to show.
//! - **No redirect is followed,** so the key is sent nowhere else.
//!
//! # Features
//!
//! None is on by default. `chrono`, `jiff` and `time` (which needs Rust 1.88) add
//! `TryFrom<&Timestamp>` for those crates' types.
#![cfg_attr(docsrs, feature(doc_cfg))]
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
pub use self::deviations::{Deviation, DeviationKind, deviations, deviations_between};
pub use self::error::{Error, ErrorKind, ErrorResponse};
pub use self::escape::Escaped;
pub use self::flow::{
    AsyncDrive, AsyncTransport, Attempt, Call, Drive, Event, ExchangeInfo, Flow, HistoryCursor, Observer,
    SessionFollower, SessionHistory, SessionPaginator, SessionWatcher, Step, Transport,
};
pub use self::invalid_input::InvalidInput;
pub use self::model::{
    Captcha, Pagination, Session, SessionError, SessionId, SessionPage, SessionStatus, Timestamp,
    UnknownFields,
};
pub use self::now::Now;
pub use self::operation::{GetSession, ListSessions, Operation, Order, SortBy, StatusFilter};
pub use self::policy::{GuardState, RateGuard, RetryPolicy};
pub use self::proxy::EnvProxy;
pub use self::transport::{Collector, TransportError, TransportErrorKind};
pub use self::wait::{Wait, WaitReason};
pub use self::words::UnknownWord;

pub mod cdp;

mod api;
mod api_key;
mod base_url;
mod deviations;
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
mod wait;
mod words;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
