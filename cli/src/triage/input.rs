//! Sessions from a file or standard input, one on each line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use brightdata_sessions::Session;

use crate::problem::Problem;

/// A line that is longer is no session.
const LONGEST: u64 = 8 << 20;

/// Hands on all sessions of a file; `-` is standard input.
pub(crate) fn read(path: &Path, add: impl FnMut(Session)) -> Result<(), Problem> {
    if path == Path::new("-") {
        return lines(io::stdin().lock(), add, Problem::Input);
    }
    let failed = |error| Problem::File(path.to_owned(), error);
    lines(BufReader::new(File::open(path).map_err(failed)?), add, failed)
}

/// Blank lines are none.
fn lines(
    mut input: impl BufRead,
    mut add: impl FnMut(Session),
    failed: impl Fn(io::Error) -> Problem,
) -> Result<(), Problem> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line).map_err(&failed)?;
        if length == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        add(session(&line, number == 1).map_err(|what| Problem::Line(number, what))?);
    }
    Ok(())
}

fn session(line: &[u8], first: bool) -> Result<Session, String> {
    if line.len() as u64 > LONGEST {
        return Err("it is longer than 8 MiB".to_owned());
    }
    // Values that are skipped would not be checked for it.
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    // Some systems begin a file with a mark.
    let line = if first { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
    serde_json::from_str(line).map_err(|error| {
        // There is but one line that it can be about.
        let what = error.to_string();
        what.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Result<u64, String> {
        let mut count = 0;
        match lines(text.as_ref(), |_| count += 1, Problem::Input) {
            Ok(()) => Ok(count),
            Err(Problem::Line(number, what)) => Err(format!("{number}: {what}")),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_line_is_a_session_and_blank_ones_are_none() {
        assert_eq!(read(""), Ok(0));
        assert_eq!(read("\u{feff}{\"session_id\":\"a\"}\r\n\n  \n{\"session_id\":\"b\"}"), Ok(2));
    }

    #[test]
    fn a_line_that_is_no_session_is_named_by_its_number() {
        let good = "{\"session_id\":\"a\"}\n\n";
        for (line, said) in [
            ("{", "3: EOF while parsing an object"),
            ("{}", "3: missing field `session_id`"),
            ("[]", "3: invalid type: sequence, expected a session object"),
            ("{\"session_id\":\"a\"} x", "3: trailing characters"),
        ] {
            assert_eq!(read(format!("{good}{line}\n{good}")), Err(said.into()));
        }
        assert_eq!(read(b"{\"session_id\":\"a\",\"x\":\"\xff\"}"), Err("1: it is not UTF-8".into()));
        assert_eq!(read(vec![b'x'; (8 << 20) + 1]), Err("1: it is longer than 8 MiB".into()));
    }
}
