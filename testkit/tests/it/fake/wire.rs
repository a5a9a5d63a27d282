//! Heads, bodies and connections, and how they are recorded.

use brightdata_sessions_testkit::{FakeApi, Script};

use crate::support::client::{Client, get, get_demo};

#[test]
fn requests_on_one_connection_share_its_number() {
    let fake = FakeApi::start().unwrap();
    let mut first = Client::connect(&fake);
    first.fetch(get_demo());
    let mut second = Client::connect(&fake);
    second.fetch(get_demo());
    first.fetch(get_demo());
    let numbers: Vec<_> = fake.requests().iter().map(|request| request.connection).collect();
    assert_eq!(numbers, [0, 1, 0]);
    assert_eq!(fake.connections(), 2);
}

#[test]
fn an_unused_fake_records_nothing() {
    let fake = FakeApi::start().unwrap();
    assert!(fake.requests().is_empty());
    assert_eq!(fake.connections(), 0);
}

#[test]
fn the_base_url_leads_to_the_fake() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(fake.base_url().to_string(), format!("http://127.0.0.1:{}", fake.addr().port()));
    assert!(fake.base_url().is_loopback());
}

#[test]
fn pipelined_requests_get_responses_in_order() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    let ids: Vec<_> = (1..=6).map(|n| format!("5e551011-0000-4000-8000-00000000000{n}")).collect();
    client.send(ids.iter().map(|id| get(id)).collect::<String>());
    for id in ids {
        assert!(client.response().contains(&id));
    }
}

#[test]
fn a_request_may_arrive_in_bytes_after_empty_lines() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    for byte in format!("\r\n\r\n{}{}", get_demo(), get_demo()).bytes() {
        client.send([byte]);
    }
    assert!(client.response().starts_with("HTTP/1.1 200 "));
    assert!(client.response().starts_with("HTTP/1.1 200 "));
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn connection_close_is_echoed_and_obeyed() {
    let fake = FakeApi::start().unwrap();
    for header in ["Connection: Close", "connection: te , close"] {
        let mut client = Client::connect(&fake);
        client.send(get_demo().replace("\r\n\r\n", &format!("\r\n{header}\r\n\r\n")));
        assert!(client.rest().unwrap().contains("\r\nconnection: close\r\n"));
    }
}

#[test]
fn connection_close_applies_after_a_script() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(200, &[], "scripted")]);
    let mut client = Client::connect(&fake);
    client.send(get_demo().replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    assert!(client.rest().unwrap().ends_with("\r\n\r\nscripted"));
}

#[test]
fn http_1_0_closes_the_connection() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(get_demo().replace("HTTP/1.1", "HTTP/1.0"));
    assert!(client.rest().unwrap().contains("\r\nconnection: close\r\n"));
    assert_eq!(fake.requests()[0].minor_version, 0);
}

#[test]
fn a_half_closed_client_gets_its_responses() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(get_demo() + &get_demo());
    client.stop_sending();
    assert_eq!(client.rest().unwrap().matches("HTTP/1.1 200 OK").count(), 2);
}

