//! The position of a request among the attempts of its call.

use http::Request;

use crate::ErrorKind;

/// The position of a request among the attempts of its call, for example for middleware that logs
/// it.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, Attempt, ErrorKind, Flow, Now, Step, TransportErrorKind};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let mut call = api.get(&"s1".parse()?);
/// let Step::Send(first) = call.step(Now::ORIGIN) else { panic!("expected a request") };
/// call.receive(Err(TransportErrorKind::Connection.into()), Now::ORIGIN);
/// let Step::Send(second) = call.step(Now::ORIGIN) else { panic!("expected a request") };
///
/// let [first, second] = [first, second].map(|request| Attempt::of(&request));
/// assert_eq!((first.number, first.after), (1, None));
/// assert_eq!((second.number, second.after), (2, Some(ErrorKind::Connection)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of requests that the call has sent, including this one.
    pub number: u32,
    /// The kind of error of the previous request. `None` for the first one.
    pub after: Option<ErrorKind>,
}

impl Attempt {
    pub(crate) fn new(number: u32, after: Option<ErrorKind>) -> Self {
        Self { number, after }
    }

    /// Reads the attempt from the extensions of a request. A request without one, such as one that
    /// [`Api::request`](crate::Api::request) built, is a first attempt.
    pub fn of<T>(request: &Request<T>) -> Self {
        request.extensions().get().copied().unwrap_or(Self { number: 1, after: None })
    }
}
