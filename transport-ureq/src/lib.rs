//! A blocking client for Bright Data's Browser Sessions API: the sans-IO core
//! [`brightdata_sessions`] on [`ureq`].
//!
//! ```
//! use brightdata_sessions_ureq::{ApiKey, Client};
//!
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//! # let session_id = DEMO_SESSION_ID;
//! let client = Client::new(ApiKey::new("0123456789abcdef")?);
//! # let fake = FakeApi::start()?;
//! # let client = Client::builder(client.api().clone().with_base_url(fake.base_url())).build()?;
//! let session = client.get(&session_id.parse()?)?;
//! println!("{:?}: {:?} bytes", session.status, session.bandwidth);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Questions
//!
//! **How do I install it, and which crate?** `cargo add brightdata-sessions-ureq` for this blocking
//! client, `cargo add brightdata-sessions-reqwest` for the async one. Both have the same methods
//! and re-export the core, [`brightdata_sessions`], which works with any HTTP client.
//!
//! **How do I make one call?** Call [`Client::get`], as above. [`Client::new`] uses all defaults,
//! and [`Client::builder`] changes them.
//!
//! **How do I handle errors?** There is one type, [`Error`]. Match on its [`kind`](Error::kind),
//! which has a stable name:
//!
//! ```
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//! # use brightdata_sessions_ureq::{Api, ApiKey, Client, ErrorKind};
//! # let fake = FakeApi::start()?;
//! # let id = DEMO_SESSION_ID.parse()?;
//! # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
//! # let client = Client::builder(api).build()?;
//! match client.get(&id) {
//!     Ok(session) => println!("{:?}", session.status),
//!     Err(error) if error.kind() == ErrorKind::NotFound => println!("no such session, or not yet"),
//!     Err(error) => println!("{error:#}"), // with all causes, in one line
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **What about retries and timeouts?** The [`RetryPolicy`] of the [`Api`] decides what is retried,
//! and when. After a 429, a call waits for its turn at the pace that the service allows. One attempt
//! may take 10 s to connect and 30 s in total. Both limits can be set:
//!
//! ```
//! # use std::time::Duration;
//! # use brightdata_sessions_ureq::{Api, ApiKey, Client, RetryPolicy};
//! # let key = ApiKey::new("0123456789abcdef")?;
//! let retry = RetryPolicy::default().with_retries(5).with_time_limit(Duration::from_secs(300));
//! let api = Api::new(key).with_retry(retry);
//! let client = Client::builder(api).timeout(Duration::from_secs(60)).build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **How do I stop a call?** [`ClientBuilder::stop_when`] sets a condition that ends all waits of a
//! client, for example at Ctrl-C. A request in flight is not interrupted, but ends at the time
//! limit of its attempt. A call can have a time limit of its own: see [`Client::run`].
//!
//! **One page or many?** [`Client::list`] yields the sessions of all pages, and fetches each page
//! when it is needed, or earlier with [`FlowIter::ahead`]. [`Client::call`] with a [`ListSessions`]
//! returns one page. [`Client::watch`] polls one session until it ends.
//!
//! ```
//! # use brightdata_sessions_testkit::FakeApi;
//! # use brightdata_sessions_ureq::{Api, ApiKey, Client, ListSessions, StatusFilter};
//! # let fake = FakeApi::start()?;
//! # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
//! # let client = Client::builder(api).build()?;
//! let failed = ListSessions::new().status(StatusFilter::Failed);
//! for session in client.list(failed.clone()) {
//!     println!("{:?}", session?.error);
//! }
//!
//! let page = client.call(failed.limit(10))?;
//! println!("{} of {:?}", page.sessions.len(), page.total);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **How do I fetch many sessions?** [`Client::get_many`] yields one result for each id, in the order
//! of the ids, with up to the given number of requests in flight.
//!
//! **How do I drive a flow by hand?** [`Client::drive`] takes any [`Flow`] of the core. To write
//! your own loop, perform what [`Flow::step`] returns: [`Client::exchange`] sends one request
//! without retries.
//!
//! **Can I share it between threads?** Create one [`Client`] and clone it. All clones share the
//! connections and the rate guard, which keeps the IP address from being blocked for too many
//! responses with status 429. A [`Client`] is `Send` and `Sync`, and each call blocks the thread
//! that makes it.
//!
//! **And between processes?** The service counts by IP address, and a
//! [rate guard](brightdata_sessions::RateGuard) covers one process. Run few processes at once behind
//! one address, or share the state of their guards.
//!
//! **Where do the facts come from?** From the service's public documentation, and from public code
//! that uses the same host. This crate was tested with a fake of the service. It is not made by
//! Bright Data.
//!
//! # Behavior
//!
//! - The time limit also covers slow-drip responses.
//! - Redirects are never followed, and responses with any status reach the core, even with the
//!   caller's own agent.
//! - Bodies may be gzip-compressed. The core's limit counts the decompressed bytes.
//! - Resolved addresses are cached for one minute, unless connecting fails. IPv6 and IPv4 addresses
//!   take turns of 250 ms, so broken IPv6 delays a connection only by that time.
//! - TLS is provided by rustls, with Mozilla's root certificates, unless other
//!   [features](#features) or [`ClientBuilder::tls_config`] change that. A rejected certificate is an
//!   error that is not retried.
//! - The environment's proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) is used as
//!   [`EnvProxy`](brightdata_sessions::EnvProxy) documents.
//!
//! # Logs
//!
//! At level `trace`, `ureq` and its protocol crate log every byte that they write, **including the
//! API key**, if the program installs a logger for them. Filter out the targets `ureq` and
//! `ureq_proto` at that level. This crate itself logs nothing.
//!
//! # Features
//!
//! TLS, by the names of ureq. With several, rustls and Mozilla's certificates come first, unless
//! [`ClientBuilder::tls_config`] selects others.
//!
//! | feature | effect |
//! |---|---|
//! | `rustls` (default) | rustls with the cryptography of ring, and Mozilla's root certificates |
//! | `rustls-no-provider` | rustls with the cryptography that the program installs |
//! | `rustls-webpki-roots` | Mozilla's root certificates, for rustls |
//! | `platform-verifier` | the platform's root certificates, for rustls |
//! | `native-tls` | the platform's TLS, with Mozilla's root certificates |
//! | `native-tls-no-default` | the platform's TLS, with the platform's root certificates |
//! | `native-tls-webpki-roots` | Mozilla's root certificates, for the platform's TLS |
//!
//! Without any of them, a client of an https URL cannot be built: the error names the feature.
//!
//! `chrono`, `jiff` and `time` (which needs Rust 1.88) add
//! `TryFrom<&Timestamp>` for those crates' types.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use brightdata_sessions;
#[doc(no_inline)]
pub use brightdata_sessions::{
    Api, ApiKey, BaseUrl, Captcha, Error, ErrorKind, ErrorResponse, Event, Flow, HistoryCursor, InvalidInput,
    ListSessions, Order, RetryPolicy, Session, SessionError, SessionFollower, SessionHistory, SessionId,
    SessionPage, SessionPaginator, SessionStatus, SessionWatcher, SortBy, StatusFilter, Timestamp,
};
pub use ureq;

pub use self::client::Client;
pub use self::client_builder::ClientBuilder;
pub use self::flow_iter::FlowIter;
pub use self::get_many::GetMany;

#[doc = include_str!("observing.md")]
pub mod observing {}

mod client;
mod client_builder;
mod connect;
mod connection;
mod exchange;
mod flow_iter;
mod get_many;
mod gzip;
mod proxy;
mod resolver;
mod steps;
mod stop;
mod tls;
#[cfg(test)]
mod wire;

/// The name of this crate in `wire.rs`, which the fuzz targets include.
#[cfg(test)]
extern crate self as brightdata_sessions_ureq;

/// The examples of this crate's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the repository's README, compiled and run. The path is a link, and the package
/// contains a copy.
#[cfg(doctest)]
#[doc = include_str!("../repository.md")]
struct RepositoryReadme;
