//! `fake`, and its documentation page.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{bare, run};

/// The running program, with the host and port of its base URL.
struct Serving(Child, String);

impl Serving {
    fn start(args: &[&str]) -> Self {
        let mut child = bare().arg("fake").args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host = line.strip_prefix("http://").and_then(|host| host.strip_suffix('\n')).unwrap().to_owned();
        Self(child, host)
    }

    /// Sends a request like curl, and returns the body of the response.
    fn fetch(&self, target: &str, authorization: Option<&str>) -> String {
        self.response(target, authorization).split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Sends a request for a list of one session, and returns the response.
    fn list(&self) -> String {
        self.response("/browser_sessions?limit=1", Some("authorization: Bearer any-key"))
    }

    fn response(&self, target: &str, authorization: Option<&str>) -> String {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let authorization = authorization.map(|header| format!("{header}\r\n")).unwrap_or_default();
        let head = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn the_documented_responses_are_those_of_the_fake() {
    let page = include_str!("../../docs/fake.md");
    let fake = Serving::start(&["--sessions", "500", "--seed", "7"]);
    let mut lines = page.lines();
    let mut requests = 0;
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ curl -s ") else { continue };
        let authorization = command
            .strip_prefix("-H '")
            .map(|header| header.split_once('\'').expect("the header is quoted").0);
        let url = command.split_once("http://127.0.0.1:8080").expect("a URL of the fake").1;
        assert_eq!(fake.fetch(url.trim_end_matches('\''), authorization), lines.next().unwrap(), "{command}");
        requests += 1;
    }
    assert_eq!(requests, 6);
}

#[test]
fn sessions_and_seed_determine_the_sessions() {
    let list = |args: &[&str]| {
        Serving::start(args).fetch("/browser_sessions?limit=100", Some("authorization: Bearer any-key"))
    };
    let ten = list(&["--sessions", "10"]);
    assert!(ten.contains(r#""count":10,"total":10,"#), "{ten}");
    assert_eq!(list(&["--sessions", "10", "--seed", "1"]), ten);
    assert_ne!(list(&["--sessions", "10", "--seed", "2"]), ten);
}

#[test]
fn a_limit_refuses_requests_and_blocks_if_asked_to() {
    let statuses = |args: &[&str]| {
        let fake = Serving::start(&[&["--limit", "fixed:2/1h", "--retry-after", "7"], args].concat());
        (0..28)
            .map(|_| {
                let response = fake.list();
                (response[9..12].to_owned(), response.contains("\r\nretry-after: 7\r\n"))
            })
            .collect::<Vec<_>>()
    };
    let times = |count, status: &str, has_header| vec![(status.to_owned(), has_header); count];
    assert_eq!(statuses(&[]), [times(2, "200", false), times(26, "429", true)].concat());
    let blocked = [times(2, "200", false), times(25, "429", true), times(1, "403", false)];
    assert_eq!(statuses(&["--block"]), blocked.concat());
}

#[test]
fn faults_and_latency_apply_to_each_request() {
    let fake = Serving::start(&["--faults", "status503=1", "--latency", "50ms"]);
    let start = Instant::now();
    assert!(fake.list().starts_with("HTTP/1.1 503 "));
    assert!(start.elapsed() >= Duration::from_millis(50), "{:?}", start.elapsed());
}

#[test]
fn a_growing_fake_lists_new_sessions() {
    let fake = Serving::start(&["--sessions", "0", "--grow", "100/s"]);
    let total = || {
        let list = fake.list();
        let total = list.split(r#""total":"#).nth(1).unwrap().split(',').next().unwrap();
        (total.parse::<u32>().unwrap(), list.contains(r#""status":"running""#))
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while total().0 < 20 {
        assert!(Instant::now() < deadline, "{:?}", total());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(total().1, "the newest session runs");
}

#[test]
fn invalid_options_of_the_fake_name_what_is_expected() {
    for (args, expected) in [
        (["--limit", "many"], "expected a limit such as 100/60s"),
        (["--faults", "rest=0.1"], "invalid fault \"rest=0.1\": expected reset, truncate,"),
        (["--latency", "slow"], "expected a whole number and a unit, such as 150ms"),
        (["--grow", "5"], "expected a number of requests and a unit"),
        (["--retry-after", "7"], "--limit <LIMIT>"),
    ] {
        let (status, _, stderr) = run(bare().arg("fake").args(args));
        assert_eq!(status, 2, "{args:?}");
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
    }
}

#[test]
fn an_error_names_the_address_in_use() {
    let fake = Serving::start(&[]);
    let port = fake.1.rsplit(':').next().unwrap();
    let (status, stdout, stderr) = run(bare().args(["fake", "--port", port]));
    assert_eq!((status, stdout.as_str()), (74, ""));
    assert!(
        stderr.starts_with(&format!("brd-sessions: cannot start the fake: 127.0.0.1:{port}: ")),
        "{stderr}"
    );
}

#[test]
fn too_many_sessions_are_refused() {
    let (status, _, stderr) = run(bare().args(["fake", "--sessions", "1000001"]));
    assert_eq!(status, 2);
    assert!(stderr.contains("1000001"), "{stderr}");
}

#[test]
fn json_is_one_object_with_the_base_url() {
    let mut child =
        bare().args(["fake", "--json", "--sessions", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with(r#"{"base_url":"http://127.0.0.1:"#) && line.ends_with("\"}\n"), "{line}");
}
