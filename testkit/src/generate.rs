//! Generates any number of plausible sessions.

use std::iter;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionError, SessionId, SessionStatus, Timestamp};

use crate::demo;
use crate::random::Random;

/// Generates plausible sessions, always the same ones for the same seed.
///
/// The first are those of [`FakeApi::start`](crate::FakeApi::start). Older ones follow, a few
/// minutes apart. Most of them succeeded. A few hundred contain everything that a triage can find:
/// failures of each kind, pages that did not load, login walls, captchas, unusually high traffic,
/// and three hours each night without an available proxy.
///
/// ```
/// use brightdata_sessions_testkit::{DEMO_SESSION_ID, generate};
///
/// let sessions = generate(1, 500);
/// assert_eq!(sessions.len(), 500);
/// assert_eq!(sessions[0].session_id.as_str(), DEMO_SESSION_ID);
/// assert_eq!(sessions, generate(1, 500));
/// ```
pub fn generate(seed: u64, count: usize) -> Vec<Session> {
    let mut random = Random(seed);
    // The start of the oldest demo session: 15:30 UTC on that day.
    let mut start: u64 = 1_765_897_200;
    let older = iter::repeat_with(|| {
        // Fewer sessions start at night.
        let hour = start / 3600 % 24;
        let slow = if (6..22).contains(&hour) { 1 } else { 2 };
        start = start.saturating_sub(1 + random.below(180 * slow));
        session(&mut random, start)
    });
    demo::sessions().unwrap_or_default().into_iter().chain(older).take(count).collect()
}

/// Sites with the typical bandwidth of a session, in bytes.
const SITES: [(&str, u64); 6] = [
    ("www.example.com", 2_500_000),
    ("shop.example.com", 4_000_000),
    ("www.example.org", 900_000),
    ("news.example.org", 1_600_000),
    ("www.example.net", 6_000_000),
    ("maps.example.net", 9_000_000),
];
/// Documented codes of the Browser API, one or two of each class.
const CODES: [(&str, &str); 8] = [
    ("inactivity_timeout", "The session was idle for 5 minutes"),
    ("no_peers", "No peers available"),
    ("proxy_timeout", "The proxy did not answer in time"),
    ("navigate_domains_limit", "A session may visit one domain"),
    ("brob", "Forbidden by robots.txt"),
    ("cdp_error", "A command of the script failed"),
    ("no_free_workers", "No browser is free"),
    ("net::ERR_CONNECTION_RESET", "The target closed the connection"),
];

fn session(random: &mut Random, start: u64) -> Session {
    let mut session = Session::new(id(random));
    let (site, usual) = random.one_of(&SITES);
    let url = format!("https://{site}/item/{}", random.below(10_000));
    session.api_name = Some(format!("scraping_browser{}", 1 + random.below(3)).into());
    session.timestamp = Timestamp::try_from(SystemTime::UNIX_EPOCH + Duration::from_secs(start)).ok();
    session.target_url = Some(url.clone().into());
    session.end_url = Some(url.into());
    session.navigations = Some(1 + random.below(9));
    session.bandwidth = Some(usual * (60 + random.below(80)) / 100);
    session.duration = Some((10_000 + random.below(60_000) * (1 + random.below(4))) as f64 / 1000.0);
    session.captcha = Some(match random.below(20) {
        0..3 => Captcha::Solved,
        3 => Captcha::Failed,
        4 => Captcha::Detected,
        _ => Captcha::None,
    });
    session.status = Some(SessionStatus::Finished);
    let no_proxy = (2..5).contains(&(start / 3600 % 24));
    match random.below(100) {
        ..40 if no_proxy => fail(&mut session, "no_peers", "No peers available"),
        0..6 => {
            let (code, message) = random.one_of(&CODES);
            fail(&mut session, code, message);
        }
        6..8 => misconfigured(&mut session, random),
        8..11 => idle(&mut session, site, random),
        11..13 => empty(&mut session, random),
        13..17 => session.end_url = Some("https://accounts.example/login?continue=1".into()),
        17..19 => session.bandwidth = Some(usual * (4 + random.below(20))),
        _ => {}
    }
    session
}

fn fail(session: &mut Session, code: &str, message: &str) {
    session.status = Some(SessionStatus::Failed);
    session.error = Some(SessionError::new(code, message));
}

/// A session that is rejected immediately and never has a browser.
fn misconfigured(session: &mut Session, random: &mut Random) {
    fail(session, "wrong_password", "The password of the zone is wrong");
    session.target_url = None;
    session.end_url = None;
    session.navigations = Some(0);
    session.bandwidth = Some(0);
    session.captcha = Some(Captcha::None);
    session.duration = Some((300 + random.below(1500)) as f64 / 1000.0);
}

