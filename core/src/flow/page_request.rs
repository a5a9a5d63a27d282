//! The request of the next page of a list, which may be sent before the page is needed.

use std::time::SystemTime;

use http::header::{DATE, HeaderValue};
use http::{Request, Response};

use crate::{Call, Error, Flow as _, ListSessions, Now, SessionPage, Step, TransportError};

/// The request of the next page of a list, and the time of the last response.
#[derive(Debug, Default)]
pub(super) struct PageRequest {
    /// `None` until the next page is requested.
    call: Option<Box<Call<ListSessions>>>,
    /// Whether the page was requested before it was needed.
    is_ahead: bool,
    /// The `Date` of the last response.
    date: Option<HeaderValue>,
}

impl PageRequest {
    /// Requests a page with this call when it is needed.
    pub(super) fn request(&mut self, call: Call<ListSessions>) {
        self.call = Some(Box::new(call));
    }

    /// Requests a page before it is needed. Returns `None` if the call has to wait or is invalid.
    /// It is then made when the page is needed.
    pub(super) fn request_ahead(&mut self, mut call: Call<ListSessions>, now: Now) -> Option<Request<()>> {
        let Step::Send(request) = call.step(now) else { return None };
        (self.call, self.is_ahead) = (Some(Box::new(call)), true);
        Some(request)
    }

    pub(super) fn is_requested(&self) -> bool {
        self.call.is_some()
    }

    /// Yields the page, or the error that remains. `Done` if no page was requested.
    pub(super) fn step(&mut self, now: Now) -> Step<Result<SessionPage, Error>> {
        let Some(call) = &mut self.call else { return Step::Done };
        let mut step = call.step(now);
        if let Step::Yield(Err(error)) = &step {
            // The caller consumed the previous page for longer than a call ahead may take.
            if let Some(again) = call.again_after(error).filter(|_| self.is_ahead) {
                **call = again;
                self.is_ahead = false;
                step = call.step(now);
            }
        }
        if matches!(step, Step::Yield(_)) {
            (self.call, self.is_ahead) = (None, false);
        }
        step
    }

    pub(super) fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        if let Some(call) = &mut self.call {
            if let Ok(response) = &outcome {
                self.date = response.headers().get(DATE).cloned();
            }
            call.receive(outcome, now);
        }
    }

    /// Returns the time of the last response, by the service's clock.
    pub(super) fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.date.as_ref()?.to_str().ok()?).ok()
    }
}
