//! `Debug` is short, and shows received data only where it is the data.

use std::time::Duration;

use brightdata_sessions::cdp::SessionIdCommand;
use brightdata_sessions::http::{HeaderValue, Request, Response};
use brightdata_sessions::{
    Api, Collector, Error, ExchangeInfo, Flow as _, GetSession, ListSessions, RetryPolicy, Session,
    SessionPage, Step,
};

use crate::support::drive::{self, ID, KEY, api, at, play_all, response};

/// The maximum length of `Debug` output in bytes, except for data: a few screens.
const MAX: usize = 4096;

/// Checks that both forms of the output are short and do not show the key.
#[track_caller]
fn is_short(value: &dyn std::fmt::Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(shown.len() <= MAX, "{} bytes: {}", shown.len(), shown.chars().take(MAX).collect::<String>());
        assert!(!shown.contains(KEY), "{shown}");
    }
}

/// Returns a session with the key in most of its strings, and 64 KiB in the others.
fn session(id: &str) -> String {
    let text = "x".repeat(1 << 16);
    format!(
        r#"{{"session_id":"{id}","api_name":"{KEY}","status":"{KEY}","captcha":"{KEY}","end_url":"{text}","{KEY}":"{text}"}}"#
    )
}

fn page(offset: u64, sessions: &str) -> drive::Outcome {
    let next = offset + 100;
    let pagination = format!(r#"{{"offset":{offset},"limit":100,"has_more":true,"next_offset":{next}}}"#);
    response(200, &[], &format!(r#"{{"sessions":[{sessions}],"pagination":{pagination}}}"#))
}

#[test]
fn debug_of_a_paginator_is_short_after_5000_sessions() {
    let mut list = api().list(ListSessions::new().limit(100));
    let mut now = Duration::ZERO;
    for offset in (0..5000).step_by(100) {
        let sessions: Vec<_> = (offset..offset + 100)
            .map(|id| format!(r#"{{"session_id":"s{id}","api_name":"{KEY}"}}"#))
            .collect();
        loop {
            match list.step(at(now)) {
                Step::Send(_) => break,
                Step::Yield(item) => drop(item.unwrap()),
                Step::Wait(_) | Step::Done => panic!("not rate limited, and not the last page"),
            }
        }
        now += Duration::from_secs(1);
        list.receive(page(offset, &sessions.join(",")), at(now));
        is_short(&list);
    }
    assert!(matches!(list.step(at(now)), Step::Yield(Ok(_))));
    is_short(&list);
}

#[test]
fn debug_of_a_follower_is_short_after_5000_sessions() {
    let mut follower = api().follow(ListSessions::new());
    for first in (0..5000).step_by(99) {
        while !matches!(follower.step(at(Duration::ZERO)), Step::Send(_)) {}
        let sessions: Vec<_> = (first..first + 100)
            .map(|id| format!(r#"{{"session_id":"s{id}","api_name":"{KEY}"}}"#))
            .collect();
        // Each page begins with the last session of the previous one.
        follower.receive(page(first, &sessions.join(",")), at(Duration::ZERO));
        is_short(&follower);
        assert!(matches!(follower.step(at(Duration::ZERO)), Step::Yield(Ok(_))));
        is_short(&follower);
        is_short(follower.cursor());
    }
}

#[test]
fn debug_of_a_flow_with_a_huge_response_is_short() {
    let id = ID.parse().unwrap();
    let body = format!(r#"{{"session":{}}}"#, session(ID));
    let (mut get, mut watch) = (api().get(&id), api().watch(&id));
    assert!(matches!(get.step(at(Duration::ZERO)), Step::Send(_)));
    is_short(&get);
    get.receive(response(200, &[], &body), at(Duration::ZERO));
    is_short(&get);
    assert!(matches!(watch.step(at(Duration::ZERO)), Step::Send(_)));
    watch.receive(response(200, &[], &body), at(Duration::ZERO));
    is_short(&watch);
    assert!(matches!(watch.step(at(Duration::ZERO)), Step::Yield(Ok(_))));
    is_short(&watch);
}

#[test]
fn debug_of_an_api_is_short_after_many_429s() {
    let api = api().with_retry(RetryPolicy::none());
    let mut calls: Vec<_> = (0..100).map(|_| api.get(&ID.parse().unwrap())).collect();
    for call in &mut calls {
        let _ = call.step(at(Duration::ZERO));
    }
    for call in &mut calls {
        call.receive(response(429, &[("x-brd-error", KEY)], KEY), at(Duration::from_secs(1)));
        is_short(call);
    }
    is_short(&api);
}

#[test]
fn debug_of_a_collector_shows_no_header_and_no_body() {
    let mut response = Response::builder().status(200);
    for index in 0..100 {
        response = response.header("x-echo", HeaderValue::from_str(&format!("{KEY} {index}")).unwrap());
    }
    let (head, ()) = response.body(()).unwrap().into_parts();
    let mut collector: Collector = api().collector(head);
    assert!(collector.push(format!("{KEY} ").repeat(10_000).as_bytes()).is_continue());
    is_short(&collector);
    assert_eq!(
        format!("{collector:?}"),
        format!("Collector {{ status: 200, bytes: 170000, limit: {}, .. }}", 8 << 20)
    );
}

#[test]
fn debug_of_an_error_is_short() {
    let text = format!("{KEY} {}", "\u{7f}".repeat(1 << 20));
    let json = serde_json::Value::from(text.as_str());
    let headers = [("x-brd-error-code", KEY), ("location", KEY), ("x-brd-error", KEY)];
    for (status, body) in [
        (400, text.clone()),
        (302, text.clone()),
        (500, format!(r#"{{"error":{json},"code":{json}}}"#)),
        (200, format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":{json}}}}}"#)),
        (200, format!(r#"{{"session":{{"session_id":"{KEY}"}}}}"#)),
    ] {
        let api = api().with_retry(RetryPolicy::none());
        let error: Error = play_all(&mut api.get(&ID.parse().unwrap()), [response(status, &headers, &body)])
            .items
            .remove(0)
            .unwrap_err();
        is_short(&error);
        is_short(&error.response());
    }
    let message = format!(r#"{{"id":1,"error":{{"code":1,"message":"{}"}}}}"#, "x".repeat(1 << 20));
    is_short(&SessionIdCommand::new(1).parse(&message));
}

#[test]
fn debug_of_inputs_and_settings_is_short() {
    let api: Api = api();
    is_short(&api);
    is_short(api.key());
    is_short(api.base_url());
    is_short(&GetSession::new(ID.parse().unwrap()));
    is_short(&ListSessions::new().limit(100).api_name("zone"));
    is_short(&RetryPolicy::default());
    is_short(&api.list(ListSessions::new()));
    is_short(&api.history(ListSessions::new()));
    is_short(&api.follow(ListSessions::new()));
    is_short(&api.call(ListSessions::new()));
    is_short(&api.request(&GetSession::new(ID.parse().unwrap())).unwrap());
}

#[test]
fn debug_of_data_shows_it_as_received() {
    let json = session(ID);
    let session: Session = serde_json::from_str(&json).unwrap();
    let page: SessionPage = serde_json::from_str(&format!(r#"{{"sessions":[{json}]}}"#)).unwrap();
    for shown in [format!("{session:?}"), format!("{page:?}")] {
        assert!(shown.len() < json.len() + MAX && shown.contains(KEY));
    }
    let shown = format!("{:?}", session.redact(api().key()));
    assert!(!shown.contains(KEY) && shown.len() < json.len() + MAX);
}

#[test]
fn debug_of_an_event_shows_the_host_but_no_password() {
    let request = Request::get(format!("https://me:{KEY}@host.example:8443/path/{ID}")).body(()).unwrap();
    let exchange = ExchangeInfo::new(&request);
    let shown = format!("{:?}", exchange.sent());
    let attempt = "Attempt { number: 1, after: None }";
    let info = format!("ExchangeInfo {{ host: \"host.example\", port: Some(8443), attempt: {attempt} }}");
    assert_eq!(shown, format!("Sent({info})"));
}
