//! The file of `--state`: the list that it is for, and what it may contain.

use super::*;

#[test]
fn a_state_is_for_one_set_of_filters() {
    let archive = Archive::new();
    let fake = FakeApi::start().unwrap();
    let zone = ["--api-name", "scraping_browser1", "--since", "24h"];
    assert_eq!(archive.run(&fake, &zone).0, 0);
    assert_eq!(
        archive.run(&fake, &["--api-name", "scraping_browser1", "--start-date", "2025-01-01T00:00:00Z"]).0,
        0
    );
    let expected = "cannot write to FOLDER/state: it is the state of a list with other filters";
    for other in [&["--api-name", "scraping_browser2"][..], &[], &["--status", "failed"]] {
        assert_eq!(archive.refusal(&fake, other), expected, "{other:?}");
    }
}

#[test]
fn a_state_is_for_one_base_url_and_one_account() {
    let archive = Archive::new();
    let [fake, elsewhere] = [1, 2].map(|id| fake([session(id, 60, SessionStatus::Finished)]));
    assert_eq!(archive.run(&fake, &[]).1, "1 finished");
    let expected = "cannot write to FOLDER/state: it is the state of a list at another base URL";
    assert_eq!(archive.refusal(&elsewhere, &[]), expected);

    let with_key = |key: &str, args: &[&str]| {
        let mut command = program(&fake);
        command
            .env("BRIGHTDATA_API_KEY", key)
            .args(["list", "--json", "--state"])
            .arg(archive.state())
            .args(args);
        run(&mut command)
    };
    let state = fs::read_to_string(archive.state()).unwrap();
    let (status, stdout, stderr) = with_key("fedcba9876543210", &[]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    let expected = "it is the state of a list with another key: add --new-key once if both keys are of the same \
                    account, or use another file";
    assert!(stderr.contains(expected), "{stderr}");
    assert_eq!(fs::read_to_string(archive.state()).unwrap(), state);
    // A key that the service refuses does not replace the other one.
    fake.script_any([Script::response(401, &[], "")]);
    assert_eq!(with_key("fedcba9876543210", &["--new-key"]).0, 4);
    assert_eq!(archive.run(&fake, &[]), (0, String::new(), String::new()));
    assert_eq!(with_key("fedcba9876543210", &["--new-key"]), (0, String::new(), String::new()));
    assert_eq!(with_key("fedcba9876543210", &[]), (0, String::new(), String::new()));
    assert_eq!(archive.run(&fake, &[]).0, 2);
}

#[test]
fn a_state_of_an_earlier_version_is_bound_by_its_next_run() {
    let archive = Archive::new();
    let fake = fake([session(1, 60, SessionStatus::Finished)]);
    fs::write(archive.state(), r#"{"cursor":{"seen":[],"start":"2025-12-16T18:53:41Z"},"filters":""}"#)
        .unwrap();
    assert_eq!(archive.run(&fake, &["--status", "failed"]).0, 2);
    assert_eq!(archive.run(&fake, &[]).1, "1 finished");
    let state: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(archive.state()).unwrap()).unwrap();
    let bound = (state["base_url"].as_str(), state["key"].as_str());
    assert_eq!(bound, (Some(fake.base_url().as_ref()), Some("6b3413b4")));
}

#[test]
fn a_state_of_the_demo_is_continued() {
    let archive = Archive::new();
    let demo = || run(bare().args(["--demo", "list", "--json", "--state"]).arg(archive.state()));
    let first = demo();
    assert_eq!((first.0, first.1.lines().count()), (0, 2000));
    let second = demo();
    assert_eq!((second.0, second.1.lines().count(), second.2.as_str()), (0, 0, ""));
}

#[test]
fn an_invalid_state_is_refused_and_kept() {
    let archive = Archive::new();
    let fake = FakeApi::start().unwrap();
    for (text, reason) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{}", "missing field `filters` at line 1 column 2"),
        (r#"{"filters":""}"#, "missing field `cursor` at line 1 column 14"),
        (
            r#"{"filters":"","cursor":{"seen":1}}"#,
            "invalid type: integer `1`, expected a sequence at line 1 column 32",
        ),
        // A later version may write more.
        (
            r#"{"filters":"","cursor":{"seen":[]},"v":2}"#,
            "unknown field `v`, expected one of `base_url`, `key`, `filters`, `cursor` at line 1 column 38",
        ),
        (
            r#"{"filters":"","cursor":{"seen":[]},"cursor":{"seen":[]}}"#,
            "duplicate field `cursor` at line 1 column 43",
        ),
    ] {
        fs::write(archive.state(), text).unwrap();
        let expected = format!("cannot read FOLDER/state: not a state of `list --state`: {reason}");
        assert_eq!(archive.refusal(&fake, &[]), expected);
        assert_eq!(fs::read_to_string(archive.state()).unwrap(), text);
    }
    assert_eq!(fake.connections(), 0);
}

#[test]
fn a_state_that_starts_in_the_future_is_refused_and_kept() {
    let archive = Archive::new();
    let fake = fake([session(1, 60, SessionStatus::Finished)]);
    // The service's clock was wrong in the first run.
    let wrong =
        Script::response(200, &[("date", "Thu, 31 Dec 2099 12:00:00 GMT")], r#"{"sessions":[],"total":0}"#);
    fake.script_any([wrong.clone(), wrong.clone(), wrong]);
    assert_eq!(archive.run(&fake, &["--since", "24h"]).0, 0);
    let state = fs::read_to_string(archive.state()).unwrap();
    assert!(state.contains(r#""start":"2099-12-30T12:00:00Z""#), "{state}");
    let expected = "cannot read FOLDER/state: invalid cursor: it starts in the future, by the service's clock; \
                    start again with another file and --start-date";
    assert_eq!(archive.refusal(&fake, &["--since", "24h"]), expected);
    assert_eq!(fs::read_to_string(archive.state()).unwrap(), state);
}

#[cfg(unix)]
#[test]
fn a_state_that_is_a_link_or_folder_is_refused() {
    let archive = Archive::new();
    let fake = FakeApi::start().unwrap();
    std::os::unix::fs::symlink("elsewhere", archive.state()).unwrap();
    assert_eq!(archive.refusal(&fake, &[]), "cannot write to FOLDER/state: it is a link");
    fs::remove_file(archive.state()).unwrap();
    fs::create_dir(archive.state()).unwrap();
    assert_eq!(archive.refusal(&fake, &[]), "cannot write to FOLDER/state: it is not a regular file");
    assert_eq!(fake.connections(), 0);
}
