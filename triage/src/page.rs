//! A report as a page of text.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use brightdata_sessions::Escaped;
use unicode_width::UnicodeWidthStr as _;

use crate::draw::{name, sparkline};
use crate::sentences::UNKNOWN_STATUS;
use crate::style::{Canvas, PageStyle, Plain, Span};
use crate::units::count;
use crate::{Action, Finding, FindingKind, Group, Groups, Hour, Percent, Report, Seconds, Statuses, Usage};

mod comparison;

/// Returns the summary: one line with the failure rate and the first finding.
pub(crate) fn summary(report: &Report) -> String {
    let Statuses { failed, other, .. } = report.statuses;
    let (all, ended) = (report.sessions, report.statuses.ended());
    if all == 0 {
        return "no sessions".to_owned();
    }
    let rate = match report.failure_rate {
        None => format!("No session has ended (0 of {all})"),
        Some(_) if failed == 0 => format!("No session failed (0 of {ended} that ended)"),
        Some(rate) => format!("{} of sessions failed ({failed} of {ended} that ended)", Percent(rate)),
    };
    // An unknown status may hide failures.
    let unknown = if other == 0 { String::new() } else { format!("; {UNKNOWN_STATUS}: {other}") };
    let first = match report.findings.first() {
        Some(Finding { action: Action::Fix, title, .. }) => format!("Fix first: {title}"),
        Some(Finding { title, .. }) => format!("Start with: {title}"),
        None => "No findings".to_owned(),
    };
    format!("{rate}{unknown}. {first}.")
}

/// The width of the page, in columns.
const COLUMNS: usize = 80;
/// The width of names, in columns.
const NAME: usize = 24;
/// The number of hours that fit on a line.
const HOURS: u64 = 54;

/// The page in plain text.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(&mut Canvas { f, style: &Plain })
    }
}

/// A page of text in a style: the result of [`Report::page`].
pub struct Page<'a> {
    report: &'a Report,
    style: &'a dyn PageStyle,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.write(&mut Canvas { f, style: self.style })
    }
}

/// Shows the summary only.
impl fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Page").field(&self.report.summary).finish()
    }
}

impl Report {
    /// Returns the page of text in a style. `Display` of a report writes the same text without one.
    pub fn page<'a>(&'a self, style: &'a dyn PageStyle) -> Page<'a> {
        Page { report: self, style }
    }

    fn write(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        page.line(Span::Summary, &Escaped(&self.summary).to_string())?;
        if self.sessions > 0 {
            self.overview(page)?;
        }
        for note in self.notes() {
            writeln!(page, "{note}")?;
        }
        if let Some(comparison) = &self.comparison {
            comparison.write(page)?;
        }
        if self.sessions == 0 {
            return Ok(());
        }
        for action in [Action::Fix, Action::Change, Action::Retry, Action::Investigate] {
            self.findings(page, action)?;
        }
        self.codes(page)?;
        self.patterns(page)?;
        self.traffic(page)?;
        self.durations(page)?;
        self.captchas(page)?;
        self.hours(page)?;
        self.missing(page)
    }

    fn overview(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        let statuses = [
            (self.statuses.finished, "finished"),
            (self.statuses.failed, "failed"),
            (self.statuses.running, "running"),
            (self.statuses.other, "with an unknown status"),
            (self.statuses.missing, "without a status"),
        ];
        let counted = statuses.iter().filter(|(count, _)| *count > 0);
        let counted: Vec<_> = counted.map(|(count, name)| format!("{count} {name}")).collect();
        page.heading(&format!("{}: {}", count(self.sessions, "session"), counted.join(", ")))?;
        if let (Some(first), Some(last)) = (&self.first_start, &self.last_start) {
            writeln!(page, "started between {first} and {last}")?;
        }
        Ok(())
    }

    fn findings(&self, page: &mut Canvas<'_, '_>, action: Action) -> fmt::Result {
        // Per kind. The report has all of them.
        const SHOWN: usize = 5;
        let findings: Vec<_> = self.findings.iter().filter(|finding| finding.action == action).collect();
        let Some(first) = findings.first() else { return Ok(()) };
        page.write_char('\n')?;
        page.line(Span::Action(action), action.title())?;
        let mut kind = first.kind;
        let mut of_kind = 0;
        for finding in findings {
            if finding.kind != kind {
                more(page, of_kind, SHOWN, kind)?;
                kind = finding.kind;
                of_kind = 0;
            }
            of_kind += 1;
            if of_kind <= SHOWN {
                write_finding(page, finding)?;
            }
        }
        more(page, of_kind, SHOWN, kind)
    }

