//! The section of the page that compares the report with an earlier one.

use std::fmt::{self, Write as _};

use brightdata_sessions::Escaped;

use super::NAME;
use crate::draw::name;
use crate::style::{Canvas, Span};
use crate::units::{count, whole};
use crate::{Bytes, Comparison, Difference, FailedShare, Percent};

/// The number of rows of each table, unless more differ by more than chance.
const SHOWN: usize = 5;
/// The maximum number of rows of each table.
const MAX_SHOWN: usize = 20;

impl Comparison {
    pub(super) fn write(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        page.heading("Compared with an earlier period")?;
        if let (Some(first), Some(last)) = (&self.first_start, &self.last_start) {
            writeln!(page, "  whose sessions started between {first} and {last}")?;
        }
        page.write_str("  ")?;
        page.line(Span::Finding, &Escaped(&self.summary).to_string())?;
        for note in &self.notes {
            writeln!(page, "  Earlier period: {}", Escaped(note))?;
        }
        if let [Some(before), Some(after)] = [self.total.before, self.total.after].map(mean_traffic) {
            writeln!(page, "  mean traffic of a session: {before} before, {after} after")?;
        }
        let tables = [
            ("failed with error code", &self.codes),
            ("failed by zone", &self.zones),
            ("failed by target domain", &self.domains),
        ];
        for (title, differences) in tables {
            table(page, title, differences)?;
        }
        match self.tested {
            0 => Ok(()),
            tested => {
                let tests = count(tested, "test");
                writeln!(
                    page,
                    "  higher, lower: by more than chance explains (Fisher's exact test at 5 %, with"
                )?;
                writeln!(page, "  Holm's correction for {tests}). Failures of one run are not independent.")
            }
        }
    }
}

fn mean_traffic(share: Option<FailedShare>) -> Option<Bytes> {
    share?.mean_bandwidth.map(|bytes| Bytes(whole(bytes)))
}

fn table(page: &mut Canvas<'_, '_>, title: &str, differences: &[Difference]) -> fmt::Result {
    if differences.is_empty() {
        return Ok(());
    }
    let larger = differences.iter().filter(|difference| difference.change.is_larger_than_chance()).count();
    let shown = larger.clamp(SHOWN, MAX_SHOWN);
    writeln!(page, "  {} {:>8} {:>8} {:>8}", name(title, NAME), "before", "after", "points")?;
    for difference in differences.iter().take(shown) {
        writeln!(page, "    {} {}", name(&difference.name, NAME - 2), row(difference))?;
    }
    match differences.len().saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(page, "  … and {more} more"),
    }
}

fn row(difference: &Difference) -> String {
    let rate = |share: Option<FailedShare>| match share.map(|share| share.rate()) {
        None => "unknown".to_owned(),
        Some(None) => "–".to_owned(),
        Some(Some(rate)) => Percent(rate).to_string(),
    };
    let points = difference.points().unwrap_or_else(|| "–".to_owned());
    let [before, after] = [difference.before, difference.after].map(rate);
    format!("{before:>8} {after:>8} {points:>8}  {}", difference.change.title())
}

impl Difference {
    /// Returns the difference in percentage points, with its sign, for display: `+2.7`. `None` if
    /// it is unknown.
    pub fn points(&self) -> Option<String> {
        let points = format!("{:+.1}", self.difference? * 100.0);
        // A difference that rounds to zero has no sign.
        Some(if matches!(points.as_str(), "+0.0" | "-0.0") { "0.0".to_owned() } else { points })
    }
}
