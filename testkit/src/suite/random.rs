//! Random responses of a server, judged by invariants.

use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use brightdata_sessions::{TransportError, http};

use self::plan::{Expected, FEATURES, Plan};
use super::outcome::{Exchanged, Outcome};
use super::transport::{BODY_LIMIT, GOOD, Harness, KEY, good};
use super::{LONG_LIMIT, Limits};
use crate::random::Random;
use crate::{FakeApi, Script, parallel};

mod plan;

/// Random responses of a server to a transport. Created by
/// [`Suite::random`](super::Suite::random).
///
/// Responses are truncated, split, delayed, reset, chunked, encoded and followed by others, and have
/// odd heads. Each is followed by a second exchange with a good response. These invariants hold:
///
/// - A complete response is returned, with each byte of its body and the headers that the core
///   reads.
/// - A truncated response is an error. But an error status is returned, with the bytes that were
///   received.
/// - The exchange ends in time, after one request.
/// - No error contains the key.
/// - The second exchange gets its own response. It can only fail with a broken connection if the
///   server closed that connection.
///
/// The same seed gives the same responses. The first failure is shrunk, and its script is printed
/// as Rust code for a test.
#[derive(Clone, Debug)]
#[must_use = "the responses are played by `run_transport`"]
pub struct RandomSuite {
    seed: u64,
    count: u32,
    without: Vec<(&'static str, &'static str)>,
}

/// The number of responses that must show that a feature cannot be handled.
const PROOFS: usize = 100;
/// The maximum number of exchanges to shrink a failure.
const MAX_SHRINKS: usize = 300;
/// The time after its limit at which the connections of an exchange are closed.
const CLOSE_AFTER: Duration = Duration::from_secs(4);

type Exchange<'a> = dyn Fn(http::Request<()>, &Limits) -> ExchangeResult + Sync + 'a;
type ExchangeResult = Result<http::Response<Vec<u8>>, TransportError>;

impl RandomSuite {
    pub(super) fn new(seed: u64, count: u32) -> Self {
        Self { seed, count, without: Vec::new() }
    }

    /// Leaves out responses with a feature that the client cannot handle, with the reason. The
    /// report fails if the client can handle it.
    ///
    /// The features are `interim responses`, `HTTP/1.0`, `many headers`, `non-ASCII headers`,
    /// `gzip`, `close-delimited bodies`, `chunk extensions`, `trailers`, `stray responses`,
    /// `truncated heads`, `truncated bodies`, `resets` and `silence`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such feature.
    pub fn without(mut self, feature: &'static str, why: &'static str) -> Self {
        assert!(FEATURES.contains(&feature), "no feature {feature:?}: expected one of {FEATURES:?}");
        self.without.push((feature, why));
        self
    }

    /// Plays the responses to a transport, and returns the report.
    ///
    /// ```
    /// use brightdata_sessions::TransportErrorKind;
    /// use brightdata_sessions_testkit::suite::Suite;
    ///
    /// // This transport never gets a response.
    /// let report = Suite::random(1, 20).run_transport(|_, _| Err(TransportErrorKind::Timeout.into()));
    /// assert!(!report.passed());
    /// assert!(report.to_string().contains("Script::new()"), "{report}");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the system is out of ports or threads.
    pub fn run_transport(
        &self,
        exchange: impl Fn(http::Request<()>, &Limits) -> ExchangeResult + Sync,
    ) -> RandomReport {
        let player = Player { exchange: &exchange, fakes: Mutex::default() };
        let accepts_gzip = player.accepts_gzip();
        let all = |seed: u64| {
            let mut random = Random(seed);
            std::iter::repeat_with(move || Plan::generate(&mut random, accepts_gzip))
        };
        let is_left_out = |plan: &Plan| self.without.iter().any(|(feature, _)| plan.has(feature));
        let plans: Vec<_> =
            all(self.seed).filter(|plan| !is_left_out(plan)).take(self.count as usize).collect();
        let failures = parallel::map(&plans, 32, |plan| player.play(plan));
        let failed = failures.iter().filter(|failure| failure.is_some()).count();
        let first = plans.iter().zip(failures).find_map(|(plan, failure)| Some((plan.clone(), failure?)));
        let first = first.map(|(plan, failure)| player.shrink(plan, failure));
        let handled = self.without.iter().filter(|(feature, _)| {
            let others = |plan: &Plan| {
                let mut others = self.without.iter().filter(|(other, _)| other != feature);
                others.any(|(other, _)| plan.has(other))
            };
            let proofs: Vec<_> = all(self.seed)
                .take(20_000)
                .filter(|plan| plan.has(feature) && !others(plan))
                .take(PROOFS)
                .collect();
            parallel::map(&proofs, 32, |plan| player.play(plan)).iter().all(Option::is_none)
        });
        RandomReport {
            played: plans.len(),
            failed,
            first,
            handled: handled.map(|(feature, _)| *feature).collect(),
            without: self.without.clone(),
        }
    }
}

