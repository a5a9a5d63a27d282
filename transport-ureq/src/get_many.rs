//! Fetches many sessions at once.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::{Arc, Mutex};
use std::thread;

use brightdata_sessions::{Error, GetSession, Session, SessionId};

use self::queue::Queue;
use crate::Client;

mod queue;

/// The rate guard allows fewer requests in flight, so more threads would only wait.
const MAX_JOBS: usize = 64;
/// How many ids are taken before the first of them is yielded, for each job. A slow id then does not
/// stop the others.
const AHEAD_PER_JOB: usize = 4;

/// The sessions of many ids, in the order of the ids: an [`Iterator`]. Created by
/// [`Client::get_many`].
///
/// - At most `jobs` requests are in flight. 0 counts as 1, and more than 64 count as 64. All calls
///   share the rate guard of the client's [`Api`](crate::Api), so more jobs do not exceed the rate
///   limit.
/// - A failed call is retried according to the [`RetryPolicy`](crate::RetryPolicy). An error that
///   remains takes the place of its session, and the other ids are still fetched.
/// - Ids are taken as needed: at most `4 * jobs` before the first of them is yielded. So memory is
///   bounded, and there may be endlessly many.
/// - Nothing is sent before the first call of `next`.
/// - Dropping this takes no further id and interrupts all waits. Each thread ends with its request
///   in flight, at the latest at the time limit of the attempt. A thread that the iterator of ids
///   blocks ends when that returns.
///
/// The ids are taken on `jobs` threads, one at a time, and may block. Ids from a channel are
/// fetched as they arrive. If the condition of
/// [`ClientBuilder::stop_when`](crate::ClientBuilder::stop_when) becomes true, no further id is
/// taken. A panic of the iterator of ids is passed on by `next`.
///
/// The results have the order of the ids, so `zip` finds the id of an error:
///
/// ```
/// use brightdata_sessions_ureq::{Api, ApiKey, Client, SessionId};
///
/// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
/// # let fake = FakeApi::start()?;
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
/// # let client = Client::builder(api).build()?;
/// # let ids: Vec<SessionId> = vec![DEMO_SESSION_ID.parse()?];
/// for (id, result) in ids.iter().zip(client.get_many(ids.clone(), 8)) {
///     match result {
///         Ok(session) => println!("{id}: {:?} bytes", session.bandwidth),
///         Err(error) => eprintln!("{id}: {error:#}"),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is sent before the first call of `next`"]
pub struct GetMany {
    jobs: usize,
    /// Takes one id and fetches its session. Returns false once no id is left.
    fetch_one: Arc<dyn Fn() -> bool + Send + Sync>,
    queue: Arc<Queue>,
    /// The number of threads, once they are started.
    threads: Option<usize>,
}

impl Client {
    /// Fetches many sessions, with up to `jobs` requests in flight. Yields the result of each id, in
    /// the order of the ids.
    ///
    /// ```
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client};
    ///
    /// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// # let ids = vec![DEMO_SESSION_ID.parse()?];
    /// for result in client.get_many(ids, 8) {
    ///     println!("{:?}", result?.bandwidth);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_many<I>(&self, ids: I, jobs: usize) -> GetMany
    where
        I: IntoIterator<Item = SessionId>,
        I::IntoIter: Send + 'static,
    {
        GetMany::new(self.clone(), ids.into_iter(), jobs.clamp(1, MAX_JOBS))
    }
}

impl GetMany {
    fn new(mut client: Client, ids: impl Iterator<Item = SessionId> + Send + 'static, jobs: usize) -> Self {
        let queue = Arc::new(Queue::new(jobs * AHEAD_PER_JOB));
        let stop = Arc::clone(&queue);
        client.stop = client.stop.or(move || stop.is_closed());
        let ids = Mutex::new(ids);
        let fetch_one = {
            let queue = Arc::clone(&queue);
            Arc::new(move || fetch_one(&client, &ids, &queue))
        };
        Self { jobs, fetch_one, queue, threads: None }
    }

    /// Starts the threads, and returns their number. It is smaller than that of the jobs, or even 0,
    /// if the system has no more.
    fn start(&self) -> usize {
        let start = |_: &usize| {
            let (fetch_one, queue) = (Arc::clone(&self.fetch_one), Arc::clone(&self.queue));
            let run = move || queue.catch_panic(|| while fetch_one() {});
            thread::Builder::new().name("get-many".to_owned()).spawn(run).is_ok()
        };
        (0..self.jobs).take_while(start).count()
    }
}

impl Iterator for GetMany {
    type Item = Result<Session, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.threads.is_none() {
            self.threads = Some(self.start());
        }
        if self.threads == Some(0) {
            self.queue.catch_panic(|| _ = (self.fetch_one)());
        }
        self.queue.pop()
    }
}

impl FusedIterator for GetMany {}

impl fmt::Debug for GetMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMany").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

impl Drop for GetMany {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Takes one id and fetches its session. Returns false once no id is left.
fn fetch_one(client: &Client, ids: &Mutex<impl Iterator<Item = SessionId>>, queue: &Queue) -> bool {
    // After a panic of the iterator, no further id is taken.
    let Ok(mut ids) = ids.lock() else { return false };
    if !queue.wait_for_room() {
        return false;
    }
    let is_stopped = || client.stop.is_stopped();
    let id = if is_stopped() { None } else { ids.next() };
    // The iterator may have blocked for long.
    let Some(id) = id.filter(|_| !is_stopped()) else {
        queue.end();
        return false;
    };
    let Some(place) = queue.push() else { return false };
    drop(ids);
    queue.fill(place, client.call(GetSession::new(id)));
    true
}
