//! `--curl`: the printed commands, in a real shell.

use std::process::{Command, Stdio};

use brightdata_sessions::SessionId;
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use proptest::prelude::*;

use super::USER_AGENT;
use crate::support::browser::skipped;
use crate::support::{KEY, bare, program, run};

/// Returns the commands for these arguments.
fn curl(args: &[&str]) -> String {
    let (status, stdout, stderr) = run(bare().arg("--curl").args(args));
    assert_eq!((status, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

/// Runs a script in a shell, with this key, and returns its output.
fn shell(script: &str, key: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("BRIGHTDATA_API_KEY", key).env("HOME", "/dev/null").stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{script}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_takes_the_key_from_the_variable() {
    let expected = format!(
        "curl --globoff \\\n  --header 'accept: application/json' \\\n  --header 'user-agent: {USER_AGENT}' \\\n  \
         --header \"authorization: Bearer $BRIGHTDATA_API_KEY\" \\\n  \
         'https://api.brightdata.com/browser_sessions/it%27s'\n"
    );
    assert_eq!(curl(&["get", "it's"]), expected);
    let with_authority = expected.replace("--globoff", r"--globoff --cacert 'it'\''s.pem'");
    assert_eq!(curl(&["get", "it's", "--cacert", "it's.pem"]), with_authority);
}

#[test]
fn the_command_runs_as_it_is() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skipped("curl is not installed");
    }
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let commands = curl(&["--base-url", &url, "get", DEMO_SESSION_ID, "it's \"$HOME\" `id` [1-3] {é}"]);
    let list = curl(&["--base-url", &url, "list", "--limit", "1", "--target-url", "a'b\"$c"]);
    assert!(list.starts_with("curl --globoff --noproxy '*' \\\n"), "{list}");
    let body =
        shell(&(commands.replace("curl ", "curl --silent ") + &list.replace("curl ", "curl --silent ")), KEY);
    assert!(body.contains(&format!("{{\"session\":{{\"session_id\":\"{DEMO_SESSION_ID}\"")), "{body}");
    let targets =
        |fake: &FakeApi| fake.requests().into_iter().map(|request| request.target).collect::<Vec<_>>();
    let sent = targets(&fake);
    for request in fake.requests() {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
        assert_eq!(request.header("user-agent"), Some(USER_AGENT));
        assert_eq!(request.header("accept"), Some("application/json"));
    }
    // The program itself sends the same.
    let own = FakeApi::start().unwrap();
    run(program(&own).args(["get", "--jobs", "1", DEMO_SESSION_ID, "it's \"$HOME\" `id` [1-3] {é}"]));
    run(program(&own).args(["list", "--limit", "1", "--target-url", "a'b\"$c"]));
    assert_eq!((sent.len(), sent), (3, targets(&own)));
}

/// Returns the text with everything but unreserved characters encoded.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Returns the words of each command, as the shell passes them to the program.
fn words(commands: &str, key: &str) -> Vec<Vec<String>> {
    let script = format!("curl() {{ printf '%s\\n' \"$@\" ''; }}\n{commands}");
    let output = shell(&script, key);
    let commands = output.strip_suffix("\n\n").unwrap_or(&output).split("\n\n");
    commands.map(|words| words.lines().map(str::to_owned).collect()).collect()
}

const TEXT: &str = r#"x[ '"$`\\!*?~#&;|<>(){}\[\]%+/=^@,:a-zé日😀\u{202e}-]{0,12}x"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_shell_passes_the_words_unchanged(
        ids in prop::collection::vec(TEXT, 1..6),
        filter in TEXT,
        path in "(/[a-z'$&();!*~,:=@+]{1,8}){0,2}",
        key in r#"[!-~]{1,20}"#,
    ) {
        let base_url = format!("https://gateway.example{path}");
        let expected = |url: String| {
            let headers = [
                "accept: application/json".to_owned(),
                format!("user-agent: {USER_AGENT}"),
                format!("authorization: Bearer {key}"),
            ];
            let mut words = vec!["--globoff".to_owned()];
            words.extend(headers.into_iter().flat_map(|header| ["--header".to_owned(), header]));
            words.push(url);
            words
        };
        prop_assume!(ids.iter().all(|id| SessionId::new(id.as_str()).is_ok()));
        let mut args = vec!["--base-url", &base_url, "get", "--"];
        args.extend(ids.iter().map(String::as_str));
        let urls = ids.iter().map(|id| expected(format!("{base_url}/browser_sessions/{}", encoded(id))));
        prop_assert_eq!(words(&curl(&args), &key), urls.collect::<Vec<_>>());

        let list = curl(&["--base-url", &base_url, "list", "--api-name", &filter, "--end-url", &filter]);
        let filter = encoded(&filter);
        let url = format!("{base_url}/browser_sessions?api_name={filter}&limit=50&end_url={filter}");
        prop_assert_eq!(words(&list, &key), [expected(url)]);
    }
}
