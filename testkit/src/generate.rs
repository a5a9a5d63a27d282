//! Sessions by the thousand, as they might have been.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionFailure, SessionId, SessionStatus, Timestamp};

use crate::demo;

/// As many plausible sessions as wanted, always the same for the same seed: those of
/// [`FakeApi::start`](crate::FakeApi::start) first, then older and older ones, some minutes apart.
pub fn generate(seed: u64, count: usize) -> Vec<Session> {
    let mut sessions = demo::sessions().unwrap_or_default();
    let mut random = Random(seed);
    // The oldest session of the demo started at 15:30 that day.
    let mut start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_897_200);
    while sessions.len() < count {
        start -= Duration::from_secs(1 + random.below(240));
        sessions.push(session(&mut random, start));
    }
    sessions.truncate(count);
    sessions
}

const DOMAINS: [&str; 6] = [
    "www.example.com",
    "shop.example.com",
    "www.example.org",
    "news.example.org",
    "www.example.net",
    "maps.example.net",
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

fn session(random: &mut Random, start: SystemTime) -> Session {
    let mut session = Session::new(id(random));
    let domain = random.one_of(&DOMAINS);
    let url = format!("https://{domain}/item/{}", random.below(10_000));
    session.api_name = Some(format!("scraping_browser{}", 1 + random.below(3)).into());
    session.timestamp = Timestamp::try_from(start).ok();
    session.target_url = Some(url.clone().into());
    session.end_url =
        Some(if random.below(10) == 0 { format!("https://{domain}/login") } else { url }.into());
    session.navigations = Some(1 + random.below(9));
    session.bandwidth = Some(100_000 + random.below(5_000_000) * (1 + random.below(4)));
    session.duration = Some((2_000 + random.below(400_000)) as f64 / 1000.0);
    session.captcha = Some(match random.below(20) {
        0..3 => Captcha::Solved,
        3 => Captcha::Failed,
        4 => Captcha::Detected,
        _ => Captcha::None,
    });
    session.status = Some(SessionStatus::Finished);
    if random.below(8) == 0 {
        let (code, message) = random.one_of(&CODES);
        session.status = Some(SessionStatus::Failed);
        session.error = Some(SessionFailure::new(code, message));
    }
    session
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
