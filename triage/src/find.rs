//! The findings of a report.

use crate::class::explanation;
use crate::evidence::Tally;
use crate::figures::Figures;
use crate::merge::sum;
use crate::units::{count, whole};
use crate::{Action, Bytes, CodeCount, Finding, FindingKind, Group, Percent, Report, WordCount, sentences};

/// Returns all findings, in the order of their actions, and within an action in a fixed order of
/// kinds.
pub(crate) fn find(figures: &Figures, report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(configuration(figures, report));
    findings
        .extend(report.errors.codes.iter().filter(|code| code.systemic).map(|code| systemic(figures, code)));
    findings.extend(nothing_loaded(figures, report));
    findings.extend(run(figures, report));
    findings.extend(domain_change(figures, report));
    // First among those to investigate, because an unknown status may hide failures.
    findings.extend(unknown_status(figures, report));
    findings.extend(captcha(figures, report));
    findings.extend(stale_running(figures));
    findings.extend(bandwidth_outliers(figures, report));
    findings.extend(failures(figures, report));
    findings.extend(unknown_captcha(figures, report));
    for finding in &mut findings {
        finding.cost = finding.bandwidth.and_then(|bytes| report.cost(bytes));
    }
    findings.sort_by_key(|finding| finding.action);
    findings
}

impl Finding {
    /// Returns the finding about these sessions, if there are any.
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
            bandwidth: tally.bandwidth(),
            bandwidth_missing: tally.bandwidth_missing,
            cost: None,
            title: title.into(),
            advice: advice.into(),
            evidence: tally.newest.evidence(),
        };
        (tally.sessions > 0).then_some(finding)
    }
}

fn configuration(figures: &Figures, report: &Report) -> Option<Finding> {
    let tally = &figures.configuration;
    let contradicted = contradicted(tally, report.failures.configuration);
    let title = format!("{} {}{contradicted}", count(tally.sessions, "session"), sentences::CONFIGURATION);
    let advice = sentences::CONFIGURATION_ADVICE;
    Finding::of(tally, FindingKind::Configuration, Action::Fix, title, advice)
}

/// Returns how many more sessions have the pattern, so that a title agrees with the table of
/// patterns.
fn contradicted(tally: &Tally, of_pattern: u64) -> String {
    match of_pattern.saturating_sub(tally.sessions) {
        0 => String::new(),
        1 => " (1 more has an error code that points elsewhere)".to_owned(),
        contradicted => format!(" ({contradicted} more have error codes that point elsewhere)"),
    }
}

fn systemic(figures: &Figures, code: &CodeCount) -> Finding {
    let title = format!("{} in {}{}", code.code, count(code.sessions, "session"), explanation(&code.code));
    let tally = figures.codes.find(&code.code).map(|tally| &tally.all);
    Finding {
        kind: FindingKind::SystemicError,
        action: Action::of(code.class),
        subject: Some(code.code.clone()),
        class: Some(code.class),
        sessions: code.sessions,
        estimated: false,
        bandwidth: tally.and_then(Tally::bandwidth),
        bandwidth_missing: tally.map_or(0, |tally| tally.bandwidth_missing),
        cost: None,
        title: title.into(),
        advice: code.advice.clone(),
        evidence: code.evidence.clone(),
    }
}

fn nothing_loaded(figures: &Figures, report: &Report) -> Option<Finding> {
    let tally = &figures.nothing_loaded;
    let finished = tally.sessions.saturating_sub(report.failures.nothing_loaded);
    let statuses = [(finished, "finished"), (report.failures.nothing_loaded, "failed")];
    let statuses = statuses.iter().filter(|(count, _)| *count > 0);
    let statuses: Vec<_> = statuses.map(|(count, status)| format!("{count} {status}")).collect();
    let title = format!(
        "{} {} ({})",
        count(tally.sessions, "session"),
        sentences::NOTHING_LOADED,
        statuses.join(", ")
    );
    let advice = sentences::NOTHING_LOADED_ADVICE;
    Finding::of(tally, FindingKind::NothingLoaded, Action::Change, title, advice)
}

fn run(figures: &Figures, report: &Report) -> Option<Finding> {
    let tally = &figures.run;
    let contradicted = contradicted(tally, report.failures.run);
    let title = format!("{} {}{contradicted}", count(tally.sessions, "session"), sentences::RUN);
    Finding::of(tally, FindingKind::Run, Action::Change, title, sentences::RUN_ADVICE)
}

fn domain_change(figures: &Figures, report: &Report) -> Option<Finding> {
    let tally = &figures.changed;
    // A pair that is not counted separately may be more frequent.
    let counted = sum(report.domain_changes.pairs.iter().map(|pair| pair.sessions));
    let top = report.domain_changes.pairs.first().filter(|_| counted == tally.sessions);
    let top = top.map(|pair| format!(", most often {} → {} ({})", pair.from, pair.to, pair.sessions));
    let title = format!(
        "{} {}{}",
        count(tally.sessions, "session"),
        sentences::DOMAIN_CHANGE,
        top.unwrap_or_default()
    );
    let advice = sentences::DOMAIN_CHANGE_ADVICE;
    Finding::of(tally, FindingKind::DomainChange, Action::Change, title, advice)
}

