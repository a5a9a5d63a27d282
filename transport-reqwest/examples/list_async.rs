//! Lists ten thousand sessions of a fake on this machine, and prints the memory that this took.
//!
//! `cargo run --release -p brightdata-sessions-reqwest --example list_async`

use brightdata_sessions_reqwest::{Api, ApiKey, Client, ListSessions};
use brightdata_sessions_testkit::{FakeApi, generate, peak_memory};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The fake holds its sessions in this process, so they count before the list begins.
    let fake = FakeApi::with_sessions(generate(1, 10_000))?;
    let client =
        Client::builder(Api::new(ApiKey::new("demo-key")?).with_base_url(fake.base_url())).build()?;
    let before = peak_memory();

    let mut bandwidth = 0;
    let mut sessions = 0;
    let mut list = client.list(ListSessions::new().limit(100));
    while let Some(session) = list.next().await {
        bandwidth += session?.bandwidth.unwrap_or(0);
        sessions += 1;
    }

    println!("{sessions} sessions in {} requests, {bandwidth} bytes of traffic", fake.requests().len());
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        println!("peak memory: {} KiB before the list, {} KiB after it", before >> 10, after >> 10);
    }
    Ok(())
}
