//! Sessions by the thousand, as they might have been.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionFailure, SessionId, SessionStatus, Timestamp};

use crate::demo;

/// As many plausible sessions as wanted, always the same for the same seed: those of
/// [`FakeApi::start`](crate::FakeApi::start) first, then older and older ones, some minutes apart.
///
/// Most went well. Among hundreds of them there is all that a triage can find: failures of each kind, pages that did not load, login
/// walls, captchas, traffic far above what is usual, and each night three hours in which no proxy is to be had.
pub fn generate(seed: u64, count: usize) -> Vec<Session> {
    let mut sessions = demo::sessions().unwrap_or_default();
    let mut random = Random(seed);
    // The oldest session of the demo started at 15:30 that day.
    let mut start = 1_765_897_200;
    while sessions.len() < count {
        // By night there are fewer.
        let hour = start / 3600 % 24;
        let slow = if (6..22).contains(&hour) { 1 } else { 2 };
        start = u64::saturating_sub(start, 1 + random.below(180 * slow));
        sessions.push(session(&mut random, start));
    }
    sessions.truncate(count);
    sessions
}

/// Each with the bandwidth of its usual session.
const SITES: [(&str, u64); 6] = [
    ("www.example.com", 2_500_000),
    ("shop.example.com", 4_000_000),
    ("www.example.org", 900_000),
    ("news.example.org", 1_600_000),
    ("www.example.net", 6_000_000),
    ("maps.example.net", 9_000_000),
];
/// Codes that the Browser API documents, one or two of each class.
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
    session.error = Some(SessionFailure::new(code, message));
}

/// Refused at once: it never had a browser.
fn misconfigured(session: &mut Session, random: &mut Random) {
    fail(session, "wrong_password", "The password of the zone is wrong");
    session.target_url = None;
    session.end_url = None;
    session.navigations = Some(0);
    session.bandwidth = Some(0);
    session.captcha = Some(Captcha::None);
    session.duration = Some((300 + random.below(1500)) as f64 / 1000.0);
}

/// Stopped by a captcha, and waited until it was over.
fn idle(session: &mut Session, site: &str, random: &mut Random) {
    fail(session, "inactivity_timeout", "The session was idle for 5 minutes");
    session.end_url = Some(format!("https://{site}/blocked").into());
    session.captcha = Some(Captcha::Failed);
    session.duration = Some((300_000 + random.below(90_000)) as f64 / 1000.0);
}

/// A page that did not come.
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
    id.parse().expect("hexadecimal digits and hyphens are an id")
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[(self.next() % choices.len() as u64) as usize]
    }
}
