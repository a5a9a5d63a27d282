//! A report as a page for browsers: one file without scripts and without references to other files.

use std::cmp::Reverse;

use brightdata_sessions_triage::{Bytes, Finding, FindingKind, Groups, Percent, Report, Seconds};
use maud::{DOCTYPE, Markup, PreEscaped, html};

// The fuzz targets include this file by path, so the paths of its modules must be explicit.
#[path = "html/charts.rs"]
mod charts;
#[path = "html/comparison.rs"]
mod comparison;
#[cfg(any(test, fuzzing))]
#[path = "html/markup.rs"]
pub(crate) mod markup;

/// Prepares untrusted text for display by a function that redacts the key, and escapes invisible and
/// control characters. Maud escapes markup.
///
/// Each piece of data is in a `bdi` element. Otherwise a right-to-left name would reverse the order
/// of the words, numbers and arrows around it.
struct Clean<'a>(&'a dyn Fn(&str) -> String);

impl Clean<'_> {
    fn text(&self, data: &str) -> Markup {
        html! { bdi { ((self.0)(data)) } }
    }

    /// An id, code, domain or URL. Its parts are in order from left to right in any script, as the
    /// URL Standard requires for display.
    fn identifier(&self, data: &str) -> Markup {
        html! { bdi dir="ltr" { ((self.0)(data)) } }
    }

    /// A sentence of the report with these identifiers in it. Identifiers in ASCII are unchanged:
    /// they never affect the text around them, and a short one may occur in other words and
    /// numbers.
    fn sentence(&self, sentence: &str, names: &[&str]) -> Markup {
        let sentence = (self.0)(sentence);
        let names = names.iter().map(|name| (self.0)(name));
        let names: Vec<_> = names.filter(|name| !name.is_ascii()).collect();
        let mut rest = sentence.as_str();
        let mut next = || {
            let found = names.iter().filter_map(|name| Some((rest.find(name.as_str())?, name.len())));
            // If two names match at the same place, the shorter is a prefix of the longer.
            let (start, length) = found.min_by_key(|(start, length)| (*start, Reverse(*length)))?;
            let (before, name) = rest.split_at(start);
            let (name, after) = name.split_at(length);
            rest = after;
            Some((before, name))
        };
        let parts: Vec<_> = std::iter::from_fn(&mut next).collect();
        html! {
            @for (before, name) in parts { (before) bdi dir="ltr" { (name) } }
            (rest)
        }
    }
}

/// Forbids all scripts and references, in case untrusted text becomes markup.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Returns the whole document. `clean` redacts the key in untrusted text, and escapes invisible and
/// control characters.
pub(crate) fn page(report: &Report, clean: &dyn Fn(&str) -> String) -> String {
    let clean = Clean(clean);
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Browser sessions: triage" }
                style { (PreEscaped(include_str!("html/page.css"))) }
            }
            body {
                (charts::patterns())
                header {
                    h1 { "Browser sessions: why they failed and what they cost" }
                    p.verdict id="verdict" { (clean.sentence(&report.summary, &names(report, report.findings.first()))) }
                    (span(report))
                }
                main {
                    (figures(report))
                    (charts::hours(report))
                    @if let Some(comparison) = &report.comparison { (comparison::section(comparison, &clean)) }
                    (findings(report, &clean))
                    h2 { "Breakdown" }
                    (charts::all(report, &clean))
                    (spending(report, &clean))
                }
                (notes(report))
            }
        }
    };
    document.into_string()
}

fn span(report: &Report) -> Markup {
    html! {
        p.faint {
            @if let (Some(first), Some(last)) = (&report.first_start, &report.last_start) {
                "Sessions started between " (first.as_str()) " and " (last.as_str()) "."
            }
            @if let Some(now) = &report.now { " Listed at " (now.as_str()) "." }
        }
        @for note in report.notes() { p.note { (note) } }
    }
}

fn figures(report: &Report) -> Markup {
    let statuses = report.statuses;
    let durations = &report.durations;
    let total = &report.total;
    let about = if durations.estimated { "≈ " } else { "" };
    let percent = |part: Option<f64>| part.map_or_else(|| "–".to_owned(), |part| Percent(part).to_string());
    let seconds =
        |time: Option<f64>| time.map_or_else(|| "–".to_owned(), |time| format!("{about}{}", Seconds(time)));
    let cost = total.cost.map_or(String::new(), |_| format!("costs {}", total.total_cost()));
    // A sum that reached the maximum is a lower bound.
    let share = total.bandwidth.filter(|bytes| (1..u64::MAX).contains(bytes)).zip(total.failed_bandwidth);
    let share = percent(share.map(|(all, failed)| failed as f64 / all as f64));
    let spent = match total.failed_cost {
        Some(_) => format!("{share}, costs {}", total.total_failed_cost()),
        None => share,
    };
    let captchas = format!("{} of {}", report.captcha.solved, report.captcha_met);
    html! {
        dl.figures {
            (figure("sessions", "sessions", &report.sessions.to_string(),
                    &format!("{} finished, {} running", statuses.finished, statuses.running)))
            (figure("failed", "failed", &statuses.failed.to_string(),
                    &format!("{} of those that ended", percent(report.failure_rate))))
            (figure("traffic", "traffic", &total.traffic().to_string(), &cost))
            (figure("spent", "failed traffic", &total.failed_traffic().to_string(), &spent))
            (figure("duration", "median duration", &seconds(durations.median),
                    &format!("95 % within {}", seconds(durations.p95))))
            (figure("captchas", "captchas solved", &percent(report.captcha_solve_rate), &captchas))
        }
    }
}

