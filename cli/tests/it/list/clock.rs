//! The service's clock, if it differs from this machine's.

use brightdata_sessions_testkit::{FakeApi, Script};

use super::{SHORT, targets};
use crate::support::{program, run};

#[test]
fn dates_follow_the_clock_of_the_service() {
    // One service's clock is years ahead of this machine's, the other's is years behind.
    for (date, present, relation) in [
        ("Thu, 31 Dec 2099 12:00:00 GMT", "2099-12-31T12%3A00%3A00Z", "behind"),
        ("Sat, 01 Jan 2000 12:00:00 GMT", "2000-01-01T12%3A00%3A00Z", "ahead of"),
    ] {
        for (args, start) in [
            (&["list", "--all", "--json"][..], None),
            (&["triage", "--since", "12h", "--json"], Some(present.replace("T12", "T00"))),
        ] {
            // The service may also refuse a date in the future.
            for (status, body) in
                [(200, SHORT), (400, r#"{"error":"Invalid request parameters"}"#), (500, "")]
            {
                let fake = FakeApi::start().unwrap();
                fake.script_any([Script::response(status, &[("date", date)], body)]);
                let (exit_status, _, stderr) = run(program(&fake).args(args));
                assert_eq!(exit_status, 0, "{stderr}");
                assert!(
                    stderr.contains(&format!(" s {relation} the service's; using the service's clock")),
                    "{stderr}"
                );
                assert_eq!(stderr.lines().count(), 1, "{stderr}");
                let targets = targets(&fake);
                assert_eq!(targets.len(), 2);
                assert!(targets[1].contains(&format!("end_date={present}")), "{}", targets[1]);
                let starts = start.as_ref().map(|start| format!("start_date={start}"));
                assert!(starts.is_none_or(|start| targets[1].contains(&start)), "{}", targets[1]);
            }
        }
    }
}

#[test]
fn clocks_are_compared_only_if_that_can_help() {
    let date = [("date", "Sat, 01 Jan 2000 12:00:00 GMT")];
    for (args, status) in [
        (&["list", "--json"][..], 200),
        (&["list", "--all", "--json", "--end-date", "2026-01-01T00:00:00Z"], 200),
        (&["list", "--all", "--json"], 401),
    ] {
        let fake = FakeApi::start().unwrap();
        let page = SHORT.replace("257", "1");
        fake.script_any([Script::response(status, &date, page)]);
        let (_, _, stderr) = run(program(&fake).args(args));
        assert_eq!((fake.requests().len(), stderr.contains("clock")), (1, false), "{args:?} {stderr}");
    }
}
