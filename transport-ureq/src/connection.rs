//! How connections of this crate's own agent differ from ureq's.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use brightdata_sessions::http::StatusCode;
use brightdata_sessions::http::header::{DATE, HeaderName, HeaderValue, RETRY_AFTER};
use brightdata_sessions::http::response::{Parts, Response};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport, time::Duration as Limit,
};

use crate::resolver::Addresses;

/// Makes each connection of a connector a [`Connection`]. A name that cannot be connected to is resolved again.
#[derive(Debug)]
pub(crate) struct Connections<C> {
    pub(crate) connector: C,
    pub(crate) addresses: Addresses,
}

impl<C: Connector> Connector for Connections<C> {
    type Out = Connection<C::Out>;

    fn connect(&self, details: &ConnectionDetails<'_>, to: Option<()>) -> Result<Option<Self::Out>, Error> {
        let connected = self.connector.connect(details, to).map_err(|error| {
            self.addresses.forget(details.uri);
            match error {
                // Before a request is sent, only a proxy responds.
                Error::Protocol(invalid) => Error::ConnectProxyFailed(invalid.to_string()),
                error => error,
            }
        });
        Ok(connected?.map(Connection::new))
    }
}

/// A connection that differs from ureq's in these points:
///
/// - A broken connection is an error. ureq treats a reset, or TLS without a close notification, as the end of a
///   close-delimited body, so a truncated response would look complete.
/// - A received status is kept if ureq rejects the rest of the head: see [`take_refused_head`].
/// - Interim responses are dropped here, because ureq rejects a 100 with headers.
/// - A connection that ends within a line of chunked framing is a broken connection, so that it is retried. ureq
///   reports a stalled body, as for a line that exceeds its limit.
/// - A lone CR or LF in chunked framing ends the wait. ureq would wait for the end of the line until the time limit.
///   Within a trailer the body is complete, so such a trailer ends it. Elsewhere it is an error.
/// - A read first uses a socket timeout of whole seconds, which rarely changes. ureq sets the exact timeout for each
///   read, which costs as much as all other work of a time limit. TLS is exempt, because its own cost is far higher.
#[derive(Debug)]
pub(crate) struct Connection<T: Transport> {
    transport: T,
    expects: Expects,
}

/// The next part of the current response.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expects {
    /// The head, of which nothing has arrived yet.
    Head,
    /// The rest of the head, or the body if ureq took the head.
    MoreOfTheHead,
    /// The body, or nothing.
    Body,
}

impl<T: Transport> Connection<T> {
    fn new(transport: T) -> Self {
        Self { transport, expects: Expects::Body }
    }

    fn input(&mut self) -> &[u8] {
        self.transport.buffers().input()
    }

    fn read(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // Windows does not promise that a socket is good for another read after one that timed out.
        let parts = whole_seconds(timeout).filter(|_| cfg!(unix) && !self.transport.is_tls());
        let (first, rest) = parts.map_or((timeout, None), |(whole, rest)| (whole, Some(rest)));
        let input = match (self.transport.await_input(first), rest) {
            (Err(Error::Timeout(reason)), Some(rest)) if reason == timeout.reason => {
                self.transport.await_input(rest)
            }
            (input, _) => input,
        };
        input.map_err(|error| match error {
            Error::Io(broken) if is_taken_for_an_end(broken.kind()) => Error::Io(io::Error::other(broken)),
            error => error,
        })
    }

    /// Fails if ureq waits for the end of a line that it never finds.
    fn check_framing(&mut self) -> Result<(), Error> {
        match stuck_line(self.input()) {
            None => Ok(()),
            Some(line) if is_part_of_a_head(line) => Ok(()),
            // ureq takes this error for the end of the connection, and the body is complete.
            Some(line) if is_field(line) => Err(Error::Io(io::ErrorKind::UnexpectedEof.into())),
            Some(_) => Err(Error::Other("a line of chunked framing does not end in CRLF".into())),
        }
    }
}

