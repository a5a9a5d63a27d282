//! The adapter cases of the suite.

use brightdata_sessions_testkit::suite::{Call, Suite};
use brightdata_sessions_ureq::Client;

#[test]
fn the_adapter_passes_the_suite() {
    let report = Suite::new().run_adapter(|limits| {
        let client = Client::builder(limits.api).timeout(limits.timeout).build().unwrap();
        move |call| match call {
            Call::Get(id) => vec![client.get(&id)],
            Call::List(request) => client.list(request).collect(),
            Call::Watch(id) => client.watch(&id).collect(),
        }
    });
    assert!(report.passed(), "\n{report}");
}
