//! Problems of the configuration and of the way to the service.

use std::net::{TcpListener, TcpStream};

use brightdata_sessions_testkit::{FakeApi, RateLimit, Script};

use super::{doctor, findings, first_line, key, report};
use crate::support::{KEY, bare, run};

#[test]
fn without_a_key_the_network_is_checked() {
    let fake = FakeApi::start().unwrap();
    let expected = format!(
        "{}

problem  key         no API key: set BRIGHTDATA_API_KEY (or BRIGHTDATA_API_TOKEN), or BRIGHTDATA_API_KEY_FILE to the path of a file with the key
                     → set BRIGHTDATA_API_KEY to the API key of the account
note     base URL    http://127.0.0.1:PORT is on this machine
                     → for the service itself, omit --base-url
ok       proxy       not used, because the base URL is on this machine
ok       DNS         not needed for an IP address
ok       TCP         connected to 127.0.0.1:PORT (N ms)
ok       TLS         not used, because the base URL uses http
skipped  clock       not checked until the problem with the key is solved
ok       rate guard  not shared with other processes: there is no folder for the state
skipped  list        not checked until the problem with the key is solved
skipped  session     not checked until the problem with the key is solved
skipped  deviations  not checked until the problem with the key is solved

5 ok, 1 note, 1 problem, 4 skipped, 0 requests sent
",
        first_line("http://127.0.0.1:PORT")
    );
    assert_eq!(report(bare().args(["doctor", "--base-url", fake.base_url().as_ref()])), (2, expected));
    assert_eq!(fake.requests().len(), 0);
}

/// Returns the lines about the key.
fn key_lines(variables: &[(&str, &str)]) -> (i32, Vec<String>) {
    let fake = FakeApi::start().unwrap();
    let mut command = bare();
    command.envs(variables.iter().copied()).args(["doctor", "--base-url", fake.base_url().as_ref()]);
    let (status, text) = report(&mut command);
    let lines = text.lines().skip(2).take_while(|line| !line.contains("base URL"));
    (status, lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

#[test]
fn the_source_and_the_shape_of_the_key_are_reported() {
    let usual = key();
    let uuid = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";
    type Row<'a> = (&'a [(&'a str, &'a str)], i32, &'a [&'a str]);
    let table: [Row<'_>; 5] = [
        (&[("BRIGHTDATA_API_TOKEN", &usual)], 0, &["ok key from BRIGHTDATA_API_TOKEN, in the usual shape"]),
        (&[("BRIGHTDATA_API_KEY", uuid)], 0, &["ok key from BRIGHTDATA_API_KEY, in the usual shape"]),
        (
            &[("BRIGHTDATA_API_KEY", KEY)],
            0,
            &[
                "note key from BRIGHTDATA_API_KEY, in an unusual shape",
                "→ if it is refused, compare it: keys in use are 64 hexadecimal digits or a UUID",
            ],
        ),
        (
            &[("BRIGHTDATA_API_KEY", &usual), ("BRIGHTDATA_API_TOKEN", uuid)],
            0,
            &[
                "note key from BRIGHTDATA_API_KEY; another key in BRIGHTDATA_API_TOKEN is not used",
                "→ if the key of BRIGHTDATA_API_TOKEN is the right one, unset BRIGHTDATA_API_KEY",
            ],
        ),
        (
            &[("BRIGHTDATA_API_KEY", "Bearer 123")],
            2,
            &[
                "problem key BRIGHTDATA_API_KEY: invalid API key: starts with `Bearer `; pass the key without it",
                "→ set it to the API key alone, as the service shows it",
            ],
        ),
    ];
    for (variables, status, lines) in table {
        assert_eq!(key_lines(variables), (status, lines.iter().map(|&line| line.to_owned()).collect()));
    }
}

#[test]
fn a_key_in_a_file_is_reported_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.txt");
    let path = path.to_str().unwrap();
    let lines = |content: &str| {
        std::fs::write(path, content).unwrap();
        key_lines(&[("BRIGHTDATA_API_KEY_FILE", path)])
    };
    let line = format!("ok key from BRIGHTDATA_API_KEY_FILE, {path}, in the usual shape");
    assert_eq!(lines(&format!("{}\n", key())), (0, vec![line]));
    let problem =
        format!("problem key BRIGHTDATA_API_KEY_FILE, {path}: expected one line with the key, found several");
    let advice = "→ let the file contain the API key alone, as the service shows it".into();
    assert_eq!(lines("a\nb\n"), (2, vec![problem, advice]));
}

