//! Target values, and whether a run meets them.

use std::process::ExitCode;

/// Measurements compared with their limits.
#[derive(Default)]
pub struct Targets {
    lines: Vec<String>,
    missed: u32,
}

impl Targets {
    /// Records one measurement and its limit.
    pub fn check(&mut self, what: &str, measured: f64, limit: f64) {
        let verdict = if measured <= limit { "holds" } else { "MISSED" };
        self.missed += u32::from(measured > limit);
        self.lines.push(format!("| {what} | {limit:.2} | {measured:.3} | {verdict} |"));
    }

    /// Prints all targets as a table. Returns a failure if one is missed.
    pub fn report(self) -> ExitCode {
        println!("| target | limit | measured | |\n|---|--:|--:|---|\n{}", self.lines.join("\n"));
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
