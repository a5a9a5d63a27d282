//! A fake of Bright Data's Browser Sessions API: real HTTP/1.1 on a free port of this machine, for tests of its clients. On top
//! of it, [`conformance`] proves a transport by what a server can do to a single request, and [`parity`] an adapter by whole
//! conversations.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
//!
//! let fake = FakeApi::start()?;
//! let ask = || -> std::io::Result<String> {
//!     let mut stream = TcpStream::connect(fake.addr())?;
//!     write!(
//!         stream,
//!         "GET /browser_sessions/{DEMO_SESSION_ID} HTTP/1.1\r\n\
//!          host: {}\r\n\
//!          authorization: Bearer any-key\r\n\
//!          connection: close\r\n\r\n",
//!         fake.addr(),
//!     )?;
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer)?;
//!     Ok(answer)
//! };
//!
//! // The fake answers as the service is documented to …
//! assert!(ask()?.starts_with("HTTP/1.1 200 OK\r\n"));
//!
//! // … or says once what it is told to say …
//! fake.script(DEMO_SESSION_ID, [Script::response(429, &[("retry-after", "1")], "")]);
//! assert!(ask()?.starts_with("HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\n"));
//! assert!(ask()?.starts_with("HTTP/1.1 200 OK\r\n"));
//!
//! // … and knows what it was asked.
//! let requests = fake.requests();
//! assert_eq!(requests.len(), 3);
//! assert_eq!(requests[0].target, format!("/browser_sessions/{DEMO_SESSION_ID}"));
//! assert_eq!(requests[0].header("Authorization"), Some("Bearer any-key"));
//! assert_eq!(requests[2].connection, 2);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What it answers
//!
//! To `GET /browser_sessions/{session_id}`, in this order (and before all of it a 429 once there are more requests than
//! [`FakeApi::limit_rate`] allows):
//!
//! | status | body | when |
//! |---|---|---|
//! | 401 | `{"error":"Credentials are missing"}` | no `authorization` |
//! | 401 | `{"error":"Invalid credentials"}` | not `Bearer`, or nothing behind it; any key is good |
//! | 400 | `{"error":"Invalid session_id format"}` | the id, percent-decoded, is not 8-4-4-4-12 ASCII letters or digits |
//! | 404 | `{"error":"Session not found","session_id":"…"}` | the fake holds no session with exactly this id |
//! | 200 | `{"session":{…}}` | |
//!
//! To `GET /browser_sessions`, with the same credentials: 200 and a page of sessions, filtered, sorted and cut as the query asks,
//! or a 400 with `{"error":"Invalid request parameters"}`. Both dates include their moment, `target_url` matches any URL that
//! contains it, and `end_url` one that equals it: the service's documentation does not say.
//!
//! Another method is a 405, another path a 404 with `{"error":"Not found"}`. Statuses and bodies are those of the
//! service's documentation; the last two are made up.
//!
//! # What it takes
//!
//! HTTP/1.0 and 1.1 with persistent connections and pipelining. A head of more than 64 KiB or 100 headers is a 431, a body
//! of more than 1 MiB a 413, a `transfer-encoding` a 411, anything malformed a 400; each of them closes the connection.
//! Smaller bodies are read and dropped. Nothing that a client sends panics the fake or makes it grow without bound.
//!
//! What happens to an answer on its way, from a pause to a reset, is a [`Script`].

pub use self::demo::DEMO_SESSION_ID;
pub use self::fake::FakeApi;
pub use self::generate::generate;
pub use self::memory::peak_memory;
pub use self::record::RecordedRequest;
pub use self::script::Script;

mod api;
pub mod conformance;
mod connection;
mod demo;
mod end;
mod fake;
mod generate;
mod http;
mod list;
mod memory;
mod parallel;
pub mod parity;
mod rate;
mod record;
mod script;
mod server;
mod shared;
