//! Reports why sessions failed and what they cost: many sessions in, one [`Report`] out.
//!
//! ```
//! use brightdata_sessions::Session;
//! use brightdata_sessions_triage::{FindingKind, Triage};
//!
//! let session = |id: u32| format!(
//!     r#"{{"session_id":"{id}","status":"failed","navigations":0,"duration":0.8,"bandwidth":0,
//!         "error":{{"code":"wrong_password","message":"Wrong password"}}}}"#
//! );
//! let mut triage = Triage::new().with_price_per_gb(8.0)?;
//! for id in 0..3 {
//!     triage.add(&serde_json::from_str::<Session>(&session(id))?);
//! }
//! let report = triage.report();
//! let found = report.findings.iter().map(|finding| (finding.kind, finding.sessions));
//! assert!(found.eq([(FindingKind::Configuration, 3), (FindingKind::SystemicError, 3)]));
//! println!("{report}"); // A page of text. For JSON, use serde.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Claims
//!
//! Findings are heuristics. Each lists the sessions that support it. A field that a session lacks
//! counts as missing: the session is excluded from that sum, median or rate. A sum that exceeds
//! 64 bits stays at the maximum.
//!
//! # Memory
//!
//! Memory does not grow with the number of sessions. A triage counts these separately, and
//! everything else together as other:
//!
//! - the first 500 domains, 100 zones, 200 error codes, 200 domain pairs, and 200 unknown words of
//!   each kind;
//! - the latest 744 hours and 400 days;
//! - ten sessions for each finding.
//!
//! Medians are exact for up to 100 numbers, and within 1 % for more. The order of the sessions does
//! not affect the report unless there are more names than that.
//!
//! # Duplicates
//!
//! Add each session once: a triage stores no ids, and a session cannot be removed. The caller finds
//! sessions that occur twice, and [`Triage::set_duplicates`] puts their number into the report.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )
)]

use std::fmt;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionStatus};

pub use self::class::ErrorClass;
pub use self::diagnosis::{Diagnosis, Hint};
pub use self::domain::{redact_url, registrable_domain};
pub use self::durations::{DurationBin, Durations, Longest};
pub use self::evidence::Evidence;
pub use self::finding::{Action, Finding, FindingKind};
pub use self::groups::{Group, Groups, Usage};
pub use self::report::{
    CaptchaCounts, CodeCount, DomainChanges, DomainPair, Errors, Failures, Report, WordCount,
};
pub use self::rules::FailurePattern;
pub use self::times::{Hour, HourWindow, Statuses};
pub use self::units::{Bytes, Cost, Percent, Seconds, Sum};

use self::durations::DurationTally;
use self::evidence::{Case, Tally, Top, short};
use self::groups::{DomainTally, GroupTally, Names, UsageTally};
use self::times::Recent;

mod class;
mod diagnosis;
mod domain;
mod draw;
mod durations;
mod evidence;
mod find;
mod finding;
mod groups;
mod page;
mod report;
mod rules;
mod sentences;
mod sketch;
mod times;
mod units;

/// Collects sessions one at a time, and reports on all of them.
#[derive(Clone)]
pub struct Triage {
    now: Option<SystemTime>,
    price: Option<f64>,
    full_urls: bool,
    reported: Option<u64>,
    duplicates: Option<(u64, u64)>,

    total: UsageTally,
    statuses: Statuses,
    started: Option<(SystemTime, SystemTime)>,
    start_missing: u64,
    hours: Recent<Statuses>,
    days: Recent<GroupTally>,
    no_day: UsageTally,
    zones: Names<GroupTally>,
    no_zone: UsageTally,
    domains: Names<DomainTally>,
    no_domain: UsageTally,

    codes: Names<CodeTally>,
    with_error: u64,
    without_code: u64,
    failures: Failures,
    /// The failures whose error code does not contradict the pattern.
    configuration: Tally,
    nothing_loaded: Tally,
    run: Tally,
    /// The failed sessions with the most traffic.
    failed: Top<u64>,

    durations: DurationTally,
    captcha: CaptchaCounts,
    unsolved: Tally,
    unknown_status: Tally,
    unknown_status_words: Names<u64>,
    unknown_captcha: Tally,
    unknown_captcha_words: Names<u64>,
    compared: u64,
    changed: Tally,
    pairs: Names<u64>,
    stale: Tally,
    running_unclear: u64,
}