/// A port that refuses connections and that no other test can use: that of a client.
struct UnusedPort(TcpStream, #[expect(dead_code, reason = "keeps the connection")] TcpListener);

impl UnusedPort {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self(TcpStream::connect(listener.local_addr().unwrap()).unwrap(), listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}

#[test]
fn a_server_that_is_down_is_a_problem_of_tcp() {
    let unused = UnusedPort::new();
    let port = unused.port();
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key());
    let (status, text) =
        findings(command.args(["doctor", "--base-url", &format!("http://127.0.0.1:{port}")]));
    let expected = "\
note     base URL    http://127.0.0.1:PORT is on this machine
                     → for the service itself, omit --base-url
problem  TCP         cannot connect: 127.0.0.1:PORT refuses the connection
                     → start the server at this address, or correct --base-url
skipped  TLS         not checked until the problem with TCP is solved
skipped  clock       not checked until the problem with TCP is solved
skipped  list        not checked until the problem with TCP is solved
skipped  session     not checked until the problem with TCP is solved
skipped  deviations  not checked until the problem with TCP is solved
4 ok, 1 note, 1 problem, 5 skipped, 0 requests sent
";
    assert_eq!((status, text.as_str()), (5, expected));
}

#[test]
fn a_name_that_does_not_resolve_is_a_problem_of_dns() {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key()).args(["doctor", "--base-url", "https://service.invalid"]);
    let (status, text) = findings(&mut command);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        "note     base URL    https://service.invalid is another host than the service's; it receives the key"
    );
    // The rest of this line is the system's.
    assert!(lines[2].starts_with("problem  DNS         cannot resolve service.invalid: "), "{text}");
    let expected = "
                     → check the network of this machine and the spelling of --base-url; behind a proxy, set HTTPS_PROXY
skipped  TCP         not checked until the problem with DNS is solved
skipped  TLS         not checked until the problem with DNS is solved
skipped  clock       not checked until the problem with DNS is solved
skipped  list        not checked until the problem with DNS is solved
skipped  session     not checked until the problem with DNS is solved
skipped  deviations  not checked until the problem with DNS is solved
3 ok, 1 note, 1 problem, 6 skipped, 0 requests sent";
    assert_eq!(format!("\n{}", lines[3..].join("\n")), expected);
    assert_eq!(status, 5);
}

/// Returns the findings for the service itself, through a proxy.
fn through(proxy: &str) -> (i32, String) {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key()).env("HTTPS_PROXY", proxy).args(["--timeout", "1", "doctor"]);
    let (status, text) = findings(&mut command);
    assert!(!text.contains("hush"), "{text}");
    (status, text)
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    for (response, reason, advice) in [
        (Script::response(407, &[], ""), "status 407", "check user name and password in HTTPS_PROXY"),
        (
            Script::response(403, &[], ""),
            "status 403",
            "check HTTPS_PROXY, and whether the proxy allows this host and port",
        ),
        (
            Script::new().send("SSH-2.0-OpenSSH_9.9\r\n\r\n").close(),
            "its response is not HTTP",
            "check HTTPS_PROXY, and whether the proxy allows this host and port",
        ),
        (
            Script::new(),
            "timed out after 1 s",
            "check HTTPS_PROXY, and whether the proxy allows this host and port",
        ),
        (
            Script::new().close(),
            "it closed the connection",
            "check HTTPS_PROXY, and whether the proxy allows this host and port",
        ),
    ] {
        let proxy = FakeApi::start().unwrap();
        proxy.script_any([response.repeat()]);
        let expected = format!(
            "problem  TLS         the proxy 127.0.0.1:PORT did not connect to api.brightdata.com:443: {reason}
                     → {advice}
skipped  clock       not checked until the problem with TLS is solved
skipped  list        not checked until the problem with TLS is solved
skipped  session     not checked until the problem with TLS is solved
skipped  deviations  not checked until the problem with TLS is solved
6 ok, 0 notes, 1 problem, 4 skipped, 0 requests sent
"
        );
        assert_eq!(through(&format!("http://me:hush@{}", proxy.addr())), (5, expected));
        let [request] = proxy.requests().try_into().unwrap();
        assert_eq!((&*request.method, &*request.target), ("CONNECT", "api.brightdata.com:443"));
        assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6aHVzaA=="));
        assert_eq!(request.header("authorization"), None);
    }
}

