//! An async client for Bright Data's Browser Sessions API: the sans-IO core of [`brightdata_sessions`], driven over
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
//! # let client = Client::with_api(api);
//! # let session_id = DEMO_SESSION_ID;
//! let session = client.get(&session_id.parse()?).await?;
//! println!("{:?}: {:?} bytes", session.status, session.bandwidth);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is retried, and when, is the core's [`RetryPolicy`]. This crate adds:
//! - time limits: 10 s to connect, 30 s for a whole answer;
//! - redirects are never followed, nothing is retried by reqwest itself, and no compression is asked for, so that the core's
//!   limit counts what is read;
//! - TLS by rustls, with the platform's roots;
//! - the proxy that the environment names (`HTTPS_PROXY` and such), by the rules of [`EnvProxy`](brightdata_sessions::EnvProxy).
//!
//! # Runtime
//!
//! It runs on tokio, with IO and timers enabled, since reqwest does: pauses are tokio's. All futures are `Send`, and a
//! future that is dropped loses nothing: see [`Drive`].

pub use brightdata_sessions;
#[doc(no_inline)]
pub use brightdata_sessions::{
    Api, ApiKey, BaseUrl, Captcha, Error, ErrorKind, ListSessions, Order, RetryPolicy, Session, SessionId,
    SessionStatus, SortBy, StatusFilter, Timestamp,
};
pub use reqwest;

pub use self::client::Client;
pub use self::drive::Drive;

mod client;
mod drive;
mod exchange;
mod proxy;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
