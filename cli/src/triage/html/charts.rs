//! Charts as inline SVG.
//!
//! An SVG has nothing but bars in it, so that it can be stretched to whatever room there is; words and numbers stand beside it, and
//! keep their size. Each bar tells its number when it is pointed at, and has it in `data-value`.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use brightdata_sessions::triage::{Hour, Percent, Report, Statuses};
use maud::{Markup, html};

use super::Clean;

/// How many bars a chart of names has.
const SHOWN: usize = 12;
/// How many hours are drawn: as many as a report has.
const HOURS: u64 = 744;
const HOUR: Duration = Duration::from_secs(3600);

/// The charts of what is counted by a name or a size.
pub(super) fn all(report: &Report, clean: &Clean<'_>) -> Markup {
    html! {
        div.charts {
            (domains(report, clean))
            (shapes(report))
            (codes(report, clean))
            (durations(report))
        }
    }
}

/// A part of a bar: the class that gives its colour, what it is, and how much of it there is.
type Part<'a> = (&'a str, &'a str, u64);

/// The sessions of each hour, as columns that are stacked by status.
pub(super) fn hours(report: &Report) -> Markup {
    let starts = |hour: &Hour| hour.start.to_system_time();
    let window = report.hour_window(HOURS);
    let Some(last) = window.hours.last().and_then(starts) else { return html! {} };
    let first = window.hours.first().and_then(starts).unwrap_or(last);
    let ago = |moment: SystemTime| last.duration_since(moment).unwrap_or_default().as_secs() / 3600;
    // A few hours would make columns as wide as walls.
    let count = (ago(first) + 1).clamp(24, HOURS);
    let drawn: Vec<_> = window
        .hours
        .iter()
        .filter_map(|hour| Some((count.checked_sub(ago(starts(hour)?) + 1)?, hour)))
        .collect();
    let most = drawn.iter().map(|(_, hour)| hour.statuses.all()).max().unwrap_or(1);
    html! {
        div.card.time {
            h3 { "Sessions per hour, by status" }
            p.legend {
                span.fine { "finished" } span.failed { "failed" } span.running { "running" } span.other { "other" }
                b { "at most " (most) " in an hour" }
            }
            svg id="hours" viewBox=(format!("0 0 {count} {most}")) preserveAspectRatio="none" role="img"
                aria-label="Sessions per hour, by status" {
                @for (place, hour) in drawn {
                    (column(place, most, &hour.statuses, hour.start.as_str()))
                }
            }
            div.scale {
                @for (place, day) in days(last, count) {
                    span style=(format!("left:{:.2}%", place as f64 / count as f64 * 100.0)) { (day) }
                }
            }
            (rest("hours-rest", [
                ("sessions that started before these hours", window.earlier),
                ("sessions that started after these hours", window.later),
            ]))
        }
    }
}

fn column(place: u64, most: u64, statuses: &Statuses, start: &str) -> Markup {
    let parts: [Part<'_>; 4] = [
        ("failed", "failed", statuses.failed),
        ("fine", "finished", statuses.finished),
        ("running", "running", statuses.running),
        ("other", "of another status, or none", statuses.other + statuses.missing),
    ];
    let mut top = most;
    html! {
        @for (class, what, value) in parts.into_iter().filter(|(.., value)| *value > 0) {
            @let y = { top -= value; top };
            rect.(class) x=(place) y=(y) width="0.86" height=(value) data-value=(value) {
                title { (start) ": " (value) " " (what) }
            }
        }
    }
}

/// Where days begin, some of them, and which they are.
fn days(last: SystemTime, count: u64) -> Vec<(u64, String)> {
    const DAY: u64 = 86_400;
    let step = count.div_ceil(24).div_ceil(6);
    let moments = (0..count).filter_map(|place| {
        let moment = last.checked_sub(HOUR * u32::try_from(count - 1 - place).ok()?)?;
        let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let begins = seconds % DAY == 0 && (seconds / DAY) % step == 0;
        let day = Timestamp::try_from(moment).ok()?;
        // What begins at the very end has no room for its name.
        (begins && place < count - count / 12)
            .then(|| (place, day.as_str().chars().skip(5).take(5).collect()))
    });
    moments.collect()
}

