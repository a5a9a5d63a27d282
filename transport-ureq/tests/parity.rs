//! The suite of conversations with this adapter.

use brightdata_sessions_testkit::parity::{self, Call};
use brightdata_sessions_ureq::Client;

#[test]
fn the_adapter_passes_the_suite() {
    let report = parity::run(|limits| {
        let client = Client::builder(limits.api).timeout(limits.timeout).build().unwrap();
        move |call| match call {
            Call::Get(id) => vec![client.get(&id)],
            Call::List(request) => client.list(request).collect(),
            Call::Watch(id) => client.watch(&id).collect(),
        }
    });
    assert!(report.passed(), "\n{report}");
}
