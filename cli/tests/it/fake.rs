//! `fake`, and its documentation page.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

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
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let authorization = authorization.map(|header| format!("{header}\r\n")).unwrap_or_default();
        let head = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split_once("\r\n\r\n").unwrap().1.to_owned()
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