fn captcha(figures: &Figures, report: &Report) -> Option<Finding> {
    let tally = &figures.unsolved;
    let (unsolved, met) = (tally.sessions, report.captcha_met);
    let share = Percent(unsolved as f64 / met as f64);
    let title = format!("{share} of captchas were not solved ({unsolved} of {met})");
    let advice = sentences::CAPTCHA_ADVICE;
    Finding::of(tally, FindingKind::CaptchaUnsolved, Action::Investigate, title, advice)
}

fn stale_running(figures: &Figures) -> Option<Finding> {
    let tally = &figures.stale;
    let title = format!("{} {}", count(tally.sessions, "session"), sentences::STALE_RUNNING);
    let advice = sentences::STALE_RUNNING_ADVICE;
    Finding::of(tally, FindingKind::StaleRunning, Action::Investigate, title, advice)
}

/// Returns a finding for each domain with outliers, the domain with the most traffic first.
fn bandwidth_outliers(figures: &Figures, report: &Report) -> Vec<Finding> {
    let finding = |group: &Group| {
        let (sessions, listed) = figures.domains.find(&group.name)?.outliers()?;
        let about = if group.estimated { "about " } else { "" };
        let title = format!(
            "{about}{} on {} used over twice the median traffic of {}",
            count(sessions, "session"),
            group.name,
            Bytes(whole(group.median_bandwidth?)),
        );
        let all_listed = sessions == listed.len() as u64;
        let bandwidth = sum(listed.iter().map(|(bytes, _)| *bytes));
        (sessions > 0).then(|| Finding {
            kind: FindingKind::BandwidthOutlier,
            action: Action::Investigate,
            subject: Some(group.name.clone()),
            class: None,
            sessions,
            estimated: group.estimated,
            bandwidth: all_listed.then_some(bandwidth),
            bandwidth_missing: 0,
            cost: None,
            title: title.into(),
            advice: "Compare them with the others: can images or downloads be blocked?".into(),
            evidence: listed.into_iter().map(|(_, evidence)| evidence.clone()).collect(),
        })
    };
    report.domains.groups.iter().filter_map(finding).collect()
}

fn failures(figures: &Figures, report: &Report) -> Option<Finding> {
    let total = &report.total;
    let (all, spent) = (total.bandwidth?, total.failed_bandwidth.filter(|spent| *spent > 0)?);
    let (reported, without) = match total.bandwidth_missing {
        0 => ("", String::new()),
        missing => ("reported ", format!("; unknown for {}", count(missing, "session"))),
    };
    let title = match all {
        // The sum is a lower bound, and so is the divisor of the share.
        u64::MAX => {
            format!(
                "failed sessions used {} (the total traffic is too large for a share{without})",
                Bytes(spent)
            )
        }
        _ => format!(
            "{} of the {reported}traffic was used by failed sessions ({} of {}{without})",
            Percent(spent as f64 / all as f64),
            Bytes(spent),
            Bytes(all)
        ),
    };
    Some(Finding {
        kind: FindingKind::SpentOnFailures,
        action: Action::Investigate,
        subject: None,
        class: None,
        sessions: total.failed,
        estimated: false,
        bandwidth: Some(spent),
        bandwidth_missing: total.failed_bandwidth_missing,
        cost: None,
        title: title.into(),
        advice: "Start with the sessions that used the most.".into(),
        evidence: figures.failed.evidence(),
    })
}

fn unknown_status(figures: &Figures, report: &Report) -> Option<Finding> {
    let share = share(report.statuses.other, report.sessions);
    let title = format!("{share} have an {}: {}", sentences::UNKNOWN_STATUS, words(&report.unknown_statuses));
    let advice = sentences::UNKNOWN_STATUS_ADVICE;
    let kind = FindingKind::UnknownStatus;
    let finding = Finding::of(&figures.unknown_status, kind, Action::Investigate, title, advice)?;
    Some(Finding { subject: subject(&report.unknown_statuses), ..finding })
}

/// Fewer than three sessions are counted, but are not a finding.
fn unknown_captcha(figures: &Figures, report: &Report) -> Option<Finding> {
    const MIN_SESSIONS: u64 = 3;
    let unknown = report.captcha.other;
    let share = share(unknown, report.sessions.saturating_sub(report.statuses.running));
    let title = format!("{share} have an unknown captcha value: {}", words(&report.unknown_captchas));
    let advice = "Find out what it means: these sessions are excluded from the solve rate.";
    let kind = FindingKind::UnknownCaptcha;
    let finding = Finding::of(&figures.unknown_captcha, kind, Action::Investigate, title, advice)?;
    (unknown >= MIN_SESSIONS).then(|| Finding { subject: subject(&report.unknown_captchas), ..finding })
}

/// Formats a share: `98.0 % of sessions (50 of 51)`.
fn share(part: u64, all: u64) -> String {
    format!("{} of sessions ({part} of {all})", Percent(part as f64 / all as f64))
}

/// Formats the most frequent words.
fn words(words: &[WordCount]) -> String {
    const SHOWN: usize = 3;
    let shown = words.iter().take(SHOWN).map(|word| format!("{} ({})", word.word, word.sessions));
    let others = (words.len() > SHOWN).then(|| "others".to_owned());
    shown.chain(others).collect::<Vec<_>>().join(", ")
}

fn subject(words: &[WordCount]) -> Option<Box<str>> {
    words.first().map(|word| word.word.clone())
}
