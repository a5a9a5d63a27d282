//! The transport cases of the suite.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use brightdata_sessions_reqwest::Client;
use brightdata_sessions_testkit::suite::Suite;
use tokio::runtime::Runtime;

#[test]
fn the_transport_passes_the_suite() {
    let runtime = Runtime::new().unwrap();
    // One client for each base URL, because a client has limits and connections of its own.
    let clients = Mutex::new(HashMap::new());
    let report = Suite::new().run_transport(|request, limits| {
        let base_url = limits.api.base_url().to_string();
        let client = || {
            let builder = Client::builder(limits.api.clone()).timeout(limits.timeout);
            // No certificates: reading the system's a hundred times takes longer than some time limits.
            builder.configure(|http| http.tls_certs_only([])).build().unwrap()
        };
        let client = clients.lock().unwrap().entry(base_url).or_insert_with(client).clone();
        runtime.block_on(client.exchange(request))
    });
    assert!(report.passed(), "\n{report}");
    // Only a package contains its original manifest, and it lacks the table.
    if !Path::new("Cargo.toml.orig").exists() {
        report.assert_file("../testkit/conformance/reqwest.md");
    }
}
