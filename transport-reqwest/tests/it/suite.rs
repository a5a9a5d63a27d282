//! The suite, with this adapter and its transport.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use brightdata_sessions_reqwest::reqwest::{self, redirect::Policy};
use brightdata_sessions_reqwest::{Client, Error, Flow, FlowStream};
use brightdata_sessions_testkit::suite::{Call, Report, Suite};
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
            // No certificates: reading the system's a hundred times takes longer than some time
            // limits.
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

#[test]
fn the_transport_passes_random_responses() {
    let runtime = Runtime::new().unwrap();
    let http = reqwest::Client::builder().redirect(Policy::none()).tls_certs_only([]).no_proxy();
    let http = http.build().unwrap();
    let report = Suite::random(1, 2_000).run_transport(|request, limits| {
        let client = Client::builder(limits.api.clone()).http_client(http.clone()).timeout(limits.timeout);
        runtime.block_on(client.build().unwrap().exchange(request))
    });
    assert!(report.passed(), "{report}");
}

/// Runs the transport cases with a finished client.
fn run_finished(suite: &Suite, redirect: fn() -> Policy) -> Report {
    let runtime = Runtime::new().unwrap();
    let clients = Mutex::new(HashMap::new());
    suite.run_transport(|request, limits| {
        let base_url = limits.api.base_url().to_string();
        let client = || {
            let http = reqwest::Client::builder().redirect(redirect()).tls_certs_only([]).no_proxy();
            let builder = Client::builder(limits.api.clone()).http_client(http.build().unwrap());
            builder.timeout(limits.timeout).build().unwrap()
        };
        let client = clients.lock().unwrap().entry(base_url).or_insert_with(client).clone();
        runtime.block_on(client.exchange(request))
    })
}

#[test]
fn a_finished_client_without_redirects_passes_the_suite() {
    let report = run_finished(&Suite::new(), Policy::none);
    assert!(report.passed(), "\n{report}");
}

#[test]
fn a_finished_client_that_follows_redirects_fails_these_cases() {
    let report = run_finished(&Suite::new(), Policy::default);
    assert_eq!(
        report.failed().collect::<Vec<_>>(),
        [
            "a 301 to another port is not followed",
            "a 302 to another port is not followed",
            "a 303 to another port is not followed",
            "a 307 to another port is not followed",
            "a 308 to another port is not followed",
            "a redirect without a scheme is not followed",
            "a redirect on the same host is not followed",
            "a redirect to itself is not followed",
        ]
    );
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
                    Call::GetMany { ids, jobs } => {
                        let mut results = client.get_many(ids, jobs);
                        let mut items = Vec::new();
                        while let Some(item) = results.next().await {
                            items.push(item);
                        }
                        items
                    }
                    Call::List(request) => all(client.list(request)).await,
                    Call::ListAhead(request) => all(client.list(request).ahead()).await,
                    Call::Watch(id) => all(client.watch(&id)).await,
                }
            })
        }
    });
    assert!(report.passed(), "\n{report}");
}

async fn all<F: Flow>(mut stream: FlowStream<F>) -> Vec<Result<F::Item, Error>> {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        items.push(item);
    }
    items
}
