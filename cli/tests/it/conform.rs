//! `conform` with five clients. Their tables are in `docs/conform`.
//!
//! `UPDATE_TABLES=1` writes the tables instead of comparing them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use brightdata_sessions::Session;
use brightdata_sessions_testkit::suite::PROGRAM_RULES;
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

use crate::support::{KEY, bare, run};

/// The end of each table.
const SUMMARY: &str = "\ncases: ";

/// The cases that a client on Node's fetch cannot pass, with the reasons.
const FETCH: [(&str, &str); 3] = [
    ("a 407 is returned as a response", "the standard of fetch requires a network error"),
    ("a 100 is skipped", "Node's fetch rejects an interim response with status 100"),
    ("reset inside a close-delimited body", "Node's fetch takes a reset for the end of such a body"),
];

/// The example of the core in WebAssembly.
const WASM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/examples/wasm");

/// Plays the suite against a command. Compares the report with the table of this name.
fn assert_conforms(name: &str, command: &str, known: &[(&str, &str)]) {
    let mut conform = with_path();
    conform.args(["conform", "--exec", command]);
    for (case, why) in known {
        conform.args(["--known", &format!("{case}={why}")]);
    }
    let (status, stdout, stderr) = run(&mut conform);
    let failures = stdout.split_once(SUMMARY).map_or(stdout.as_str(), |(_, end)| end);
    assert_eq!(status, 0, "{failures}\n{stderr}");
    let path = format!("{}/docs/conform/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let table = format!("# {name}\n\n{stdout}");
    if env::var_os("UPDATE_TABLES").is_some() {
        fs::write(&path, table).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap() == table,
        "{path} is out of date; set UPDATE_TABLES=1 to update it"
    );
}

/// Returns the program with the path to other programs.
fn with_path() -> Command {
    let mut command = bare();
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conform"));
    command.envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// Returns whether a command succeeds. Reports if not, because its test is then skipped.
fn is_installed(command: &str, args: &[&str]) -> bool {
    let status = Command::new(command).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_installed = status.is_ok_and(|status| status.success());
    if !is_installed {
        eprintln!("skipped: {command} {} does not run", args.join(" "));
    }
    is_installed
}

/// Returns whether the example in WebAssembly was built and can run. Reports if not.
fn is_wasm_built() -> bool {
    let module = "target/pkg/brightdata_sessions_wasm.js";
    let is_built = Path::new(WASM).join(module).exists();
    if !is_built {
        eprintln!("skipped: {module} of core/examples/wasm is not built");
    }
    is_built && is_installed("node", &["-e", "fetch"])
}

#[test]
fn this_program_conforms() {
    let program = env!("CARGO_BIN_EXE_brd-sessions");
    let options = r#"--timeout "$TIMEOUT" --retries 0 --retry-max-time 0.001 --no-shared-guard --json"#;
    let command = format!(r#"'{program}' --base-url "$SESSIONS_BASE_URL" {options} get "$SESSION_ID""#);
    assert_conforms("brd-sessions", &command, &[]);
}

#[test]
fn a_script_with_curl_conforms() {
    if is_installed("curl", &["--version"]) && is_installed("jq", &["--version"]) {
        let why = "curl takes a head that is cut off for a whole one";
        assert_conforms("curl", "sh get-session.sh", &[("closed inside a header", why)]);
    }
}

#[test]
#[ignore = "takes up to a minute; `.ci/run` runs it"]
fn a_script_with_requests_conforms() {
    if is_installed("python3", &["-c", "import requests"]) {
        let interim = "Python's http.client skips only interim responses with status 100";
        let known = [
            ("several interim responses with headers are skipped", interim),
            ("endless interim responses", interim),
            ("closed inside a header", "Python's http.client takes a head that is cut off for a whole one"),
        ];
        assert_conforms("requests", "python3 get_session.py", &known);
    }
}

#[test]
#[ignore = "takes up to a minute; `.ci/run` runs it"]
fn a_script_with_fetch_conforms() {
    if is_installed("node", &["-e", "fetch"]) {
        assert_conforms("fetch", "node get-session.mjs", &FETCH);
    }
}

#[test]
#[ignore = "takes up to a minute; `.ci/run` builds the example and runs it"]
fn the_core_in_wasm_with_fetch_conforms() {
    if is_wasm_built() {
        assert_conforms("wasm", &format!("node '{WASM}/get-session.mjs'"), &FETCH);
    }
}

#[test]
#[ignore = "`.ci/run` builds the example and runs it"]
fn the_core_in_wasm_waits_and_retries() {
    if !is_wasm_built() {
        return;
    }
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(503, &[("retry-after", "1")], ""), Script::response(503, &[], "")]);
    let mut node = Command::new("node");
    node.arg(format!("{WASM}/get-session.mjs")).envs([
        ("SESSIONS_BASE_URL", fake.base_url().as_str()),
        ("SESSION_ID", DEMO_SESSION_ID),
        ("BRIGHTDATA_API_KEY", KEY),
        ("TIMEOUT", "30"),
        ("RETRIES", "2"),
    ]);
    let (status, stdout, stderr) = run(&mut node);
    let requests = fake.requests().len();
    assert_eq!((status, requests, stderr.as_str()), (0, 3, ""));
    let session: Session = serde_json::from_str(&stdout).unwrap();
    assert_eq!(session.session_id.as_str(), DEMO_SESSION_ID);
}

#[test]
fn the_page_has_the_rules_and_the_number_of_cases() {
    let page = include_str!("../../docs/conform.md");
    assert!(page.contains(PROGRAM_RULES));
    let table = include_str!("../../docs/conform/brd-sessions.md");
    let cases = table.split_once(SUMMARY).unwrap().1.split_once(',').unwrap().0;
    assert!(page.contains(&format!("each of the {cases} cases")), "{cases}");
}

#[test]
fn a_command_that_does_nothing_fails_each_case() {
    let (status, stdout, _) = run(with_path().args(["conform", "--exec", "true"]));
    let (_, summary) = stdout.split_once(SUMMARY).unwrap();
    let (cases, failed) = summary.split_once(", failed: ").unwrap();
    let failed = failed.split_once(',').unwrap().0;
    assert_eq!((status, failed), (1, cases));
}

#[test]
fn a_command_that_prints_the_key_fails() {
    let (status, stdout, _) = {
        let mut conform = with_path();
        conform.args(["conform", "--case", "a 404 is returned as a response"]);
        run(conform.args([
            "--exec",
            r#"curl -s "$SESSIONS_BASE_URL/x"; echo "$BRIGHTDATA_API_KEY" | tr a-f A-F; exit 3"#,
        ]))
    };
    assert_eq!(status, 1);
    assert!(stdout.contains("  actual:   the key in the output"), "{stdout}");
}

#[test]
fn a_command_that_hangs_is_killed() {
    let (status, stdout, _) =
        run(with_path().args(["conform", "--case", "a slow-drip head", "--exec", "sleep 60"]));
    assert_eq!(status, 1);
    assert!(stdout.contains("  actual:   no end in time"), "{stdout}");
}
