//! A minimal client that sends and reads raw bytes.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    /// Connects with a read timeout of 5 s, so that a test fails instead of hanging.
    pub(crate) fn connect(fake: &FakeApi) -> Self {
        let stream = TcpStream::connect(fake.addr()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads exactly one response with a `content-length`.
    pub(crate) fn response(&mut self) -> String {
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            response.push(self.byte());
        }
        let head = String::from_utf8(response.clone()).unwrap();
        let length = head.split("content-length: ").nth(1).expect("a content-length").lines().next().unwrap();
        for _ in 0..length.parse::<usize>().unwrap() {
            response.push(self.byte());
        }
        String::from_utf8(response).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.0.read_exact(&mut byte).unwrap();
        byte[0]
    }

    /// Reads until the fake closes the connection.
    pub(crate) fn rest(&mut self) -> Result<String> {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).map(|_| rest)
    }

    pub(crate) fn fetch(&mut self, request: impl AsRef<[u8]>) -> String {
        self.send(request);
        self.response()
    }

    pub(crate) fn stop_sending(&self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }
}

/// Returns the bytes of a request for a session, with a key.
pub(crate) fn get(id: &str) -> String {
    format!("GET /browser_sessions/{id} HTTP/1.1\r\nhost: fake\r\nauthorization: Bearer key\r\n\r\n")
}

pub(crate) fn get_demo() -> String {
    get(DEMO_SESSION_ID)
}

/// Sends one request on a new connection. Returns status line and body.
pub(crate) fn fetch(fake: &FakeApi, request: impl AsRef<[u8]>) -> (String, String) {
    let response = Client::connect(fake).fetch(request);
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}
