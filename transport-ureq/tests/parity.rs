//! This adapter against the conversations that every adapter holds.

use brightdata_sessions_testkit::parity::{self, Ask};
use brightdata_sessions_ureq::Client;

#[test]
fn it_does_as_every_adapter_does() {
    let report = parity::run(|limits| {
        let client = Client::with_api(limits.api).with_timeout(limits.timeout);
        move |ask| match ask {
            Ask::Get(id) => vec![client.get(&id)],
            Ask::List(request) => client.list(request).collect(),
            Ask::Watch(id) => client.watch(&id).collect(),
        }
    });
    assert!(report.passed(), "\n{report}");
}
