//! What was aimed at.

use std::process::ExitCode;

/// What was found beside what it must not exceed.
#[derive(Default)]
pub struct Targets {
    lines: Vec<String>,
    missed: u32,
}

impl Targets {
    /// Notes one of them.
    pub fn check(&mut self, what: &str, found: f64, most: f64) {
        let verdict = if found <= most { "holds" } else { "MISSED" };
        self.missed += u32::from(found > most);
        self.lines.push(format!("| {what} | {most:.2} | {found:.3} | {verdict} |"));
    }

    /// Prints them as a table; fails where one is missed.
    pub fn tell(self) -> ExitCode {
        println!("| target | at most | found | |\n|---|--:|--:|---|\n{}", self.lines.join("\n"));
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
