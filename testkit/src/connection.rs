//! One connection: requests are read from it and answered, until one side ends it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use brightdata_sessions::http::StatusCode;
use socket2::SockRef;

use crate::api::{self, Answer};
use crate::end::End;
use crate::http;
use crate::script::{Script, Step};
use crate::shared::Shared;

/// How long a client that is still sending is listened to after the fake has said its last.
const LINGER: Duration = Duration::from_secs(1);

pub(crate) struct Connection<'a> {
    shared: &'a Shared,
    stream: Arc<TcpStream>,
    number: usize,
    /// What came and was not read yet: the beginning of a next request.
    buffer: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// `None` if the fake is being dropped.
    pub(crate) fn new(stream: TcpStream, shared: &'a Shared) -> Option<Self> {
        let stream = Arc::new(stream);
        let number = shared.state().admit(&stream)?;
        Some(Self { shared, stream, number, buffer: Vec::new() })
    }

    pub(crate) fn serve(mut self) {
        // A step's bytes leave at once, not together with those of the next. Without it they would only be late.
        let _ = self.stream.set_nodelay(true);
        let end = loop {
            if let Err(end) = self.exchange() {
                break end;
            }
        };
        // Nobody is left to be told of an error.
        let _ = self.finish(&end);
    }

    fn exchange(&mut self) -> Result<(), End> {
        let mut stream = &*self.stream;
        let request = http::read_head(&mut stream, &mut self.buffer, self.number)?;
        self.shared.state().record(request.clone());
        http::skip_body(&request, &mut stream, &mut self.buffer)?;

        let keeps_alive = http::keeps_alive(&request);
        let id = api::session_id(&request.target).filter(|_| request.method == "GET");
        let script = self.shared.state().scripts.take(id.as_deref());
        match script {
            Some(script) => self.play(&script)?,
            None => {
                let refusal = self.shared.state().rate.refuse(Instant::now());
                let answer = refusal.unwrap_or_else(|| api::answer(&request, &self.shared.state().sessions));
                self.send(&answer, request.method == "HEAD", keeps_alive)?;
            }
        }
        if keeps_alive { Ok(()) } else { Err(End::Close) }
    }

    fn send(&self, answer: &Answer, head_only: bool, keeps_alive: bool) -> io::Result<()> {
        let retry_after = answer.retry_after.map(|seconds| seconds.to_string());
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(retry_after.as_deref().map(|seconds| ("retry-after", seconds)));
        if answer.status == 405 {
            headers.push(("allow", "GET"));
        }
        if !keeps_alive {
            headers.push(("connection", "close"));
        }
        let mut bytes = http::response(answer.status, &headers, answer.body.as_bytes());
        if head_only {
            bytes.truncate(bytes.len() - answer.body.len());
        }
        (&*self.stream).write_all(&bytes)
    }

    fn play(&self, script: &Script) -> Result<(), End> {
        let mut stream = &*self.stream;
        for step in &script.steps {
            match step {
                Step::Send(bytes) => stream.write_all(bytes)?,
                Step::SendEndlessly(bytes) => {
                    while !bytes.is_empty() {
                        stream.write_all(bytes)?;
                    }
                }
                Step::Drip(bytes, pause) => {
                    for (sent, byte) in bytes.iter().enumerate() {
                        if sent > 0 {
                            self.shared.pause(*pause)?;
                        }
                        stream.write_all(&[*byte])?;
                    }
                }
                Step::Pause(pause) => self.shared.pause(*pause)?,
                Step::Close => return Err(End::Close),
                Step::Reset => return Err(End::Reset),
            }
        }
        Ok(())
    }

    fn finish(&self, end: &End) -> io::Result<()> {
        match *end {
            End::Gone => Ok(()),
            End::Close => self.hang_up(),
            // Takes effect when the socket is closed, right after this.
            End::Reset => SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO)),
            End::Refuse(status) => {
                let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
                self.send(&Answer::error(status, reason.unwrap_or_default()), false, false)?;
                self.hang_up()
            }
        }
    }

    /// Says that nothing more will come, and waits for the client to agree: to close a socket that holds unread bytes
    /// resets the connection, and the client could lose the answer it was sent.
    fn hang_up(&self) -> io::Result<()> {
        let mut stream = &*self.stream;
        stream.shutdown(Shutdown::Write)?;
        let deadline = Instant::now() + LINGER;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            stream.set_read_timeout(Some(left))?;
            if stream.read(&mut [0; 8 << 10])? == 0 {
                return Ok(());
            }
        }
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.shared.state().open.remove(&self.number);
    }
}
