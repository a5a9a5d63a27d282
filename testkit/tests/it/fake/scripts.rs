//! The effects of scripts on responses.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

use crate::support::client::{Client, fetch, get, get_demo};

const LONG: Duration = Duration::from_secs(3600);

/// Starts a fake that plays this script for the next request for the demo session.
fn fake_with(script: Script) -> FakeApi {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [script]);
    fake
}

#[test]
fn a_scripted_response_keeps_the_connection_open() {
    let fake = fake_with(Script::response(503, &[("content-type", "text/html"), ("x", "y")], "sorry"));
    let mut client = Client::connect(&fake);
    assert_eq!(
        client.fetch(get_demo()),
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\nx: y\r\ncontent-length: 5\r\n\r\nsorry"
    );
    assert!(client.fetch(get_demo()).starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"));
    assert_eq!(fake.connections(), 1);
}

#[test]
fn a_bodiless_status_has_neither_length_nor_body() {
    for (status, line) in
        [(103, "103 Early Hints"), (204, "204 No Content"), (304, "304 Not Modified"), (599, "599 ")]
    {
        let fake = fake_with(Script::response(status, &[], "").close());
        let mut client = Client::connect(&fake);
        client.send(get_demo());
        let length = if status == 599 { "content-length: 0\r\n" } else { "" };
        assert_eq!(client.rest().unwrap(), format!("HTTP/1.1 {line}\r\n{length}\r\n"));
    }
}

#[test]
fn scripts_of_an_id_run_in_order_before_usual_responses() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::response(500, &[], ""), Script::response(502, &[], "")]);
    fake.script(DEMO_SESSION_ID, [Script::response(503, &[], "")]);
    let statuses = [(); 4].map(|()| fetch(&fake, get_demo()).0[9..12].to_owned());
    assert_eq!(statuses, ["500", "502", "503", "200"]);
}

#[test]
fn a_repeated_script_applies_to_later_requests() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::response(429, &[], ""), Script::response(500, &[], "").repeat()]);
    let statuses = [(); 4].map(|()| fetch(&fake, get_demo()).0[9..12].to_owned());
    assert_eq!(statuses, ["429", "500", "500", "500"]);
}

#[test]
fn a_script_applies_to_gets_of_its_id_before_any_check() {
    let fake = FakeApi::start().unwrap();
    fake.script("odd id/é", [Script::response(201, &[], "")]);
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 200 OK");
    assert_eq!(
        fetch(&fake, get("odd%20id%2f%C3%A9").replace("GET", "PUT")).0,
        "HTTP/1.1 405 Method Not Allowed"
    );
    assert_eq!(
        fetch(&fake, "GET /browser_sessions/odd%20id%2f%C3%A9 HTTP/1.1\r\n\r\n").0,
        "HTTP/1.1 201 Created"
    );
    assert_eq!(fetch(&fake, get("odd%20id%2f%C3%A9")).0, "HTTP/1.1 400 Bad Request");
}

