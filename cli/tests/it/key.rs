//! The API key and the two variables that can hold it.

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

use crate::support::{KEY, bare, run};

mod files;

#[test]
fn a_missing_or_invalid_key_has_status_2() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let get = ["--base-url", &url, "get", DEMO_SESSION_ID];
    let (status, _, stderr) = run(bare().args(get));
    assert_eq!(
        (status, stderr.as_str()),
        (
            2,
            "brd-sessions: no API key: set BRIGHTDATA_API_KEY (or BRIGHTDATA_API_TOKEN), or BRIGHTDATA_API_KEY_FILE to the path of a file with the key\n"
        )
    );
    let (status, _, stderr) = run(bare().args(get).env("BRIGHTDATA_API_KEY", format!("Bearer {KEY}")));
    assert_eq!(
        (status, stderr.as_str()),
        (
            2,
            "brd-sessions: BRIGHTDATA_API_KEY: invalid API key: starts with `Bearer `; pass the key without it\n"
        )
    );
    assert_eq!(fake.connections(), 0);
}

#[test]
fn the_token_is_used_if_the_key_is_not_set() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let get = ["--base-url", &url, "get", DEMO_SESSION_ID];
    run(bare().args(get).env("BRIGHTDATA_API_TOKEN", "token-token"));
    run(bare().args(get).env("BRIGHTDATA_API_TOKEN", "token-token").env("BRIGHTDATA_API_KEY", ""));
    run(bare().args(get).env("BRIGHTDATA_API_TOKEN", "token-token").env("BRIGHTDATA_API_KEY", KEY));
    let sent: Vec<_> =
        fake.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, ["token-token", "token-token", KEY].map(|key| Some(format!("Bearer {key}"))));
}

#[test]
fn a_trailing_line_break_of_a_key_is_dropped() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let get = ["--base-url", &url, "get", DEMO_SESSION_ID];
    for (name, end) in [("BRIGHTDATA_API_KEY", "\n"), ("BRIGHTDATA_API_TOKEN", "\r\n")] {
        assert_eq!(run(bare().args(get).env(name, format!("{KEY}{end}"))).0, 0);
    }
    for request in fake.requests() {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    }
    // A line break alone is not a key.
    assert_eq!(run(bare().args(get).env("BRIGHTDATA_API_KEY", "\n").env("BRIGHTDATA_API_TOKEN", KEY)).0, 0);
    // The error names the variable.
    for name in ["BRIGHTDATA_API_KEY", "BRIGHTDATA_API_TOKEN"] {
        let (status, _, stderr) = run(bare().args(get).env(name, format!(" {KEY}")));
        assert!(stderr.starts_with(&format!("brd-sessions: {name}: invalid API key: ")), "{stderr}");
        assert_eq!(status, 2);
    }
}

#[test]
fn an_error_about_the_key_names_its_variable() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(401, &[], "").repeat()]);
    let url = fake.base_url().to_string();
    let get = |key: &str, token: &str, args: &[&str]| {
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY", key).env("BRIGHTDATA_API_TOKEN", token);
        run(command.args(["--base-url", &url, "get", DEMO_SESSION_ID]).args(args)).2
    };
    let error = "brd-sessions: unauthorized: status 401; the key is from";
    assert_eq!(get("", KEY, &[]), format!("{error} BRIGHTDATA_API_TOKEN\n"));
    assert_eq!(get(KEY, KEY, &[]), format!("{error} BRIGHTDATA_API_KEY\n"));
    assert_eq!(
        get(KEY, "other-key", &[]),
        format!("{error} BRIGHTDATA_API_KEY, another one in BRIGHTDATA_API_TOKEN is not used\n")
    );
    assert!(get("", KEY, &["--json"]).contains(r#""attempts":1,"key_source":"BRIGHTDATA_API_TOKEN"}}"#));
}
