//! Raw bytes as the responses of a server without sockets, and the properties of every outcome.
//!
//! The adapters' tests and the fuzz targets share this module. It is not part of the public API.
//!
//! An input is the responses of one server, as its bytes. Markers cut, pause and end them, so a
//! fuzzer can move them, and a person can read them:
//!
//! | marker | effect |
//! |---|---|
//! | `<cut>` | the bytes before and after it arrive in two reads |
//! | `<pause>` | the bytes after it arrive [`PAUSE`] later |
//! | `<close>`, `<reset>` | the connection ends |
//! | `<gzip>` | the bytes up to the next marker are compressed |
//! | `<next>` | the response to the next request begins |
//!
//! A response without an end leaves its connection open, in silence. Time is simulated.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::mem;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, Event, GetSession, RetryPolicy, TransportError};

pub use self::connection::Connection;
pub use self::inputs::{HEADS, PARTS};
use self::script::{Step, decode};
use crate::DEMO_SESSION_ID;

mod connection;
mod inputs;
mod judge;
mod reader;
mod script;

/// The time of a `<pause>`. Four of them fit into [`TIMEOUT`], with time to spare for a slow
/// machine.
pub const PAUSE: Duration = Duration::from_secs(7);
/// The time limit of a client under test.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// The body limit of [`Wire::api`].
pub const BODY_LIMIT: usize = 256;
/// The key of [`Wire::api`].
pub const KEY: &str = "fedcba9876543210";

/// A server without sockets.
#[derive(Debug)]
pub struct Wire {
    responses: Vec<Vec<Step>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    connections: usize,
    requests: usize,
    /// The pauses that passed in the current exchange.
    pauses: usize,
    /// The texts of events.
    shown: Vec<String>,
    /// The first property that a connection violated.
    problem: Option<String>,
}

impl Wire {
    /// Creates a server with the responses of this input.
    pub fn new(input: &[u8]) -> Arc<Self> {
        Arc::new(Self { responses: decode(input), state: Mutex::default() })
    }

    /// Returns an API whose address no socket may use.
    pub fn api() -> Api {
        // It prepares the forms of the key once.
        static API: LazyLock<Api> = LazyLock::new(|| {
            Api::new(ApiKey::new(KEY).expect("a valid key"))
                .with_base_url("http://127.0.0.1:1".parse().expect("a valid URL"))
                .with_body_limit(BODY_LIMIT)
                .with_retry(RetryPolicy::none())
        });
        API.clone()
    }

    /// Opens a connection.
    pub fn connect(self: &Arc<Self>) -> Connection {
        Connection::new(Arc::clone(self))
    }

    /// Returns the number of connections that were opened.
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// Records an event of the client, in which no key may appear.
    pub fn record(&self, event: &Event<'_>) {
        self.lock().shown.push(format!("{event:?}"));
    }

    /// Requests each response once, and checks its outcome. `gzip` is whether the client
    /// decompresses bodies.
    ///
    /// # Panics
    ///
    /// Panics if a property is violated.
    pub fn check(
        &self,
        gzip: bool,
        mut exchange: impl FnMut(Request<()>) -> Result<Response<Vec<u8>>, TransportError>,
    ) {
        let api = Self::api();
        let get = GetSession::new(DEMO_SESSION_ID.parse().expect("a valid id"));
        for (index, response) in self.responses.iter().enumerate() {
            let request = api.request(&get).expect("a valid request");
            let outcome = exchange(request);
            let (requests, pauses, problem) = {
                let mut state = self.lock();
                (state.requests, mem::take(&mut state.pauses), state.problem.take())
            };
            assert_eq!(problem, None, "a connection must not be reused");
            assert_eq!(requests, index + 1, "one exchange sends one request");
            judge::check(response, &outcome, gzip);
            judge::check_pauses(response, pauses, gzip);
            match outcome {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    if let Err(error) = api.parse(&get, Response::from_parts(head, body.as_slice())) {
                        self.show(&error);
                    }
                }
                Err(error) => self.show(&error),
            }
        }
        for text in &self.lock().shown {
            assert!(!text.contains(KEY), "the key is shown: {text}");
        }
    }

    /// Records all texts of an error.
    fn show(&self, error: &(impl StdError + 'static)) {
        let mut texts = vec![format!("{error:?}")];
        let mut cause = Some(error as &dyn StdError);
        while let Some(error) = cause {
            texts.push(error.to_string());
            cause = error.source();
        }
        self.lock().shown.extend(texts);
    }

    /// Returns the response to the next request, which repeats the last one if all were sent.
    fn next_response(&self) -> VecDeque<Step> {
        let mut state = self.lock();
        let response = self.responses.get(state.requests).or_else(|| self.responses.last());
        state.requests += 1;
        response.cloned().unwrap_or_default().into()
    }

    /// Records that a property is violated.
    fn report(&self, problem: String) {
        self.lock().problem.get_or_insert(problem);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
