//! A fake of Bright Data's Browser Sessions API: real HTTP/1.1 on a free loopback port, for tests of API
//! clients.
//!
//! A [`suite`] is built on it, which tests HTTP clients with everything that a server can do.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
//!
//! let fake = FakeApi::start()?;
//! let fetch = || -> std::io::Result<String> {
//!     let mut stream = TcpStream::connect(fake.addr())?;
//!     write!(
//!         stream,
//!         "GET /browser_sessions/{DEMO_SESSION_ID} HTTP/1.1\r\n\
//!          host: {}\r\n\
//!          authorization: Bearer any-key\r\n\
//!          connection: close\r\n\r\n",
//!         fake.addr(),
//!     )?;
//!     let mut response = String::new();
//!     stream.read_to_string(&mut response)?;
//!     Ok(response)
//! };
//!
//! // The fake responds as the service is documented to …
//! assert!(fetch()?.starts_with("HTTP/1.1 200 OK\r\n"));
//!
//! // … or plays a script for one request …
//! fake.script(DEMO_SESSION_ID, [Script::response(429, &[("retry-after", "1")], "")]);
//! assert!(fetch()?.starts_with("HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\n"));
//! assert!(fetch()?.starts_with("HTTP/1.1 200 OK\r\n"));
//!
//! // … and records its requests.
//! let requests = fake.requests();
//! assert_eq!(requests.len(), 3);
//! assert_eq!(requests[0].target, format!("/browser_sessions/{DEMO_SESSION_ID}"));
//! assert_eq!(requests[0].header("Authorization"), Some("Bearer any-key"));
//! assert_eq!(requests[2].connection, 2);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Responses
//!
//! `GET /browser_sessions/{session_id}` gets the first of these that applies. A request over the limit of
//! [`FakeApi::limit_rate`] gets a 429 instead.
//!
//! | status | body | when |
//! |---|---|---|
//! | 401 | `{"error":"Credentials are missing"}` | no `authorization` |
//! | 401 | `{"error":"Invalid credentials"}` | not `Bearer`, or no key after it; every key is valid |
//! | 400 | `{"error":"Invalid session_id format"}` | the id, percent-decoded, is not 8-4-4-4-12 ASCII letters or digits |
//! | 404 | `{"error":"Session not found","session_id":"…"}` | the fake holds no session with exactly this id |
//! | 200 | `{"session":{…}}` | |
//!
//! `GET /browser_sessions` checks the same credentials. It gets a 200 with a page of sessions, filtered and
//! sorted by the query, or a 400 with `{"error":"Invalid request parameters"}`. The service's documentation
//! leaves three points open. Here both dates are inclusive, `target_url` matches every URL that contains it,
//! and `end_url` matches an equal URL.
//!
//! Any other method gets a 405. Any other path gets a 404 with `{"error":"Not found"}`. All other statuses
//! and bodies are those of the service's documentation.
//!
//! # Requests
//!
//! The fake accepts HTTP/1.0 and 1.1 with persistent connections and pipelining. It rejects a head of more
//! than 64 KiB or 100 headers with 431, a body of more than 1 MiB with 413, `transfer-encoding` with 411, and
//! a malformed request with 400. Each of these closes the connection. Smaller bodies are discarded. No
//! request makes the fake panic or grow without bound.
//!
//! A [`Script`] replaces a response by any bytes, pauses, resets and truncations.

pub use self::demo::DEMO_SESSION_ID;
pub use self::fake::FakeApi;
pub use self::generate::generate;
pub use self::memory::peak_memory;
pub use self::record::RecordedRequest;
pub use self::script::Script;

mod api;
mod close_action;
mod connection;
mod demo;
mod fake;
mod generate;
mod http;
mod list;
mod memory;
mod parallel;
mod rate;
mod record;
mod script;
mod server;
mod shared;
pub mod suite;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
