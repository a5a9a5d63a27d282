//! Charts as inline SVG.
//!
//! An SVG contains only bars, positioned in percent, so it stretches to any width while its
//! patterns keep their shape. Text is outside it and has a fixed size. Each bar shows its number on
//! hover and has it in `data-value`.
//!
//! Failed, running and other sessions have a pattern as well as a color, because some readers,
//! printers and display modes show no colors.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use brightdata_sessions_triage::{Hour, Percent, Report, Statuses};
use maud::{Markup, html};

use super::Clean;

/// Maximum number of bars in a chart of names.
const SHOWN: usize = 12;
/// Maximum number of hours in the chart, the same as in a report.
const HOURS: u64 = 744;
const HOUR: Duration = Duration::from_secs(3600);

/// Defines the patterns that the style sheet fills bars with. Their colors are in the style sheet.
pub(super) fn patterns() -> Markup {
    html! {
        svg.unseen aria-hidden="true" width="0" height="0" {
            defs {
                pattern id="hatch" patternUnits="userSpaceOnUse" width="6" height="6" patternTransform="rotate(45)" {
                    rect.base width="6" height="6" {}
                    rect.mark width="1.6" height="6" {}
                }
                pattern id="lines" patternUnits="userSpaceOnUse" width="4" height="4" {
                    rect.base width="4" height="4" {}
                    rect.mark width="4" height="2" {}
                }
                pattern id="dots" patternUnits="userSpaceOnUse" width="5" height="5" {
                    rect.base width="5" height="5" {}
                    circle.mark cx="2.5" cy="2.5" r="1.6" {}
                }
            }
        }
    }
}

/// Explains one pattern. It is drawn like the bars, so that it is visible wherever they are.
fn key(class: &str, name: &str) -> Markup {
    html! {
        span {
            svg.swatch aria-hidden="true" { rect.(class) width="100%" height="100%" {} }
            (name)
        }
    }
}

/// The charts of sessions and traffic by name or size.
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

/// A part of a bar: the class that determines its fill, its meaning, and its size.
type Part<'a> = (&'a str, &'a str, u64);

/// The sessions of each hour, as columns stacked by status.
pub(super) fn hours(report: &Report) -> Markup {
    let starts = |hour: &Hour| hour.start.to_system_time();
    let window = report.hour_window(HOURS);
    let Some(last) = window.hours.last().and_then(starts) else { return html! {} };
    let first = window.hours.first().and_then(starts).unwrap_or(last);
    let ago = |moment: SystemTime| last.duration_since(moment).unwrap_or_default().as_secs() / 3600;
    // Fewer hours would make the columns too wide.
    let count = (ago(first) + 1).clamp(24, HOURS);
    let drawn: Vec<_> = window
        .hours
        .iter()
        .filter_map(|hour| Some((count.checked_sub(ago(starts(hour)?) + 1)?, hour)))
        .collect();
    let max = drawn.iter().map(|(_, hour)| hour.statuses.all()).max().unwrap_or(1);
    let shown: u64 = drawn.iter().map(|(_, hour)| hour.statuses.all()).sum();
    html! {
        section.card.time {
            h2 { "Sessions per hour, by status" }
            p.legend {
                (key("fine", "finished")) (key("failed", "failed")) (key("running", "running")) (key("other", "other"))
                b { "at most " (max) " in an hour" }
            }
            svg id="hours" role="img" aria-label=(format!("Columns: {shown} sessions by hour and status, at most {max} in an hour")) {
                @for (place, hour) in drawn {
                    (column(place, count, max, hour))
                }
            }
            div.scale {
                @for (place, day) in days(last, count) {
                    span style=(format!("left:{}", percent(place as f64, count as f64))) { (day) }
                }
            }
            (rest("hours-rest", [
                ("sessions that started before these hours", window.earlier),
                ("sessions that started after these hours", window.later),
            ]))
        }
    }
}

fn column(place: u64, count: u64, max: u64, hour: &Hour) -> Markup {
    let Statuses { failed, finished, running, other, missing, .. } = hour.statuses;
    let parts: [Part<'_>; 4] = [
        ("failed", "failed", failed),
        ("fine", "finished", finished),
        ("running", "running", running),
        ("other", "with an unknown status or none", other + missing),
    ];
    let x = percent(place as f64, count as f64);
    let width = percent(0.86, count as f64);
    let mut top = max;
    html! {
        @for (class, what, value) in parts.into_iter().filter(|(.., value)| *value > 0) {
            @let y = { top -= value; percent(top as f64, max as f64) };
            rect.(class) x=(x) y=(y) width=(width) height=(percent(value as f64, max as f64)) data-value=(value) {
                title { (hour.start.as_str()) ": " (value) " " (what) }
            }
        }
    }
}

/// A length in an SVG, as a fraction of its whole, which must not be 0.
fn percent(part: f64, whole: f64) -> String {
    format!("{:.3}%", part / whole * 100.0)
}

/// The columns where days begin, and the dates of those days. Long charts have every few days only.
fn days(last: SystemTime, count: u64) -> Vec<(u64, String)> {
    const DAY: u64 = 86_400;
    let step = count.div_ceil(24).div_ceil(6);
    let moments = (0..count).filter_map(|place| {
        let moment = last.checked_sub(HOUR * u32::try_from(count - 1 - place).ok()?)?;
        let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let begins = seconds % DAY == 0 && (seconds / DAY) % step == 0;
        let day = Timestamp::try_from(moment).ok()?;
        // A day that begins at the very end has no room for its date.
        (begins && place < count - count / 12)
            .then(|| (place, day.as_str().chars().skip(5).take(5).collect()))
    });
    moments.collect()
}