/// The result of a [`RandomSuite`]. `Display` shows the first failure, shrunk.
#[derive(Debug)]
#[must_use = "the report has the result"]
pub struct RandomReport {
    played: usize,
    failed: usize,
    first: Option<(Plan, Failure)>,
    /// The features that were left out, although the client can handle them.
    handled: Vec<&'static str>,
    without: Vec<(&'static str, &'static str)>,
}

impl RandomReport {
    /// Returns whether each outcome was right, and each feature that was left out cannot be handled.
    pub fn passed(&self) -> bool {
        self.failed == 0 && self.handled.is_empty()
    }
}

impl fmt::Display for RandomReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} random responses, {} failed", self.played, self.failed)?;
        for (feature, why) in &self.without {
            writeln!(f, "without {feature}: {why}")?;
        }
        for feature in &self.handled {
            writeln!(f, "the feature `{feature}` was left out, but the client can handle it")?;
        }
        let Some((plan, failure)) = &self.first else { return Ok(()) };
        write!(f, "\nexpected: ")?;
        let expected: Vec<_> = failure.expected.iter().map(ToString::to_string).collect();
        writeln!(f, "{}", expected.join(" or "))?;
        writeln!(f, "actual:   {}\n\n{}", failure.actual, plan.script().to_code())
    }
}

/// An outcome that is not right.
#[derive(Clone, Debug)]
struct Failure {
    expected: Vec<Expected>,
    actual: String,
}

/// The transport under test, and fakes that serve one response after the other. One for each
/// response would use up the ports of the machine.
struct Player<'a> {
    exchange: &'a Exchange<'a>,
    fakes: Mutex<Vec<FakeApi>>,
}

