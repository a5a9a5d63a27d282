//! Log lines of the HTTP client, in a test binary of their own, because a process has one logger.

use std::sync::Mutex;

use brightdata_sessions::{Api, ApiKey};
use brightdata_sessions_reqwest::Client;
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use log::{LevelFilter, Log, Metadata, Record};

const KEY: &str = "0123456789abcdef";

/// A logger that retains every line of every crate.
struct Lines(Mutex<Vec<String>>);

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(format!("{}: {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

static LINES: Lines = Lines(Mutex::new(Vec::new()));

#[tokio::test]
async fn a_verbose_builder_does_not_log_the_key() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let fake = FakeApi::start().unwrap();
    let api = Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url());
    let client = Client::builder(api).configure(|http| http.connection_verbose(true)).build().unwrap();
    client.get(&DEMO_SESSION_ID.parse().unwrap()).await.unwrap();
    let lines = LINES.0.lock().unwrap();
    assert!(lines.iter().any(|line| line.starts_with("reqwest")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains(KEY)), "{lines:?}");
}