    fn codes(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        const SHOWN: usize = 10;
        if self.errors.sessions == 0 {
            return Ok(());
        }
        page.heading(&format!("Error codes in {} (▒ failed)", count(self.errors.sessions, "session")))?;
        let max = self.errors.codes.first().map_or(0, |code| code.sessions);
        for code in self.errors.codes.iter().take(SHOWN) {
            let systemic = if code.systemic { ", systemic" } else { "" };
            write!(page, "    {} ", name(&code.code, NAME - 2))?;
            page.bar(code.sessions, code.failed, max)?;
            writeln!(page, " {:>6}  {}{systemic}", code.sessions, code.class)?;
        }
        let others = self.errors.codes.iter().skip(SHOWN).map(|code| code.sessions);
        others_line(page, "other codes", others.fold(self.errors.other, u64::saturating_add))?;
        others_line(page, "without a code", self.errors.without_code)
    }

    fn patterns(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        let (failures, failed) = (self.failures, self.statuses.failed);
        if failed == 0 {
            return Ok(());
        }
        page.heading("Failed sessions by pattern")?;
        failures.by_pattern().into_iter().try_for_each(|(pattern, count)| {
            let row = format!("{count:>6}  {}", pattern.rule());
            own_row(page, pattern.title(), (count, count, failed), row.trim_end())
        })
    }

    fn traffic(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let total = &self.total;
        if total.bandwidth.is_none() {
            return page.heading("Traffic: unknown (no session reports it)");
        }
        let (traffic, failed) = (total.traffic(), total.failed_traffic());
        page.heading(&format!("Traffic: {traffic}; failed sessions (▒): {failed}"))?;
        if let Some(price) = self.price_per_gb {
            let (cost, failed) = (total.total_cost(), total.total_failed_cost());
            writeln!(page, "  cost at {price} per GB (10^9 bytes): {cost}; failed sessions: {failed}")?;
        }
        let first = |groups: &Groups| groups.groups.iter().take(SHOWN).cloned().collect::<Vec<_>>();
        let days = self.days.groups.len().saturating_sub(SHOWN);
        groups(page, ["by target domain", "without a domain"], &self.domains, &first(&self.domains))?;
        groups(page, ["by zone", "without a zone"], &self.zones, &first(&self.zones))?;
        let latest = self.days.groups.get(days..).unwrap_or_default();
        groups(page, ["by day", "without a day"], &self.days, latest)
    }

    fn durations(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        let durations = &self.durations;
        let (Some(median), Some(p95), Some(longest)) = (durations.median, durations.p95, &durations.longest)
        else {
            return Ok(());
        };
        let about = if durations.estimated { "about " } else { "" };
        let (median, p95, longest) = (Seconds(median), Seconds(p95), Seconds(longest.duration));
        page.heading(&format!("Durations: median {about}{median}, longest {longest} (▒ failed)"))?;
        writeln!(page, "  95 % took at most {about}{p95}")?;
        let max = durations.bins.iter().map(|bin| bin.sessions).max().unwrap_or(0);
        for bin in &durations.bins {
            let bar = (bin.sessions, bin.failed, max);
            own_row(page, &bin.to_string(), bar, &format!("{:>6}", bin.sessions))?;
        }
        Ok(())
    }

    fn captchas(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        let Some(rate) = self.captcha_solve_rate else { return Ok(()) };
        let (captcha, rate) = (self.captcha, Percent(rate));
        page.heading(&format!("Captchas: {rate} solved ({} of {})", captcha.solved, self.captcha_met))
    }

