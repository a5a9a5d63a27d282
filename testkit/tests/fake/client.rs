//! The plainest client: it sends bytes and reads bytes.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    /// No read waits for longer than 5 s, so that a test fails instead of hanging.
    pub(crate) fn connect(fake: &FakeApi) -> Self {
        let stream = TcpStream::connect(fake.addr()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// The next answer with a `content-length`: all of its bytes, and not one more.
    pub(crate) fn answer(&mut self) -> String {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(self.byte());
        }
        let head = String::from_utf8(answer.clone()).unwrap();
        let length = head.split("content-length: ").nth(1).expect("a content-length").lines().next().unwrap();
        for _ in 0..length.parse::<usize>().unwrap() {
            answer.push(self.byte());
        }
        String::from_utf8(answer).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.0.read_exact(&mut byte).unwrap();
        byte[0]
    }

    /// All that comes until the fake closes the connection.
    pub(crate) fn rest(&mut self) -> Result<String> {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).map(|_| rest)
    }

    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> String {
        self.send(request);
        self.answer()
    }

    pub(crate) fn stop_sending(&self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }
}

/// A request for a session, with a key.
pub(crate) fn get(id: &str) -> String {
    format!("GET /browser_sessions/{id} HTTP/1.1\r\nhost: fake\r\nauthorization: Bearer key\r\n\r\n")
}

pub(crate) fn get_demo() -> String {
    get(DEMO_SESSION_ID)
}

/// Status line and body of one request on a connection of its own.
pub(crate) fn ask(fake: &FakeApi, request: impl AsRef<[u8]>) -> (String, String) {
    let answer = Client::connect(fake).ask(request);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}
