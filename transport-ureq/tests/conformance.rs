//! This adapter against the suite that every transport passes.

use std::collections::HashMap;
use std::sync::Mutex;

use brightdata_sessions_testkit::conformance::Suite;
use brightdata_sessions_ureq::{Client, ureq::Agent};

#[test]
fn it_does_as_every_transport_does() {
    // A client for each base URL, since limits and connections belong to it.
    let clients = Mutex::new(HashMap::new());
    let report = Suite::new().run(|request, limits| {
        let base_url = limits.api.base_url().to_string();
        let client = || Client::with_api(limits.api.clone()).with_timeout(limits.timeout);
        let client = clients.lock().unwrap().entry(base_url).or_insert_with(client).clone();
        client.exchange(request)
    });
    assert!(report.passed(), "\n{report}");
    report.assert_file("../testkit/conformance/ureq.md");
}

#[test]
fn so_it_does_over_an_agent_that_follows_redirects_and_takes_statuses_for_errors() {
    // All cases are played over its one pool.
    let agent = Agent::from(Agent::config_builder().max_idle_connections(1000).build());
    let suite = Suite::new().known_failure(
        "reset inside a close-delimited body",
        "the agent's connector does not tell ureq, and ureq takes it for the end",
    );
    let report = suite.run(|request, limits| {
        let client = Client::with_api(limits.api.clone()).with_agent(agent.clone());
        client.with_timeout(limits.timeout).exchange(request)
    });
    assert!(report.passed(), "\n{report}");
}