impl Player<'_> {
    /// Returns whether the transport requests gzip.
    fn accepts_gzip(&self) -> bool {
        let harness = Harness::with_fake(self.fake(), BODY_LIMIT, Duration::from_secs(5), self.exchange);
        harness.fake.script_any([good()]);
        let _ = harness.get(GOOD.as_bytes());
        let requests = harness.fake.requests();
        let codings = requests.first().and_then(|request| request.header("accept-encoding"));
        codings.is_some_and(|codings| codings.contains("gzip"))
    }

    fn fake(&self) -> FakeApi {
        let idle = self.fakes.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| FakeApi::with_sessions([]).expect("the fake can start"))
    }

    /// Plays a response, and returns what is wrong with its outcome. If it fails with a short time
    /// limit, plays it again with a long one, because a busy machine can exceed a short one.
    fn play(&self, plan: &Plan) -> Option<Failure> {
        let timeout = plan.timeout();
        let failure = self.play_once(plan, timeout)?;
        if timeout < LONG_LIMIT { self.play_once(plan, LONG_LIMIT) } else { Some(failure) }
    }

    fn play_once(&self, plan: &Plan, timeout: Duration) -> Option<Failure> {
        let shows_key = AtomicBool::new(false);
        let checked = |request: http::Request<()>, limits: &Limits| {
            let result = (self.exchange)(request, limits);
            if result.as_ref().is_err_and(|error| texts(error).contains(KEY)) {
                shows_key.store(true, Ordering::Relaxed);
            }
            result
        };
        let harness = Harness::with_fake(self.fake(), BODY_LIMIT, timeout, &checked);
        let earlier = harness.fake.requests().len();
        harness.fake.script_any([plan.script(), good()]);
        let expected = plan.expected();
        let failure = |actual: String| Some(Failure { expected: expected.clone(), actual });
        let mut wrong = None;
        let outcome = super::guard(
            timeout + CLOSE_AFTER,
            || harness.close_all(),
            || {
                let first = harness.get(plan.body());
                let requests = harness.fake.requests().len() - earlier;
                if !expected.iter().any(|expected| expected.accepts(&first)) {
                    wrong = Some(first.to_string());
                } else if requests > 1 {
                    wrong = Some(format!("{requests} requests"));
                } else {
                    let second = harness.get(GOOD.as_bytes());
                    if !(second.is_success() || !plan.leaves_connection() && is_broken(&second)) {
                        wrong = Some(format!("a good response after it is {second}"));
                    }
                }
                Outcome::Requests(requests)
            },
        );
        match (outcome, wrong) {
            (Outcome::Panicked(message), _) => failure(format!("panicked: {message}")),
            _ if shows_key.load(Ordering::Relaxed) => failure("an error with the key".to_owned()),
            (_, Some(wrong)) => failure(wrong),
            _ => {
                harness.fake.clear_scripts();
                self.fakes.lock().unwrap_or_else(PoisonError::into_inner).push(harness.fake);
                None
            }
        }
    }

    /// Returns the simplest response that was found to fail.
    fn shrink(&self, mut plan: Plan, mut failure: Failure) -> (Plan, Failure) {
        let mut left = MAX_SHRINKS;
        'simpler: loop {
            for simpler in plan.simpler() {
                if left == 0 {
                    return (plan, failure);
                }
                left -= 1;
                if let Some(found) = self.play(&simpler) {
                    (plan, failure) = (simpler, found);
                    continue 'simpler;
                }
            }
            return (plan, failure);
        }
    }
}

/// Returns whether the connection was closed, which a client may notice only when it sends.
fn is_broken(exchanged: &Exchanged) -> bool {
    exchanged.result == Err(brightdata_sessions::TransportErrorKind::Connection)
}

/// Returns the texts of an error and its sources.
pub(super) fn texts(error: &TransportError) -> String {
    let mut texts = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(texts, " {cause:?} {cause}");
        source = cause.source();
    }
    texts
}

impl Script {
    /// Returns the script as Rust code.
    fn to_code(&self) -> String {
        use crate::script::Step;

        let mut code = "Script::new()".to_owned();
        for step in &self.steps {
            let _ = match step {
                Step::Send(bytes) => write!(code, "\n    .send({})", bytes_to_code(bytes)),
                Step::Pause(pause) => {
                    write!(code, "\n    .pause(Duration::from_millis({}))", pause.as_millis())
                }
                Step::Close => write!(code, "\n    .close()"),
                Step::Reset => write!(code, "\n    .reset()"),
                // These are not generated.
                Step::SendEndlessly(_) | Step::Drip(..) | Step::Usual => Ok(()),
            };
        }
        code
    }
}

/// Returns bytes as a Rust expression. A long run of the same byte is an array.
fn bytes_to_code(bytes: &[u8]) -> String {
    const LONG: usize = 40;
    let runs = bytes.chunk_by(|one, next| one == next);
    let mut parts: Vec<String> = Vec::new();
    let mut text = Vec::new();
    for run in runs {
        if run.len() < LONG {
            text.extend(run);
            continue;
        }
        parts.extend((!text.is_empty()).then(|| format!("&b\"{}\"[..]", text.escape_ascii())));
        text.clear();
        parts.push(format!("&[{}; {}]", run[0], run.len()));
    }
    if parts.is_empty() {
        return format!("b\"{}\"", text.escape_ascii());
    }
    parts.extend((!text.is_empty()).then(|| format!("b\"{}\"", text.escape_ascii())));
    format!("[{}].concat()", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_bytes_is_a_literal_or_an_array() {
        assert_eq!(bytes_to_code(b"a\r\n\xff"), r#"b"a\r\n\xff""#);
        let long = [b"a\r\n", &[b'x'; 50][..], b"b"].concat();
        assert_eq!(bytes_to_code(&long), r#"[&b"a\r\n"[..], &[120; 50], b"b"].concat()"#);
    }
}
