//! What this crate's own agent does otherwise with a connection than ureq.

use std::io;
use std::time::Duration;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport, time::Duration as Limit,
};

/// Makes each connection of the connectors before it a [`Connection`].
#[derive(Debug)]
pub(crate) struct Connections;

impl<In: Transport> Connector<In> for Connections {
    type Out = Connection<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, to: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(to.map(Connection))
    }
}

/// A connection, with two differences to ureq's:
///
/// - One that breaks has not ended. ureq takes a reset, or TLS that ends without a word, for the end of a body that goes on
///   until the connection is closed: an answer that was cut short would pass for a whole one.
/// - The time that is left for a read is told to the system in whole seconds first, so that it is nearly always what it was
///   told before. ureq tells it anew for each read, which costs as much as all else that a limit does. Not with TLS, whose
///   own cost hides that one.
#[derive(Debug)]
pub(crate) struct Connection<T>(T);

impl<T: Transport> Transport for Connection<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        // Whole: what was written in part when the time is over cannot be written again.
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // Windows does not promise that a socket is good for another read after one that timed out.
        let parts = whole_seconds(timeout).filter(|_| cfg!(unix) && !self.0.is_tls());
        let (first, rest) = parts.map_or((timeout, None), |(whole, rest)| (whole, Some(rest)));
        let input = match (self.0.await_input(first), rest) {
            (Err(Error::Timeout(reason)), Some(rest)) if reason == timeout.reason => self.0.await_input(rest),
            (input, _) => input,
        };
        input.map_err(|error| match error {
            Error::Io(broken) if is_taken_for_an_end(broken.kind()) => Error::Io(io::Error::other(broken)),
            error => error,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
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

    /// Says what it is told to, and notes the time limits it was given.
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

    /// What came of one use of a connection with so much time left, and the limits that the one below was given.
    fn limits<const N: usize>(
        use_it: Use,
        left: Limit,
        outcomes: [Result<bool, Error>; N],
    ) -> (String, Vec<Limit>) {
        limits_of(Scripted::new(outcomes), use_it, left)
    }

    fn limits_of(scripted: Scripted, use_it: Use, left: Limit) -> (String, Vec<Limit>) {
        let mut connection = Connection(scripted);
        let outcome = use_it(&mut connection, NextTimeout { after: left, ..NextTimeout::default() });
        assert!(connection.0.outcomes.is_empty());
        (format!("{outcome:?}"), connection.0.limits)
    }

    const READ: Use = |connection, timeout| connection.await_input(timeout);
    const WRITE: Use = |connection, timeout| connection.transmit_output(1, timeout).map(|()| true);

    fn late() -> Result<bool, Error> {
        Err(Error::Timeout(Timeout::Global))
    }

    #[test]
    fn a_read_waits_for_whole_seconds_first_and_for_the_rest_only_if_nothing_came() {
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
