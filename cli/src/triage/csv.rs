//! The groups of a report as a table for spreadsheets.

use std::collections::BTreeMap;

use brightdata_sessions_triage::{Difference, Groups, Report, Usage};

use crate::error::CliError;
use crate::output::csv::{Cell, Csv};
use crate::terminal::Terminal;

/// The columns. Those from `before_ended` on are empty without a comparison.
const TITLES: [&str; 19] = [
    // `total`, `error_code`, `zone`, `domain` or `day`.
    "group",
    // Whether the row is about one name (`named`), sessions without a name (`missing`), names that
    // are not counted separately (`other`), or all sessions (`all`).
    "row",
    "name",
    "sessions",
    // Error codes: of all sessions.
    "ended",
    "failed",
    "failure_rate",
    "bandwidth",
    "failed_bandwidth",
    "bandwidth_missing",
    "median_bandwidth",
    "cost",
    "failed_cost",
    "before_ended",
    "before_failed",
    "before_failure_rate",
    "difference",
    "p_value",
    "change",
];

/// A row. A figure that the report does not have is `None`.
#[derive(Clone, Copy, Default)]
struct Row<'a> {
    group: &'static str,
    row: &'static str,
    name: Option<&'a str>,
    sessions: Option<u64>,
    ended: Option<u64>,
    failed: Option<u64>,
    usage: Option<Usage>,
    median_bandwidth: Option<f64>,
    difference: Option<&'a Difference>,
}

pub(super) fn print(report: &Report, terminal: &Terminal<'_>) -> Result<(), CliError> {
    let mut csv = Csv::new(terminal, TITLES);
    rows(report).into_iter().for_each(|row| csv.push(row.cells()));
    csv.print()
}

fn rows(report: &Report) -> Vec<Row<'_>> {
    let comparison = report.comparison.as_deref();
    let [codes_differ, zones_differ, domains_differ] = match comparison {
        Some(comparison) => [&comparison.codes, &comparison.zones, &comparison.domains].map(Vec::as_slice),
        None => [&[][..]; 3],
    };
    let total = Row::of("total", "all", &report.total);
    let mut rows = vec![Row { difference: comparison.map(|comparison| &comparison.total), ..total }];
    rows.extend(with_differences("error_code", codes(report), codes_differ));
    rows.extend(with_differences("zone", groups("zone", &report.zones), zones_differ));
    rows.extend(with_differences("domain", groups("domain", &report.domains), domains_differ));
    rows.extend(groups("day", &report.days));
    rows
}

fn codes(report: &Report) -> Vec<Row<'_>> {
    let errors = &report.errors;
    let row = Row { group: "error_code", ended: Some(report.total.ended), ..Row::default() };
    let named = errors.codes.iter().map(|code| Row {
        row: "named",
        name: Some(&code.code),
        sessions: Some(code.sessions),
        failed: Some(code.failed),
        ..row
    });
    let rest = [("missing", errors.without_code), ("other", errors.other)];
    let rest = rest.into_iter().filter(|(_, sessions)| *sessions > 0);
    named.chain(rest.map(|(name, sessions)| Row { row: name, sessions: Some(sessions), ..row })).collect()
}

fn groups<'a>(group: &'static str, groups: &'a Groups) -> Vec<Row<'a>> {
    let named = groups.groups.iter().map(|named| Row {
        name: Some(&named.name),
        median_bandwidth: named.median_bandwidth,
        ..Row::of(group, "named", &named.usage)
    });
    let rest = [("missing", &groups.missing), ("other", &groups.other)];
    let rest = rest.into_iter().filter(|(_, usage)| usage.sessions > 0);
    named.chain(rest.map(|(row, usage)| Row::of(group, row, usage))).collect()
}

/// Adds the differences to the rows of the same names, and rows for the names of the earlier period
/// only.
fn with_differences<'a>(
    group: &'static str,
    mut rows: Vec<Row<'a>>,
    differences: &'a [Difference],
) -> Vec<Row<'a>> {
    let mut by_name: BTreeMap<_, _> =
        differences.iter().map(|difference| (&*difference.name, difference)).collect();
    for row in &mut rows {
        row.difference = row.name.and_then(|name| by_name.remove(name));
    }
    rows.extend(by_name.into_iter().map(|(name, difference)| Row {
        group,
        row: "named",
        name: Some(name),
        ended: difference.after.map(|share| share.ended),
        failed: difference.after.map(|share| share.failed),
        difference: Some(difference),
        ..Row::default()
    }));
    rows
}

impl Row<'_> {
    fn of(group: &'static str, row: &'static str, usage: &Usage) -> Self {
        Self {
            group,
            row,
            sessions: Some(usage.sessions),
            ended: Some(usage.ended),
            failed: Some(usage.failed),
            usage: Some(*usage),
            ..Self::default()
        }
    }

    fn cells(&self) -> [Cell<'_>; 19] {
        let usage = self.usage.as_ref();
        let before = self.difference.and_then(|difference| difference.before);
        let rate = self.failed.zip(self.ended).filter(|(_, ended)| *ended > 0);
        [
            Cell::text(self.group),
            Cell::text(self.row),
            Cell::text(self.name),
            Cell::number(self.sessions),
            Cell::number(self.ended),
            Cell::number(self.failed),
            Cell::float(rate.map(|(failed, ended)| failed as f64 / ended as f64)),
            Cell::number(usage.and_then(|usage| usage.bandwidth)),
            Cell::number(usage.and_then(|usage| usage.failed_bandwidth)),
            Cell::number(usage.map(|usage| usage.bandwidth_missing)),
            Cell::float(self.median_bandwidth),
            Cell::float(usage.and_then(|usage| usage.cost)),
            Cell::float(usage.and_then(|usage| usage.failed_cost)),
            Cell::number(before.map(|share| share.ended)),
            Cell::number(before.map(|share| share.failed)),
            Cell::float(before.and_then(|share| share.rate())),
            Cell::float(self.difference.and_then(|difference| difference.difference)),
            Cell::float(self.difference.and_then(|difference| difference.p_value)),
            Cell::text(self.difference.map(|difference| difference.change.as_str())),
        ]
    }
}
