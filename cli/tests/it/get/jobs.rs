//! `get` with several requests in flight.

use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{FakeApi, Script, generate};
use serde_json::Value;

use crate::support::{KEY, bare, input, program, run};

const UNKNOWN: &str = "00000000-0000-0000-0000-000000000000";

/// Returns a fake with this number of sessions, and their ids.
fn many(count: usize) -> (FakeApi, Vec<String>) {
    let sessions = generate(3, count);
    let ids = sessions.iter().map(|session| session.session_id.to_string()).collect();
    (FakeApi::with_sessions(sessions).unwrap(), ids)
}

/// Waits for this number of requests, and returns when they have arrived.
fn wait_for_requests(fake: &FakeApi, count: usize) -> Instant {
    let start = Instant::now();
    while fake.requests().len() < count {
        assert!(start.elapsed() < Duration::from_secs(20), "{} requests", fake.requests().len());
        thread::sleep(Duration::from_millis(1));
    }
    Instant::now()
}

/// Returns a member of each JSON object in an output, in order.
fn members(output: &str, path: &str) -> Vec<String> {
    let member = |line| {
        let value: Value = serde_json::from_str(line).unwrap();
        value.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    output.lines().map(member).collect()
}

#[test]
fn output_has_the_order_of_the_input_with_every_number_of_jobs() {
    let (fake, ids) = many(60);
    let mut lines = ids.clone();
    lines.insert(20, UNKNOWN.to_owned());
    lines.insert(10, "no id\u{7}".to_owned());
    let lines = lines.join("\n");
    let get = |args: &[&str]| {
        for id in ids.iter().step_by(9) {
            fake.script(id, [Script::new().pause(Duration::from_millis(20)).then_usual()]);
        }
        run(program(&fake).args(["get", "-", "--json"]).args(args).stdin(input("jobs", &lines)))
    };
    let (status, stdout, stderr) = get(&["--jobs", "1"]);
    assert_eq!(members(&stdout, "/session_id"), ids);
    assert_eq!(members(&stderr, "/error/kind"), ["invalid_input", "not_found"]);
    for args in [&[][..], &["--jobs", "2"], &["--jobs", "64"]] {
        assert_eq!(get(args), (status, stdout.clone(), stderr.clone()));
    }
}

#[test]
fn jobs_are_in_flight_at_the_same_time_after_the_first_id() {
    let (fake, ids) = many(9);
    let latency = Duration::from_millis(300);
    fake.set_latency(latency);
    let mut child = program(&fake)
        .args(["get", "--json"])
        .args(&ids)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let [first, second, last] = [1, 2, 9].map(|count| wait_for_requests(&fake, count));
    assert!(child.wait().unwrap().success());
    assert!(second - first >= latency - Duration::from_millis(50), "the first id is not fetched alone");
    assert!(last - second < latency * 7, "the others are fetched one at a time");
}

#[test]
fn a_number_of_jobs_out_of_range_is_refused() {
    for jobs in ["0", "65", "-1", "many"] {
        let (status, stdout, stderr) = run(bare().args(["--demo", "get", "-", "--jobs", jobs]));
        assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
    }
}

#[test]
fn endless_input_is_read_as_needed() {
    let (fake, ids) = many(1);
    let mut child = program(&fake)
        .args(["get", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Nobody reads the output, so the pipe to the program fills up.
    let mut stdin = child.stdin.take().unwrap();
    let id = ids[0].clone();
    let writer = thread::spawn(move || {
        let line = format!("{id}\n");
        (0..).find(|_| stdin.write_all(line.as_bytes()).is_err())
    });
    let mut requests = 0;
    loop {
        thread::sleep(Duration::from_millis(200));
        if fake.requests().len() == requests {
            break;
        }
        requests = fake.requests().len();
    }
    // The program ends quietly when its reader does.
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    let lines = writer.join().unwrap().unwrap();
    assert!(lines < 20_000, "{lines} lines");
}

#[test]
fn waits_of_several_jobs_are_reported_once() {
    let (fake, ids) = many(9);
    fake.script(&ids[0], [Script::pass()]);
    fake.script_any([Script::response(503, &[("retry-after", "60")], "").repeat()]);
    let mut child = bare()
        .env("BRIGHTDATA_API_KEY", KEY)
        .args(["--base-url", fake.base_url().as_ref(), "get"])
        .args(&ids)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_requests(&fake, 9);
    thread::sleep(Duration::from_millis(200));
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "503: waiting 60 s as requested, then attempt 2\n");
}
