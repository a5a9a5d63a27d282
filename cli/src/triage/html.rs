//! A report as a page for browsers: one file, without scripts, that refers to nothing else.

use brightdata_sessions::triage::{Action, Bytes, Evidence, Finding, Groups, Percent, Report, Seconds};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::terminal::Terminal;

mod charts;

/// Makes foreign text fit to be shown: without the key, with what acts or hides escaped; maud then makes text of any markup.
struct Clean<'a>(&'a Terminal<'a>);

impl Clean<'_> {
    fn text(&self, foreign: &str) -> Markup {
        html! { (self.0.clean(foreign)) }
    }
}

/// Nothing may be loaded or run, should anything foreign ever get to be markup.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole document.
pub(super) fn page(report: &Report, terminal: &Terminal<'_>) -> String {
    let clean = Clean(terminal);
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
                header {
                    h1 { "Browser sessions: why they failed, and what they cost" }
                    p.verdict id="verdict" { (clean.text(&report.verdict)) }
                    (span(report))
                }
                main {
                    (figures(report))
                    (charts::hours(report))
                    (findings(report, &clean))
                    h2 { "In figures" }
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
                "Started from " (first.as_str()) " to " (last.as_str()) "."
            }
            @if let Some(now) = &report.now { " Read at " (now.as_str()) "." }
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
    let share = total.bandwidth.filter(|bytes| *bytes > 0).zip(total.failed_bandwidth);
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
            (figure("spent", "spent on failures", &total.failed_traffic().to_string(), &spent))
            (figure("duration", "median duration", &seconds(durations.median),
                    &format!("95 % within {}", seconds(durations.p95))))
            (figure("captchas", "captchas solved", &percent(report.captcha_solve_rate), &captchas))
        }
    }
}

fn figure(id: &str, name: &str, value: &str, more: &str) -> Markup {
    html! { div { dt { (name) } dd id=(id) { (value) } dd { (more) } } }
}

fn findings(report: &Report, clean: &Clean<'_>) -> Markup {
    html! {
        h2 { "What stands out, and what to do" }
        @if report.findings.is_empty() { p.faint { "Nothing." } }
        @for action in [Action::Fix, Action::Change, Action::Retry, Action::Look] {
            @let findings = report.findings.iter().filter(|finding| finding.action == action);
            @if findings.clone().next().is_some() {
                section class=(action.as_str()) {
                    h3.action { (action.title()) }
                    div.findings {
                        @for found in findings { (finding(found, clean)) }
                    }
                }
            }
        }
    }
}

fn finding(finding: &Finding, clean: &Clean<'_>) -> Markup {
    let spent = finding.traffic().filter(|_| finding.bandwidth != Some(0)).map(|spent| spent.to_string());
    let spent =
        spent.map(|spent| if finding.bandwidth.is_none() { "unknown traffic".to_owned() } else { spent });
    let cost = finding.total_cost().filter(|_| finding.cost >= Some(0.005));
    let cost = cost.map(|cost| format!("costs {cost}"));
    let more: Vec<_> = [spent, cost].into_iter().flatten().collect();
    html! {
        article.card.finding data-kind=(finding.kind.as_str()) data-sessions=(finding.sessions) {
            header {
                h3 { (clean.text(&finding.title)) }
                span.faint { (more.join(", ")) }
            }
            p { (finding.advice) }
            details {
                summary { @if finding.evidence.len() as u64 == finding.sessions { "The sessions" } @else { "Some of the sessions" } }
                div.scroll { (evidence(&finding.evidence, clean)) }
            }
        }
    }
}

fn evidence(sessions: &[Evidence], clean: &Clean<'_>) -> Markup {
    let text = |text: &Option<Box<str>>| text.as_deref().map(|text| clean.text(text));
    html! {
        table {
            thead {
                tr { th { "session" } th { "started" } th.number { "took" } th.number { "traffic" } th { "target, and end" } th { "error" } }
            }
            tbody {
                @for session in sessions {
                    tr {
                        td { code { (clean.text(session.session_id.as_str())) } }
                        td.when { @if let Some(start) = &session.started { (start.as_str()) } @else { "–" } }
                        td.number { @if let Some(time) = session.duration { (Seconds(time).to_string()) } @else { "–" } }
                        td.number { @if let Some(bytes) = session.bandwidth { (Bytes(bytes).to_string()) } @else { "–" } }
                        td.long {
                            @if let Some(url) = text(&session.target_url) { div { (url) } }
                            @if session.end_url != session.target_url {
                                @if let Some(url) = text(&session.end_url) { div { "→ " (url) } }
                            }
                        }
                        td.long {
                            @if let Some(code) = text(&session.code) { div { (code) } }
                            @if let Some(message) = text(&session.message) { div.faint { (message) } }
                        }
                    }
                }
            }
        }
    }
}

/// The same by zone and by day: tables, since their numbers are what is wanted.
fn spending(report: &Report, clean: &Clean<'_>) -> Markup {
    let priced = report.price_per_gb.is_some();
    html! {
        h2 { "Traffic" @if priced { " and cost" } }
        div.charts {
            (table("zones", "By zone", &report.zones, priced, clean))
            (table("days", "By day (UTC)", &report.days, priced, clean))
        }
    }
}

fn table(id: &str, title: &str, groups: &Groups, priced: bool, clean: &Clean<'_>) -> Markup {
    // Foreign text is never set like these.
    let rest = [("not reported", &groups.missing), ("others", &groups.beyond)];
    let named = groups.groups.iter().map(|group| (clean.text(&group.name), &group.spend));
    let rest = rest.into_iter().filter(|(_, spend)| spend.sessions > 0);
    let rows: Vec<_> = named.chain(rest.map(|(name, spend)| (html! { em { (name) } }, spend))).collect();
    html! {
        div.card.scroll {
            h3 { (title) }
            table id=(id) {
                thead {
                    tr {
                        th {} th.number { "sessions" } th.number { "failed" } th.number { "traffic" } th.number { "of it failed" }
                        @if priced { th.number { "cost" } }
                    }
                }
                tbody {
                    @for (name, spend) in rows {
                        tr {
                            td { (name) }
                            td.number { (spend.sessions) }
                            td.number { (spend.failed) }
                            td.number { (spend.traffic()) }
                            td.number { (spend.failed_traffic()) }
                            @if priced { td.number { (spend.total_cost()) } }
                        }
                    }
                }
            }
        }
    }
}

fn notes(report: &Report) -> Markup {
    let missing = report.not_told();
    html! {
        footer {
            @if !missing.is_empty() {
                p {
                    "Missing data (excluded from all figures): sessions "
                    @for (place, (count, what)) in missing.iter().enumerate() {
                        @if place > 0 { "; " }
                        (what) " (" (count) ")"
                    }
                    "."
                }
            }
            p {
                "What stands out is a hint that the numbers give, not a proof. 1 kB is 1000 bytes, 1 GB is 10^9 bytes. "
                @if let Some(price) = report.price_per_gb { "Costs are reckoned at " (price) " per GB. " }
                "Medians are exact for up to 100 sessions, else within 1 %. Times are UTC."
            }
        }
    }
}