#[test]
fn a_proxy_that_is_down_or_invalid_is_a_problem() {
    let unused = UnusedPort::new();
    let port = unused.port();
    let (status, text) = through(&format!("http://me:hush@127.0.0.1:{port}"));
    let start = "\
problem  TCP         cannot connect to the proxy: 127.0.0.1:PORT refuses the connection
                     → check host and port in the proxy variable, and whether the proxy runs
skipped  TLS         not checked until the problem with TCP is solved
";
    assert!(status == 5 && text.starts_with(start), "{text}");
    let (status, text) = through("htp://me:hush@127.0.0.1");
    let start = "\
problem  proxy       invalid HTTPS_PROXY: unsupported scheme, expected `http`, `https`, `socks5`, `socks5h`, `socks4` or `socks4a`
                     → correct the variable, such as http://proxy.example:8080, or unset it
skipped  DNS         not checked until the problem with the proxy is solved
";
    assert!(status == 2 && text.starts_with(start), "{text}");
}

#[test]
fn a_proxy_that_does_not_apply_is_explained() {
    let lines = |variables: &[(&str, &str)]| {
        let mut command = bare();
        command.envs(variables.iter().copied()).args(["doctor", "--base-url", "https://service.invalid"]);
        let (_, text) = report(&mut command);
        let lines = text
            .lines()
            .skip_while(|line| !line.contains("  proxy  "))
            .take_while(|line| !line.contains("  DNS  "));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(
        lines(&[("ALL_PROXY", "http://proxy.invalid"), ("NO_PROXY", "*")]),
        "ok       proxy       not used, because NO_PROXY lists the host of the base URL\n"
    );
    assert_eq!(lines(&[("NO_PROXY", "*")]), "ok       proxy       not used, because no variable names one\n");
    assert_eq!(
        lines(&[("HTTP_PROXY", "http://proxy.invalid")]),
        "\
note     proxy       not used: HTTP_PROXY does not apply, because requests use https
                     → if this machine needs a proxy, set HTTPS_PROXY
"
    );
}

#[test]
fn a_state_that_holds_back_requests_is_a_problem() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::sliding_window(1, std::time::Duration::from_secs(600)));
    let folder = tempfile::tempdir().unwrap();
    let mut command = doctor(&fake);
    command.env("XDG_STATE_HOME", folder.path());
    let (status, text) = report(&mut command);
    assert!(text.contains(
        "\nok       rate guard  shared with other processes; no request to this host in the last hour\n"
    ));
    assert!(status == 6 && text.contains("\nproblem  session     rate limited: status 429"), "{text}");
    let (status, text) = findings(&mut command);
    eprintln!("{text}");
    let wait = text.split_once("held back for ").unwrap().1.split_once(" s,").unwrap().0.to_owned();
    let expected = format!(
        "\
note     base URL    http://127.0.0.1:PORT is on this machine
                     → for the service itself, omit --base-url
skipped  clock       not checked, because no request may be sent
problem  rate guard  requests are held back for {wait} s, after responses with status 429
                     → wait {wait} s; if the rate limit of the account is known, set it with --rate
skipped  list        not checked until the problem with the rate guard is solved
skipped  session     not checked until the problem with the rate guard is solved
skipped  deviations  not checked until the problem with the rate guard is solved
5 ok, 1 note, 1 problem, 4 skipped, 0 requests sent
"
    );
    assert_eq!((status, text), (6, expected));
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_state_that_cannot_be_used_is_a_note() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brd-sessions/rate-guard.json");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let guard = || {
        let (status, stdout, _) = run(doctor(&fake).env("XDG_STATE_HOME", folder.path()));
        let lines: Vec<_> = stdout.lines().skip_while(|line| !line.contains("rate guard")).take(2).collect();
        (status, lines.join("\n"))
    };
    std::fs::write(&file, "{").unwrap();
    let broken = "\
note     rate guard  shared with other processes; the file is broken
                     → nothing to do: the next request replaces it";
    assert_eq!(guard(), (0, broken.to_owned()));
    std::fs::write(&file, format!("{{\"{}\":[1,[99]]}}", fake.addr())).unwrap();
    let newer = broken.replace("the file is broken", "the state is from another version of this program");
    assert_eq!(guard(), (0, newer));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let (status, text) = guard();
    let start =
        format!("note     rate guard  not shared with other processes: cannot use {}: ", file.display());
    assert!(status == 0 && text.starts_with(&start), "{text}");
}
