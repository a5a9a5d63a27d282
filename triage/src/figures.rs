//! The figures that a triage counts.

use brightdata_sessions::{Captcha, SessionStatus};
use serde::{Deserialize, Serialize};

use crate::durations::DurationTally;
use crate::evidence::{Case, Tally, Top, short};
use crate::groups::{DomainTally, GroupTally, UsageTally};
use crate::merge::{Merge, merge_fields, sum};
use crate::moment::Moment;
use crate::names::{Count, Names};
use crate::times::Recent;
use crate::{CaptchaCounts, FailurePattern, Failures, Statuses, rules};

/// The figures of all sessions that were added.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    pub(crate) total: UsageTally,
    pub(crate) statuses: Statuses,
    pub(crate) started: Option<Started>,
    pub(crate) start_missing: u64,
    pub(crate) hours: Recent<Statuses, 744, 3600>,
    pub(crate) days: Recent<GroupTally, 400, 86_400>,
    pub(crate) no_day: UsageTally,
    pub(crate) zones: Names<GroupTally, 100>,
    pub(crate) no_zone: UsageTally,
    pub(crate) domains: Names<DomainTally, 500>,
    pub(crate) no_domain: UsageTally,

    pub(crate) codes: Names<CodeTally, 200>,
    pub(crate) with_error: u64,
    pub(crate) without_code: u64,
    pub(crate) failures: Failures,
    /// The failures whose error code does not contradict the pattern.
    pub(crate) configuration: Tally,
    pub(crate) nothing_loaded: Tally,
    pub(crate) run: Tally,
    /// The failed sessions with the most traffic.
    pub(crate) failed: Top<u64>,

    pub(crate) durations: DurationTally,
    pub(crate) captcha: CaptchaCounts,
    pub(crate) unsolved: Tally,
    pub(crate) unknown_status: Tally,
    pub(crate) unknown_status_words: Names<u64, 200>,
    pub(crate) unknown_captcha: Tally,
    pub(crate) unknown_captcha_words: Names<u64, 200>,
    pub(crate) compared: u64,
    pub(crate) changed: Tally,
    /// By both domains with a space between them.
    pub(crate) pairs: Names<u64, 200>,
    pub(crate) stale: Tally,
    pub(crate) running_unclear: u64,
}

merge_fields!(Figures {
    total,
    statuses,
    started,
    start_missing,
    hours,
    days,
    no_day,
    zones,
    no_zone,
    domains,
    no_domain,
    codes,
    with_error,
    without_code,
    failures,
    configuration,
    nothing_loaded,
    run,
    failed,
    durations,
    captcha,
    unsolved,
    unknown_status,
    unknown_status_words,
    unknown_captcha,
    unknown_captcha_words,
    compared,
    changed,
    pairs,
    stale,
    running_unclear,
});

/// The first and the last start.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Started {
    pub(crate) first: Moment,
    pub(crate) last: Moment,
}

impl Merge for Option<Started> {
    fn merge(&mut self, other: Self) {
        *self = match (*self, other) {
            (Some(own), Some(other)) => {
                Some(Started { first: own.first.min(other.first), last: own.last.max(other.last) })
            }
            (own, other) => own.or(other),
        };
    }
}

/// The sessions with one error code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeTally {
    pub(crate) all: Tally,
    pub(crate) failed: u64,
}

merge_fields!(CodeTally { all, failed });

impl Count for CodeTally {
    fn sessions(&self) -> u64 {
        self.all.sessions
    }
}

impl Figures {
    pub(crate) fn add(&mut self, case: &Case<'_>, now: Option<Moment>) {
        let session = case.session;
        self.total.add(case);
        self.statuses.add(session.status.as_ref());
        match &session.status {
            Some(SessionStatus::Running | SessionStatus::Finished | SessionStatus::Failed) | None => {}
            Some(other) => {
                self.unknown_status.add(case);
                count(&mut self.unknown_status_words, &short(other.as_str()));
            }
        }
        self.durations.add(case);
        self.add_by_time(case);
        self.add_by_name(case);
        self.add_error(case);
        self.add_pattern(case);
        self.add_captcha(case);
        match rules::is_stale(session, case.start, now) {
            Some(true) => self.stale.add(case),
            Some(false) => {}
            None => self.running_unclear.merge(1),
        }
    }

