//! A blocking client for Bright Data's Browser Sessions API: the sans-IO core [`brightdata_sessions`] on
//! [`ureq`].
//!
//! ```
//! use brightdata_sessions_ureq::{ApiKey, Client};
//! # use brightdata_sessions_ureq::Api;
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//! # let fake = FakeApi::start()?;
//!
//! let client = Client::new(ApiKey::new("0123456789abcdef")?);
//! # let client = Client::builder(Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url())).build()?;
//! # let session_id = DEMO_SESSION_ID;
//! let session = client.get(&session_id.parse()?)?;
//! println!("{:?}: {:?} bytes", session.status, session.bandwidth);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The core's [`RetryPolicy`] decides what is retried, and when. This crate adds:
//! - timeouts: 10 s to connect and 30 s for a complete response, both configurable. They also cover slow-drip
//!   responses.
//! - Redirects are never followed, and responses with any status reach the core, even with the caller's own
//!   agent.
//! - Bodies may be gzip-compressed. The core's limit counts the decompressed bytes.
//! - Resolved addresses are cached for one minute, unless connecting fails. IPv6 and IPv4 addresses take turns
//!   of 250 ms, so broken IPv6 delays a connection only by that time.
//! - TLS by rustls, with Mozilla's root certificates.
//! - The environment's proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), by the rules of
//!   [`EnvProxy`](brightdata_sessions::EnvProxy).
//!
//! # Logs
//!
//! At level `trace`, `ureq` and its protocol crate log every byte that they write, **including the API key**, if
//! the program installs a logger for them. Filter out the targets `ureq` and `ureq_proto` at that level. This
//! crate itself logs nothing.

pub use brightdata_sessions;
#[doc(no_inline)]
pub use brightdata_sessions::{
    Api, ApiKey, BaseUrl, Captcha, Error, ErrorKind, ListSessions, Order, RetryPolicy, Session, SessionId,
    SessionStatus, SortBy, StatusFilter, Timestamp,
};
pub use ureq;

pub use self::client::Client;
pub use self::client_builder::ClientBuilder;
pub use self::flow_iter::FlowIter;

mod client;
mod client_builder;
mod connect;
mod connection;
mod exchange;
mod flow_iter;
mod gzip;
mod proxy;
mod resolver;

/// The examples of this crate's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the repository's README, compiled and run. The path is a link, and the package
/// contains a copy.
#[cfg(doctest)]
#[doc = include_str!("../repository.md")]
struct RepositoryReadme;