/// A session that a captcha stops, and that idles until the service ends it.
fn idle(session: &mut Session, site: &str, random: &mut Random) {
    fail(session, "inactivity_timeout", "The session was idle for 5 minutes");
    session.end_url = Some(format!("https://{site}/blocked").into());
    session.captcha = Some(Captcha::Failed);
    session.duration = Some((300_000 + random.below(90_000)) as f64 / 1000.0);
}

/// A session whose page does not load.
fn empty(session: &mut Session, random: &mut Random) {
    session.end_url = Some("chrome-error://chromewebdata/".into());
    session.bandwidth = Some(random.below(6_000));
    session.captcha = Some(Captcha::None);
    if random.below(2) == 0 {
        fail(session, "net::ERR_NAME_NOT_RESOLVED", "The name of the target is not known");
    }
}

fn id(random: &mut Random) -> SessionId {
    let (high, low) = (random.next(), random.next());
    let id = format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
    id.parse().expect("hexadecimal digits and hyphens form an id")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::ops::Range;

    use super::*;

    /// Some weeks of sessions, without those of the demo.
    fn generated() -> Vec<Session> {
        generate(1, 20_000).split_off(6)
    }

    fn hour(session: &Session) -> usize {
        session.timestamp.as_ref().unwrap().as_str()[11..13].parse().unwrap()
    }

    fn code(session: &Session) -> Option<&str> {
        session.error.as_ref().and_then(|error| error.code.as_deref())
    }

    /// Classifies a session.
    fn kind(session: &Session) -> &'static str {
        match (code(session), session.end_url.as_deref()) {
            (Some("wrong_password"), _) => "misconfigured",
            (_, Some("chrome-error://chromewebdata/")) => "empty",
            (_, Some("https://accounts.example/login?continue=1")) => "login",
            (_, Some(url)) if url.ends_with("/blocked") => "idle",
            (Some("no_peers"), _) => "no proxy",
            (Some(_), _) => "failed",
            (None, _) if traffic(session) < 200 => "good",
            (None, _) => "heavy",
        }
    }

    /// Returns the bandwidth in percent of the site's typical value.
    fn traffic(session: &Session) -> u64 {
        let url = session.target_url.as_deref().unwrap();
        let usual = SITES.iter().find_map(|(site, usual)| url.contains(site).then_some(usual)).unwrap();
        session.bandwidth.unwrap() * 100 / usual
    }

    /// Returns the percentage of each key.
    fn shares<K: Ord>(of: impl Iterator<Item = K>) -> BTreeMap<K, u64> {
        let mut counts = BTreeMap::new();
        of.for_each(|key| *counts.entry(key).or_default() += 1);
        let all: u64 = counts.values().sum();
        counts.values_mut().for_each(|count| *count = (*count * 100 + all / 2) / all);
        counts
    }

    /// Asserts that durations in seconds are within a range and reach close to both ends.
    fn assert_spread(sessions: &[&Session], range: Range<f64>) {
        let durations: Vec<_> = sessions.iter().map(|session| session.duration.unwrap()).collect();
        let shortest = durations.iter().copied().reduce(f64::min).unwrap();
        let longest = durations.iter().copied().reduce(f64::max).unwrap();
        let near = (range.end - range.start) / 50.0;
        assert!((range.start..range.start + near).contains(&shortest), "{shortest} of {range:?}");
        assert!((range.end - near..range.end).contains(&longest), "{longest} of {range:?}");
    }

    #[test]
    fn a_seed_gives_the_same_sessions_in_every_release() {
        let session = generate(1, 63).pop().unwrap();
        let expected = r#"{"session_id":"443ebbfc-b369-006b-cbd6-839ede7bedc2","api_name":"scraping_browser3","status":"failed","timestamp":"2025-12-16T13:29:04Z","target_url":"https://www.example.com/item/1527","end_url":"chrome-error://chromewebdata/","navigations":3,"duration":18.859,"captcha":"none","bandwidth":695,"error":{"code":"net::ERR_NAME_NOT_RESOLVED","message":"The name of the target is not known"}}"#;
        assert_eq!(serde_json::to_string(&session).unwrap(), expected);
    }

    #[test]
    fn demo_sessions_come_first_and_older_ones_follow() {
        let sessions = generate(1, 1000);
        assert_eq!(sessions.len(), 1000);
        assert_eq!(sessions[..6], demo::sessions().unwrap());
        let start = |session: &Session| session.timestamp.as_ref().unwrap().as_str().to_owned();
        assert!(sessions[5..].is_sorted_by(|newer, older| start(newer) > start(older)));
        for count in [0, 4, 6, 7] {
            assert_eq!(generate(1, count), sessions[..count]);
        }
    }

    #[test]
    fn half_as_many_sessions_start_at_night() {
        let mut sessions = [0_u32; 24];
        generated().iter().for_each(|session| sessions[hour(session)] += 1);
        let day = f64::from(sessions[6..22].iter().sum::<u32>()) / 16.0;
        let night = f64::from(sessions[..6].iter().chain(&sessions[22..]).sum::<u32>()) / 8.0;
        assert!((1.9..2.1).contains(&(day / night)), "{day} by day, {night} by night");
    }

    #[test]
    fn most_sessions_succeed_and_every_failure_occurs() {
        let sessions = generated();
        let (night, day): (Vec<_>, Vec<_>) =
            sessions.iter().partition(|session| (2..5).contains(&hour(session)));
        let by_day = [
            ("empty", 2),
            ("failed", 5),
            ("good", 81),
            ("heavy", 2),
            ("idle", 3),
            ("login", 4),
            ("misconfigured", 2),
            ("no proxy", 1),
        ];
        assert_eq!(shares(day.iter().map(|session| kind(session))), by_day.into());
        let by_night = shares(night.iter().map(|session| kind(session)));
        assert!(by_night["no proxy"].abs_diff(40) < 3 && by_night["good"] > 55, "{by_night:?}");
    }

    #[test]
    fn a_good_session_is_near_the_typical_values() {
        let sessions = generated();
        let good: Vec<_> = sessions.iter().filter(|session| kind(session) == "good").collect();
        assert!(good.iter().all(|session| session.status == Some(SessionStatus::Finished)));
        assert!(good.iter().all(|session| session.end_url == session.target_url));
        let zones: BTreeSet<_> = good.iter().map(|session| session.api_name.as_deref().unwrap()).collect();
        assert_eq!(zones, ["scraping_browser1", "scraping_browser2", "scraping_browser3"].into());
        let navigations: BTreeSet<_> = good.iter().map(|session| session.navigations.unwrap()).collect();
        assert_eq!(navigations, (1..10).collect());
        let percent: BTreeSet<_> = good.iter().map(|session| traffic(session)).collect();
        assert_eq!(percent, (60..140).collect());
        assert_spread(&good, 10.0..250.0);
        let captchas = shares(good.iter().map(|session| session.captcha.as_ref().unwrap().as_str()));
        assert_eq!(captchas, [("detected", 5), ("failed", 5), ("none", 75), ("solved", 15)].into());
    }

    #[test]
    fn each_kind_of_failure_shows_its_symptoms() {
        let sessions = generated();
        let of = |wanted| sessions.iter().filter(|session| kind(session) == wanted).collect::<Vec<_>>();
        let failed = |sessions: &[&Session]| {
            sessions.iter().all(|session| session.status == Some(SessionStatus::Failed))
        };

        let codes: BTreeSet<_> =
            [of("failed"), of("no proxy")].concat().into_iter().filter_map(code).collect();
        assert_eq!(codes, CODES.map(|(code, _)| code).into());
        assert!(failed(&of("failed")) && failed(&of("no proxy")));

        let heavy: BTreeSet<_> = of("heavy").into_iter().map(traffic).collect();
        assert_eq!(heavy, (4..24).map(|times| times * 100).collect());

        let idle = of("idle");
        assert!(failed(&idle) && idle.iter().all(|session| session.captcha == Some(Captcha::Failed)));
        assert!(idle.iter().all(|session| code(session) == Some("inactivity_timeout")));
        assert_spread(&idle, 300.0..390.0);

        let empty = of("empty");
        assert!(empty.iter().all(|session| session.captcha == Some(Captcha::None)));
        assert!(empty.iter().all(|session| session.bandwidth.unwrap() < 6_000));
        let codes = shares(empty.iter().map(|session| code(session)));
        assert!(
            codes[&None].abs_diff(50) < 8 && codes[&Some("net::ERR_NAME_NOT_RESOLVED")] > 40,
            "{codes:?}"
        );

        let misconfigured = of("misconfigured");
        assert!(failed(&misconfigured));
        let nothing = |session: &&Session| {
            let urls = session.target_url.is_some() || session.end_url.is_some();
            !urls && session.bandwidth == Some(0) && session.navigations == Some(0)
        };
        assert!(misconfigured.iter().all(nothing));
        assert_spread(&misconfigured, 0.3..1.8);
    }
}
