//! An async client for Bright Data's Browser Sessions API: the sans-IO core [`brightdata_sessions`]
//! on [`reqwest`].
//!
//! ```
//! use brightdata_sessions_reqwest::{ApiKey, Client};
//!
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let session_id = DEMO_SESSION_ID;
//! let client = Client::new(ApiKey::new("0123456789abcdef")?);
//! # let fake = FakeApi::start()?;
//! # let client = Client::builder(client.api().clone().with_base_url(fake.base_url())).build()?;
//! let session = client.get(&session_id.parse()?).await?;
//! println!("{:?}: {:?} bytes", session.status, session.bandwidth);
//! # Ok(())
//! # }
//! ```
//!
//! # Questions
//!
//! **How do I install it, and which crate?** `cargo add brightdata-sessions-reqwest` for this async
//! client, `cargo add brightdata-sessions-ureq` for the blocking one. Both have the same methods
//! and re-export the core, [`brightdata_sessions`], which works with any HTTP client.
//!
//! **How do I make one call?** Call [`Client::get`], as above, in a tokio runtime with IO and
//! timers. [`Client::new`] uses all defaults, and [`Client::builder`] changes them.
//!
//! **How do I handle errors?** There is one type, [`Error`]. Match on its [`kind`](Error::kind),
//! which has a stable name:
//!
//! ```
//! # use brightdata_sessions_reqwest::{Api, ApiKey, Client, ErrorKind};
//! # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fake = FakeApi::start()?;
//! # let id = DEMO_SESSION_ID.parse()?;
//! # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
//! # let client = Client::builder(api).build()?;
//! match client.get(&id).await {
//!     Ok(session) => println!("{:?}", session.status),
//!     Err(error) if error.kind() == ErrorKind::NotFound => println!("no such session, or not yet"),
//!     Err(error) => println!("{error:#}"), // with all causes, in one line
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **What about retries and timeouts?** The [`RetryPolicy`] of the [`Api`] decides what is retried,
//! and when. After a 429, a call waits for its turn at the pace that the service allows. One attempt
//! may take 10 s to connect and 30 s in total. Both limits can be set:
//!
//! ```
//! # use std::time::Duration;
//! # use brightdata_sessions_reqwest::{Api, ApiKey, Client, RetryPolicy};
//! # let key = ApiKey::new("0123456789abcdef")?;
//! let retry = RetryPolicy::default().with_retries(5).with_time_limit(Duration::from_secs(300));
//! let api = Api::new(key).with_retry(retry);
//! # let api = api.with_base_url("http://127.0.0.1:1".parse()?);
//! let client = Client::builder(api).timeout(Duration::from_secs(60)).build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **How do I stop a call?** Drop its future, for example with `select!` or a timeout. Nothing
//! continues in the background. A call can have a time limit of its own: see [`Client::run`].
//!
//! **One page or many?** [`Client::list`] yields the sessions of all pages, and fetches each page
//! when it is needed, or earlier with [`FlowStream::ahead`]. [`Client::call`] with a [`ListSessions`]
//! returns one page. [`Client::watch`] polls one session until it ends.
//!
//! ```
//! # use brightdata_sessions_reqwest::{Api, ApiKey, Client, ListSessions, StatusFilter};
//! # use brightdata_sessions_testkit::FakeApi;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fake = FakeApi::start()?;
//! # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
//! # let client = Client::builder(api).build()?;
//! let failed = ListSessions::new().status(StatusFilter::Failed);
//! let mut sessions = client.list(failed.clone());
//! while let Some(session) = sessions.next().await {
//!     println!("{:?}", session?.error);
//! }
//!
//! let page = client.call(failed.limit(10)).await?;
//! println!("{} of {:?}", page.sessions.len(), page.total);
//! # Ok(())
//! # }
//! ```
//!
//! **How do I fetch many sessions?** [`Client::get_many`] yields one result for each id, in the order
//! of the ids, with up to the given number of requests in flight.
//!
//! **How do I drive a flow by hand?** [`Client::drive`] takes any [`Flow`] of the core. To write
//! your own loop, perform what [`Flow::step`] returns: [`Client::exchange`] sends one request
//! without retries.
//!
//! **Can I share it between threads and tasks?** Create one [`Client`] and clone it. All clones
//! share the connections and the rate guard, which keeps the IP address from being blocked for too
//! many responses with status 429. A [`Client`] is `Send` and `Sync`, and all futures are `Send`.
//! The next item of a dropped future is not lost: see [`FlowStream`].
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
//!   caller's own settings of reqwest.
//! - Compression is not requested, so the core's limit counts the received bytes. reqwest retries
//!   nothing.
//! - TLS is provided by rustls, with the platform's root certificates, unless other
//!   [features](#features) or [`ClientBuilder::configure`] change that. A rejected certificate is an
//!   error that is not retried.
//! - The environment's proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) is used as
//!   [`EnvProxy`](brightdata_sessions::EnvProxy) documents.
//!
//! # Logs
//!
//! This crate itself logs nothing. It switches off reqwest's `connection_verbose`, which would log
//! every sent byte, including the API key.
//!
//! # Features
//!
//! TLS, by the names of reqwest. With both libraries, reqwest uses native-tls, unless
//! [`ClientBuilder::configure`] selects the other one.
//!
//! | feature | effect |
//! |---|---|
//! | `rustls` (default) | rustls with the cryptography of AWS, and the platform's root certificates |
//! | `rustls-no-provider` | rustls with the cryptography that the program installs |
//! | `native-tls` | the platform's TLS and root certificates |
//! | `native-tls-no-alpn` | the same, but HTTP/1.1 only |
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
pub use reqwest;

pub use self::client::Client;
pub use self::client_builder::ClientBuilder;
pub use self::flow_stream::FlowStream;
pub use self::get_many::GetMany;

mod client;
mod client_builder;
mod exchange;
mod flow_stream;
mod get_many;
mod proxy;
mod tls;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