/// The price per GB is not a number from 0 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPrice(());

impl fmt::Display for InvalidPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid price per GB: expected a number from 0 to 1000000")
    }
}

impl std::error::Error for InvalidPrice {}

/// The sessions with one error code.
#[derive(Clone, Debug, Default)]
struct CodeTally {
    all: Tally,
    failed: u64,
}

/// Shows the number of sessions only. The [`Report`] has the rest.
impl fmt::Debug for Triage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Triage").field("sessions", &self.total.sessions).finish_non_exhaustive()
    }
}

impl Triage {
    /// Creates an empty triage, without a price and without the present time.
    pub fn new() -> Self {
        Self {
            now: None,
            price: None,
            full_urls: false,
            reported: None,
            duplicates: None,
            total: UsageTally::default(),
            statuses: Statuses::default(),
            started: None,
            start_missing: 0,
            hours: Recent::at_most(744, Duration::from_secs(3600)),
            days: Recent::at_most(400, Duration::from_secs(86_400)),
            no_day: UsageTally::default(),
            zones: Names::at_most(100),
            no_zone: UsageTally::default(),
            domains: Names::at_most(500),
            no_domain: UsageTally::default(),
            codes: Names::at_most(200),
            with_error: 0,
            without_code: 0,
            failures: Failures::default(),
            configuration: Tally::default(),
            nothing_loaded: Tally::default(),
            run: Tally::default(),
            failed: Top::default(),
            durations: DurationTally::default(),
            captcha: CaptchaCounts::default(),
            unsolved: Tally::default(),
            unknown_status: Tally::default(),
            unknown_status_words: Names::at_most(200),
            unknown_captcha: Tally::default(),
            unknown_captcha_words: Names::at_most(200),
            compared: 0,
            changed: Tally::default(),
            pairs: Names::at_most(200),
            stale: Tally::default(),
            running_unclear: 0,
        }
    }

