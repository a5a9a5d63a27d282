//! The examples' transports against the suite. Its tables are in `testkit/conformance`.

use std::fs;

use brightdata_sessions_testkit::suite::{Report, Suite};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::runtime::Runtime;

use crate::support::examples::{attohttpc, curl, hyper, isahc, reqwest_middleware, sockets, tower};

mod random;

fn assert_passes(report: Report, table: &str) {
    assert!(report.passed(), "\n{report}");
    report.assert_file(table);
}

#[test]
fn hyper_passes_the_suite() {
    let (runtime, http) = (Runtime::new().unwrap(), hyper::client(HttpConnector::new()));
    let report = Suite::new().run_transport(|request, limits| {
        runtime.block_on(hyper::exchange(&http, request, &limits.api, limits.timeout))
    });
    assert_passes(report, "conformance/hyper.md");
}

#[test]
fn a_tower_service_passes_the_suite() {
    let (runtime, service) = (Runtime::new().unwrap(), tower::service());
    let report = Suite::new().run_transport(|request, limits| {
        runtime.block_on(tower::exchange(service.clone(), request, &limits.api, limits.timeout))
    });
    assert_passes(report, "conformance/tower.md");
}

#[test]
fn reqwest_middleware_passes_the_suite() {
    let (runtime, http) = (Runtime::new().unwrap(), reqwest_middleware::client());
    let report = Suite::new().run_transport(|request, limits| {
        runtime.block_on(reqwest_middleware::exchange(&http, request, &limits.api, limits.timeout))
    });
    assert_passes(report, "conformance/reqwest_middleware.md");
}

#[test]
fn isahc_passes_with_known_failures() {
    let http = isahc::client();
    let suite = Suite::new()
        .known_failure(
            "a huge content-length allocates nothing",
            "libcurl ignores a content-length beyond 2^63, and reads until the connection closes",
        )
        .known_failure(
            "a 404 whose body never arrives is a 404",
            "isahc returns a head with the first byte of the body",
        )
        .known_failure("closed inside a header", "libcurl takes a head that is cut off for a whole one")
        .known_failure("closed between headers", "libcurl takes a head that is cut off for a whole one")
        .known_failure(
            "an unsolicited response a moment later",
            "libcurl does not check a connection again within a second of the last check",
        );
    let report =
        suite.run_transport(|request, limits| isahc::exchange(&http, request, &limits.api, limits.timeout));
    assert_passes(report, "conformance/isahc.md");
}

#[test]
fn curl_passes_with_known_failures() {
    let suite = Suite::new()
        .known_failure(
            "an unsolicited response a moment later",
            "libcurl does not check a connection again within a second of the last check",
        )
        .known_failure(
            "a huge content-length allocates nothing",
            "libcurl ignores a content-length beyond 2^63, and reads until the connection closes",
        );
    let report = suite.run_transport(|request, limits| curl::exchange(&request, &limits.api, limits.timeout));
    assert_passes(report, "conformance/curl.md");
}

#[test]
fn attohttpc_passes_with_known_failures() {
    let interim = "attohttpc treats the first head as final, whatever its status";
    let trailers =
        "attohttpc expects an empty line after the last chunk and reads a trailer as a malformed chunk";
    let suite = Suite::new()
        .known_failure("a 100 is skipped", interim)
        .known_failure("several interim responses with headers are skipped", interim)
        .known_failure("endless interim responses", interim)
        .known_failure("chunks with trailers", trailers)
        .known_failure("after chunks with trailers, the next call succeeds", trailers)
        .known_failure("a connection is reused", "attohttpc has no pool");
    let report =
        suite.run_transport(|request, limits| attohttpc::exchange(request, &limits.api, limits.timeout));
    assert_passes(report, "conformance/attohttpc.md");
}

#[test]
fn sockets_pass_with_a_known_failure() {
    let suite =
        Suite::new().known_failure("a connection is reused", "the example opens a socket for each request");
    let report =
        suite.run_transport(|request, limits| sockets::exchange(&request, &limits.api, limits.timeout));
    assert_passes(report, "conformance/sockets.md");
}

#[test]
fn the_summary_matches_the_tables() {
    let summary = fs::read_to_string("conformance/README.md").unwrap();
    // Only a package contains its original manifest, and it lacks the README of the repository.
    let is_packaged = fs::exists("Cargo.toml.orig").unwrap();
    let readme = fs::read_to_string("../README.md");
    let mut clients = 0;
    for entry in fs::read_dir("conformance").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "README.md" {
            continue;
        }
        let table = fs::read_to_string(format!("conformance/{name}")).unwrap();
        let counts = table.lines().find(|line| line.starts_with("cases: ")).unwrap();
        let counts: Vec<_> = counts.split([' ', ',']).filter(|word| word.parse::<usize>().is_ok()).collect();
        let [cases, "0", known_failures] = counts[..] else { panic!("{name}: {counts:?}") };
        let client = name.trim_end_matches(".md");
        let row = summary.lines().find(|line| line.starts_with(&format!("| [{client}]({name}) |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in the summary"));
        assert!(
            row.contains(&format!(" | {cases} | {known_failures} | ")),
            "{name}: {cases}, {known_failures}: {row}"
        );
        assert!(fs::read_to_string("README.md").unwrap().contains(&format!("plays {cases} cases")));
        let in_readme = |readme: &String| readme.contains(&format!("plays {cases} cases"));
        assert!(is_packaged || readme.as_ref().is_ok_and(in_readme), "{cases}");
        clients += 1;
    }
    assert_eq!(clients, 9);
}
