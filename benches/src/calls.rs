//! Fetching a session over HTTP, with an adapter and with its bare HTTP client.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use brightdata_sessions::{Api, ApiKey, SessionId};
use brightdata_sessions_testkit::DEMO_SESSION_ID;
use tokio::runtime::Runtime;

use crate::parse::Answer;

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const USER_AGENT: &str = "brightdata-sessions/0.1.0";

/// The HTTP clients that have an adapter.
pub const CLIENTS: [&str; 2] = ["ureq", "reqwest"];

/// Makes calls: the arguments are the concurrency and the total number.
pub type Calls = Box<dyn Fn(usize, usize)>;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Returns calls that use the adapter of an HTTP client.
pub fn ours(client: &str, url: &str) -> Result<Calls> {
    if client == "ureq" { ours_on_ureq(url) } else { ours_on_reqwest(url) }
}

/// Returns calls that do the same GET, read and parse with the bare HTTP client, without timeouts.
pub fn bare(client: &str, url: &str) -> Result<Calls> {
    if client == "ureq" { Ok(bare_ureq(url)) } else { bare_reqwest(url) }
}

/// Returns an [`Api`] for a URL on loopback.
pub fn api(url: &str) -> Result<Api> {
    Ok(Api::new(ApiKey::new(KEY)?).with_base_url(url.parse()?))
}

fn ours_on_ureq(url: &str) -> Result<Calls> {
    let client = brightdata_sessions_ureq::Client::builder(api(url)?).build()?;
    let id: SessionId = DEMO_SESSION_ID.parse()?;
    Ok(on_threads(move || {
        client.get(&id).expect("a session");
    }))
}

fn bare_ureq(url: &str) -> Calls {
    let agent = ureq::Agent::new_with_defaults();
    let url = format!("{url}/browser_sessions/{DEMO_SESSION_ID}");
    on_threads(move || {
        let mut response = agent
            .get(&url)
            .header("accept", "application/json")
            .header("user-agent", USER_AGENT)
            .header("authorization", format!("Bearer {KEY}"))
            .call()
            .expect("a response");
        let body = response.body_mut().read_to_vec().expect("a body");
        serde_json::from_slice::<Answer>(&body).expect("a session");
    })
}

/// The number of calls left to make, shared by all threads or tasks.
struct Remaining(AtomicUsize);

impl Remaining {
    fn new(calls: usize) -> Self {
        Self(AtomicUsize::new(calls))
    }

    fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

fn on_threads(call: impl Fn() + Send + Sync + 'static) -> Calls {
    Box::new(move |concurrency, calls| {
        if concurrency == 1 {
            return (0..calls).for_each(|_| call());
        }
        let remaining = Remaining::new(calls);
        thread::scope(|scope| {
            for _ in 0..concurrency {
                scope.spawn(|| {
                    while remaining.take() {
                        call();
                    }
                });
            }
        });
    })
}

fn ours_on_reqwest(url: &str) -> Result<Calls> {
    let client = brightdata_sessions_reqwest::Client::builder(api(url)?).build()?;
    let id: SessionId = DEMO_SESSION_ID.parse()?;
    on_tasks(move || {
        let (client, id) = (client.clone(), id.clone());
        async move {
            client.get(&id).await.expect("a session");
        }
    })
}

fn bare_reqwest(url: &str) -> Result<Calls> {
    let client = reqwest::Client::new();
    let url = format!("{url}/browser_sessions/{DEMO_SESSION_ID}");
    on_tasks(move || {
        let request = client
            .get(&url)
            .header("accept", "application/json")
            .header("user-agent", USER_AGENT)
            .bearer_auth(KEY);
        async move {
            let body = request.send().await.expect("a response").bytes().await.expect("a body");
            serde_json::from_slice::<Answer>(&body).expect("a session");
        }
    })
}

fn on_tasks<F: Future<Output = ()> + Send>(call: impl Fn() -> F + Send + Sync + 'static) -> Result<Calls> {
    let runtime = Runtime::new()?;
    let call = Arc::new(call);
    Ok(Box::new(move |concurrency, calls| {
        let remaining = Arc::new(Remaining::new(calls));
        runtime.block_on(async {
            let tasks: Vec<_> = (0..concurrency)
                .map(|_| {
                    let (call, remaining) = (Arc::clone(&call), Arc::clone(&remaining));
                    tokio::spawn(async move {
                        while remaining.take() {
                            call().await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic");
            }
        });
    }))
}