#[test]
fn scripts_of_an_id_precede_scripts_for_any_request() {
    let fake = fake_with(Script::response(500, &[], ""));
    fake.script_any([Script::response(502, &[], ""), Script::response(503, &[], "")]);
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 500 Internal Server Error");
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 502 Bad Gateway");
    assert_eq!(fetch(&fake, "POST /elsewhere HTTP/1.1\r\n\r\n").0, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 200 OK");
}

#[test]
fn a_pause_delays_the_next_step() {
    let fake = fake_with(Script::new().send("a").pause(Duration::from_millis(200)).send("b"));
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    assert_eq!(client.byte(), b'a');
    let start = Instant::now();
    assert_eq!(client.byte(), b'b');
    assert!(start.elapsed() >= Duration::from_millis(150), "{:?}", start.elapsed());
}

#[test]
fn a_drip_sends_single_bytes() {
    let fake = fake_with(Script::new().drip("drip", Duration::from_millis(50)).close());
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    let start = Instant::now();
    assert_eq!(client.rest().unwrap(), "drip");
    assert!(start.elapsed() >= Duration::from_millis(150), "{:?}", start.elapsed());
}

#[test]
fn a_script_can_close_without_a_response() {
    let fake = fake_with(Script::new().close());
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    assert_eq!(client.rest().unwrap(), "");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_script_can_close_unannounced_after_a_response() {
    let fake = fake_with(Script::response(200, &[], "{}").close());
    let mut client = Client::connect(&fake);
    assert_eq!(client.fetch(get_demo()), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    // A client that does not check the connection sends its request and gets no response.
    client.send(get_demo());
    assert_eq!(client.rest().unwrap(), "");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_script_can_send_an_unsolicited_response() {
    let fake = fake_with(
        Script::response(200, &[], "first").send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond"),
    );
    let mut client = Client::connect(&fake);
    assert!(client.fetch(get_demo()).ends_with("first"));
    assert!(client.fetch(get_demo()).ends_with("second"));
    assert!(client.response().contains(DEMO_SESSION_ID));
}

#[test]
fn a_reset_reaches_the_client_as_a_reset() {
    for script in
        [Script::new(), Script::new().send("HTTP/1.1 200 OK\r\ncontent-le").pause(Duration::from_millis(100))]
    {
        let fake = fake_with(script.reset());
        let mut client = Client::connect(&fake);
        client.send(get_demo());
        assert_eq!(client.rest().unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}

#[test]
fn an_endless_body_lasts_as_long_as_the_client_reads() {
    let fake = fake_with(Script::new().send_endlessly("0123456789abcdef"));
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    let mut taken = vec![0; 1 << 20];
    client.0.read_exact(&mut taken).unwrap();
    assert!(taken.chunks(16).all(|chunk| chunk == b"0123456789abcdef"));
}

#[test]
fn sending_no_bytes_endlessly_skips_the_step() {
    let fake = fake_with(Script::new().send_endlessly("").close());
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    assert_eq!(client.rest().unwrap(), "");
}

#[test]
fn dropping_the_fake_interrupts_every_step() {
    let scripts = [
        ("idle", Script::new().send("x")),
        ("pause", Script::new().send("x").pause(LONG)),
        ("the longest pause", Script::new().send("x").pause(Duration::MAX)),
        ("drip", Script::new().drip("x".repeat(1000), LONG)),
        ("endless, without a reader", Script::new().send_endlessly("x".repeat(1000))),
    ];
    for (what, script) in scripts {
        let fake = fake_with(script);
        let mut client = Client::connect(&fake);
        client.send(get_demo());
        assert_eq!(client.byte(), b'x');
        let start = Instant::now();
        drop(fake);
        assert!(start.elapsed() < Duration::from_secs(2), "{what}: {:?}", start.elapsed());
        assert!(client.rest().unwrap().bytes().all(|byte| byte == b'x'), "{what}");
    }
}

#[test]
fn dropping_the_fake_interrupts_a_pending_close() {
    let fake = fake_with(Script::new().close());
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    assert_eq!(client.0.read(&mut [0]).unwrap(), 0);
    let start = Instant::now();
    drop(fake);
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

#[test]
fn dropping_the_fake_frees_its_port_and_clients() {
    let fake = FakeApi::start().unwrap();
    let addr = fake.addr();
    let mut idle = Client::connect(&fake);
    idle.fetch(get_demo());
    drop(fake);
    assert_eq!(idle.rest().unwrap(), "");
    assert!(std::net::TcpStream::connect(addr).is_err());
}

#[test]
fn a_passed_request_gets_the_usual_response() {
    let fake = FakeApi::start().unwrap();
    let usual = fetch(&fake, get_demo());
    fake.script_any([Script::pass(), Script::pass(), Script::response(503, &[], "")]);
    assert_eq!(fetch(&fake, get_demo()), usual);
    assert_eq!(fetch(&fake, get("x")).0, "HTTP/1.1 400 Bad Request");
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 503 Service Unavailable");
}

#[test]
fn a_paused_request_then_gets_the_usual_response() {
    const PAUSE: Duration = Duration::from_millis(100);
    let fake = FakeApi::start().unwrap();
    let usual = fetch(&fake, get_demo());
    fake.script_any([Script::new().pause(PAUSE).then_usual()]);
    let start = Instant::now();
    assert_eq!(fetch(&fake, get_demo()), usual);
    assert!(start.elapsed() >= PAUSE, "{:?}", start.elapsed());
}

#[test]
fn the_usual_response_combines_with_other_steps() {
    let fake = fake_with(Script::new().send("HTTP/1.1 102 Processing\r\n\r\n").then_usual().close());
    let mut client = Client::connect(&fake);
    client.send(get_demo());
    let responses = client.rest().unwrap();
    let usual = responses.strip_prefix("HTTP/1.1 102 Processing\r\n\r\n").unwrap();
    assert!(usual.starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"), "{responses}");
}

#[test]
fn the_usual_response_repeats_in_a_repeated_script() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::new().send("HTTP/1.1 102 Processing\r\n\r\n").then_usual().repeat()]);
    let fetch = |request: String| {
        let mut client = Client::connect(&fake);
        client.send(request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
        client.rest().unwrap()
    };
    assert!(fetch(get_demo()).contains("\r\n\r\nHTTP/1.1 200 OK\r\n"));
    assert!(fetch(get("x")).contains("\r\n\r\nHTTP/1.1 400 Bad Request\r\n"));
}
