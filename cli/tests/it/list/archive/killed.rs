//! `list --follow` that is killed at any moment and started again, while sessions start and end.

use std::collections::BTreeSet;

use super::*;

/// A service with `count` sessions that have ended. After the first run, `growing` more start and
/// end within `period`, while the program runs and is killed.
struct Setting {
    count: u32,
    growing: u32,
    period: Duration,
    kills: u32,
}

/// SplitMix64.
fn random(state: &mut u64, limit: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % limit
}

/// The last record of each session.
type Truth = BTreeMap<String, Session>;

/// Adds the sessions that have ended.
fn fill(fake: &FakeApi, setting: &Setting, seed: &mut u64, truth: &mut Truth) {
    const MONTH: u64 = 30 * 86_400;
    let now = SystemTime::now();
    for number in 0..setting.count {
        let (_, ended) = records(number, now - Duration::from_secs(600 + random(seed, MONTH)), seed);
        fake.insert(ended.clone());
        truth.insert(ended.session_id.to_string(), ended);
    }
}

/// Adds the sessions that start and end within the period, from now on.
fn grow(fake: &FakeApi, setting: &Setting, seed: &mut u64, truth: &mut Truth) {
    let (now, period) = (SystemTime::now(), setting.period.as_millis() as u64);
    for number in setting.count..setting.count + setting.growing {
        let millis = random(seed, period);
        let listed = now + Duration::from_millis(millis);
        // Some are listed minutes late.
        let (running, ended) = records(number, listed - Duration::from_secs(random(seed, 300)), seed);
        fake.insert_at(listed, running);
        fake.insert_at(listed + Duration::from_millis(random(seed, period - millis + 1)), ended.clone());
        truth.insert(ended.session_id.to_string(), ended);
    }
}

/// Returns the records of a session while it runs and after its end.
fn records(number: u32, start: SystemTime, seed: &mut u64) -> (Session, Session) {
    let running = session(number, 0, SessionStatus::Running)
        .with(|session| session.timestamp = Some(Timestamp::try_from(start).unwrap()));
    let ended = running.clone().with(|session| {
        session.status = Some(SessionStatus::Finished);
        session.bandwidth = Some(random(seed, 1_000_000));
    });
    (running, ended)
}

/// The content of an archive.
struct Summary {
    lines: usize,
    /// Lines for the end of a session that was printed before.
    twice: usize,
    /// Lines that repeat an earlier one.
    repeated: usize,
    /// The moment of each kill in milliseconds, and the number of lines at that moment.
    kills: Vec<(u128, usize)>,
}

/// Follows the fake into a file, kills the program at random moments, and compares the archive with
/// the truth.
fn follow_and_kill(setting: &Setting) -> Summary {
    let mut seed = setting.count.into();
    let archive = Archive::new();
    let path = archive.path("sessions.jsonl");
    let fake = fake([]);
    let mut truth = Truth::new();
    fill(&fake, setting, &mut seed, &mut truth);
    let start = |follow: &[&str]| {
        let output = File::options().create(true).append(true).open(&path).unwrap();
        let mut command = program(&fake);
        command.args(["list", "--json", "--since", "40d", "--state"]).arg(archive.state()).args(follow);
        command.stdout(output).stderr(Stdio::piped()).spawn().unwrap()
    };
    let kill = |mut child: Child, life: u64| {
        std::thread::sleep(Duration::from_millis(life));
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().code(), None, "it ended before it was killed");
        lines(&path).len()
    };
    // The first run is killed as well, and then completed.
    let first = kill(start(&["--follow"]), random(&mut seed, 500));
    assert_eq!(start(&[]).wait().unwrap().code(), Some(0));
    grow(&fake, setting, &mut seed, &mut truth);
    let begin = std::time::Instant::now();
    let mut kills = vec![(0, first)];
    for _ in 1..setting.kills {
        let child = start(&["--follow", "--interval", "0.1"]);
        let life = random(&mut seed, 2 * setting.period.as_millis() as u64 / u64::from(setting.kills));
        let printed = kill(child, life);
        kills.push((begin.elapsed().as_millis(), printed));
    }
    std::thread::sleep(setting.period.saturating_sub(begin.elapsed()));
    let last = start(&[]).wait_with_output().unwrap();
    assert_eq!((last.status.code(), String::from_utf8_lossy(&last.stderr).as_ref()), (Some(0), ""));
    let records: Vec<Session> = lines(&path).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last: BTreeMap<_, _> =
        records.iter().map(|session| (session.session_id.to_string(), session.clone())).collect();
    assert_eq!(last.len(), truth.len(), "sessions are missing");
    assert!(last == truth, "a last record differs from the service's");
    let is_running = |session: &Session| session.status == Some(SessionStatus::Running);
    let events: BTreeSet<_> =
        records.iter().map(|session| (&session.session_id, is_running(session))).collect();
    let (twice, repeated) = (events.len() - truth.len(), records.len() - events.len());
    Summary { lines: records.len(), twice, repeated, kills }
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_killed_follower_loses_no_session() {
    let setting = Setting { count: 400, growing: 200, period: Duration::from_millis(900), kills: 4 };
    assert_eq!(follow_and_kill(&setting).kills.len(), 4);
}

#[ignore = "takes some minutes"]
#[test]
fn a_follower_of_100_000_sessions_killed_ten_times_loses_none() {
    let setting = Setting { count: 80_000, growing: 20_000, period: Duration::from_secs(120), kills: 10 };
    let Summary { lines, twice, repeated, kills } = follow_and_kill(&setting);
    println!(
        "{lines} lines for 100,000 sessions: {twice} for the end of a session that was printed before, {repeated} \
         repeated after ten kills at (ms, lines) {kills:?}"
    );
    assert!(twice > 0, "no session was printed while it ran");
    // A kill repeats what was printed since the state was written.
    assert!(repeated < lines / 20, "{repeated} of {lines} lines are repeated");
}
