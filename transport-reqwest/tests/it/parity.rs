//! The adapter cases of the suite.

use brightdata_sessions::{Error, Flow};
use brightdata_sessions_reqwest::Client;
use brightdata_sessions_testkit::suite::{Call, Suite};
use tokio::runtime::Runtime;

async fn all<F: Flow>(client: &Client, flow: F) -> Vec<Result<F::Item, Error>> {
    let mut items = Vec::new();
    let mut drive = client.drive(flow);
    while let Some(item) = drive.next().await {
        items.push(item);
    }
    items
}

#[test]
fn the_adapter_passes_the_suite() {
    let report = Suite::new().run_adapter(|limits| {
        let runtime = Runtime::new().unwrap();
        let client = Client::builder(limits.api).timeout(limits.timeout).build().unwrap();
        move |call| {
            runtime.block_on(async {
                match call {
                    Call::Get(id) => vec![client.get(&id).await],
                    Call::List(request) => all(&client, client.api().list(request)).await,
                    Call::Watch(id) => all(&client, client.api().watch(&id)).await,
                }
            })
        }
    });
    assert!(report.passed(), "\n{report}");
}