    fn add_by_time(&mut self, case: &Case<'_>) {
        let Some(start) = case.start else {
            self.start_missing.merge(1);
            self.no_day.add(case);
            return;
        };
        self.started.merge(Some(Started { first: start, last: start }));
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
            self.compared.merge(1);
            if target != end {
                self.changed.add(case);
                // No domain contains a space.
                count(&mut self.pairs, &format!("{target} {end}"));
            }
        }
    }

    fn add_error(&mut self, case: &Case<'_>) {
        let failed = u64::from(FailurePattern::classify(case.session).is_some());
        let Some(error) = &case.session.error else {
            self.failures.without_error.merge(failed);
            return;
        };
        self.with_error.merge(1);
        match error.code.as_deref() {
            None => self.without_code.merge(1),
            Some(code) => {
                if let Some(code) = self.codes.get(&case.text(code)) {
                    code.all.add(case);
                    code.failed.merge(failed);
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
            count.merge(1);
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
            Some(Captcha::Solved | Captcha::None) | None => {}
            Some(other) => {
                self.unknown_captcha.add(case);
                count(&mut self.unknown_captcha_words, &short(other.as_str()));
            }
        }
    }

    /// Checks that the parts add up. They do, in whatever way sessions are added and merged.
    ///
    /// # Errors
    /// Returns the name of the sum that is wrong.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let Statuses { running, failed, other, .. } = self.statuses;
        let (sessions, failures, captcha) = (self.total.sessions, self.failures, self.captcha);
        let ended = sessions.saturating_sub(running);
        let patterns = [failures.configuration, failures.nothing_loaded, failures.run, failures.unclear];
        let captchas = [captcha.met(), captcha.none, captcha.other, captcha.missing];
        let in_days = sum(self.days.iter().map(|(_, day)| day.sessions()));
        let in_hours = sum(self.hours.iter().map(|(_, hour)| hour.all()));
        let [in_bins, with_duration] = self.durations.in_bins();
        let equal = [
            ("statuses", self.statuses.all(), sessions),
            ("ended sessions", self.total.ended, self.statuses.ended()),
            ("failed sessions", self.total.failed, failed),
            ("failures", sum(patterns), failed),
            ("durations", self.durations.sessions(), ended),
            ("bins of durations", in_bins, with_duration),
            ("captchas", sum(captchas), ended),
            ("unsolved captchas", self.unsolved.sessions, captcha.met().saturating_sub(captcha.solved)),
            ("unknown captchas", self.unknown_captcha.sessions, captcha.other),
            ("unknown statuses", self.unknown_status.sessions, other),
            ("sessions without a start", self.no_day.sessions, self.start_missing),
        ];
        let within = [
            ("zones", sum([named(&self.zones), self.no_zone.sessions]), sessions),
            ("domains", sum([named(&self.domains), self.no_domain.sessions]), sessions),
            ("days", in_days.saturating_add(self.no_day.sessions), sessions),
            ("hours", in_hours.saturating_add(self.start_missing), sessions),
            ("errors", self.with_error, sessions),
            ("error codes", sum([named(&self.codes), self.without_code]), self.with_error),
            ("failures without an error", failures.without_error, failed),
            ("failures by configuration", self.configuration.sessions, failures.configuration),
            ("failures of the run", self.run.sessions, failures.run),
            ("failures that loaded nothing", failures.nothing_loaded, self.nothing_loaded.sessions),
            ("sessions that loaded nothing", self.nothing_loaded.sessions, ended),
            ("words of unknown statuses", named(&self.unknown_status_words), other),
            ("words of unknown captchas", named(&self.unknown_captcha_words), captcha.other),
            ("compared domains", self.compared, ended),
            ("changed domains", self.changed.sessions, self.compared),
            ("domain pairs", named(&self.pairs), self.changed.sessions),
            ("long-running sessions", sum([self.stale.sessions, self.running_unclear]), running),
        ];
        let unequal = equal.iter().filter(|(_, part, all)| part != all);
        let too_many = within.iter().filter(|(_, part, all)| part > all);
        match unequal.chain(too_many).next() {
            None => Ok(()),
            Some((name, ..)) => Err(name),
        }
    }
}

/// Counts a session for a name.
fn count<const MAX: usize>(names: &mut Names<u64, MAX>, name: &str) {
    names.get(name).into_iter().for_each(|sessions| sessions.merge(1));
}

/// Returns the number of sessions of all names.
fn named<T: Count, const MAX: usize>(names: &Names<T, MAX>) -> u64 {
    sum(names.iter().map(|(_, value)| value.sessions()))
}
