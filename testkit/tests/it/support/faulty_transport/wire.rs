//! A connection with buffered reads and time limits.

use std::io::{self, Read as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The time limit of a read.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    Deadline(Instant),
    /// A limit for each read, without a limit on their number.
    EachRead(Duration),
    TheEnd,
}

pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    /// Received bytes that are not consumed yet.
    pub(crate) buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(host: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Waits for more bytes. Returns `false` at the end of the connection.
    pub(crate) fn fill(&mut self, until: Until) -> io::Result<bool> {
        let left = match until {
            Until::Deadline(deadline) => Some(deadline.saturating_duration_since(Instant::now())),
            Until::EachRead(limit) => Some(limit),
            Until::TheEnd => None,
        };
        if left.is_some_and(|left| left.is_zero()) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(left)?;
        let mut chunk = [0; 8 << 10];
        let length = self.stream.read(&mut chunk)?;
        self.buffer.extend_from_slice(&chunk[..length]);
        Ok(length > 0)
    }

    /// Returns the next bytes, at most `max`. Returns no bytes at the end of the connection.
    pub(crate) fn some(&mut self, max: u64, until: Until) -> io::Result<Vec<u8>> {
        if self.buffer.is_empty() {
            self.fill(until)?;
        }
        let length = self.buffer.len().min(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(self.buffer.drain(..length).collect())
    }

    /// Reads a line and returns it without its line break.
    pub(crate) fn line(&mut self, until: Until) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                return String::from_utf8(line).map_err(io::Error::other);
            }
            if self.buffer.len() > 8 << 10 || !self.fill(until)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