fn domains(report: &Report, clean: &Clean<'_>) -> Markup {
    let groups = &report.domains.groups;
    let most = groups.iter().filter_map(|group| group.spend.bandwidth).max().unwrap_or(0);
    html! {
        div.card {
            h3 { "Traffic per target domain" }
            p.legend { span.fine { "not failed" } span.failed { "in failed sessions" } }
            div id="domains" {
                @for group in groups.iter().take(SHOWN) {
                    @let failed = group.spend.failed_bandwidth.unwrap_or(0);
                    @let fine = group.spend.bandwidth.unwrap_or(0) - failed;
                    (row(&clean.text(&group.name), [("fine", "bytes", fine), ("failed", "bytes failed", failed)], most,
                         &format!("{:#}", group.spend.traffic())))
                }
            }
            (rest("domains-rest", [
                ("other domains", others(groups.len())),
                ("sessions on domains beyond those told apart", report.domains.beyond.sessions),
                ("sessions that tell no domain", report.domains.missing.sessions),
            ]))
        }
    }
}

fn codes(report: &Report, clean: &Clean<'_>) -> Markup {
    let codes = &report.errors.codes;
    let most = codes.iter().map(|code| code.sessions).max().unwrap_or(0);
    html! {
        div.card {
            h3 { "Error codes" }
            p.legend { span.failed { "failed" } span.fine { "not failed" } }
            div id="codes" {
                @for code in codes.iter().take(SHOWN) {
                    @let class = if code.systemic { format!("{}, systemic", code.class.as_str()) } else { code.class.as_str().to_owned() };
                    @let name = html! { (clean.text(&code.code)) " " span.faint { (class) } };
                    @let parts = [("failed", "failed", code.failed), ("fine", "not failed", code.sessions - code.failed)];
                    (row(&name, parts, most, &code.sessions.to_string()))
                }
            }
            @if codes.is_empty() { p.faint { "No session carries a code." } }
            (rest("codes-rest", [
                ("other codes", others(codes.len())),
                ("sessions with codes beyond those told apart", report.errors.beyond),
                ("sessions with an error that has no code", report.errors.without_code),
            ]))
        }
    }
}

fn durations(report: &Report) -> Markup {
    let bins = &report.durations.bins;
    let most = bins.iter().map(|bin| bin.sessions).max().unwrap_or(0);
    html! {
        div.card {
            h3 { "Durations" }
            p.legend { span.fine { "not failed" } span.failed { "failed" } }
            div id="durations" {
                @for bin in bins {
                    @let parts = [("fine", "not failed", bin.sessions - bin.failed), ("failed", "failed", bin.failed)];
                    (row(&html! { (bin.to_string()) }, parts, most, &bin.sessions.to_string()))
                }
            }
        }
    }
}

fn shapes(report: &Report) -> Markup {
    let failures = report.failures;
    let shapes = [
        ("configuration", "under 2 s, no navigation", failures.configuration),
        ("nothing loaded", "under 10 kB", failures.nothing_loaded),
        ("the run", "after a minute or more", failures.run),
        ("unclear", "", failures.unclear),
    ];
    html! {
        div.card {
            h3 { "Failed sessions look like" }
            p.legend { "by their numbers, the first that fits" }
            div id="shapes" {
                @for (shape, why, count) in shapes {
                    @let name = html! { (shape) " " span.faint { (why) } };
                    @let part = if report.statuses.failed == 0 { 0.0 } else { count as f64 / report.statuses.failed as f64 };
                    (row(&name, [("failed", "failed", count), ("fine", "", 0)], report.statuses.failed,
                         &format!("{count} ({})", Percent(part))))
                }
            }
        }
    }
}

/// A name, a bar of two parts, and what it says.
fn row(name: &Markup, parts: [Part<'_>; 2], most: u64, value: &str) -> Markup {
    const WIDTH: f64 = 1000.0;
    let width = |part: u64| if most == 0 { 0.0 } else { part as f64 / most as f64 * WIDTH };
    let mut x = 0.0;
    html! {
        div.row {
            span { (name) }
            svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                @for (class, what, part) in parts.into_iter().filter(|(.., part)| *part > 0) {
                    @let start = { let start = x; x += width(part); start };
                    rect.(class) x=(format!("{start:.2}")) width=(format!("{:.2}", width(part))) height="10" data-value=(part) {
                        title { (part) " " (what) }
                    }
                }
            }
            span.number { (value) }
        }
    }
}

/// How many of so many names a chart has no room for.
fn others(names: usize) -> u64 {
    names.saturating_sub(SHOWN) as u64
}

/// What there is besides what a chart draws, and how much.
fn rest<const N: usize>(id: &str, parts: [(&str, u64); N]) -> Markup {
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(what, count)| format!("{what} ({count})")).collect();
    html! { @if !parts.is_empty() { p.faint.small id=(id) { "Not drawn: " (parts.join("; ")) "." } } }
}