#[test]
fn a_request_body_is_discarded() {
    let fake = FakeApi::start().unwrap();
    for body in [get_demo().into_bytes(), vec![b'x'; 1 << 20]] {
        let mut client = Client::connect(&fake);
        let length = format!("\r\ncontent-length: {}\r\n\r\n", body.len());
        client.send(get_demo().replace("\r\n\r\n", &length).into_bytes());
        client.send(body);
        assert!(client.response().starts_with("HTTP/1.1 200 "));
        assert!(client.fetch(get_demo()).starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn a_truncated_request_body_gets_no_response() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(get_demo().replace("\r\n\r\n", "\r\ncontent-length: 9\r\n\r\nshort"));
    client.stop_sending();
    assert_eq!(client.rest().unwrap(), "");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn an_unreadable_body_is_rejected_with_a_close() {
    let fake = FakeApi::start().unwrap();
    let refused = [
        ("content-length: 1048577", "413 Payload Too Large"),
        ("content-length: 99999999999999999999999", "413 Payload Too Large"),
        ("content-length: -1", "400 Bad Request"),
        ("content-length: +1", "400 Bad Request"),
        ("content-length:", "400 Bad Request"),
        ("content-length: 1\r\ncontent-length: 2", "400 Bad Request"),
        ("transfer-encoding: chunked", "411 Length Required"),
    ];
    for (header, status) in refused {
        let mut client = Client::connect(&fake);
        client.send(get_demo().replace("\r\n\r\n", &format!("\r\n{header}\r\n\r\n")) + &get_demo());
        let responses = client.rest().unwrap();
        assert!(responses.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{header}: {responses}");
        assert!(responses.contains("\r\nconnection: close\r\n"), "{responses}");
        assert_eq!(responses.matches("HTTP/1.1").count(), 1, "{responses}");
    }
    // The heads were valid, so they are recorded. The bytes after them were not read.
    assert_eq!(fake.requests().len(), refused.len());
}

#[test]
fn a_malformed_head_is_rejected_with_a_close() {
    let fake = FakeApi::start().unwrap();
    for head in [
        "GET\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "\0\u{1}\u{2}",
        "GET /\0 ",
    ] {
        let mut client = Client::connect(&fake);
        client.send(head);
        let response = client.rest().unwrap();
        assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head:?}: {response}");
        assert!(response.ends_with(r#"{"error":"Bad Request"}"#), "{response}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_head_over_64_kib_or_100_headers_gets_a_431() {
    let fake = FakeApi::start().unwrap();
    let heads = [
        format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(1 << 20)),
        format!("GET /{}", "x".repeat(1 << 20)),
        format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(101)),
    ];
    for head in heads {
        let mut client = Client::connect(&fake);
        client.send(head);
        client.stop_sending();
        let response = client.rest().unwrap();
        assert!(response.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{response}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_head_of_64_kib_and_100_headers_is_accepted() {
    let fake = FakeApi::start().unwrap();
    let before = format!("GET / HTTP/1.1\r\n{}x: ", "x: y\r\n".repeat(99));
    let head = format!("{before}{}\r\n\r\n", "y".repeat((64 << 10) - before.len() - 4));
    assert_eq!(head.len(), 64 << 10);
    let mut client = Client::connect(&fake);
    assert!(client.fetch(head).starts_with("HTTP/1.1 404 "));
    assert!(client.fetch(get_demo()).starts_with("HTTP/1.1 200 "));
    assert_eq!(fake.requests()[0].headers.len(), 100);
}

#[test]
fn a_request_is_recorded_unchanged() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.fetch(b"GET /A/../%2e%2E/b?q=%20+x HTTP/1.1\r\nHoSt:  fake \r\nX-Twice: 1\r\nx-raw: a\xff\tb\r\nx-twice: 2\r\nempty:\r\n\r\n");
    let requests = fake.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.connection, request.method.as_str(), request.minor_version), (0, "GET", 1));
    assert_eq!(request.target, "/A/../%2e%2E/b?q=%20+x");
    let headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let expected: [(&str, &[u8]); 5] =
        [("HoSt", b"fake"), ("X-Twice", b"1"), ("x-raw", b"a\xff\tb"), ("x-twice", b"2"), ("empty", b"")];
    assert_eq!(headers, expected);
    assert_eq!(request.header("host"), Some("fake"));
    assert_eq!(request.header("X-TWICE"), Some("1"));
    assert_eq!(request.header("x-raw"), None);
    assert_eq!(request.header("empty"), Some(""));
    assert_eq!(request.header("none"), None);
}

#[test]
fn debug_shows_no_credentials() {
    let fake = FakeApi::start().unwrap();
    let request = "GET / HTTP/1.1\r\nAuthorization: Bearer hush\r\nProxy-Authorization: hush\r\nCOOKIE: hush\r\nx: y\r\n\r\n";
    Client::connect(&fake).fetch(request);
    let debug = format!("{:?} {:?} {fake:?}", fake.requests(), fake.requests().first());
    assert!(!debug.contains("hush"), "{debug}");
    assert!(debug.contains("x: y") && debug.contains("Authorization: [redacted]"), "{debug}");
}

#[test]
fn debug_of_a_fake_shows_its_address() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(format!("{fake:?}"), format!("FakeApi {{ addr: {}, .. }}", fake.addr()));
}

#[test]
fn simultaneous_clients_all_get_responses() {
    let fake = FakeApi::start().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let mut client = Client::connect(&fake);
                for _ in 0..20 {
                    assert!(client.fetch(get_demo()).starts_with("HTTP/1.1 200 "));
                }
            });
        }
    });
    assert_eq!(fake.requests().len(), 640);
    assert_eq!(fake.connections(), 32);
}
