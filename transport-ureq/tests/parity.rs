//! This adapter against the table that every adapter passes.

use brightdata_sessions_testkit::parity::{self, Ask};
use brightdata_sessions_ureq::Client;

#[test]
fn it_does_as_every_adapter_does() {
    let report = parity::run(|setup| {
        let client = Client::with_api(setup.api).with_timeout(setup.timeout);
        move |ask| match ask {
            Ask::Get(id) => vec![client.get(&id)],
            Ask::List(request) => client.list(request).collect(),
            Ask::Watch(id) => client.watch(&id).collect(),
        }
    });
    println!("{report}");
    assert!(report.passed(), "\n{report}");
}
