//! Flows driven by a transport: an iterator for a blocking one, and its async form.

use std::fmt;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};

use crate::{Error, Flow, Now, Step, TransportError, Wait};

/// A blocking HTTP client with a clock: the side effects that a [`Drive`] needs. [`Drive`] has an
/// example.
pub trait Transport {
    /// Reads the clock: [`Api::now`](crate::Api::now) of `Instant::now()`.
    fn now(&self) -> Now;

    /// Sends a request and returns its outcome. [`Flow`] has the rules.
    ///
    /// # Errors
    ///
    /// The [`TransportError`] if there is no complete response.
    fn exchange(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError>;

    /// Waits, or returns `Break` to interrupt the flow.
    fn wait(&self, wait: Wait) -> ControlFlow<()>;
}

impl<T: Transport + ?Sized> Transport for &T {
    fn now(&self) -> Now {
        (**self).now()
    }

    fn exchange(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        (**self).exchange(request)
    }

    fn wait(&self, wait: Wait) -> ControlFlow<()> {
        (**self).wait(wait)
    }
}

/// An iterator over the items of a [`Flow`], which a blocking [`Transport`] fetches on demand.
///
/// `next` blocks while a request is in flight and while the flow waits. It returns `None` at the
/// end of the flow, and when the transport interrupts a wait. After an interruption, a later `next`
/// continues the flow.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::time::Instant;
/// use brightdata_sessions::{
///     Api, ApiKey, Drive, ListSessions, Now, Transport, TransportError, Wait, http::{Request, Response},
/// };
///
/// struct Client {
///     api: Api,
/// }
///
/// impl Transport for Client {
///     fn now(&self) -> Now {
///         self.api.now(Instant::now())
///     }
///
///     fn exchange(&self, _: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
///         // Your HTTP client. This stand-in returns a fixed response.
///         Ok(Response::new(br#"{"sessions":[{"session_id":"s1"}],"pagination":{"has_more":false}}"#.to_vec()))
///     }
///
///     fn wait(&self, wait: Wait) -> ControlFlow<()> {
///         std::thread::sleep(wait.duration);
///         ControlFlow::Continue(())
///     }
/// }
///
/// let client = Client { api: Api::new(ApiKey::new("0123456789abcdef")?) };
/// for session in Drive::new(client.api.list(ListSessions::new()), &client) {
///     assert_eq!(session?.session_id.as_str(), "s1");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before the first call of `next`"]
pub struct Drive<F, T> {
    flow: F,
    transport: T,
}

impl<F: Flow, T: Transport> Drive<F, T> {
    /// Drives a flow. Pass `&mut flow` to keep it.
    pub fn new(flow: F, transport: T) -> Self {
        Self { flow, transport }
    }

    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        &self.flow
    }

    /// Returns the flow, to continue it later or with another transport.
    pub fn into_flow(self) -> F {
        self.flow
    }
}

impl<F: Flow, T: Transport> Iterator for Drive<F, T> {
    type Item = Result<F::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { flow, transport } = self;
        flow.next_with(|| transport.now(), |request| transport.exchange(request), |wait| transport.wait(wait))
    }
}

/// An async HTTP client with a clock: the side effects that an [`AsyncDrive`] needs, for any
/// runtime. [`AsyncDrive`] has an example.
pub trait AsyncTransport {
    /// The future of a request's outcome, such as a `Pin<Box<dyn Future>>`.
    type Exchange: Future<Output = Result<Response<Vec<u8>>, TransportError>> + Unpin;
    /// The future that completes at the end of a wait.
    type Sleep: Future<Output = ()> + Unpin;

    /// Reads the clock: [`Api::now`](crate::Api::now) of `Instant::now()`.
    fn now(&self) -> Now;

    /// Sends a request and returns its outcome. [`Flow`] has the rules.
    fn exchange(&self, request: Request<()>) -> Self::Exchange;

    /// Waits.
    fn wait(&self, wait: Wait) -> Self::Sleep;
}

impl<T: AsyncTransport + ?Sized> AsyncTransport for &T {
    type Exchange = T::Exchange;
    type Sleep = T::Sleep;

    fn now(&self) -> Now {
        (**self).now()
    }

    fn exchange(&self, request: Request<()>) -> Self::Exchange {
        (**self).exchange(request)
    }

    fn wait(&self, wait: Wait) -> Self::Sleep {
        (**self).wait(wait)
    }
}