fn figure(id: &str, name: &str, value: &str, more: &str) -> Markup {
    html! { div { dt { (name) } dd id=(id) { (value) } dd { (more) } } }
}

/// Maximum number of findings of one kind that are shown as cards. The others are rows of a table.
const CARDS: usize = 6;

fn findings(report: &Report, clean: &Clean<'_>) -> Markup {
    html! {
        h2 { "Findings and advice" }
        @if report.findings.is_empty() { p.faint { "No findings." } }
        @else { p.unprinted { "This browser does not print closed lists. To print a list, open it first." } }
        @for findings in report.findings.chunk_by(|one, other| one.action == other.action) {
            @if let Some(action) = findings.first().map(|finding| finding.action) {
                section class=(action.as_str()) {
                    h3.action { (action.title()) }
                    div.findings {
                        @for findings in findings.chunk_by(|one, other| one.kind == other.kind) {
                            @let (cards, others) = findings.split_at(findings.len().min(CARDS));
                            @for found in cards { (card(found, report, clean)) }
                            (table_of_findings(others, report, clean))
                        }
                    }
                }
            }
        }
    }
}

/// The identifiers in the title of a finding that come from users and servers. Domains are in
/// ASCII.
fn names<'a>(report: &'a Report, finding: impl Into<Option<&'a Finding>>) -> Vec<&'a str> {
    let Some(finding) = finding.into() else { return Vec::new() };
    let words = match finding.kind {
        FindingKind::UnknownStatus => report.unknown_statuses.as_slice(),
        FindingKind::UnknownCaptcha => report.unknown_captchas.as_slice(),
        _ => &[],
    };
    // A title has the first three.
    let words = words.iter().take(3).map(|word| &*word.word);
    finding.subject.as_deref().into_iter().chain(words).collect()
}

fn card(finding: &Finding, report: &Report, clean: &Clean<'_>) -> Markup {
    let traffic = finding.traffic().filter(|_| finding.bandwidth != Some(0)).map(|traffic| {
        if finding.bandwidth.is_none() { "unknown traffic".to_owned() } else { traffic.to_string() }
    });
    let cost = finding.total_cost().filter(|_| finding.cost >= Some(0.005));
    let cost = cost.map(|cost| format!("costs {cost}"));
    let more: Vec<_> = [traffic, cost].into_iter().flatten().collect();
    html! {
        article.card.finding data-kind=(finding.kind.as_str()) data-sessions=(finding.sessions) {
            header {
                h4 { (clean.sentence(&finding.title, &names(report, finding))) }
                span.faint { (more.join(", ")) }
            }
            p { (finding.advice) }
            details {
                summary { "Sessions" }
                (scroll(&format!("Sessions: {}", (clean.0)(&finding.title)), &evidence(finding, clean)))
            }
        }
    }
}

