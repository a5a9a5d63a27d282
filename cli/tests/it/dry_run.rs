//! `--dry-run`: the requests that a command would send.

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, RecordedRequest};
use serde_json::{Value, json};

use crate::support::{KEY, bare, input, program, run};

#[cfg(unix)]
mod curl;

const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";
const USER_AGENT: &str = concat!("brightdata-sessions/", env!("CARGO_PKG_VERSION"));

fn head(id: &str) -> String {
    format!(
        "GET /browser_sessions/{id} HTTP/1.1\nhost: api.brightdata.com\naccept: application/json\n\
         user-agent: {USER_AGENT}\nauthorization: Bearer [redacted]\n"
    )
}

fn object(base_url: &str, target: &str) -> Value {
    let (_, host) = base_url.split_once("://").unwrap();
    json!({
        "method": "GET",
        "url": format!("{base_url}{target}"),
        "headers": {
            "host": host, "accept": "application/json", "user-agent": USER_AGENT, "authorization": "Bearer [redacted]",
        },
    })
}

fn lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_request_is_printed_as_text_and_json_without_a_key() {
    let dry_run = |args: &[&str]| run(bare().arg("--dry-run").args(args));
    assert_eq!(dry_run(&["get", ID]), (0, head(ID), String::new()));
    assert_eq!(dry_run(&["get", ID, "a b"]).1, format!("{}\n{}", head(ID), head("a%20b")));
    assert_eq!(dry_run(&["watch", ID]), (0, head(ID), String::new()));
    let (status, stdout, stderr) = dry_run(&["--json", "get", ID, "a/b"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let request = |id| object("https://api.brightdata.com", &format!("/browser_sessions/{id}"));
    assert_eq!(lines(&stdout), [request(ID), request("a%2Fb")]);

    // A key in place of an id is not shown.
    for form in ["--dry-run", "--curl"] {
        let (_, stdout, _) = run(bare().env("BRIGHTDATA_API_KEY", KEY).args([form, "get", KEY]));
        assert!(stdout.contains("/browser_sessions/[redacted]"), "{stdout}");
    }
    // An invalid key is not read, and an invalid id is reported among the others.
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", "Bearer x").args(["--dry-run", "get", "-"]);
    let (status, stdout, stderr) = run(command.stdin(input("dry-run", format!("..\n{ID}\n"))));
    assert_eq!((status, stdout), (2, head(ID)));
    assert!(stderr.starts_with("brd-sessions: ..: invalid session id: "), "{stderr}");
}

#[test]
fn the_readme_shows_what_is_printed() {
    // The package does not contain it.
    let Ok(readme) = std::fs::read_to_string("../README.md") else { return };
    let (_, rest) = readme.split_once("$ cargo run -- --dry-run ").unwrap();
    let (args, rest) = rest.split_once('\n').unwrap();
    let (output, _) = rest.split_once("```").unwrap();
    assert_eq!(run(bare().arg("--dry-run").args(args.split(' '))), (0, output.to_owned(), String::new()));
}

/// Returns the target with a placeholder for the seconds of dates, which depend on the clock.
fn without_seconds(target: &str) -> String {
    let parts = target.split('&').map(|part| match part.split_once("_date=") {
        Some((name, date)) => format!("{name}_date={}", &date[..date.len().min(18)]),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("&")
}

#[test]
fn each_command_prints_the_request_that_it_sends_first() {
    let hostile = "--target-url=https://a.example/'\"$x`y`?é&b=[1] \\";
    let table: [&[&str]; 9] = [
        &["get", DEMO_SESSION_ID],
        &["get", "it's \"$HOME\" `id` é"],
        &["watch", DEMO_SESSION_ID, "--deadline", "1"],
        &["list"],
        &["list", "--limit", "7", "--offset", "3", "--sort", "bandwidth", "--order", "asc", "--csv"],
        &["list", "--all", "--status", "failed", "--api-name", "a b", hostile],
        &["list", "--since", "7d"],
        &["triage", "--since", "24h", "--against", "7d", "--html", "-"],
        &["triage", "--limit", "5", hostile],
    ];
    for args in table {
        let fake = FakeApi::start().unwrap();
        let (status, stdout, stderr) = run(program(&fake).args(["--json", "--dry-run"]).args(
            // `--json` and other formats of the output exclude each other.
            args.iter().filter(|arg| !matches!(**arg, "--csv" | "--html" | "-")),
        ));
        assert_eq!((status, stderr.as_str(), fake.connections()), (0, "", 0), "{args:?}");
        let printed = &lines(&stdout)[..];
        let [printed] = printed else { panic!("{args:?}: {stdout}") };

        let _ = run(program(&fake).args(args));
        let sent: &RecordedRequest = &fake.requests()[0];
        let (_, target) = printed["url"].as_str().unwrap().split_once(fake.base_url().as_str()).unwrap();
        assert_eq!(without_seconds(target), without_seconds(&sent.target), "{args:?}");
        assert_eq!(printed["method"], *sent.method);
        let headers = sent.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("accept-encoding"));
        let headers: Value = headers
            .map(|(name, value)| {
                let value = String::from_utf8(value.clone()).unwrap().replace(KEY, "[redacted]");
                (name.to_ascii_lowercase(), Value::from(value))
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(printed["headers"], headers, "{args:?}");
    }
}

#[test]
fn the_demo_is_not_started() {
    let note = "brd-sessions: the fake of --demo is not started, so the service's address is shown\n";
    let (status, stdout, stderr) = run(bare().args(["--demo", "--dry-run", "get"]));
    assert_eq!((status, stdout, stderr.as_str()), (0, head(DEMO_SESSION_ID), note));
}

#[test]
fn commands_without_a_known_request_are_refused() {
    let table: [(&[&str], &str); 7] = [
        (&["--dry-run", "doctor"], "'--dry-run' cannot be used with 'doctor'"),
        (&["--curl", "fake"], "'--curl' cannot be used with 'fake'"),
        (&["--dry-run", "man"], "'--dry-run' cannot be used with 'man'"),
        (&["--dry-run", "list", "--state", "x"], "'--dry-run' cannot be used with '--state <FILE>'"),
        (&["--curl", "list", "--follow"], "'--curl' cannot be used with '--follow'"),
        (&["--dry-run", "triage", "x"], "'--dry-run' cannot be used with '[FILE]...'"),
        (&["--curl", "get", "x", "--json"], "'--curl' cannot be used with '--json'"),
    ];
    for (args, reason) in table {
        let (status, stdout, stderr) = run(bare().args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(&format!("the argument {reason}")), "{args:?}: {stderr}");
    }
}
