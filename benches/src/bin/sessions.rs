//! `sessions N`: writes this many generated sessions to standard output, one JSON object per line.

use std::io::{self, BufWriter, Write as _};

use brightdata_sessions_testkit::generate;

fn main() -> io::Result<()> {
    let count = std::env::args()
        .nth(1)
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "expected the number of sessions"))?;
    let mut output = BufWriter::new(io::stdout().lock());
    for session in generate(1, count) {
        serde_json::to_writer(&mut output, &session)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}
