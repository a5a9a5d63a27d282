//! An async client for Bright Data's Browser Sessions API: the sans-IO core [`brightdata_sessions`] on
//! [`reqwest`].
//!
//! ```
//! use brightdata_sessions_reqwest::{ApiKey, Client};
//! # use brightdata_sessions_reqwest::Api;
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let client = Client::new(ApiKey::new("0123456789abcdef")?);
//! # let fake = FakeApi::start()?;
//! # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
//! # let client = Client::builder(api).build()?;
//! # let session_id = DEMO_SESSION_ID;
//! let session = client.get(&session_id.parse()?).await?;
//! println!("{:?}: {:?} bytes", session.status, session.bandwidth);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The core's [`RetryPolicy`] decides what is retried, and when. This crate adds:
//! - timeouts: 10 s to connect and 30 s for a complete response.
//! - Redirects are never followed and reqwest retries nothing. Compression is not requested, so that the core's
//!   limit counts the received bytes.
//! - TLS by rustls, with the platform's root certificates.
//! - The environment's proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), by the rules of
//!   [`EnvProxy`](brightdata_sessions::EnvProxy).
//!
//! # Runtime
//!
//! The client needs a tokio runtime with IO and timers, as reqwest does. All futures are `Send`. Dropping a
//! future loses nothing: see [`FlowStream`].

pub use brightdata_sessions;
#[doc(no_inline)]
pub use brightdata_sessions::{
    Api, ApiKey, BaseUrl, Captcha, Error, ErrorKind, ListSessions, Order, RetryPolicy, Session, SessionId,
    SessionStatus, SortBy, StatusFilter, Timestamp,
};
pub use reqwest;

pub use self::client::Client;
pub use self::client_builder::ClientBuilder;
pub use self::flow_stream::FlowStream;

mod client;
mod client_builder;
mod exchange;
mod flow_stream;
mod proxy;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
