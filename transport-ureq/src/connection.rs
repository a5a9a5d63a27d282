//! How connections of this crate's own agent differ from ureq's.

use std::io;
use std::time::Duration;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport, time::Duration as Limit,
};

pub(crate) use self::head::take_rejected_head;
use self::head::{interim_length, is_part_of_a_head, keep_rejected_head};
use crate::connect::copied;
use crate::resolver::Addresses;

mod head;

/// Wraps each connection of a connector in a [`Connection`]. A name is resolved again if connecting
/// to it fails.
///
/// The settings of a request differ from those of the agent, but not in TLS. ureq gets them as
/// those of the agent. So it loads the root certificates once, not for each connection, and resumes
/// TLS sessions.
#[derive(Debug)]
pub(crate) struct Connections<C> {
    pub(crate) connector: C,
    pub(crate) addresses: Addresses,
}

impl<C: Connector> Connector for Connections<C> {
    type Out = Connection<C::Out>;

    fn connect(&self, details: &ConnectionDetails<'_>, to: Option<()>) -> Result<Option<Self::Out>, Error> {
        let details = &ConnectionDetails { request_level: false, ..copied(details) };
        let connected = self.connector.connect(details, to).map_err(|error| {
            self.addresses.remove(details.uri);
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
/// - A broken connection is an error. ureq treats a reset, or TLS without a close notification, as
///   the end of a close-delimited body, so a truncated response would look complete.
/// - A received status is kept if ureq rejects the rest of the head: see [`take_rejected_head`].
/// - Interim responses are dropped here, because ureq rejects a 100 with headers.
/// - A connection that ends within a line of chunked framing is a broken connection, so that it is
///   retried. ureq reports a stalled body, as for a line that exceeds its limit.
/// - A lone CR or LF in chunked framing ends the wait. ureq would wait for the end of the line
///   until the time limit. Within a trailer the body is complete, so such a trailer ends it.
///   Elsewhere it is an error.
/// - A read first uses a socket timeout of whole seconds, which rarely changes. ureq sets the exact
///   timeout for each read, which costs as much as all other work of a time limit. TLS is exempt,
///   because its own cost is far higher.
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
    /// The rest of the head, or the body if ureq consumed the head.
    RestOfHead,
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
        // On Windows, a socket may be unusable after a read that timed out.
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

    /// Returns an error if ureq would wait for the end of a line that it never finds.
    fn check_framing(&mut self) -> Result<(), Error> {
        match stuck_line(self.input()) {
            None => Ok(()),
            Some(line) if is_part_of_a_head(line) => Ok(()),
            // ureq treats this error as the end of the connection, and the body is complete.
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
        // The limit of a write is not split: after a timeout, partly written data cannot be sent
        // again.
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if self.expects == Expects::RestOfHead && !is_part_of_a_head(self.input()) {
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
            self.expects = if self.input().is_empty() { Expects::Head } else { Expects::RestOfHead };
        }
        let is_within_a_line = !has_progress && !self.input().is_empty();
        // A full buffer cannot take more input.
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
        if self.expects == Expects::RestOfHead {
            keep_rejected_head(self.input());
        }
    }
}

/// Returns the line at the start of the input if ureq never finds its end: a CR without LF, or a LF
/// without CR.
fn stuck_line(input: &[u8]) -> Option<&[u8]> {
    let end = input.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let is_found = matches!(input[end..], [b'\r'] | [b'\r', b'\n', ..]);
    (!is_found).then_some(&input[..end])
}

/// Returns whether a line is a trailer and not a chunk size, which has no colon outside an
/// extension.
fn is_field(line: &[u8]) -> bool {
    line.iter().find(|byte| matches!(byte, b':' | b';')) == Some(&b':')
}

/// Returns whether ureq treats this error as the end of the body.
fn is_taken_for_an_end(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Splits a time limit into whole seconds and the rest, or returns `None` if one of them is zero.
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

    /// Returns the outcome of one use of a connection with this remaining time, and the limits that
    /// the inner transport received.
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
    fn a_limit_of_whole_seconds_or_below_one_is_not_split() {
        for left in [Limit::from_secs(2), Limit::from_millis(999), Limit::from_secs(0), Limit::NotHappening] {
            assert_eq!(limits(READ, left, [late()]), ("Err(Timeout(Global))".to_owned(), vec![left]));
        }
    }

    #[test]
    fn the_limit_of_a_write_is_not_split() {
        let left = Limit::from_millis(1500);
        assert_eq!(limits(WRITE, left, [Ok(true)]), ("Ok(true)".to_owned(), vec![left]));
        assert_eq!(limits(WRITE, left, [late()]), ("Err(Timeout(Global))".to_owned(), vec![left]));
    }

    #[test]
    fn a_limit_per_read_is_not_waited_for_twice() {
        let per_read = Err(Error::Timeout(Timeout::PerRead));
        let (left, whole) = (Limit::from_millis(1500), vec![Limit::from_secs(1)]);
        assert_eq!(limits(READ, left, [per_read]), ("Err(Timeout(PerRead))".to_owned(), whole));
    }

    #[test]
    fn the_limit_of_a_tls_read_is_not_split() {
        let left = Limit::from_millis(1500);
        let scripted = Scripted { is_tls: true, ..Scripted::new([late()]) };
        assert_eq!(limits_of(scripted, READ, left), ("Err(Timeout(Global))".to_owned(), vec![left]));
    }
}
