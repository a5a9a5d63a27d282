//! The suite, with this adapter and its transport.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use brightdata_sessions_testkit::suite::{Call, Suite};
use brightdata_sessions_ureq::{Client, ureq::Agent};

#[test]
fn the_transport_passes_the_suite() {
    // One client for each base URL, because a client has limits and connections of its own.
    let clients = Mutex::new(HashMap::new());
    let report = Suite::new().run_transport(|request, limits| {
        let base_url = limits.api.base_url().to_string();
        let client = || Client::builder(limits.api.clone()).timeout(limits.timeout).build().unwrap();
        let client = clients.lock().unwrap().entry(base_url).or_insert_with(client).clone();
        client.exchange(request)
    });
    assert!(report.passed(), "\n{report}");
    // Only a package contains its original manifest, and it lacks the table.
    if !Path::new("Cargo.toml.orig").exists() {
        report.assert_file("../testkit/conformance/ureq.md");
    }
}

#[test]
fn the_transport_passes_random_responses() {
    let clients = Mutex::new(HashMap::new());
    let report = Suite::random(1, 2_000).run_transport(|request, limits| {
        let base_url = limits.api.base_url().to_string();
        let client = || Client::builder(limits.api.clone()).timeout(limits.timeout).build().unwrap();
        let client = clients.lock().unwrap().entry(base_url).or_insert_with(client).clone();
        client.exchange(request)
    });
    assert!(report.passed(), "{report}");
}

#[test]
fn the_transport_passes_the_suite_with_a_default_agent() {
    // All cases share the agent's pool.
    let agent = Agent::from(Agent::config_builder().max_idle_connections(1000).build());
    let suite = Suite::new().known_failure(
        "reset inside a close-delimited body",
        "the agent's connector hides the reset from ureq, which treats it as the end of the body",
    );
    let report = suite.run_transport(|request, limits| {
        let builder = Client::builder(limits.api.clone()).agent(agent.clone());
        builder.timeout(limits.timeout).build().unwrap().exchange(request)
    });
    assert!(report.passed(), "\n{report}");
}

#[test]
fn the_adapter_passes_the_suite() {
    let report = Suite::new().run_adapter(|limits| {
        let client = Client::builder(limits.api).timeout(limits.timeout).build().unwrap();
        move |call| match call {
            Call::Get(id) => vec![client.get(&id)],
            Call::GetMany { ids, jobs } => client.get_many(ids, jobs).collect(),
            Call::List(request) => client.list(request).collect(),
            Call::ListAhead(request) => client.list(request).ahead().collect(),
            Call::Watch(id) => client.watch(&id).collect(),
        }
    });
    assert!(report.passed(), "\n{report}");
}