/// The items of a [`Flow`], which an [`AsyncTransport`] fetches on demand.
///
/// The request in flight is stored here, not in the future of [`next`](Self::next). That future can
/// be dropped at any time, for example by `select!` or a timeout. The next call continues the
/// request.
///
/// ```
/// use std::future::{Ready, ready};
/// use std::pin::Pin;
/// use std::time::Instant;
/// use brightdata_sessions::{
///     Api, ApiKey, AsyncDrive, AsyncTransport, ListSessions, Now, TransportError, Wait,
///     http::{Request, Response},
/// };
///
/// struct Client {
///     api: Api,
/// }
///
/// impl AsyncTransport for Client {
///     // Your HTTP client and your timer. These stand-ins are ready at once.
///     type Exchange = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send>>;
///     type Sleep = Ready<()>;
///
///     fn now(&self) -> Now {
///         self.api.now(Instant::now())
///     }
///
///     fn exchange(&self, _: Request<()>) -> Self::Exchange {
///         let body = br#"{"sessions":[{"session_id":"s1"}],"pagination":{"has_more":false}}"#;
///         Box::pin(ready(Ok(Response::new(body.to_vec()))))
///     }
///
///     fn wait(&self, _: Wait) -> Self::Sleep {
///         ready(())
///     }
/// }
///
/// async fn ids(client: Client) -> Result<Vec<String>, brightdata_sessions::Error> {
///     let mut sessions = AsyncDrive::new(client.api.list(ListSessions::new()), &client);
///     let mut ids = Vec::new();
///     while let Some(session) = sessions.next().await {
///         ids.push(session?.session_id.to_string());
///     }
///     Ok(ids)
/// }
/// # use std::task::{Context, Poll, Waker};
/// # let client = Client { api: Api::new(ApiKey::new("0123456789abcdef")?) };
/// # let mut ids = std::pin::pin!(ids(client));
/// # let Poll::Ready(ids) = ids.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
/// # assert_eq!(ids?, ["s1"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is sent before the first call of `next`"]
pub struct AsyncDrive<F, T: AsyncTransport> {
    flow: F,
    transport: T,
    pending: Option<Pending<T>>,
    is_ahead: bool,
}

enum Pending<T: AsyncTransport> {
    Exchange(T::Exchange),
    Wait(T::Sleep),
}

/// No field is structurally pinned.
impl<F, T: AsyncTransport> Unpin for AsyncDrive<F, T> {}

impl<F: Flow, T: AsyncTransport> AsyncDrive<F, T> {
    /// Drives a flow. Pass `&mut flow` to keep it.
    pub fn new(flow: F, transport: T) -> Self {
        Self { flow, transport, pending: None, is_ahead: false }
    }

    /// Fetches the next page of a list or history while the items of the current one are handed
    /// out. It makes progress while this is polled.
    pub fn ahead(mut self) -> Self {
        self.is_ahead = true;
        self
    }

    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        &self.flow
    }

    /// Returns the flow, to continue it later or with another transport. A request that is in
    /// flight is abandoned, and counts as a failed attempt.
    pub fn into_flow(self) -> F {
        self.flow
    }

    /// Returns the next item, or `None` if there are no more.
    pub async fn next(&mut self) -> Option<Result<F::Item, Error>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The polling form of [`next`](Self::next), for implementations of a stream.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<F::Item, Error>>> {
        if self.is_ahead && self.pending.is_none() {
            let request = self.flow.request_ahead(self.transport.now());
            self.pending = request.map(|request| Pending::Exchange(self.transport.exchange(request)));
        }
        loop {
            match &mut self.pending {
                Some(Pending::Exchange(exchange)) => match Pin::new(exchange).poll(context) {
                    Poll::Ready(outcome) => self.flow.receive(outcome, self.transport.now()),
                    Poll::Pending => {
                        return self
                            .flow
                            .next_received()
                            .map_or(Poll::Pending, |item| Poll::Ready(Some(Ok(item))));
                    }
                },
                Some(Pending::Wait(wait)) => ready!(Pin::new(wait).poll(context)),
                None => {}
            }
            self.pending = None;
            match self.flow.step(self.transport.now()) {
                Step::Send(request) => {
                    self.pending = Some(Pending::Exchange(self.transport.exchange(request)));
                }
                Step::Wait(wait) => self.pending = Some(Pending::Wait(self.transport.wait(wait))),
                Step::Yield(item) => return Poll::Ready(Some(item)),
                Step::Done => return Poll::Ready(None),
            }
        }
    }
}

impl<F: fmt::Debug, T: AsyncTransport + fmt::Debug> fmt::Debug for AsyncDrive<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncDrive")
            .field("flow", &self.flow)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