    /// Sets when the sessions were fetched. Without it, the report makes no claim about how long
    /// sessions have been running. Call it before [`add`](Self::add): it does not affect sessions
    /// that were added before.
    #[must_use]
    pub fn with_now(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets the price of a GB of traffic (10^9 bytes, not 2^30), in any currency.
    ///
    /// # Errors
    /// `InvalidPrice` unless the price is from 0 to 1,000,000.
    pub fn with_price_per_gb(mut self, price: f64) -> Result<Self, InvalidPrice> {
        if !(0.0..=1e6).contains(&price) {
            return Err(InvalidPrice(()));
        }
        // A negative zero would be shown with its sign.
        self.price = Some(price.abs());
        Ok(self)
    }

    /// Keeps the query, fragment, user and password of URLs, all of which can be secrets.
    ///
    /// By default they are removed from target and end URLs, and from each word of an error code or
    /// message that contains `://`. Nothing else is removed from an error or a path. Call it before
    /// [`add`](Self::add): it does not affect sessions that were added before.
    #[must_use]
    pub fn with_full_urls(mut self) -> Self {
        self.full_urls = true;
        self
    }

    /// Sets how many sessions the service reported, such as the `total` of its list. The report
    /// compares it with the number of added sessions, which reveals a list that ended early. Can be
    /// called at any time; the last value counts.
    pub fn set_reported(&mut self, total: Option<u64>) {
        self.reported = total;
    }

    /// Sets how many records the caller left out because it added a later record of the same
    /// session, and how many it added unchecked because its memory for ids was full. Without this
    /// call, the report makes no claim about duplicates.
    pub fn set_duplicates(&mut self, left_out: u64, unchecked: u64) {
        self.duplicates = Some((left_out, unchecked));
    }

    /// Adds a session. A session that is added twice counts twice, because ids are not stored.
    pub fn add(&mut self, session: &Session) {
        let start = rules::start(session);
        let case = Case { session, start, full_urls: self.full_urls };
        self.total.add(&case);
        self.statuses.add(session.status.as_ref());
        if let Some(SessionStatus::Other(word)) = &session.status {
            self.unknown_status.add(&case);
            self.unknown_status_words.get(&short(word)).into_iter().for_each(|sessions| *sessions += 1);
        }
        self.durations.add(&case);
        self.add_by_time(&case);
        self.add_by_name(&case);
        self.add_error(&case);
        self.add_pattern(&case);
        self.add_captcha(&case);
        match rules::is_stale(session, start, self.now) {
            Some(true) => self.stale.add(&case),
            Some(false) => {}
            None => self.running_unclear += 1,
        }
    }

    /// Returns the report on all sessions added so far.
    pub fn report(&self) -> Report {
        Report::of(self)
    }

    fn add_by_time(&mut self, case: &Case<'_>) {
        let Some(start) = case.start else {
            self.start_missing += 1;
            self.no_day.add(case);
            return;
        };
        let (first, last) = self.started.unwrap_or((start, start));
        self.started = Some((first.min(start), last.max(start)));
        if let Some(hour) = self.hours.get(start) {
            hour.add(case.session.status.as_ref());
        }
        if let Some(day) = self.days.get(start) {
            day.add(case);
        }
    }

    fn add_by_name(&mut self, case: &Case<'_>) {
        let session = case.session;
        match session.api_name.as_deref() {
            None => self.no_zone.add(case),
            Some(zone) => self.zones.get(&short(zone)).into_iter().for_each(|zone| zone.add(case)),
        }
        let [target, end] = rules::domains(session);
        match &target {
            None => self.no_domain.add(case),
            Some(target) => self.domains.get(target).into_iter().for_each(|domain| domain.add(case)),
        }
        if let (Some(target), Some(end)) = (target, end) {
            self.compared += 1;
            if target != end {
                self.changed.add(case);
                // No domain contains a space.
                let pair = self.pairs.get(&format!("{target} {end}"));
                pair.into_iter().for_each(|sessions| *sessions += 1);
            }
        }
    }

    fn add_error(&mut self, case: &Case<'_>) {
        let failed = FailurePattern::classify(case.session).is_some();
        let Some(error) = &case.session.error else {
            self.failures.without_error += u64::from(failed);
            return;
        };
        self.with_error += 1;
        match error.code.as_deref() {
            None => self.without_code += 1,
            Some(code) => {
                if let Some(code) = self.codes.get(&case.text(code)) {
                    code.all.add(case);
                    code.failed += u64::from(failed);
                }
            }
        }
    }

    fn add_pattern(&mut self, case: &Case<'_>) {
        let pattern = FailurePattern::classify(case.session);
        if let Some(pattern) = pattern {
            let failures = &mut self.failures;
            let (count, tally) = match pattern {
                FailurePattern::Configuration => (&mut failures.configuration, Some(&mut self.configuration)),
                FailurePattern::NothingLoaded => (&mut failures.nothing_loaded, None),
                FailurePattern::Run => (&mut failures.run, Some(&mut self.run)),
                FailurePattern::Unclear => (&mut failures.unclear, None),
            };
            *count += 1;
            let tally = tally.filter(|_| !rules::contradicted_by_code(case.session, pattern));
            tally.into_iter().for_each(|tally| tally.add(case));
        }
        // A failure counts for one finding only; finished sessions count here as well.
        if pattern != Some(FailurePattern::Configuration) && rules::nothing_loaded(case.session) {
            self.nothing_loaded.add(case);
        }
        if let Some(bytes) = case.session.bandwidth.filter(|bytes| pattern.is_some() && *bytes > 0) {
            self.failed.offer(bytes, case);
        }
    }

    fn add_captcha(&mut self, case: &Case<'_>) {
        // The captcha of a running session may still be solved, or one may still appear.
        if rules::is_running(case.session) {
            return;
        }
        self.captcha.add(case.session.captcha.as_ref());
        match &case.session.captcha {
            Some(Captcha::Failed | Captcha::Detected) => self.unsolved.add(case),
            Some(Captcha::Other(word)) => {
                self.unknown_captcha.add(case);
                self.unknown_captcha_words.get(&short(word)).into_iter().for_each(|sessions| *sessions += 1);
            }
            _ => {}
        }
    }
}

impl Default for Triage {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<Session> for Triage {
    fn extend<I: IntoIterator<Item = Session>>(&mut self, sessions: I) {
        sessions.into_iter().for_each(|session| self.add(&session));
    }
}

impl<'a> Extend<&'a Session> for Triage {
    fn extend<I: IntoIterator<Item = &'a Session>>(&mut self, sessions: I) {
        sessions.into_iter().for_each(|session| self.add(session));
    }
}

impl FromIterator<Session> for Triage {
    fn from_iter<I: IntoIterator<Item = Session>>(sessions: I) -> Self {
        let mut triage = Self::new();
        triage.extend(sessions);
        triage
    }
}

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
