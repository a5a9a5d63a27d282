//! Answers word for word, and what becomes of them on their way.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::http;

/// Longer than anybody waits. Without it, the fake closes the connection of whoever asks for that.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);

/// What the fake does with one request instead of answering it: steps, taken one after the other once the request has
/// been read.
///
/// **A script that ends without [`close`](Self::close) or [`reset`](Self::reset) leaves the connection open**, and the
/// next request on it is served as usual; unless this request asked for the connection to be closed, or is HTTP/1.0.
///
/// Bytes are sent as they are, so an answer can be as wrong as it has to be:
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions_testkit::Script;
///
/// // The request is read, and never answered.
/// let silent = Script::new().close();
/// // A body that is cut short.
/// let cut = Script::new().send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").close();
/// // The head of an answer, and a second later a reset.
/// let reset = Script::new().send("HTTP/1.1 200 OK\r\n").pause(Duration::from_secs(1)).reset();
/// // A body without an end.
/// let endless = Script::new().send("HTTP/1.1 404 Not Found\r\n\r\n").send_endlessly("no such session. ");
/// // A whole answer, and then an end of the connection that nothing announced: it dies in the client's pool.
/// let stale = Script::response(200, &[], "{}").close();
/// // An answer that nobody asked for follows the right one.
/// let stray = Script::response(200, &[], "{}").send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
/// // Every request from here on.
/// let broken = Script::response(503, &[("content-type", "text/html")], "<h1>Sorry</h1>").forever();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a script does nothing until it is given to `FakeApi::script`"]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    forever: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    SendEndlessly(Vec<u8>),
    Drip(Vec<u8>, Duration),
    Pause(Duration),
    Close,
    Reset,
}

impl Script {
    /// No steps yet: the request is read, and stays without an answer on an open connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a whole answer: a status line, these headers, a `content-length` that fits, and the body.
    ///
    /// A 1xx, 204 or 304 has neither `content-length` nor body. Names and values are sent as they are, so that any other
    /// framing is better written out with [`send`](Self::send).
    pub fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::new().send(http::response(status, headers, body.as_ref()))
    }

    /// Sends bytes.
    pub fn send(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Step::Send(bytes.into()))
    }

    /// Sends the same bytes again and again, until the client goes away or the fake is dropped. Sends nothing, and goes
    /// on, if there are none.
    pub fn send_endlessly(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Step::SendEndlessly(bytes.into()))
    }

    /// Sends bytes one at a time, with a pause between them.
    pub fn drip(self, bytes: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.then(Step::Drip(bytes.into(), pause))
    }

    /// Lets time pass. A client that leaves does not end a pause; dropping the fake does.
    pub fn pause(self, pause: Duration) -> Self {
        self.then(Step::Pause(pause))
    }

    /// Closes the connection in good order: the client reads all that was sent, then the end. What it still sends is
    /// dropped for up to a second. Later steps are not taken.
    pub fn close(self) -> Self {
        self.then(Step::Close)
    }

    /// Resets the connection: the client gets an error (`ConnectionReset`), and may lose what was sent just before. Later
    /// steps are not taken.
    pub fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// Uses this script for every request from its turn on, instead of one: what is queued behind it never has its turn.
    pub fn forever(mut self) -> Self {
        self.forever = true;
        self
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// The scripts that wait for their requests.
#[derive(Default)]
pub(crate) struct Scripts {
    by_id: HashMap<String, VecDeque<Script>>,
    any: VecDeque<Script>,
}

impl Scripts {
    pub(crate) fn queue(&mut self, id: &str, scripts: impl IntoIterator<Item = Script>) {
        self.by_id.entry(id.to_owned()).or_default().extend(scripts);
    }

    pub(crate) fn queue_any(&mut self, scripts: impl IntoIterator<Item = Script>) {
        self.any.extend(scripts);
    }

    /// The script for a request: `id` is that of a session which it asks for.
    pub(crate) fn take(&mut self, id: Option<&str>) -> Option<Script> {
        let own = id.and_then(|id| self.by_id.get_mut(id)).and_then(next);
        own.or_else(|| next(&mut self.any))
    }
}

fn next(queue: &mut VecDeque<Script>) -> Option<Script> {
    match queue.front() {
        Some(script) if script.forever => Some(script.clone()),
        _ => queue.pop_front(),
    }
}
