//! Heads, bodies and connections, and what is recorded of them.

use brightdata_sessions_testkit::{FakeApi, Script};

use crate::client::{Client, get, get_demo};

#[test]
fn requests_on_one_connection_share_its_number() {
    let fake = FakeApi::start().unwrap();
    let mut first = Client::connect(&fake);
    first.ask(get_demo());
    let mut second = Client::connect(&fake);
    second.ask(get_demo());
    first.ask(get_demo());
    let numbers: Vec<_> = fake.requests().iter().map(|request| request.connection).collect();
    assert_eq!(numbers, [0, 1, 0]);
    assert_eq!(fake.connections(), 2);
}

#[test]
fn a_fake_that_nobody_asks_has_seen_nothing() {
    let fake = FakeApi::start().unwrap();
    assert!(fake.requests().is_empty());
    assert_eq!(fake.connections(), 0);
}

#[test]
fn the_base_url_leads_to_it() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(fake.base_url().to_string(), format!("http://127.0.0.1:{}", fake.addr().port()));
    assert!(fake.base_url().is_loopback());
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    let ids: Vec<_> = (1..=6).map(|n| format!("5e551011-0000-4000-8000-00000000000{n}")).collect();
    client.send(ids.iter().map(|id| get(id)).collect::<String>());
    for id in ids {
        assert!(client.answer().contains(&id));
    }
}

#[test]
fn a_request_may_come_byte_by_byte_after_empty_lines() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    for byte in format!("\r\n\r\n{}{}", get_demo(), get_demo()).bytes() {
        client.send([byte]);
    }
    assert!(client.answer().starts_with("HTTP/1.1 200 "));
    assert!(client.answer().starts_with("HTTP/1.1 200 "));
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_client_that_asks_for_close_gets_it_announced_and_done() {
    let fake = FakeApi::start().unwrap();
    for header in ["Connection: Close", "connection: te , close"] {
        let mut client = Client::connect(&fake);
        client.send(get_demo().replace("\r\n\r\n", &format!("\r\n{header}\r\n\r\n")));
        assert!(client.rest().unwrap().contains("\r\nconnection: close\r\n"));
    }
}

#[test]
fn a_client_that_asks_for_close_gets_it_after_a_script_too() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(200, &[], "scripted")]);
    let mut client = Client::connect(&fake);
    client.send(get_demo().replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    assert!(client.rest().unwrap().ends_with("\r\n\r\nscripted"));
}

#[test]
fn http_1_0_closes() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(get_demo().replace("HTTP/1.1", "HTTP/1.0"));
    assert!(client.rest().unwrap().contains("\r\nconnection: close\r\n"));
    assert_eq!(fake.requests()[0].minor_version, 0);
}

#[test]
fn a_client_that_stops_sending_still_gets_its_answers() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(get_demo() + &get_demo());
    client.stop_sending();
    assert_eq!(client.rest().unwrap().matches("HTTP/1.1 200 OK").count(), 2);
}

#[test]
fn a_body_is_dropped_and_not_taken_for_a_request() {
    let fake = FakeApi::start().unwrap();
    for body in [get_demo().into_bytes(), vec![b'x'; 1 << 20]] {
        let mut client = Client::connect(&fake);
        let length = format!("\r\ncontent-length: {}\r\n\r\n", body.len());
        client.send(get_demo().replace("\r\n\r\n", &length).into_bytes());
        client.send(body);
        assert!(client.answer().starts_with("HTTP/1.1 200 "));
        assert!(client.ask(get_demo()).starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn a_body_that_is_cut_short_gets_no_answer() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(get_demo().replace("\r\n\r\n", "\r\ncontent-length: 9\r\n\r\nshort"));
    client.stop_sending();
    assert_eq!(client.rest().unwrap(), "");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_body_that_cannot_be_read_is_refused_and_the_connection_closed() {
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
        let answers = client.rest().unwrap();
        assert!(answers.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{header}: {answers}");
        assert!(answers.contains("\r\nconnection: close\r\n"), "{answers}");
        assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{answers}");
    }
    // The heads were good, so they are there; what followed was not read.
    assert_eq!(fake.requests().len(), refused.len());
}

#[test]
fn a_malformed_head_is_refused_and_the_connection_closed() {
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
        let answer = client.rest().unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head:?}: {answer}");
        assert!(answer.ends_with(r#"{"error":"Bad Request"}"#), "{answer}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_head_over_64_kib_or_100_headers_is_a_431_that_arrives_whatever_else_is_sent() {
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
        let answer = client.rest().unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{answer}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_head_of_exactly_64_kib_and_100_headers_is_taken() {
    let fake = FakeApi::start().unwrap();
    let before = format!("GET / HTTP/1.1\r\n{}x: ", "x: y\r\n".repeat(99));
    let head = format!("{before}{}\r\n\r\n", "y".repeat((64 << 10) - before.len() - 4));
    assert_eq!(head.len(), 64 << 10);
    let mut client = Client::connect(&fake);
    assert!(client.ask(head).starts_with("HTTP/1.1 404 "));
    assert!(client.ask(get_demo()).starts_with("HTTP/1.1 200 "));
    assert_eq!(fake.requests()[0].headers.len(), 100);
}

#[test]
fn a_request_is_recorded_exactly_as_it_came() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.ask(b"GET /A/../%2e%2E/b?q=%20+x HTTP/1.1\r\nHoSt:  fake \r\nX-Twice: 1\r\nx-raw: a\xff\tb\r\nx-twice: 2\r\nempty:\r\n\r\n");
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
    Client::connect(&fake).ask(request);
    let debug = format!("{:?} {:?} {fake:?}", fake.requests(), fake.requests().first());
    assert!(!debug.contains("hush"), "{debug}");
    assert!(debug.contains("x: y") && debug.contains("Authorization: [redacted]"), "{debug}");
}

#[test]
fn debug_of_a_fake_says_where_it_listens() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(format!("{fake:?}"), format!("FakeApi {{ addr: {}, .. }}", fake.addr()));
}

#[test]
fn clients_that_come_all_at_once_are_all_answered() {
    let fake = FakeApi::start().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let mut client = Client::connect(&fake);
                for _ in 0..20 {
                    assert!(client.ask(get_demo()).starts_with("HTTP/1.1 200 "));
                }
            });
        }
    });
    assert_eq!(fake.requests().len(), 640);
    assert_eq!(fake.connections(), 32);
}
