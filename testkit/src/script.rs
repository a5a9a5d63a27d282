//! Scripted responses: exact bytes, pauses, and ways to close the connection.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

use crate::http;

/// A pause that outlasts every client. A script that ended instead would close the connection of a
/// request with `connection: close`.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);

/// The steps that the fake performs for one request, instead of or around its usual response.
///
/// The steps run in order after the request has been read.
///
/// **A script that ends without [`close`](Self::close) or [`reset`](Self::reset) leaves the
/// connection open.** The next request on it is served as usual, unless the first one has
/// `connection: close` or is HTTP/1.0.
///
/// Bytes are sent unchanged, so a response can be malformed in any way:
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions_testkit::Script;
///
/// // The fake reads the request and sends no response.
/// let silent = Script::new().close();
/// // A truncated body.
/// let truncated = Script::new().send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").close();
/// // Part of a head, and a reset one second later.
/// let reset = Script::new().send("HTTP/1.1 200 OK\r\n").pause(Duration::from_secs(1)).reset();
/// // An endless body.
/// let endless = Script::new().send("HTTP/1.1 404 Not Found\r\n\r\n").send_endlessly("no such session. ");
/// // A complete response, then an unannounced close: the pooled connection goes stale.
/// let stale = Script::response(200, &[], "{}").close();
/// // An unsolicited response after the proper one.
/// let stray = Script::response(200, &[], "{}").send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
/// // The usual response, half a second late.
/// let slow = Script::new().pause(Duration::from_millis(500)).then_usual();
/// // The same response to every request from now on.
/// let broken = Script::response(503, &[("content-type", "text/html")], "<h1>Sorry</h1>").repeat();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a script does nothing until it is passed to `FakeApi::script`"]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    repeat: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    SendEndlessly(Vec<u8>),
    Drip(Vec<u8>, Duration),
    Pause(Duration),
    Usual,
    Close,
    Reset,
}

/// Omits the bytes, because a body can have megabytes.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "Send({} bytes)", bytes.len()),
            Self::SendEndlessly(bytes) => write!(f, "SendEndlessly({} bytes)", bytes.len()),
            Self::Drip(bytes, pause) => write!(f, "Drip({} bytes, {pause:?})", bytes.len()),
            Self::Pause(pause) => write!(f, "Pause({pause:?})"),
            Self::Usual => f.write_str("Usual"),
            Self::Close => f.write_str("Close"),
            Self::Reset => f.write_str("Reset"),
        }
    }
}

impl Script {
    /// Creates a script without steps: the fake reads the request, and the connection stays open
    /// without a response.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a script that sends a complete response: a status line, these headers, the matching
    /// `content-length`, and the body.
    ///
    /// A 1xx, 204 or 304 has neither `content-length` nor body. Names and values are sent
    /// unchanged. For other framing, write the bytes with [`send`](Self::send).
    pub fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::new().send(http::response(status, headers, body.as_ref()))
    }

    /// Creates a script that lets a request pass: it gets the usual response. In a queue, it moves
    /// a fault to a later request.
    ///
    /// ```
    /// use brightdata_sessions_testkit::{FakeApi, Script};
    ///
    /// let fake = FakeApi::start()?;
    /// // The third request fails.
    /// fake.script_any([Script::pass(), Script::pass(), Script::response(503, &[], "")]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pass() -> Self {
        Self::new().then_usual()
    }

    /// Sends the usual response: the one that the request gets without a script.
    ///
    /// ```
    /// use std::time::Duration;
    /// use brightdata_sessions_testkit::Script;
    ///
    /// // The usual response, half a second late.
    /// let slow = Script::new().pause(Duration::from_millis(500)).then_usual();
    /// // The usual response, and an unannounced close of the connection.
    /// let stale = Script::pass().close();
    /// ```
    pub fn then_usual(self) -> Self {
        self.then(Step::Usual)
    }

    /// Sends bytes.
    pub fn send(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Step::Send(bytes.into()))
    }

    /// Sends the same bytes repeatedly, until the client disconnects or the fake is dropped. Empty
    /// bytes skip the step.
    pub fn send_endlessly(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Step::SendEndlessly(bytes.into()))
    }

    /// Sends bytes one at a time, with a pause between them.
    pub fn drip(self, bytes: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.then(Step::Drip(bytes.into(), pause))
    }

    /// Pauses. Dropping the fake interrupts a pause; a client that disconnects does not.
    pub fn pause(self, pause: Duration) -> Self {
        self.then(Step::Pause(pause))
    }

    /// Closes the connection gracefully: the client reads all sent bytes, then the end of the
    /// stream. For up to 1 s, the fake discards further bytes from the client. Later steps do not
    /// run.
    pub fn close(self) -> Self {
        self.then(Step::Close)
    }

    /// Resets the connection: the client gets an error (`ConnectionReset`) and may lose the last
    /// bytes sent. Later steps do not run.
    pub fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// Uses this script for every request once it is the next in its queue. Scripts queued after it
    /// never run.
    pub fn repeat(mut self) -> Self {
        self.repeat = true;
        self
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// The queues of scripts.
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

    /// Takes the script for a request. `id` is the session id in its path.
    pub(crate) fn take(&mut self, id: Option<&str>) -> Option<Script> {
        let own = id.and_then(|id| self.by_id.get_mut(id)).and_then(next);
        own.or_else(|| next(&mut self.any))
    }
}

fn next(queue: &mut VecDeque<Script>) -> Option<Script> {
    match queue.front() {
        Some(script) if script.repeat => Some(script.clone()),
        _ => queue.pop_front(),
    }
}
