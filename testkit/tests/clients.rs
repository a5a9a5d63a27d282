//! The transports of the examples against the suite. Its tables are kept in `testkit/conformance`.

use std::fs;

use brightdata_sessions_testkit::conformance::{Report, Suite};
use tokio::runtime::Runtime;

#[path = "../examples/attohttpc.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
mod attohttpc;
#[path = "../examples/curl.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
mod curl;
#[path = "../examples/hyper.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
mod hyper;
#[path = "../examples/sockets.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
mod sockets;
#[path = "../examples/tower.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
mod tower;

fn passes(report: Report, table: &str) {
    assert!(report.passed(), "\n{report}");
    report.assert_file(table);
}

#[test]
fn hyper_does_as_every_transport_does() {
    let (runtime, http) = (Runtime::new().unwrap(), hyper::client());
    let report = Suite::new().run(|request, limits| {
        runtime.block_on(hyper::exchange(&http, request, &limits.api, limits.timeout))
    });
    passes(report, "conformance/hyper.md");
}

#[test]
fn so_does_a_tower_service() {
    let (runtime, service) = (Runtime::new().unwrap(), tower::service());
    let report = Suite::new().run(|request, limits| {
        runtime.block_on(tower::exchange(service.clone(), request, &limits.api, limits.timeout))
    });
    passes(report, "conformance/tower.md");
}

#[test]
fn so_does_curl() {
    let suite = Suite::new()
        .known_failure(
            "an unsolicited response a moment later",
            "libcurl takes a connection that it looked at within the last second for a good one",
        )
        .known_failure(
            "a huge content-length allocates nothing",
            "libcurl takes a length beyond 2^63 for none, and reads until the connection is closed",
        );
    let report = suite.run(|request, limits| curl::exchange(&request, &limits.api, limits.timeout));
    passes(report, "conformance/curl.md");
}

#[test]
fn so_does_attohttpc() {
    let interim = "attohttpc takes the first head for the answer's, whatever its status";
    let trailers =
        "attohttpc takes the last chunk's empty line for the end, and a trailer for a broken chunk";
    let suite = Suite::new()
        .known_failure("a 100 is skipped", interim)
        .known_failure("several interim responses with headers are skipped", interim)
        .known_failure("endless interim responses", interim)
        .known_failure("chunks with trailers", trailers)
        .known_failure("after chunks with trailers, the next call succeeds", trailers)
        .known_failure("a connection is reused", "attohttpc has no pool");
    let report = suite.run(|request, limits| attohttpc::exchange(request, &limits.api, limits.timeout));
    passes(report, "conformance/attohttpc.md");
}

#[test]
fn so_do_plain_sockets() {
    let suite = Suite::new().known_failure("a connection is reused", "a socket is no pool");
    let report = suite.run(|request, limits| sockets::exchange(&request, &limits.api, limits.timeout));
    passes(report, "conformance/sockets.md");
}

#[test]
fn the_summary_says_what_the_tables_say() {
    let summary = fs::read_to_string("conformance/README.md").unwrap();
    let readme = fs::read_to_string("../README.md").unwrap();
    let mut stacks = 0;
    for entry in fs::read_dir("conformance").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "README.md" {
            continue;
        }
        let table = fs::read_to_string(format!("conformance/{name}")).unwrap();
        let counts = table.lines().find(|line| line.ends_with("known failures")).unwrap();
        let counts: Vec<_> = counts.split(' ').filter(|word| word.parse::<usize>().is_ok()).collect();
        let [cases, "0", known_failures] = counts[..] else { panic!("{name}: {counts:?}") };
        let stack = name.trim_end_matches(".md");
        let row = summary.lines().find(|line| line.starts_with(&format!("| [{stack}]({name}) |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in the summary"));
        assert!(
            row.contains(&format!(" | {cases} | {known_failures} | ")),
            "{name}: {cases}, {known_failures}: {row}"
        );
        assert!(readme.contains(&format!("plays {cases} cases")), "{cases}");
        stacks += 1;
    }
    assert_eq!(stacks, 7);
}
