//! `--capture`, and `fake --replay`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{bare, run};

#[test]
fn a_replayed_capture_gives_the_same_triage() {
    let folder = tempfile::tempdir().unwrap();
    for full in [&["--capture-full"][..], &[]] {
        let path = folder.path().join(format!("capture-{}.jsonl", full.len()));
        let demo = ["--demo", "triage", "--limit", "200", "--json", "--capture"];
        let (status, live, stderr) = run(bare().args(demo).arg(&path).args(full));
        assert_eq!(status, 0, "{stderr}");
        assert!(stderr.contains("captured 2 exchanges in "), "{stderr}");
        assert_eq!(stderr.contains("share it with care"), !full.is_empty(), "{stderr}");
        let capture = fs::read_to_string(&path).unwrap();
        assert_eq!(capture.lines().count(), 2);
        let shows =
            ["demo-key", "5e551011", "shop.example.com", "?continue=1"].map(|text| capture.contains(text));
        assert_eq!(shows, if full.is_empty() { [false; 4] } else { [false, true, true, true] });
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let (status, _, stderr) = run(bare().args(demo).arg(&path));
        assert_eq!(status, 74, "an existing file is not replaced: {stderr}");

        let mut fake = bare().args(["fake", "--replay"]).arg(&path).stdout(Stdio::piped()).spawn().unwrap();
        let mut base_url = String::new();
        BufReader::new(fake.stdout.take().unwrap()).read_line(&mut base_url).unwrap();
        let (status, replayed, stderr) = run(bare().env("BRIGHTDATA_API_KEY", "any-key").args([
            "--base-url",
            base_url.trim(),
            "triage",
            "--limit",
            "200",
            "--json",
        ]));
        let (missing, _, message) = run(bare().env("BRIGHTDATA_API_KEY", "any-key").args([
            "--retries",
            "0",
            "--base-url",
            base_url.trim(),
            "get",
            "unknown",
        ]));
        fake.kill().unwrap();
        fake.wait().unwrap();
        assert_eq!((missing, message.contains("does not contain this request")), (6, true), "{message}");
        assert_eq!(status, 0, "{stderr}");
        let report = |json: &str| {
            let mut report: serde_json::Value = serde_json::from_str(json).unwrap();
            // The second of the report itself.
            report.as_object_mut().unwrap().remove("now");
            report
        };
        if full.is_empty() {
            assert_eq!(report(&replayed)["sessions"], report(&live)["sessions"]);
            assert_eq!(report(&replayed)["summary"], report(&live)["summary"]);
        } else {
            assert!(report(&replayed) == report(&live), "{replayed}\n{live}");
        }
    }
}