/// The findings of one kind that have no card.
fn table_of_findings(findings: &[Finding], report: &Report, clean: &Clean<'_>) -> Markup {
    let Some(first) = findings.first() else { return html! {} };
    let of_kind = match (first.kind, findings.len()) {
        (FindingKind::SystemicError, 1) => "error code",
        (FindingKind::SystemicError, _) => "error codes",
        (FindingKind::BandwidthOutlier, 1) => "domain with unusual traffic",
        (FindingKind::BandwidthOutlier, _) => "domains with unusual traffic",
        (_, 1) => "finding of this kind",
        _ => "findings of this kind",
    };
    let title = format!("{} more {of_kind}", findings.len());
    let priced = findings.iter().any(|finding| finding.cost.is_some());
    let same_advice = findings.iter().all(|finding| finding.advice == first.advice);
    let table = html! {
        table {
            caption { @if same_advice { (first.advice) } @else { "The advice is below each title." } }
            thead {
                tr {
                    th scope="col" { "finding" } th.number scope="col" { "traffic" }
                    @if priced { th.number scope="col" { "cost" } }
                    th scope="col" { (order(first.kind)) " sessions" }
                }
            }
            tbody {
                @for finding in findings {
                    tr data-kind=(finding.kind.as_str()) data-sessions=(finding.sessions) {
                        th.long scope="row" {
                            (clean.sentence(&finding.title, &names(report, finding)))
                            @if !same_advice { div.faint { (finding.advice) } }
                        }
                        td.number { @if let Some(traffic) = finding.traffic() { (traffic) } @else { "–" } }
                        @if priced {
                            td.number { @if let Some(cost) = finding.total_cost() { (cost) } @else { "–" } }
                        }
                        td {
                            @for session in finding.evidence.iter().take(2) {
                                div { code { (clean.identifier(session.session_id.as_str())) } }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        details.card.finding.more {
            summary { (title) }
            (scroll(&title, &table))
        }
    }
}

/// Returns the word for the order in which the sessions of a finding are listed.
fn order(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::BandwidthOutlier | FindingKind::SpentOnFailures => "largest",
        _ => "newest",
    }
}

/// Wraps a wide table so that it scrolls. A keyboard can scroll it only if it can have the focus,
/// and elements with focus need a name.
fn scroll(name: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" tabindex="0" aria-label=(name) { (table) } }
}

fn evidence(finding: &Finding, clean: &Clean<'_>) -> Markup {
    let sessions = &finding.evidence;
    let identifier = |text: &Option<Box<str>>| text.as_deref().map(|text| clean.identifier(text));
    let order = order(finding.kind);
    html! {
        table {
            caption {
                @if finding.sessions == 1 { "The only session" }
                @else if sessions.len() as u64 == finding.sessions { "All sessions, the " (order) " first" }
                @else { "The " (order) " " (sessions.len()) " of " @if finding.estimated { "about " } (finding.sessions) " sessions" }
            }
            thead {
                tr {
                    th scope="col" { "session" } th scope="col" { "started" }
                    th.number scope="col" { "duration" } th.number scope="col" { "traffic" }
                    th scope="col" { "target, and end if different" } th scope="col" { "error" }
                }
            }
            tbody {
                @for session in sessions {
                    tr {
                        th scope="row" { code { (clean.identifier(session.session_id.as_str())) } }
                        td.when { @if let Some(start) = &session.started { (start.as_str()) } @else { "–" } }
                        td.number { @if let Some(time) = session.duration { (Seconds(time).to_string()) } @else { "–" } }
                        td.number { @if let Some(bytes) = session.bandwidth { (Bytes(bytes).to_string()) } @else { "–" } }
                        td.long {
                            @if let Some(url) = identifier(&session.target_url) { div { (url) } }
                            @if session.end_url != session.target_url {
                                @if let Some(url) = identifier(&session.end_url) { div { "→ " (url) } }
                            }
                        }
                        td.long {
                            @if let Some(code) = identifier(&session.code) { div { (code) } }
                            @if let Some(message) = &session.message { div.faint { (clean.text(message)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Traffic by zone and by day, as tables because the exact numbers matter here.
fn spending(report: &Report, clean: &Clean<'_>) -> Markup {
    let priced = report.price_per_gb.is_some();
    html! {
        h2 { "Traffic" @if priced { " and cost" } }
        div.charts {
            (table("zones", "By zone", "zone", &report.zones, priced, clean))
            (table("days", "By day (UTC)", "day", &report.days, priced, clean))
        }
    }
}

fn table(id: &str, title: &str, by: &str, groups: &Groups, priced: bool, clean: &Clean<'_>) -> Markup {
    // In a style that the name of a zone cannot have.
    let rest = [("not reported", &groups.missing), ("others", &groups.other)];
    let named = groups.groups.iter().map(|group| (clean.text(&group.name), &group.usage));
    let rest = rest.into_iter().filter(|(_, usage)| usage.sessions > 0);
    let rows: Vec<_> = named.chain(rest.map(|(name, usage)| (html! { em { (name) } }, usage))).collect();
    let table = html! {
        table id=(id) {
            caption { h3 { (title) } }
            thead {
                tr {
                    th scope="col" { (by) } th.number scope="col" { "sessions" } th.number scope="col" { "failed" }
                    th.number scope="col" { "traffic" } th.number scope="col" { "failed traffic" }
                    @if priced { th.number scope="col" { "cost" } }
                }
            }
            tbody {
                @for (name, usage) in rows {
                    tr {
                        th scope="row" { (name) }
                        td.number { (usage.sessions) }
                        td.number { (usage.failed) }
                        td.number { (usage.traffic()) }
                        td.number { (usage.failed_traffic()) }
                        @if priced { td.number { (usage.total_cost()) } }
                    }
                }
            }
        }
    };
    html! { div.card { (scroll(title, &table)) } }
}

fn notes(report: &Report) -> Markup {
    let missing = report.missing_fields();
    html! {
        footer {
            @if !missing.is_empty() {
                p {
                    "Missing data (excluded from all figures): sessions "
                    @for (index, (count, lack)) in missing.iter().enumerate() {
                        @if index > 0 { "; " }
                        (lack) " (" (count) ")"
                    }
                    "."
                }
            }
            p {
                "Findings are hints, not proof. Each lists at most ten sessions. 1 kB is 1000 bytes, 1 GB is 10^9 bytes. "
                @if let Some(price) = report.price_per_gb { "Costs assume a price of " (price) " per GB. " }
                "Medians are exact for up to 100 sessions and within 1 % for more. Times are in UTC."
            }
        }
    }
}
