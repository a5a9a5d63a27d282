//! Fetches many sessions at once.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use brightdata_sessions::{Error, GetSession, Session, SessionId};
use futures_core::Stream;
use futures_util::stream::FuturesUnordered;

use crate::Client;

/// The rate guard allows fewer requests in flight, so more tasks would only wait.
const MAX_JOBS: usize = 64;
/// How many ids are taken before the first of them is yielded, for each job. A slow id then does not
/// stop the others.
const AHEAD_PER_JOB: usize = 4;

/// The sessions of many ids, in the order of the ids: with [`next`](Self::next), or as a [`Stream`].
/// Created by [`Client::get_many`].
///
/// - At most `jobs` requests are in flight. 0 counts as 1, and more than 64 count as 64. All calls
///   share the rate guard of the client's [`Api`](crate::Api), so more jobs do not exceed the rate
///   limit.
/// - A failed call is retried according to the [`RetryPolicy`](crate::RetryPolicy). An error that
///   remains takes the place of its session, and the other ids are still fetched.
/// - Ids are taken as needed: at most `4 * jobs` before the first of them is yielded. So memory is
///   bounded, and there may be endlessly many.
/// - Nothing is sent before the first call of `next`.
/// - Dropping this abandons the requests in flight. Nothing continues in the background.
///
/// The ids are taken while this is polled, so they must not block. The requests in flight are
/// stored here, not in the future of `next`, which can be dropped at any time. They progress while
/// this is polled: a program that takes longer for one result than the time limit of an attempt
/// should collect the results first, or handle them in another task.
///
/// The results have the order of the ids, so a loop over both finds the id of an error:
///
/// ```
/// use brightdata_sessions_reqwest::{Api, ApiKey, Client, SessionId};
///
/// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = FakeApi::start()?;
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
/// # let client = Client::builder(api).build()?;
/// # let ids: Vec<SessionId> = vec![DEMO_SESSION_ID.parse()?];
/// let mut results = client.get_many(ids.clone(), 8);
/// for id in &ids {
///     match results.next().await {
///         Some(Ok(session)) => println!("{id}: {:?} bytes", session.bandwidth),
///         Some(Err(error)) => eprintln!("{id}: {error:#}"),
///         None => break,
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before the first call of `next`"]
pub struct GetMany {
    client: Client,
    jobs: usize,
    /// The remaining ids. `None` at their end.
    ids: Option<Box<dyn Iterator<Item = SessionId> + Send>>,
    calls: FuturesUnordered<NumberedCall>,
    /// The results that are not yet yielded. `None` while the call runs.
    results: VecDeque<Option<Result<Session, Error>>>,
    /// The number of results yielded.
    yielded: u64,
}

/// A call with the number of its result.
type NumberedCall = Pin<Box<dyn Future<Output = (u64, Result<Session, Error>)> + Send>>;

impl Client {
    /// Fetches many sessions, with up to `jobs` requests in flight. Yields the result of each id, in
    /// the order of the ids.
    ///
    /// ```
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client};
    ///
    /// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// # let ids = vec![DEMO_SESSION_ID.parse()?];
    /// let mut results = client.get_many(ids, 8);
    /// while let Some(result) = results.next().await {
    ///     println!("{:?}", result?.bandwidth);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_many<I>(&self, ids: I, jobs: usize) -> GetMany
    where
        I: IntoIterator<Item = SessionId>,
        I::IntoIter: Send + 'static,
    {
        GetMany {
            client: self.clone(),
            jobs: jobs.clamp(1, MAX_JOBS),
            ids: Some(Box::new(ids.into_iter())),
            calls: FuturesUnordered::new(),
            results: VecDeque::new(),
            yielded: 0,
        }
    }
}

impl GetMany {
    /// Returns the next result, or `None` if there are no more.
    pub async fn next(&mut self) -> Option<Result<Session, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Starts calls up to the limits.
    fn start(&mut self) {
        while self.calls.len() < self.jobs && self.results.len() < self.jobs * AHEAD_PER_JOB {
            let Some(id) = self.ids.as_mut().and_then(Iterator::next) else {
                self.ids = None;
                return;
            };
            let number = self.yielded + self.results.len() as u64;
            self.results.push_back(None);
            let client = self.client.clone();
            self.calls.push(Box::pin(async move { (number, client.call(GetSession::new(id)).await) }));
        }
    }
}

impl Stream for GetMany {
    type Item = Result<Session, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // All calls make progress, even if the first result is ready.
        loop {
            self.start();
            let Poll::Ready(Some((number, result))) = Pin::new(&mut self.calls).poll_next(context) else {
                break;
            };
            let index = (number - self.yielded) as usize;
            if let Some(place) = self.results.get_mut(index) {
                *place = Some(result);
            }
        }
        match self.results.front_mut().map(Option::take) {
            // A call panicked, so its result never comes.
            Some(None) if self.calls.is_empty() => {
                self.ids = None;
                self.results.clear();
                Poll::Ready(None)
            }
            Some(None) => Poll::Pending,
            Some(result) => {
                self.results.pop_front();
                self.yielded += 1;
                Poll::Ready(result)
            }
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for GetMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMany").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}