    fn hours(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        let window = self.hour_window(HOURS);
        let Some(last) = window.hours.last() else { return Ok(()) };
        let end = last.start.to_system_time();
        let ago =
            |hour: &Hour| Some(end?.duration_since(hour.start.to_system_time()?).ok()?.as_secs() / 3600);
        let by_age: BTreeMap<_, _> = window.hours.iter().map(|hour| (ago(hour), hour.statuses)).collect();
        let oldest = window.hours.first().and_then(ago).unwrap_or(0).min(HOURS - 1);
        let each = |number: fn(&Statuses) -> u64| -> Vec<u64> {
            (0..=oldest).rev().map(|ago| by_age.get(&Some(ago)).map_or(0, number)).collect()
        };
        let (all, failed) = (each(Statuses::all), each(|statuses| statuses.failed));
        page.heading(&format!("Sessions started per hour, until {}", last.start))?;
        for (title, numbers, span) in [("all", all, Span::Bar), ("failed", failed, Span::FailedBar)] {
            let max = numbers.iter().copied().max().unwrap_or(0);
            write!(page, "  {title:<6} max {max:>6}  ")?;
            page.line(span, sparkline(&numbers).trim_end())?;
        }
        let outside = [(window.earlier, "earlier"), (window.later, "later")];
        let mut outside = outside.iter().filter(|(sessions, _)| *sessions > 0);
        outside.try_for_each(|(sessions, when)| writeln!(page, "  {sessions:>17}  started {when}"))
    }

    fn missing(&self, page: &mut Canvas<'_, '_>) -> fmt::Result {
        let missing = self.missing_fields();
        if !missing.is_empty() {
            page.heading("Missing data (excluded from all figures)")?;
        }
        missing.iter().try_for_each(|(count, lack)| writeln!(page, "  {count:>6}  {lack}"))
    }
}

fn write_finding(page: &mut Canvas<'_, '_>, finding: &Finding) -> fmt::Result {
    // Omit costs that round to zero.
    let cost = finding.total_cost().filter(|_| finding.cost >= Some(0.005));
    let cost = cost.map(|cost| format!("; costs {cost}")).unwrap_or_default();
    write!(page, "  • ")?;
    page.line(Span::Finding, &format!("{}{cost}", Escaped(&finding.title)))?;
    writeln!(page, "    {}", Escaped(&finding.advice))?;
    let ids = finding.evidence.iter().take(2);
    let mut ids: Vec<_> = ids.map(|evidence| Escaped(evidence.session_id.as_str()).to_string()).collect();
    // Ids are never cut.
    if ids.join("  ").width() > COLUMNS - 4 {
        ids.truncate(1);
    }
    writeln!(page, "    {}", ids.join("  "))
}

/// Writes the number of findings of a kind that are not shown.
fn more(page: &mut Canvas<'_, '_>, count: usize, shown: usize, kind: FindingKind) -> fmt::Result {
    match count.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(page, "  … and {more} more ({})", kind.as_str()),
    }
}

/// Writes a row that is not named by data. Names are indented further, so no name can imitate such
/// a row.
fn own_row(
    page: &mut Canvas<'_, '_>,
    title: &str,
    (all, failed, max): (u64, u64, u64),
    value: &str,
) -> fmt::Result {
    write!(page, "  {} ", name(title, NAME))?;
    page.bar(all, failed, max)?;
    writeln!(page, " {value}")
}

fn others_line(page: &mut Canvas<'_, '_>, title: &str, number: u64) -> fmt::Result {
    if number == 0 { Ok(()) } else { own_row(page, title, (0, 0, 0), &format!("{number:>6}")) }
}

/// Writes groups with their traffic, and their cost if there is a price. The titles are those of
/// the table and of the row for sessions without a name.
fn groups(
    page: &mut Canvas<'_, '_>,
    [title, without]: [&str; 2],
    groups: &Groups,
    shown: &[Group],
) -> fmt::Result {
    let bytes = |usage: &Usage| (usage.bandwidth.unwrap_or(0), usage.failed_bandwidth.unwrap_or(0));
    let Some(max) = shown.iter().map(|group| bytes(&group.usage).0).max() else { return Ok(()) };
    let has_price = groups.missing.cost.is_some() || shown.iter().any(|group| group.usage.cost.is_some());
    let value = |usage: &Usage| {
        let cost = if has_price { format!(" {:>#12}", usage.total_cost()) } else { String::new() };
        format!("{:>#11}{cost}", usage.traffic())
    };
    writeln!(page, "  {title}")?;
    for Group { name: title, usage, .. } in shown {
        let (all, failed) = bytes(usage);
        write!(page, "    {} ", name(title, NAME - 2))?;
        page.bar(all, failed, max)?;
        writeln!(page, " {}", value(usage))?;
    }
    let missing = &groups.missing;
    if missing.sessions > 0 {
        let (all, failed) = bytes(missing);
        own_row(page, without, (all, failed, max), &value(missing))?;
    }
    // If names are not counted separately, there are more groups than are shown.
    if groups.groups.len() > shown.len() { writeln!(page, "  and others") } else { Ok(()) }
}
