//! The comparison with an earlier period.

use brightdata_sessions_triage::{Bytes, Comparison, Difference, FailedShare, Percent};
use maud::{Markup, html};

use super::{Clean, scroll};

/// The number of rows of each table, unless more differ by more than chance.
const SHOWN: usize = 10;
/// The maximum number of rows of each table.
const MAX_SHOWN: usize = 100;

pub(super) fn section(comparison: &Comparison, clean: &Clean<'_>) -> Markup {
    let mean = |share: Option<FailedShare>| share?.mean_bandwidth.map(|bytes| Bytes(bytes.round() as u64));
    let total = &comparison.total;
    html! {
        h2 { "Compared with an earlier period" }
        p.note id="comparison" { ((clean.0)(&comparison.summary)) }
        @if let (Some(first), Some(last)) = (&comparison.first_start, &comparison.last_start) {
            p.faint { "Its sessions started between " (first.as_str()) " and " (last.as_str()) "." }
        }
        @for note in &comparison.notes { p.note { "Earlier period: " ((clean.0)(note)) } }
        @if let (Some(before), Some(after)) = (mean(total.before), mean(total.after)) {
            p.faint { "Mean traffic of a session: " (before) " before, " (after) " after." }
        }
        div.charts {
            (table("changed-codes", ["Failed with error code", "code"], &comparison.codes, |code| clean.identifier(code)))
            (table("changed-zones", ["Failed by zone", "zone"], &comparison.zones, |zone| clean.text(zone)))
            (table("changed-domains", ["Failed by target domain", "domain"], &comparison.domains, |domain| clean.identifier(domain)))
        }
        @if comparison.tested > 0 {
            p.faint.small {
                "Higher and lower: by more than chance explains. Fisher's exact test, two-sided, at 5 %, with Holm's "
                "correction for " (comparison.tested) @if comparison.tested == 1 { " test" } @else { " tests" }
                ", if at least 50 sessions ended on both sides. The test assumes that sessions fail independently, "
                "which those of one run often do not."
            }
        }
    }
}

fn table(
    id: &str,
    [title, by]: [&str; 2],
    differences: &[Difference],
    name: impl Fn(&str) -> Markup,
) -> Markup {
    if differences.is_empty() {
        return html! {};
    }
    let larger = differences.iter().filter(|difference| difference.change.is_larger_than_chance()).count();
    let (shown, more) = differences.split_at(larger.clamp(SHOWN, MAX_SHOWN).min(differences.len()));
    let table = html! {
        table id=(id) {
            caption { h3 { (title) } }
            thead {
                tr {
                    th scope="col" { (by) } th.number scope="col" { "before" } th.number scope="col" { "after" }
                    th.number scope="col" { "points" } th scope="col" { "change" }
                }
            }
            tbody {
                @for difference in shown {
                    tr {
                        th scope="row" { (name(&difference.name)) }
                        td.number { (share(difference.before)) }
                        td.number { (share(difference.after)) }
                        td.number { (difference.points().as_deref().unwrap_or("–")) }
                        td {
                            @if difference.change.is_larger_than_chance() { strong { (difference.change.title()) } }
                            @else { (difference.change.title()) }
                        }
                    }
                }
            }
        }
    };
    html! {
        div.card {
            (scroll(title, &table))
            @if !more.is_empty() { p.faint.small { "Not shown: " (more.len()) " more." } }
        }
    }
}

fn share(share: Option<FailedShare>) -> Markup {
    let Some(share) = share else { return html! { "unknown" } };
    html! {
        @if let Some(rate) = share.rate() {
            (Percent(rate)) div.faint { (share.failed) " of " (share.ended) }
        }
        @else { "–" }
    }
}