impl<T: Transport> Transport for Connection<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        // All requests of this crate are GETs. A proxy's connection carries a CONNECT or TLS.
        if self.transport.buffers().output().starts_with(b"GET ") {
            self.expects = Expects::Head;
        }
        // Whole: after a timeout, data that was written in part cannot be written again.
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if self.expects == Expects::MoreOfTheHead && !is_part_of_a_head(self.input()) {
            self.expects = Expects::Body;
        }
        if self.expects == Expects::Body {
            self.check_framing()?;
        }
        let has_progress = self.read(timeout)?;
        if self.expects != Expects::Body {
            while let Some(interim) = interim_length(self.input()) {
                self.transport.buffers().input_consume(interim);
            }
            self.expects = if self.input().is_empty() { Expects::Head } else { Expects::MoreOfTheHead };
        }
        let is_within_a_line = !has_progress && !self.input().is_empty();
        // Nothing can be read into a buffer that is full.
        if is_within_a_line && !self.transport.buffers().input_append_buf().is_empty() {
            return Err(Error::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(has_progress)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

/// ureq drops the connection of a request that fails.
impl<T: Transport> Drop for Connection<T> {
    fn drop(&mut self) {
        if self.expects == Expects::MoreOfTheHead {
            if let Some(head) = partial_head(self.input()) {
                REFUSED_HEAD.set(Some(head));
            }
        }
    }
}

thread_local! {
    /// ureq runs a request on the caller's thread, and its errors have no place for a status.
    static REFUSED_HEAD: RefCell<Option<Parts>> = const { RefCell::new(None) };
}

/// The status and the headers about time of the last response on this thread that broke off in its head, or whose head ureq
/// refused. Call it before a request as well, to forget an earlier one.
pub(crate) fn take_refused_head() -> Option<Parts> {
    REFUSED_HEAD.take()
}

/// Whether the input is a head, or the beginning of one, that ureq has not taken yet.
fn is_part_of_a_head(input: &[u8]) -> bool {
    let start = input.trim_ascii_start();
    !input.is_empty() && (start.starts_with(b"HTTP/") || b"HTTP/".starts_with(start))
}

/// The status of a head whose status line has arrived.
fn status(input: &[u8]) -> Option<StatusCode> {
    let (version, rest) = input.trim_ascii_start().split_at_checked(b"HTTP/1.1 ".len())?;
    let (code, rest) = rest.split_at_checked(3)?;
    let is_complete =
        matches!(version, b"HTTP/1.1 " | b"HTTP/1.0 ") && matches!(rest, [b' ' | b'\r' | b'\n', ..]);
    StatusCode::from_bytes(code).ok().filter(|_| is_complete)
}

/// The length of an interim response, which ends with its head. A 101 is final.
fn interim_length(input: &[u8]) -> Option<usize> {
    status(input).filter(|&status| status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS)?;
    let end = input.windows(4).position(|end| end == b"\r\n\r\n")?;
    Some(end + 4)
}

/// The status of a final response, and the headers that decide when to send again, as far as they arrived.
fn partial_head(input: &[u8]) -> Option<Parts> {
    let status = status(input).filter(|status| !status.is_informational())?;
    let mut head = Response::new(()).into_parts().0;
    head.status = status;
    let mut lines = input.trim_ascii_start().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    // The last line may be cut off.
    lines.next_back();
    for line in lines.skip(1).take_while(|line| !line.is_empty()) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name =
            HeaderName::from_bytes(&line[..colon]).ok().filter(|name| [RETRY_AFTER, DATE].contains(name));
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Some(name), Ok(value)) = (name, value) {
            head.headers.entry(name).or_insert(value);
        }
    }
    Some(head)
}

/// The line at the start of the input, if its end is one that ureq never finds: a CR without LF, or a LF without CR.
fn stuck_line(input: &[u8]) -> Option<&[u8]> {
    let end = input.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let is_found = matches!(input[end..], [b'\r'] | [b'\r', b'\n', ..]);
    (!is_found).then_some(&input[..end])
}

/// Whether a line is a trailer's rather than that of a chunk's size, which has no colon outside an extension.
fn is_field(line: &[u8]) -> bool {
    line.iter().find(|byte| matches!(byte, b':' | b';')) == Some(&b':')
}

