//! `get`: sessions by their ids.

use std::io;

use brightdata_sessions::SessionId;
use brightdata_sessions_ureq::Client;

use crate::args::Wanted;
use crate::problem::Problem;
use crate::show;
use crate::table::clip;
use crate::terminal::Terminal;

/// Prints each session as soon as it is there. One that cannot be had is told, and the next one has its turn; the exit
/// status is the highest of all.
pub(crate) fn run(client: &Client, terminal: &Terminal<'_>, wanted: &[Wanted]) -> Result<u8, Problem> {
    let several = !matches!(wanted, [Wanted::Id(_)]);
    let mut get = Get { client, terminal, several, printed: false, worst: 0 };
    for wanted in wanted {
        match wanted {
            Wanted::Id(id) => get.session(id)?,
            Wanted::Input => get.input()?,
        }
    }
    Ok(get.worst)
}

struct Get<'a> {
    client: &'a Client,
    terminal: &'a Terminal<'a>,
    /// Whether a problem has to say which session it is about.
    several: bool,
    printed: bool,
    worst: u8,
}

impl Get<'_> {
    /// Fails only if nothing can be printed any more.
    fn input(&mut self) -> Result<(), Problem> {
        for line in io::stdin().lines() {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    // A line that is no text is behind us; any other error would come again.
                    let goes_on = error.kind() == io::ErrorKind::InvalidData;
                    self.failed("-", &Problem::Input(error));
                    if goes_on { continue } else { break }
                }
            };
            match line.trim() {
                "" => {}
                id => match SessionId::new(id) {
                    Ok(id) => self.session(&id)?,
                    Err(refused) => self.failed(id, &refused.into()),
                },
            }
        }
        Ok(())
    }

    /// Fails only if nothing can be printed any more.
    fn session(&mut self, id: &SessionId) -> Result<(), Problem> {
        let session = match self.client.get(id) {
            Ok(session) => session,
            Err(error) => {
                self.failed(id.as_str(), &error.into());
                return Ok(());
            }
        };
        if self.terminal.json {
            return self.terminal.print_json(&session);
        }
        let between = if self.printed { "\n" } else { "" };
        self.printed = true;
        self.terminal.print_text(&format!("{between}{}", show::session(&session)))
    }

    fn failed(&mut self, id: &str, problem: &Problem) {
        // A line of standard input can be anything, and of any length.
        let id = clip(&self.terminal.clean(id), 256);
        let status = problem.tell_of(self.several.then_some(&id), self.terminal.json);
        self.worst = self.worst.max(status);
    }
}
