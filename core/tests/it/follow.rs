//! A follower: what it yields, when it polls, and how it continues.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::Request;
use brightdata_sessions::{
    ErrorKind, Flow, HistoryCursor, ListSessions, RetryPolicy, SessionFollower, Step, WaitReason,
};

use crate::support::drive::{Outcome, api, at, response, status};

/// The time of the simulated service at the origin of the clock, in seconds.
const START: u64 = 1_765_843_200;

/// Returns a page with these sessions: id, seconds after the start, and status.
fn page(sessions: &[(&str, u64, &str)], now: Duration) -> Outcome {
    let date = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(START + second);
    let timestamp = |second| brightdata_sessions::Timestamp::try_from(date(second)).unwrap();
    let sessions: Vec<_> = sessions
        .iter()
        .map(|&(id, second, status)| {
            format!(r#"{{"session_id":"{id}","timestamp":"{}","status":"{status}"}}"#, timestamp(second))
        })
        .collect();
    let date = httpdate::fmt_http_date(date(now.as_secs()));
    let body = format!(r#"{{"sessions":[{}],"pagination":{{"has_more":false}}}}"#, sessions.join(","));
    response(200, &[("date", &date)], &body)
}

fn follower() -> SessionFollower {
    api().with_retry(RetryPolicy::none()).follow(ListSessions::new().start_date("2025-12-16T00:00:00Z"))
}

/// The events of a follower in simulated time.
struct Driver {
    follower: SessionFollower,
    now: Duration,
}

impl Driver {
    fn new(follower: SessionFollower) -> Self {
        Self { follower, now: Duration::ZERO }
    }

    /// Returns the items up to the next wait, and the seconds of that wait. `None` at the end.
    fn poll(
        &mut self,
        mut respond: impl FnMut(&Request<()>, Duration) -> Outcome,
    ) -> (Vec<Result<String, ErrorKind>>, Option<u64>) {
        let mut items = Vec::new();
        loop {
            match self.follower.step(at(self.now)) {
                Step::Send(request) => self.follower.receive(respond(&request, self.now), at(self.now)),
                Step::Yield(item) => items.push(
                    item.map(|session| format!("{} {}", session.session_id, session.status.unwrap()))
                        .map_err(|error| error.kind()),
                ),
                Step::Wait(wait) => {
                    assert_eq!(wait.reason, WaitReason::PollInterval);
                    // Half of a wait is not enough.
                    assert!(matches!(self.follower.step(at(self.now + wait.duration / 2)), Step::Wait(_)));
                    self.now += wait.duration;
                    return (items, Some(wait.duration.as_secs()));
                }
                Step::Done => return (items, None),
            }
        }
    }
}

fn good(items: &[&str]) -> Vec<Result<String, ErrorKind>> {
    items.iter().map(|item| Ok((*item).to_owned())).collect()
}

#[test]
fn a_session_is_yielded_when_it_appears_and_when_it_has_ended() {
    let mut driver = Driver::new(follower());
    let lists: [&[_]; 6] = [
        &[],
        &[("a", 5, "running"), ("b", 7, "finished")],
        &[("a", 5, "running"), ("b", 7, "finished")],
        &[("a", 5, "paused"), ("b", 7, "finished"), ("c", 7, "running")],
        &[("a", 5, "failed"), ("b", 7, "finished"), ("c", 7, "running")],
        &[("late", 4, "finished"), ("a", 5, "failed"), ("b", 7, "finished"), ("c", 7, "finished")],
    ];
    let yielded: Vec<_> = lists.iter().map(|list| driver.poll(|_, now| page(list, now))).collect();
    let expected: [&[&str]; 6] = [
        &[],
        &["a running", "b finished"],
        &[],
        &["c running"],
        &["a failed"],
        &["late finished", "c finished"],
    ];
    assert_eq!(yielded, expected.map(|items| (good(items), Some(30))));
}

#[test]
fn a_resumed_follower_repeats_nothing_and_loses_nothing() {
    let list = [("a", 5, "running"), ("b", 7, "finished"), ("c", 7, "running")];
    let mut cursor = HistoryCursor::default();
    let mut yielded = Vec::new();
    for _ in 0..3 {
        // One item in each process.
        let mut follower = follower().resume(cursor);
        let item = follower.next_with(
            || at(Duration::ZERO),
            |_| page(&list, Duration::ZERO),
            |_| panic!("an item before the wait"),
        );
        yielded.push(item.unwrap().unwrap().session_id.to_string());
        cursor = serde_json::from_str(&serde_json::to_string(follower.cursor()).unwrap()).unwrap();
    }
    assert_eq!(yielded, ["a", "b", "c"]);
    let mut driver = Driver::new(follower().resume(cursor));
    assert_eq!(driver.poll(|_, now| page(&list, now)), (vec![], Some(30)));
    let ended = [("a", 5, "finished"), ("b", 7, "finished"), ("c", 7, "failed")];
    assert_eq!(driver.poll(|_, now| page(&ended, now)), (good(&["a finished", "c failed"]), Some(30)));
}

#[test]
fn a_transient_error_does_not_end_a_follower() {
    let mut driver = Driver::new(follower());
    let list = [("a", 5, "running")];
    assert_eq!(driver.poll(|_, now| page(&list, now)), (good(&["a running"]), Some(30)));
    assert_eq!(driver.poll(|_, _| status(503)), (vec![Err(ErrorKind::Server)], Some(30)));
    let busy = |seconds: &str| response(503, &[("retry-after", seconds)], "");
    assert_eq!(driver.poll(|_, _| busy("70")), (vec![Err(ErrorKind::Server)], Some(70)));
    assert_eq!(driver.poll(|_, _| busy("4000")), (vec![Err(ErrorKind::Server)], Some(300)));
    let ended = [("a", 5, "finished")];
    assert_eq!(driver.poll(|_, now| page(&ended, now)), (good(&["a finished"]), Some(30)));
    assert_eq!(driver.poll(|_, _| status(401)), (vec![Err(ErrorKind::Unauthorized)], None));
    assert_eq!(driver.poll(|_, _| panic!("no request after the end")), (vec![], None));
}

#[test]
fn the_interval_grows_with_the_number_of_requests() {
    // Pages of one session, so that each session takes a request.
    let wait = |sessions: u64, interval: Duration| {
        let respond = |request: &Request<()>, _| {
            let offset =
                request.uri().query().unwrap().split('&').find_map(|pair| pair.strip_prefix("offset="));
            let offset: u64 = offset.map_or(0, |offset| offset.parse().unwrap());
            let pagination =
                format!(r#"{{"has_more":{},"next_offset":{}}}"#, offset + 1 < sessions, offset + 1);
            let body = format!(
                r#"{{"sessions":[{{"session_id":"s{offset}","timestamp":"2025-12-16T00:00:00Z","status":"finished"}}],"pagination":{pagination}}}"#
            );
            response(200, &[], &body)
        };
        let (items, wait) = Driver::new(follower().with_interval(interval)).poll(respond);
        assert_eq!(items.len() as u64, sessions);
        wait.unwrap()
    };
    let seconds = Duration::from_secs;
    assert_eq!([1, 10, 11, 20, 21].map(|sessions| wait(sessions, seconds(30))), [30, 30, 60, 60, 90]);
    assert_eq!([1, 5].map(|interval| wait(1, seconds(interval))), [1, 5]);
}

#[test]
fn a_follower_fetched_ahead_yields_and_waits_the_same() {
    // 23 sessions in the same second, three on each page.
    let respond = |request: &Request<()>| {
        let offset = request.uri().query().unwrap().split('&').find_map(|pair| pair.strip_prefix("offset="));
        let offset: u64 = offset.map_or(0, |offset| offset.parse().unwrap());
        let sessions = [offset, offset + 1, offset + 2].map(|number| {
            format!(r#"{{"session_id":"s{number}","timestamp":"2025-12-16T00:00:00Z","status":"finished"}}"#)
        });
        let pagination = format!(r#"{{"has_more":{},"next_offset":{}}}"#, offset < 20, offset + 3);
        let sessions = sessions.join(",");
        response(200, &[], &format!(r#"{{"sessions":[{sessions}],"pagination":{pagination}}}"#))
    };
    let now = at(Duration::ZERO);
    let run = |is_ahead: bool| {
        let (mut follower, mut ids, mut ahead) = (follower(), Vec::new(), 0);
        loop {
            match follower.step(now) {
                Step::Send(request) => follower.receive(respond(&request), now),
                Step::Yield(session) => {
                    ids.push(session.unwrap().session_id.to_string());
                    let Some(request) = is_ahead.then(|| follower.request_ahead(now)).flatten() else {
                        continue;
                    };
                    ahead += 1;
                    while let Some(session) = follower.next_received() {
                        ids.push(session.session_id.to_string());
                    }
                    follower.receive(respond(&request), now);
                }
                Step::Wait(wait) => return (ids, wait.duration.as_secs(), ahead),
                Step::Done => panic!("a follower does not end"),
            }
        }
    };
    let ids: Vec<_> = (0..23).map(|number| format!("s{number}")).collect();
    // A page begins with the last session of the previous one, so there are 11.
    assert_eq!(run(false), (ids.clone(), 60, 0));
    assert_eq!(run(true), (ids, 60, 10));
}

#[test]
fn the_shortest_interval_is_a_tenth_of_a_second() {
    let mut follower = follower().with_interval(Duration::ZERO);
    assert!(matches!(follower.step(at(Duration::ZERO)), Step::Send(_)));
    follower.receive(page(&[], Duration::ZERO), at(Duration::ZERO));
    assert!(
        matches!(follower.step(at(Duration::ZERO)), Step::Wait(wait) if wait.duration.as_millis() == 100)
    );
}

#[test]
fn each_poll_lists_the_last_65_minutes() {
    let mut driver = Driver::new(follower());
    let mut starts = Vec::new();
    for minutes in [0, 10, 70, 100] {
        driver.now = Duration::from_secs(minutes * 60);
        let list: Vec<_> = (0..=minutes).map(|minute| (format!("s{minute}"), minute * 60)).collect();
        let list: Vec<_> = list.iter().map(|(id, second)| (id.as_str(), *second, "finished")).collect();
        driver.poll(|request, now| {
            let query = request.uri().query().unwrap().to_owned();
            starts.push(query.split("T").nth(1).unwrap()[..12].replace("%3A", ":"));
            page(&list, now)
        });
    }
    // The last poll begins 65 minutes before the one before it, less one second.
    assert_eq!(starts, ["23:59:59", "23:59:59", "23:59:59", "00:04:59"]);
}

#[test]
fn a_follower_stores_the_sessions_of_65_minutes_only() {
    // A session every ten seconds for a day, and a poll every five minutes.
    let mut follower = follower().with_interval(Duration::from_secs(300));
    let (mut now, mut found, mut most) = (Duration::ZERO, 0, 0);
    while now < Duration::from_secs(86_400) {
        match follower.step(at(now)) {
            Step::Send(request) => {
                let query = request.uri().query().unwrap();
                let parameter = |name: &str| {
                    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
                    value.map(|value| urlencoding::decode(value).unwrap().into_owned())
                };
                let offset: u64 = parameter("offset").map_or(0, |offset| offset.parse().unwrap());
                let start: brightdata_sessions::Timestamp = parameter("start_date").unwrap().parse().unwrap();
                let start = start.to_system_time().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
                let first = start.as_secs().saturating_sub(START).div_ceil(10) + offset;
                let last = now.as_secs() / 10;
                let ids: Vec<_> =
                    (first..=last).take(100).map(|number| (format!("s{number}"), number * 10)).collect();
                let sessions: Vec<_> =
                    ids.iter().map(|(id, second)| (id.as_str(), *second, "finished")).collect();
                let Ok(mut response) = page(&sessions, now) else { unreachable!() };
                if first + 100 <= last {
                    let more = format!(r#""has_more":true,"next_offset":{}"#, offset + 100);
                    let body = String::from_utf8(response.body().clone()).unwrap();
                    *response.body_mut() = body.replace(r#""has_more":false"#, &more).into();
                }
                follower.receive(Ok(response), at(now));
            }
            Step::Yield(item) => found += u64::from(item.is_ok()),
            Step::Wait(wait) => {
                now += wait.duration;
                let cursor = serde_json::to_value(follower.cursor()).unwrap();
                most = most.max(cursor["seen"].as_array().unwrap().len());
            }
            Step::Done => panic!("a follower does not end"),
        }
    }
    // 65 minutes of them, and one second.
    assert_eq!((found, most), (8611, 391));
}
