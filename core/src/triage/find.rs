//! The rules for what stands out among all sessions.

use super::class::explanation;
use super::evidence::Tally;
use super::units::{count, whole};
use super::{Action, Bytes, CodeCount, Finding, FindingKind, Group, Percent, Report, Triage, rules};

/// All that stands out, in the order of what to do about it, and within that of kinds.
pub(super) fn find(triage: &Triage, report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(configuration(triage, report));
    findings
        .extend(report.errors.codes.iter().filter(|code| code.systemic).map(|code| systemic(triage, code)));
    findings.extend(nothing_loaded(triage, report));
    findings.extend(run(triage, report));
    findings.extend(drift(triage, report));
    findings.extend(captcha(triage, report));
    findings.extend(overdue(triage));
    findings.extend(bandwidth_outliers(triage, report));
    findings.extend(failures(triage, report));
    for finding in &mut findings {
        finding.cost = finding.bandwidth.and_then(|bytes| report.cost(bytes));
    }
    findings.sort_by_key(|finding| finding.action);
    findings
}

impl Finding {
    /// Of the sessions that a rule fits, if there are any.
    fn of(
        tally: &Tally,
        kind: FindingKind,
        action: Action,
        title: String,
        advice: &'static str,
    ) -> Option<Self> {
        let finding = Self {
            kind,
            action,
            subject: None,
            class: None,
            sessions: tally.sessions,
            estimated: false,
            bandwidth: Some(tally.bandwidth),
            cost: None,
            title: title.into(),
            advice,
            evidence: tally.newest.evidence(),
        };
        (tally.sessions > 0).then_some(finding)
    }
}

fn configuration(triage: &Triage, report: &Report) -> Option<Finding> {
    let tally = &triage.configuration;
    let denied = denied(tally, report.failures.configuration);
    let title = format!("{} in under 2 s, without a navigation{denied}", count(tally.sessions, "failure"));
    let advice = "This looks like configuration: check the zone, its name and its password.";
    Finding::of(tally, FindingKind::Configuration, Action::Fix, title, advice)
}

/// How many more have the same numbers, so that a title agrees with the table of what failures look like.
fn denied(tally: &Tally, by_numbers: u64) -> String {
    match by_numbers - tally.sessions {
        0 => String::new(),
        denied => format!(", beside {denied} whose code says otherwise"),
    }
}

fn systemic(triage: &Triage, code: &CodeCount) -> Finding {
    let title = format!("{} in {}{}", code.code, count(code.sessions, "session"), explanation(&code.code));
    let bandwidth = triage.codes.find(&code.code).map(|tally| tally.all.bandwidth);
    Finding {
        kind: FindingKind::SystemicError,
        action: Action::of(code.class),
        subject: Some(code.code.clone()),
        class: Some(code.class),
        sessions: code.sessions,
        estimated: false,
        bandwidth,
        cost: None,
        title: title.into(),
        advice: code.advice,
        evidence: code.evidence.clone(),
    }
}

fn nothing_loaded(triage: &Triage, report: &Report) -> Option<Finding> {
    let tally = &triage.nothing_loaded;
    let finished = tally.sessions - report.failures.nothing_loaded;
    let title = format!(
        "{} loaded next to nothing (under 10 kB); {finished} of them finished",
        count(tally.sessions, "session")
    );
    Finding::of(tally, FindingKind::NothingLoaded, Action::Change, title, rules::NOTHING_LOADED_ADVICE)
}

fn run(triage: &Triage, report: &Report) -> Option<Finding> {
    let tally = &triage.run;
    let denied = denied(tally, report.failures.run);
    let title = format!("{} after a minute or more{denied}", count(tally.sessions, "failure"));
    let advice = "This looks like the run, blocked, idle or cut off: see where they ended.";
    Finding::of(tally, FindingKind::Run, Action::Change, title, advice)
}

fn drift(triage: &Triage, report: &Report) -> Option<Finding> {
    let tally = &triage.drifted;
    // Of pairs beyond those told apart, one may be more frequent.
    let told: u64 = report.drift.pairs.iter().map(|pair| pair.sessions).sum();
    let most = report.drift.pairs.first().filter(|_| told == tally.sessions);
    let most = most.map(|pair| format!(", most often {} → {} ({})", pair.from, pair.to, pair.sessions));
    let title =
        format!("{} ended on another domain{}", count(tally.sessions, "session"), most.unwrap_or_default());
    Finding::of(tally, FindingKind::Drift, Action::Change, title, rules::DRIFT_ADVICE)
}

fn captcha(triage: &Triage, report: &Report) -> Option<Finding> {
    let tally = &triage.unsolved;
    let title = format!("{} of {} not solved", tally.sessions, count(report.captcha_met, "captcha"));
    let advice = "See whether it is always the same target.";
    Finding::of(tally, FindingKind::CaptchaUnsolved, Action::Look, title, advice)
}

fn overdue(triage: &Triage) -> Option<Finding> {
    let tally = &triage.overdue;
    let title = format!("{} said to run for over 60 minutes", count(tally.sessions, "session"));
    let advice = "None lives that long: does the script close it? The record may be late, too.";
    Finding::of(tally, FindingKind::RunningOverdue, Action::Look, title, advice)
}

/// One for each domain that has any, the domain with the most traffic first.
fn bandwidth_outliers(triage: &Triage, report: &Report) -> Vec<Finding> {
    let finding = |group: &Group| {
        let (sessions, named) = triage.domains.find(&group.name)?.outliers()?;
        let about = if group.estimated { "about " } else { "" };
        let title = format!(
            "{about}{} on {} took over twice the median of {}",
            count(sessions, "session"),
            group.name,
            Bytes(whole(group.median_bandwidth?)),
        );
        let all_named = sessions == named.len() as u64;
        let bandwidth = named.iter().fold(0, |sum: u64, (bytes, _)| sum.saturating_add(*bytes));
        (sessions > 0).then(|| Finding {
            kind: FindingKind::BandwidthOutlier,
            action: Action::Look,
            subject: Some(group.name.clone()),
            class: None,
            sessions,
            estimated: group.estimated,
            bandwidth: all_named.then_some(bandwidth),
            cost: None,
            title: title.into(),
            advice: "Compare them with the others: are there images or downloads to do without?",
            evidence: named.into_iter().map(|(_, evidence)| evidence.clone()).collect(),
        })
    };
    report.domains.groups.iter().filter_map(finding).collect()
}

fn failures(triage: &Triage, report: &Report) -> Option<Finding> {
    let spent = report.total.failed_bandwidth;
    let share = Percent(spent as f64 / report.total.bandwidth as f64);
    let finding = Finding {
        kind: FindingKind::SpentOnFailures,
        action: Action::Look,
        subject: None,
        class: None,
        sessions: report.total.failed,
        estimated: false,
        bandwidth: Some(spent),
        cost: None,
        title: format!(
            "{} of {} ({share}) went into failed sessions",
            Bytes(spent),
            Bytes(report.total.bandwidth)
        )
        .into(),
        advice: "Begin with the largest.",
        evidence: triage.failed.evidence(),
    };
    (spent > 0).then_some(finding)
}
