//! One connection: reads requests and responds, until one side closes it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::StatusCode;
use socket2::SockRef;

use crate::api;
use crate::close_action::CloseAction;
use crate::faults::{DRIP, Drawn};
use crate::http;
use crate::response::JsonResponse;
use crate::script::{SILENCE, Script, Step};
use crate::shared::Shared;
use crate::{Fault, RecordedRequest};

/// How long the fake reads from a client that still sends after the last response.
const LINGER: Duration = Duration::from_secs(1);

pub(crate) struct Connection<'a> {
    shared: &'a Shared,
    stream: Arc<TcpStream>,
    number: usize,
    /// Received bytes that are not yet parsed: the beginning of the next request.
    buffer: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// Returns `None` if the fake is being dropped.
    pub(crate) fn new(stream: TcpStream, shared: &'a Shared) -> Option<Self> {
        let stream = Arc::new(stream);
        let number = shared.state().register(&stream)?;
        Some(Self { shared, stream, number, buffer: Vec::new() })
    }

    pub(crate) fn serve(mut self) {
        // Send the bytes of each step at once. If this fails, they are only late.
        let _ = self.stream.set_nodelay(true);
        let action = loop {
            if let Err(action) = self.exchange() {
                break action;
            }
        };
        // An error here has no recipient.
        let _ = self.finish(&action);
    }

    fn exchange(&mut self) -> Result<(), CloseAction> {
        let mut stream = &*self.stream;
        let request = http::read_head(&mut stream, &mut self.buffer, self.number)?;
        self.shared.state().record(request.clone());
        http::skip_body(&request, &mut stream, &mut self.buffer)?;

        let keeps_alive = http::keeps_alive(&request);
        let id = api::session_id(&request.target).filter(|_| request.method == "GET");
        let (script, fault, latency) = {
            let mut state = self.shared.state();
            let replayed =
                state.replay.as_ref().map(|replay| replay.script(&request.method, &request.target));
            let script = replayed.or_else(|| state.scripts.take(id.as_deref()));
            (script, state.faults.draw(), state.latency)
        };
        // A request is in progress from its arrival on, so the rate limit applies before the pause.
        let rejection = if script.is_none() { self.rejection() } else { None };
        self.shared.pause(latency)?;
        match script {
            Some(script) => self.play(&script, &request)?,
            None => match fault.filter(|_| rejection.is_none()) {
                Some(fault) => self.fail(&request, fault)?,
                None => self.respond(&request, rejection)?,
            },
        }
        if keeps_alive { Ok(()) } else { Err(CloseAction::Close) }
    }

    /// Counts a request, and returns its rejection if it exceeds the rate limit.
    fn rejection(&self) -> Option<JsonResponse> {
        self.shared.state().rate.check(Instant::now())
    }

    /// Sends the response of the service to a request that was counted.
    fn respond(&self, request: &RecordedRequest, rejection: Option<JsonResponse>) -> io::Result<()> {
        let response = rejection.unwrap_or_else(|| self.response(request));
        let bytes = self.bytes(&response, request.method == "HEAD", http::keeps_alive(request));
        (&*self.stream).write_all(&bytes)
    }

    /// Returns the response of the service to a request that was counted.
    fn response(&self, request: &RecordedRequest) -> JsonResponse {
        let mut state = self.shared.state();
        // A client that has the response may send the next request at once.
        state.rate.depart();
        api::respond(request, &state.service, state.required_key.as_deref(), SystemTime::now())
    }

    /// Responds with a fault to a request that was counted.
    fn fail(&self, request: &RecordedRequest, drawn: Drawn) -> Result<(), CloseAction> {
        let bytes = self.bytes(&self.response(request), request.method == "HEAD", http::keeps_alive(request));
        let part = bytes[..drawn.sent(bytes.len())].to_vec();
        let script = match drawn.fault {
            Fault::Reset => Script::new().send(part).reset(),
            Fault::Truncate => Script::new().send(part).close(),
            Fault::Drip => Script::new().drip(bytes, DRIP),
            Fault::Silence => Script::new().pause(SILENCE).close(),
            Fault::Status(status) => {
                let headers = [("content-type", "text/html"), ("connection", "close")];
                Script::response(status, &headers, "<html><h1>Sorry</h1></html>").close()
            }
        };
        self.play(&script, request)
    }

    fn bytes(&self, response: &JsonResponse, head_only: bool, keeps_alive: bool) -> Vec<u8> {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(response.headers.iter().map(|(name, value)| (*name, value.as_str())));
        if self.shared.state().service.rules.sends_date && !headers.iter().any(|(name, _)| *name == "date") {
            headers.push(("date", &date));
        }
        if response.status == 405 {
            headers.push(("allow", "GET"));
        }
        if !keeps_alive {
            headers.push(("connection", "close"));
        }
        let mut bytes = http::response(response.status, &headers, response.body.as_bytes());
        if head_only {
            bytes.truncate(bytes.len() - response.body.len());
        }
        bytes
    }

    fn play(&self, script: &Script, request: &RecordedRequest) -> Result<(), CloseAction> {
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
                Step::Usual => self.respond(request, self.rejection())?,
                Step::Close => return Err(CloseAction::Close),
                Step::Reset => return Err(CloseAction::Reset),
            }
        }
        Ok(())
    }

    fn finish(&self, action: &CloseAction) -> io::Result<()> {
        match *action {
            CloseAction::Abandon => Ok(()),
            CloseAction::Close => self.close(),
            // Takes effect when the socket is closed, right after this call.
            CloseAction::Reset => SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO)),
            CloseAction::Reject(status) => {
                let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
                let response = JsonResponse::error(status, reason.unwrap_or_default());
                (&*self.stream).write_all(&self.bytes(&response, false, false))?;
                self.close()
            }
        }
    }

    /// Shuts down writing and waits for the client to close.
    ///
    /// Closing a socket that holds unread bytes resets the connection, and the client could lose
    /// the response.
    fn close(&self) -> io::Result<()> {
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
