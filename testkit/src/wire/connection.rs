//! One connection to a server without sockets.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::reader::{Reading, read};
use super::script::{End, Step};
use super::{PAUSE, Wire};

/// One connection to a [`Wire`].
#[derive(Debug)]
pub struct Connection {
    wire: Arc<Wire>,
    /// The steps of the current response that have not arrived.
    steps: VecDeque<Step>,
    /// The bytes of the current response that the client received. `None` before a request.
    received: Option<Vec<u8>>,
    /// The pauses of the current response that have passed.
    elapsed: Duration,
    /// The time that the last read waited in vain for the end of a pause.
    waited: Duration,
}

impl Connection {
    pub(super) fn new(wire: Arc<Wire>) -> Self {
        wire.lock().connections += 1;
        Self { wire, steps: VecDeque::new(), received: None, elapsed: Duration::ZERO, waited: Duration::ZERO }
    }

    /// Receives a request of the client. The rest of an earlier response is never sent.
    ///
    /// [`Wire::check`] panics if an earlier response on this connection was not read to its end, or
    /// ends the connection.
    pub fn request(&mut self) {
        if let Some(problem) = self.received.take().and_then(|received| self.wrong_reuse(&received)) {
            // A panic here may end a task of the client, and nothing else.
            self.wire.report(problem);
        }
        self.steps = self.wire.next_response();
        self.received = Some(Vec::new());
        (self.elapsed, self.waited) = (Duration::ZERO, Duration::ZERO);
    }

    /// Returns why a connection that received these bytes must not be used again.
    fn wrong_reuse(&self, received: &[u8]) -> Option<String> {
        let shown = String::from_utf8_lossy(received);
        if !self.is_open() {
            return Some(format!("a connection with unread bytes is reused after {shown:?}"));
        }
        // The connection is open, so whatever ends it has not arrived.
        match read(received, End::Timeout) {
            Reading::Ambiguous => None,
            Reading::NoHead => Some(format!("a connection is reused within a head: {shown:?}")),
            Reading::Message(message) if message.is_complete_in(received.len()) && !message.must_close => {
                None
            }
            Reading::Message(_) => Some(format!("a connection is reused after {shown:?}")),
        }
    }

    /// Reads bytes. Returns their number, or 0 at the end of the connection.
    ///
    /// `left` is the rest of the client's time limit, by the clock of the machine, in which
    /// simulated pauses take no time. After [`io::ErrorKind::TimedOut`], a second read with more
    /// time continues to wait.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] after `left`, or [`io::ErrorKind::ConnectionReset`].
    pub fn read(&mut self, buffer: &mut [u8], left: Duration) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut left = if self.waited.is_zero() { left.saturating_sub(self.elapsed) } else { left };
        while self.is_paused() {
            let pause = PAUSE.saturating_sub(self.waited);
            if pause > left {
                self.waited += left;
                return Err(io::ErrorKind::TimedOut.into());
            }
            left -= pause;
            self.end_pause();
        }
        match self.steps.front_mut() {
            Some(Step::Bytes(bytes)) => {
                let length = bytes.len().min(buffer.len());
                let taken: Vec<u8> = bytes.drain(..length).collect();
                buffer[..length].copy_from_slice(&taken);
                if bytes.is_empty() {
                    self.steps.pop_front();
                }
                self.received.get_or_insert_default().extend(taken);
                Ok(length)
            }
            Some(Step::Close) => Ok(0),
            Some(Step::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Step::Pause) | None => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Returns whether the next bytes arrive after a [`PAUSE`], which [`end_pause`](Self::end_pause)
    /// ends. Until then, [`read`](Self::read) without time returns [`io::ErrorKind::TimedOut`].
    pub fn is_paused(&self) -> bool {
        self.steps.front() == Some(&Step::Pause)
    }

    /// Ends a pause, for a client with a simulated clock of its own.
    pub fn end_pause(&mut self) {
        if self.is_paused() {
            self.steps.pop_front();
            (self.elapsed, self.waited) = (self.elapsed + PAUSE, Duration::ZERO);
            self.wire.lock().pauses += 1;
        }
    }

    /// Returns whether the connection is open and no bytes wait to be read.
    pub fn is_open(&self) -> bool {
        !matches!(self.steps.front(), Some(Step::Bytes(_) | Step::Close | Step::Reset))
    }
}

#[cfg(test)]
mod tests {
    use super::super::TIMEOUT;
    use super::*;

    /// Returns whether a connection may be used again after these bytes, of which a client read
    /// everything up to a cut.
    fn is_reusable(response: &str) -> bool {
        let wire = Wire::new(response.as_bytes());
        let mut connection = wire.connect();
        connection.request();
        let length = response.find("<cut>").unwrap_or(response.len());
        let _ = connection.read(&mut vec![0; length], TIMEOUT);
        connection.request();
        let problem = wire.lock().problem.take();
        problem.is_none()
    }

    #[test]
    fn a_wrong_reuse_is_noticed() {
        let complete = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let close = complete.replace("OK\r\n", "OK\r\nconnection: close\r\n");
        assert!(is_reusable(complete));
        for response in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\n\r\n{}",
            &complete[..complete.len() - 1],
            &complete.replace("{}", "{<cut>}"),
            &format!("{complete}<cut>HTTP/1.1 200 OK\r\n"),
            &format!("{complete}HTTP/1.1 200 OK\r\n"),
            &format!("{complete}<cut><close>"),
            &format!("{complete}<cut><reset>"),
            &close,
        ] {
            assert!(!is_reusable(response), "{response:?}");
        }
    }
}
