//! Lists that contradict themselves are errors: no loop, and no session that is skipped silently.

use super::*;

/// Plays a history against a service of 500 sessions, ten seconds apart, whose response a function
/// changes. Returns the number of yielded sessions, the error, and the number of requests.
fn play_changed(
    together: u64,
    mut respond: impl FnMut(&Service, &Request<()>, usize) -> Outcome,
) -> (usize, Option<String>, usize) {
    let service = Service::new((0..500).map(|number| FIRST + number / together * 10));
    let mut requests = 0;
    let played = play(&mut api().history(since(FIRST)), Duration::ZERO, |request, _| {
        requests += 1;
        respond(&service, request, requests)
    });
    let (good, error) = yielded(&played);
    (good.len(), error, requests)
}

/// Returns the same request with one parameter changed or removed.
fn with(request: &Request<()>, name: &str, value: Option<&str>) -> Request<()> {
    let query = request.uri().query().unwrap();
    let others = query.split('&').filter(|pair| pair.split('=').next() != Some(name)).map(str::to_owned);
    let all: Vec<_> = others.chain(value.map(|value| format!("{name}={value}"))).collect();
    Request::get(format!("/?{}", all.join("&"))).body(()).unwrap()
}

#[test]
fn a_list_in_another_order_is_an_error() {
    let (good, error, requests) = play_changed(1, |_, _, _| {
        let sessions: Vec<_> = (0..3).rev().map(|number| session(number, FIRST + number as u64)).collect();
        page(&sessions, r#""pagination":{"has_more":false}"#, None)
    });
    assert_eq!((good, requests), (0, 1));
    assert_eq!(error.unwrap(), "malformed body: the page at offset 0 is not sorted by start time");
    // With one session per page, the order shows between pages.
    let (good, error, requests) = play_changed(1, |_, request, _| {
        let offset = parameter(request, "offset").map_or(0, |offset| offset.parse::<usize>().unwrap());
        let rest = format!(r#""pagination":{{"has_more":true,"next_offset":{}}}"#, offset + 1);
        page(&[session(offset, FIRST + 400 - offset as u64)], &rest, None)
    });
    assert_eq!((good, requests), (1, 42));
    assert_eq!(error.unwrap(), "malformed body: the page at offset 1 does not continue the previous page");
}

#[test]
fn a_start_date_that_excludes_later_sessions_is_an_error() {
    // As if the date were in another time zone.
    let shifted = |service: &Service, request: &Request<()>, _| {
        let start = second(&parameter(request, "start_date").unwrap());
        let later = timestamp(if start > FIRST { start + 3600 } else { start });
        service.respond(&with(request, "start_date", Some(&later)))
    };
    let (good, error, requests) = play_changed(1, shifted);
    assert_eq!((good, requests), (100, 2));
    assert_eq!(error.unwrap(), "malformed body: the page at offset 0 lacks a session of the previous page");
}

#[test]
fn a_start_date_that_is_ignored_is_no_loop() {
    let ignoring =
        |service: &Service, request: &Request<()>, _| service.respond(&with(request, "start_date", None));
    let (good, error, requests) = play_changed(1, ignoring);
    assert_eq!((good, error), (500, None));
    assert!(requests < 30, "{requests} requests");
}

#[test]
fn an_offset_that_is_ignored_is_an_error() {
    // All sessions start in one second, so that the history needs offsets.
    let ignoring = |service: &Service, request: &Request<()>, _| {
        let Ok(mut response) = service.respond(&with(request, "offset", None)) else { unreachable!() };
        let body = String::from_utf8(response.body().clone()).unwrap();
        let offset = parameter(request, "offset").unwrap_or_else(|| "0".to_owned());
        let next = offset.parse::<u64>().unwrap() + 100;
        *response.body_mut() = body
            .replace(r#""offset":0,"#, &format!(r#""offset":{offset},"#))
            .replace(r#""next_offset":100"#, &format!(r#""next_offset":{next}"#))
            .into();
        Ok(response)
    };
    let (good, error, requests) = play_changed(500, ignoring);
    assert_eq!((good, requests), (100, 22));
    assert!(error.unwrap().ends_with(" has no new sessions, like the pages before it"));
}

#[test]
fn an_order_that_changes_between_pages_is_an_error() {
    // The order within the second differs with each request.
    let mut shift = 0;
    let (good, error, _) = play_changed(500, |_, request, _| {
        shift += 37;
        let offset = parameter(request, "offset").map_or(0, |offset| offset.parse::<usize>().unwrap());
        let sessions: Vec<_> =
            (offset..offset + 100).map(|number| session((number * 7 + shift) % 500, FIRST)).collect();
        let rest = format!(r#""pagination":{{"has_more":true,"next_offset":{}}}"#, offset + 100);
        page(&sessions, &rest, None)
    });
    assert!(good < 500);
    assert_eq!(error.unwrap(), "malformed body: the page at offset 99 does not continue the previous page");
}

#[test]
fn endless_pages_without_new_sessions_are_an_error() {
    for sessions in [vec![], vec![session(1, FIRST)]] {
        let (good, error, requests) = play_changed(1, |_, request, _| {
            let offset = parameter(request, "offset").map_or(0, |offset| offset.parse::<usize>().unwrap());
            let rest = format!(r#""pagination":{{"has_more":true,"next_offset":{}}}"#, offset + 100);
            page(&sessions, &rest, None)
        });
        assert_eq!(good, sessions.len());
        assert!(error.unwrap().starts_with("malformed body: the page at offset "));
        assert!(requests <= 22, "{requests} requests");
    }
}

#[test]
fn endless_new_sessions_in_one_second_are_an_error() {
    let mut number = 0;
    let (good, error, requests) = play_changed(1, |_, request, _| {
        let offset = parameter(request, "offset").map_or(0, |offset| offset.parse::<usize>().unwrap());
        let first = if offset == 0 { number } else { number - 1 };
        number = first + 1000;
        let sessions: Vec<_> = (first..number).map(|number| session(number, FIRST)).collect();
        page(&sessions, &format!(r#""pagination":{{"has_more":true,"next_offset":{}}}"#, offset + 1000), None)
    });
    assert_eq!((good, requests), (64_936, 66));
    assert!(error.unwrap().ends_with("exceeds the maximum of 65,536 sessions in one second"));
}

#[test]
fn a_list_that_shifts_is_listed_again_without_a_gap() {
    // Before the second request, the service forgets the ten oldest sessions. All 500 are in one
    // second, so that the history needs offsets.
    let forgetting = |service: &Service, request: &Request<()>, number| {
        let shifted = parameter(request, "offset").map(|offset| offset.parse::<usize>().unwrap());
        match shifted {
            Some(offset) if number == 2 => {
                service.respond(&with(request, "offset", Some(&(offset + 10).to_string())))
            }
            _ => service.respond(request),
        }
    };
    // The response to the second request reports another offset, so it counts as a stray one.
    let (good, error, _) = play_changed(500, forgetting);
    assert_eq!((good, error), (500, None));

    let service = Service::new((0..300).map(|_| FIRST));
    let mut left = Service::new((0..300).map(|_| FIRST));
    let mut requests = Vec::new();
    let played = play(&mut api().history(since(FIRST)), Duration::ZERO, |request, _| {
        requests.push(parameter(request, "offset").unwrap_or_default());
        match requests.len() {
            1 => service.respond(request),
            // Ids are positions, so that ten sessions disappear from the front by renaming.
            _ => {
                left.starts = vec![FIRST; 290];
                let Ok(mut response) = left.respond(request) else { unreachable!() };
                let body = String::from_utf8(response.body().clone()).unwrap();
                let mut renamed = String::new();
                for part in body.split("\"id-") {
                    let digits = part.find('"').filter(|_| part.starts_with(|c: char| c.is_ascii_digit()));
                    match digits {
                        Some(end) => {
                            let number = part[..end].parse::<usize>().unwrap() + 10;
                            renamed += &format!("\"id-{number}{}", &part[end..]);
                        }
                        None => renamed += part,
                    }
                }
                *response.body_mut() = renamed.into();
                Ok(response)
            }
        }
    });
    assert_eq!(yielded(&played), (ids(0..300), None));
    assert_eq!(requests, ["", "99", "", "99", "198"]);
}
