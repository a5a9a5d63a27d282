//! Random responses to the examples' transports.

use brightdata_sessions_testkit::suite::{RandomSuite, Suite};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::runtime::Runtime;

use crate::support::examples::{attohttpc, curl, hyper, isahc, reqwest_middleware, sockets, tower};

fn suite() -> RandomSuite {
    Suite::random(1, 2_000)
}

#[test]
fn hyper_passes_random_responses() {
    let (runtime, http) = (Runtime::new().unwrap(), hyper::client(HttpConnector::new()));
    let report = suite().run_transport(|request, limits| {
        runtime.block_on(hyper::exchange(&http, request, &limits.api, limits.timeout))
    });
    assert!(report.passed(), "{report}");
}

#[test]
fn a_tower_service_passes_random_responses() {
    let (runtime, service) = (Runtime::new().unwrap(), tower::service());
    let report = suite().run_transport(|request, limits| {
        runtime.block_on(tower::exchange(service.clone(), request, &limits.api, limits.timeout))
    });
    assert!(report.passed(), "{report}");
}

#[test]
fn curl_passes_random_responses_with_declared_exceptions() {
    let report = without_faults_of_libcurl()
        .run_transport(|request, limits| curl::exchange(&request, &limits.api, limits.timeout));
    assert!(report.passed(), "{report}");
}

fn without_faults_of_libcurl() -> RandomSuite {
    suite()
        .without("truncated heads", "libcurl takes a head that is cut off for a whole one")
        .without("resets", "libcurl sends a request again if a reused connection is reset before a response")
        .without(
            "stray responses",
            "libcurl does not check a connection again within a second of the last check",
        )
}

#[test]
fn attohttpc_passes_random_responses_with_declared_exceptions() {
    let suite = suite()
        .without("interim responses", "attohttpc treats the first head as final, whatever its status")
        .without("trailers", "attohttpc expects an empty line after the last chunk");
    let report =
        suite.run_transport(|request, limits| attohttpc::exchange(request, &limits.api, limits.timeout));
    assert!(report.passed(), "{report}");
}

#[test]
fn reqwest_middleware_passes_random_responses() {
    let (runtime, http) = (Runtime::new().unwrap(), reqwest_middleware::client());
    let report = suite().run_transport(|request, limits| {
        runtime.block_on(reqwest_middleware::exchange(&http, request, &limits.api, limits.timeout))
    });
    assert!(report.passed(), "{report}");
}

#[test]
fn isahc_passes_random_responses_with_declared_exceptions() {
    let http = isahc::client();
    let report = without_faults_of_libcurl()
        .run_transport(|request, limits| isahc::exchange(&http, request, &limits.api, limits.timeout));
    assert!(report.passed(), "{report}");
}

#[test]
fn sockets_pass_random_responses() {
    let report =
        suite().run_transport(|request, limits| sockets::exchange(&request, &limits.api, limits.timeout));
    assert!(report.passed(), "{report}");
}
