//! The loops that drive a flow, blocking and async, in simulated time.

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Api, ApiKey, Call, ErrorKind, Flow as _, GetSession, Now, RetryPolicy, TransportError,
    TransportErrorKind, Wait,
};

type Outcome = Result<Response<Vec<u8>>, TransportError>;

const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

fn call(api: &Api) -> Call<GetSession> {
    api.get(&ID.parse().unwrap())
}

fn api() -> Api {
    Api::new(ApiKey::new("0123456789abcdef").unwrap()).with_retry(RetryPolicy::default().with_retries(1))
}

fn limited() -> Outcome {
    Ok(Response::builder().status(429).header("retry-after", "7").body(Vec::new()).unwrap())
}

fn session() -> Outcome {
    Ok(Response::new(format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#).into_bytes()))
}

/// Polls a future once and returns its output if it is ready.
fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn busy() -> Outcome {
    Ok(Response::builder().status(503).header("retry-after", "7").body(Vec::new()).unwrap())
}

const WAIT: &str = "Wait { duration: 7s, reason: RetryAfter(Server) }";

#[test]
fn next_with_performs_each_step_of_the_flow() {
    let (time, log) = (Cell::new(Duration::ZERO), RefCell::new(Vec::new()));
    let mut outcomes = [busy(), session()].into_iter();
    let mut call = call(&api());
    let mut next = || {
        call.next_with(
            || time.get().into(),
            |request| {
                log.borrow_mut().push(format!("{} {}", request.method(), request.uri().path()));
                outcomes.next().unwrap()
            },
            |wait| {
                log.borrow_mut().push(format!("{wait:?}"));
                time.set(time.get() + wait.duration);
                ControlFlow::Continue(())
            },
        )
    };
    assert_eq!(next().unwrap().unwrap().session_id.as_str(), ID);
    assert!(next().is_none());
    let get = format!("GET /browser_sessions/{ID}");
    assert_eq!(log.into_inner(), [get.as_str(), WAIT, &get]);
}

#[test]
fn next_with_async_performs_each_step_of_the_flow() {
    let (time, log) = (Cell::new(Duration::ZERO), RefCell::new(Vec::new()));
    let mut outcomes = [busy(), session()].into_iter();
    let mut call = call(&api());
    let item = now_or_never(call.next_with_async(
        || time.get().into(),
        |request| {
            log.borrow_mut().push(format!("{} {}", request.method(), request.uri().path()));
            ready(outcomes.next().unwrap())
        },
        |wait| {
            log.borrow_mut().push(format!("{wait:?}"));
            time.set(time.get() + wait.duration);
            ready(())
        },
    ));
    assert_eq!(item.unwrap().unwrap().unwrap().session_id.as_str(), ID);
    let get = format!("GET /browser_sessions/{ID}");
    assert_eq!(log.into_inner(), [get.as_str(), WAIT, &get]);
}

#[test]
fn a_call_runs_to_its_result() {
    let now = || Now::ORIGIN;
    let result = call(&api()).run_with(now, |_| session(), |wait| panic!("{wait}"));
    assert_eq!(result.unwrap().session_id.as_str(), ID);
    let result = now_or_never(call(&api()).run_with_async(now, |_| ready(session()), |_| ready(())));
    assert_eq!(result.unwrap().unwrap().session_id.as_str(), ID);
}

#[test]
fn a_call_that_was_driven_to_its_end_has_no_result() {
    let now = || Now::ORIGIN;
    let mut call = call(&api());
    let item = call.next_with(now, |_| session(), |wait| panic!("{wait}"));
    assert!(item.unwrap().is_ok());
    let error = call.run_with(now, |_| session(), |wait| panic!("{wait}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "invalid call: its result was already yielded");
}

#[test]
fn a_dropped_future_abandons_only_its_request() {
    let mut call = call(&api());
    let now = || Now::ORIGIN;
    let never = now_or_never(call.next_with_async(now, |_| pending(), |_| ready(())));
    assert!(never.is_none());
    // The abandoned attempt counts, and the next one succeeds.
    let item = call.next_with(now, |_| session(), |wait| panic!("{wait}"));
    assert!(item.unwrap().is_ok());
}

#[test]
fn next_with_async_can_be_spawned_with_borrowed_captures() {
    struct Client(u8);

    impl Client {
        fn now(&self, api: &Api) -> Now {
            Duration::from_secs(u64::from(self.0) * api.body_limit() as u64).into()
        }

        async fn exchange(&self, _: Request<()>, api: &Api) -> Outcome {
            ready(()).await;
            assert_eq!((self.0, api.body_limit()), (1, 8 << 20));
            session()
        }

        async fn sleep(&self, _: Wait) {
            ready(()).await;
        }
    }

    /// Runs a future with the bounds of `tokio::spawn` and of axum's handlers.
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
        now_or_never(future).unwrap()
    }

    let item = spawn(async {
        let (api, client) = (api(), Client(1));
        let now = || client.now(&api);
        let (send, sleep) = (|request| client.exchange(request, &api), |wait| client.sleep(wait));
        call(&api).next_with_async(now, send, sleep).await
    });
    assert_eq!(item.unwrap().unwrap().session_id.as_str(), ID);

    let items = spawn(async {
        let (api, client) = (api(), Client(1));
        let now = || client.now(&api);
        let (mut call, mut items) = (call(&api), 0);
        while let Some(item) = call
            .next_with_async(now, |request| client.exchange(request, &api), |wait| client.sleep(wait))
            .await
        {
            items += usize::from(item.is_ok());
        }
        items
    });
    assert_eq!(items, 1);
}

#[test]
fn only_a_socket_timeout_is_a_timeout() {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset, InvalidData, TimedOut, UnexpectedEof, WouldBlock};
    let kinds = [WouldBlock, TimedOut, ConnectionReset, BrokenPipe, UnexpectedEof, InvalidData];
    assert_eq!(
        kinds.map(|kind| TransportError::from(std::io::Error::from(kind)).kind()),
        [
            TransportErrorKind::Timeout,
            TransportErrorKind::Timeout,
            TransportErrorKind::Connection,
            TransportErrorKind::Connection,
            TransportErrorKind::Connection,
            TransportErrorKind::Connection
        ]
    );
}

#[test]
fn a_wait_that_breaks_off_can_be_continued() {
    let mut call = call(&api());
    let now = || Now::ORIGIN;
    let stopped = call.next_with(now, |_| limited(), |_| ControlFlow::Break(()));
    assert!(stopped.is_none());
    let later = || Now::from(Duration::from_secs(8));
    let item = call.next_with(later, |_| session(), |wait| panic!("{wait}"));
    assert!(item.unwrap().is_ok());
}