fn is_taken_for_an_end(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// The whole seconds of a time limit, and what is left after them, where there are both.
fn whole_seconds(timeout: NextTimeout) -> Option<(NextTimeout, NextTimeout)> {
    let after = |limit| NextTimeout { after: Limit::Exact(limit), ..timeout };
    match timeout.after {
        Limit::Exact(limit) if limit.as_secs() > 0 && limit.subsec_nanos() > 0 => {
            let whole = Duration::from_secs(limit.as_secs());
            Some((after(whole), after(limit.saturating_sub(whole))))
        }
        _ => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::VecDeque;

    use ureq::Timeout;
    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// Returns scripted outcomes, and records the time limits that it receives.
    #[derive(Debug)]
    struct Scripted {
        outcomes: VecDeque<Result<bool, Error>>,
        limits: Vec<Limit>,
        buffers: LazyBuffers,
        is_tls: bool,
    }

    impl Scripted {
        fn new<const N: usize>(outcomes: [Result<bool, Error>; N]) -> Self {
            let buffers = LazyBuffers::new(1, 1);
            Self { outcomes: outcomes.into(), limits: Vec::new(), buffers, is_tls: false }
        }
    }

    impl Transport for Scripted {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, _: usize, timeout: NextTimeout) -> Result<(), Error> {
            self.await_input(timeout).map(drop)
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            self.limits.push(timeout.after);
            self.outcomes.pop_front().expect("an outcome")
        }

        fn is_open(&mut self) -> bool {
            true
        }

        fn is_tls(&self) -> bool {
            self.is_tls
        }
    }

    type Use = fn(&mut Connection<Scripted>, NextTimeout) -> Result<bool, Error>;

    /// Returns the outcome of one use of a connection with this remaining time, and the limits that the inner
    /// transport received.
    fn limits<const N: usize>(
        use_it: Use,
        left: Limit,
        outcomes: [Result<bool, Error>; N],
    ) -> (String, Vec<Limit>) {
        limits_of(Scripted::new(outcomes), use_it, left)
    }

    fn limits_of(scripted: Scripted, use_it: Use, left: Limit) -> (String, Vec<Limit>) {
        let mut connection = Connection::new(scripted);
        let outcome = use_it(&mut connection, NextTimeout { after: left, ..NextTimeout::default() });
        assert!(connection.transport.outcomes.is_empty());
        (format!("{outcome:?}"), std::mem::take(&mut connection.transport.limits))
    }

    const READ: Use = |connection, timeout| connection.await_input(timeout);
    const WRITE: Use = |connection, timeout| connection.transmit_output(1, timeout).map(|()| true);

    fn late() -> Result<bool, Error> {
        Err(Error::Timeout(Timeout::Global))
    }

    #[test]
    fn a_read_waits_for_whole_seconds_and_then_for_the_rest() {
        let (left, whole, rest) = (Limit::from_millis(29_750), Limit::from_secs(29), Limit::from_millis(750));
        assert_eq!(limits(READ, left, [Ok(true)]), ("Ok(true)".to_owned(), vec![whole]));
        assert_eq!(limits(READ, left, [late(), Ok(false)]), ("Ok(false)".to_owned(), vec![whole, rest]));
        let timeout = "Err(Timeout(Global))".to_owned();
        assert_eq!(limits(READ, left, [late(), late()]), (timeout, vec![whole, rest]));
    }

    #[test]
    fn a_limit_of_seconds_or_of_less_than_one_is_waited_for_once() {
        for left in [Limit::from_secs(2), Limit::from_millis(999), Limit::from_secs(0), Limit::NotHappening] {
            assert_eq!(limits(READ, left, [late()]), ("Err(Timeout(Global))".to_owned(), vec![left]));
        }
    }

    #[test]
    fn a_write_has_the_whole_limit_at_once() {
        let left = Limit::from_millis(1500);
        assert_eq!(limits(WRITE, left, [Ok(true)]), ("Ok(true)".to_owned(), vec![left]));
        assert_eq!(limits(WRITE, left, [late()]), ("Err(Timeout(Global))".to_owned(), vec![left]));
    }

    #[test]
    fn another_limit_than_that_for_all_is_not_waited_for_twice() {
        let per_read = Err(Error::Timeout(Timeout::PerRead));
        let (left, whole) = (Limit::from_millis(1500), vec![Limit::from_secs(1)]);
        assert_eq!(limits(READ, left, [per_read]), ("Err(Timeout(PerRead))".to_owned(), whole));
    }

    #[test]
    fn with_tls_ureq_is_left_to_itself() {
        let left = Limit::from_millis(1500);
        let scripted = Scripted { is_tls: true, ..Scripted::new([late()]) };
        assert_eq!(limits_of(scripted, READ, left), ("Err(Timeout(Global))".to_owned(), vec![left]));
    }
}
