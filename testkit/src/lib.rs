//! Tests for clients of Bright Data's Browser Sessions API: a fake of the service, and a suite that
//! tests HTTP clients.
//!
//! ```sh
//! cargo add --dev brightdata-sessions-testkit
//! ```
//!
//! # The fake
//!
//! [`FakeApi`] serves real HTTP/1.1 on a free loopback port. It responds as the service is
//! documented to, and records its requests. A [`Script`] replaces a response with faults: any
//! status, truncated bodies, resets, pauses, any bytes.
//!
//! ```
//! use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
//!
//! let fake = FakeApi::start()?;
//! fake.script(DEMO_SESSION_ID, [Script::response(503, &[], "")]); // the next response for this id
//! println!("pass this base URL to your client: {}", fake.base_url());
//! # use std::io::{Read as _, Write as _};
//! # let fetch = || -> std::io::Result<String> {
//! #     let mut stream = std::net::TcpStream::connect(fake.addr())?;
//! #     write!(stream, "GET /browser_sessions/{DEMO_SESSION_ID} HTTP/1.0\r\nauthorization: Bearer any-key\r\n\r\n")?;
//! #     let mut response = String::new();
//! #     stream.read_to_string(&mut response)?;
//! #     Ok(response)
//! # };
//! # assert!(fetch()?.starts_with("HTTP/1.1 503 "));
//! # assert!(fetch()?.starts_with("HTTP/1.1 200 "));
//!
//! // Here, your client gets the session with one retry.
//!
//! let requests = fake.requests();
//! assert_eq!(requests.len(), 2);
//! assert_eq!(requests[0].header("authorization"), Some("Bearer any-key"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`FakeApi::require_key`], [`set_latency`](FakeApi::set_latency), [`limit_rate`](FakeApi::limit_rate)
//! and [`set_faults`](FakeApi::set_faults) make it stricter. [`generate`] makes any number of plausible
//! sessions for it. The terminal program serves the same fake for tests in other languages:
//! `brd-sessions fake`.
//!
//! The module `tls`, with the feature of that name, puts TLS in front of the fake.
//!
//! [`SimulatedApi`] is the same service without sockets, in simulated time: sessions appear and
//! end, and lists are read by each of the rules that the documentation allows.
//!
//! [`Capture`] writes exchanges as lines of JSON without secrets, and [`Replay`] responds from them.
//!
//! # Fuzzing
//!
//! With the feature `arbitrary`, the module `inputs` has values for fuzz targets: bodies, requests,
//! outcomes, scripts of the fake, seeds and a dictionary. With the feature `properties`, the module of
//! that name has the checks of this repository's fuzz targets, and the same for a parser of your own.
//!
//! # The suite
//!
//! The core, `brightdata-sessions`, works with any HTTP client. To use your own, write one function
//! that sends a request. The suite tests this function with everything that a server can do:
//!
//! ```no_run
//! # use brightdata_sessions::{TransportError, http};
//! # use brightdata_sessions_testkit::suite::{Limits, Suite};
//! # fn exchange(_: http::Request<()>, _: &Limits) -> Result<http::Response<Vec<u8>>, TransportError> { unimplemented!() }
//! #[test]
//! fn my_client_passes_the_suite() {
//!     let report = Suite::new().run_transport(|request, limits| exchange(request, limits));
//!     assert!(report.passed(), "{report}");
//! }
//! ```
//!
//! The module [`suite`] has the rules for such a function. The folder `testkit/examples` of the
//! repository has complete ones on seven HTTP clients.
//! [`Suite::run_adapter`](suite::Suite::run_adapter) tests a whole client, [`check_proxy`] its use
//! of the environment's proxies, and [`check_observer`] its events.

pub use self::capture::Capture;
pub use self::demo::DEMO_SESSION_ID;
pub use self::fake::FakeApi;
pub use self::faults::{Fault, Faults};
pub use self::generate::generate;
pub use self::memory::peak_memory;
pub use self::observer::check_observer;
pub use self::proxy::check_proxy;
pub use self::rate_limit::{RateLimit, RateMeter, RetryAfter};
pub use self::record::RecordedRequest;
pub use self::replay::Replay;
pub use self::script::Script;
pub use self::simulated::{ListRules, SimulatedApi};

mod api;
mod capture;
mod close_action;
mod connection;
mod demo;
mod fake;
mod faults;
#[doc(hidden)]
pub mod fuzz_inputs;
mod generate;
mod http;
#[cfg(feature = "arbitrary")]
pub mod inputs;
mod list;
mod memory;
mod observer;
mod parallel;
#[cfg(feature = "properties")]
pub mod properties;
mod proxy;
mod random;
mod rate;
mod rate_limit;
mod record;
mod replay;
mod response;
mod script;
mod server;
mod sessions;
mod shared;
mod simulated;
pub mod suite;
#[cfg(feature = "tls")]
pub mod tls;
#[doc(hidden)]
pub mod wire;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