fn domains(report: &Report, clean: &Clean<'_>) -> Markup {
    let groups = &report.domains.groups;
    let max = groups.iter().filter_map(|group| group.usage.bandwidth).max().unwrap_or(0);
    html! {
        section.card {
            h3 { "Traffic per target domain" }
            p.legend { (key("fine", "not failed")) (key("failed", "in failed sessions")) }
            ul.rows id="domains" {
                @for group in groups.iter().take(SHOWN) {
                    @let failed = group.usage.failed_bandwidth.unwrap_or(0);
                    @let fine = group.usage.bandwidth.unwrap_or(0) - failed;
                    @let part = format!("{:#} failed", group.usage.failed_traffic());
                    @let number = number(&format!("{:#}", group.usage.traffic()), failed, &part);
                    (row(&clean.identifier(&group.name), [("fine", "bytes", fine), ("failed", "bytes failed", failed)], max, &number))
                }
            }
            (rest("domains-rest", [
                ("other domains", others(groups.len())),
                ("sessions on domains that are not counted separately", report.domains.other.sessions),
                ("sessions without a domain", report.domains.missing.sessions),
            ]))
        }
    }
}

fn codes(report: &Report, clean: &Clean<'_>) -> Markup {
    let codes = &report.errors.codes;
    let max = codes.iter().map(|code| code.sessions).max().unwrap_or(0);
    html! {
        section.card {
            h3 { "Error codes" }
            p.legend { (key("failed", "failed")) (key("fine", "not failed")) }
            ul.rows id="codes" {
                @for code in codes.iter().take(SHOWN) {
                    @let class = if code.systemic { format!("{}, systemic", code.class.as_str()) } else { code.class.as_str().to_owned() };
                    @let name = html! { (clean.identifier(&code.code)) " " span.faint { (class) } };
                    @let parts = [("failed", "failed", code.failed), ("fine", "not failed", code.sessions - code.failed)];
                    (row(&name, parts, max, &sessions(code.sessions, code.failed)))
                }
            }
            @if codes.is_empty() { p.faint { "No session has an error code." } }
            (rest("codes-rest", [
                ("other codes", others(codes.len())),
                ("sessions with codes that are not counted separately", report.errors.other),
                ("sessions with an error without a code", report.errors.without_code),
            ]))
        }
    }
}

fn durations(report: &Report) -> Markup {
    let bins = &report.durations.bins;
    let max = bins.iter().map(|bin| bin.sessions).max().unwrap_or(0);
    html! {
        section.card {
            h3 { "Durations" }
            p.legend { (key("fine", "not failed")) (key("failed", "failed")) }
            ul.rows id="durations" {
                @for bin in bins {
                    @let parts = [("fine", "not failed", bin.sessions - bin.failed), ("failed", "failed", bin.failed)];
                    (row(&html! { (bin.to_string()) }, parts, max, &sessions(bin.sessions, bin.failed)))
                }
            }
        }
    }
}

fn shapes(report: &Report) -> Markup {
    html! {
        section.card {
            h3 { "Failed sessions by pattern" }
            p.legend { "Each session is counted once, under the first pattern that fits." }
            ul.rows id="shapes" {
                @for (pattern, count) in report.failures.by_pattern() {
                    @let name = html! { (pattern.title()) " " span.faint { (pattern.rule()) } };
                    @let part = if report.statuses.failed == 0 { 0.0 } else { count as f64 / report.statuses.failed as f64 };
                    (row(&name, [("failed", "failed", count), ("fine", "", 0)], report.statuses.failed,
                         &html! { (count) " (" (Percent(part).to_string()) ")" }))
                }
            }
        }
    }
}

/// A number of sessions, with the failed ones below it.
fn sessions(all: u64, failed: u64) -> Markup {
    let part = if all == failed { "all failed".to_owned() } else { format!("{failed} failed") };
    number(&all.to_string(), failed, &part)
}

/// A number, with its failed part below it unless that is 0. Without the text, only the bar would
/// show that part.
fn number(all: &str, failed: u64, part: &str) -> Markup {
    html! { (all) @if failed > 0 { " " span.faint { (part) } } }
}

/// A name, a bar of two parts, and a number.
fn row(name: &Markup, parts: [Part<'_>; 2], max: u64, number: &Markup) -> Markup {
    let mut before = 0;
    html! {
        li.row {
            span { (name) }
            svg aria-hidden="true" {
                @for (class, what, value) in parts.into_iter().filter(|(.., value)| *value > 0) {
                    @let x = { let x = percent(before as f64, max as f64); before += value; x };
                    rect.(class) x=(x) width=(percent(value as f64, max as f64)) height="100%" data-value=(value) {
                        title { (value) " " (what) }
                    }
                }
            }
            span.number { (number) }
        }
    }
}

/// The number of names that a chart has no room for.
fn others(names: usize) -> u64 {
    names.saturating_sub(SHOWN) as u64
}

/// Lists what a chart does not draw.
fn rest<const N: usize>(id: &str, parts: [(&str, u64); N]) -> Markup {
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(what, count)| format!("{what} ({count})")).collect();
    html! { @if !parts.is_empty() { p.faint.small id=(id) { "Not drawn: " (parts.join("; ")) "." } } }
}
