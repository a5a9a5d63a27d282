//! A blocking client for Bright Data's Browser Sessions API: the sans-IO core of [`brightdata_sessions`], driven over
//! [`ureq`].
//!
//! ```
//! use brightdata_sessions_ureq::{ApiKey, Client};
//! # use brightdata_sessions_ureq::Api;
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//! # let fake = FakeApi::start()?;
//!
//! let client = Client::new(ApiKey::new("0123456789abcdef")?);
//! # let client = Client::with_api(Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url()));
//! # let session_id = DEMO_SESSION_ID;
//! let session = client.get(&session_id.parse()?)?;
//! println!("{:?}: {:?} bytes", session.status, session.bandwidth);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is retried, and when, is the core's [`RetryPolicy`]. This crate adds:
//! - time limits: 10 s to connect, 30 s for a whole answer, both settable, and both held against a server that drips;
//! - redirects are never followed, and answers of every status reach the core, whatever agent the caller brings;
//! - bodies may be packed with gzip; the core's limit counts the unpacked bytes;
//! - resolved addresses are kept for a minute, unless they cannot be connected to; IPv6 and IPv4 addresses take turns of
//!   250 ms, so a machine whose IPv6 is broken connects without delay;
//! - TLS by rustls, with Mozilla's roots;
//! - the proxy that the environment names (`HTTPS_PROXY` and such), by the rules of [`EnvProxy`](brightdata_sessions::EnvProxy).
//!
//! # Logs
//!
//! At level `trace`, `ureq` and the protocol crate below it log every byte that they write, **the API key
//! included**, if the program installs a logger that listens to them. Filter out the targets `ureq` and `ureq_proto` at that
//! level. This crate itself logs nothing.

pub use brightdata_sessions;
#[doc(no_inline)]
pub use brightdata_sessions::{
    Api, ApiKey, BaseUrl, Captcha, Error, ErrorKind, ListSessions, Order, RetryPolicy, Session, SessionId,
    SessionStatus, SortBy, StatusFilter, Timestamp,
};
pub use ureq;

pub use self::client::Client;
pub use self::drive::Drive;

mod client;
mod connect;
mod connection;
mod drive;
mod exchange;
mod gzip;
mod proxy;
mod resolver;

/// The examples of this crate's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the repository's README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct RepositoryReadme;
