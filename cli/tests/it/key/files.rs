//! Keys in files: the one that `BRIGHTDATA_API_KEY_FILE` names, and that of Bright Data's own
//! command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
use tempfile::TempDir;

use crate::support::{KEY, bare, run};

/// A folder that is also the home, with a fake.
struct World {
    fake: FakeApi,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        Self { fake: FakeApi::start().unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("key.txt");
        fs::write(&path, content).unwrap();
        path
    }

    fn credentials(&self, content: impl AsRef<[u8]>) -> PathBuf {
        let config = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
        let folder = self.folder.path().join(config).join("brightdata-cli");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("credentials.json"), content).unwrap();
        folder.join("credentials.json")
    }

    /// Returns a command of a user with this home.
    fn command(&self) -> Command {
        let mut command = bare();
        command.env("HOME", self.folder.path()).env("APPDATA", self.folder.path().join(".config"));
        command
    }

    fn get(&self) -> Command {
        let mut command = self.command();
        let url = self.fake.base_url().to_string();
        command.args(["--no-shared-guard", "--base-url", &url, "get", DEMO_SESSION_ID]);
        command
    }

    /// Returns the keys that the fake received.
    fn keys(&self) -> Vec<String> {
        let requests = self.fake.requests();
        let header = |name| requests.iter().filter_map(move |request| request.header(name));
        header("authorization").map(|value| value.strip_prefix("Bearer ").unwrap().to_owned()).collect()
    }
}

#[test]
fn the_first_source_that_is_set_holds_the_key() {
    let world = World::new();
    let credentials = world.credentials("\u{feff}{\"api_key\": \"key-of-credentials\\n\", \"other\": [1]}");
    assert_eq!(run(&mut world.get()).0, 0);
    let file = world.file("\u{feff}key-of-file\r\n");
    assert_eq!(run(world.get().env("BRIGHTDATA_API_KEY_FILE", &file)).0, 0);
    assert_eq!(run(world.get().env("BRIGHTDATA_API_KEY_FILE", "")).0, 0);
    let token = |command: &mut Command| {
        command.env("BRIGHTDATA_API_KEY_FILE", &file).env("BRIGHTDATA_API_TOKEN", "key-of-token");
        run(command)
    };
    assert_eq!(token(&mut world.get()).0, 0);
    assert_eq!(token(world.get().env("BRIGHTDATA_API_KEY", "key")).0, 0);
    assert_eq!(
        world.keys(),
        ["key-of-credentials", "key-of-file", "key-of-credentials", "key-of-token", "key"]
    );

    // If the service refuses the key, the error names its source, and another key that is ignored.
    world.fake.script_any([Script::response(401, &[], "").repeat()]);
    let error = |source: &str| format!("brd-sessions: unauthorized: status 401; the key is from {source}\n");
    let [file_name, credentials] = [&file, &credentials].map(|path| path.to_str().unwrap());
    assert_eq!(run(&mut world.get()).2, error(credentials));
    let source = format!("BRIGHTDATA_API_KEY_FILE, {file_name}");
    assert_eq!(
        run(world.get().env("BRIGHTDATA_API_KEY_FILE", &file)).2,
        error(&format!("{source}, another one in {credentials} is not used"))
    );
    assert_eq!(
        run(world.get().env("BRIGHTDATA_API_KEY_FILE", &file).env("BRIGHTDATA_API_KEY", "key-of-file")).2,
        error(&format!("BRIGHTDATA_API_KEY, another one in {credentials} is not used"))
    );
}

#[test]
fn a_key_file_that_is_not_one_key_is_a_clear_error() {
    let world = World::new();
    let error = |path: &Path, reason: &str| {
        let actual = run(world.get().env("BRIGHTDATA_API_KEY_FILE", path));
        let path = path.display();
        let expected = format!("brd-sessions: BRIGHTDATA_API_KEY_FILE, {path}: {reason}\n");
        assert_eq!(actual, (2, String::new(), expected));
    };
    let white_space =
        "invalid API key: contains a character other than visible ASCII, such as a space or a line break";
    let contents: [(&[u8], &str); 8] = [
        (b"", "invalid API key: empty"),
        (b"\n", "invalid API key: empty"),
        (b"0123456789abcdef \n", white_space),
        (b"\t0123456789abcdef", white_space),
        (b"0123456789abcdef\nother\n", "expected one line with the key, found several"),
        (b"\n0123456789abcdef\n", "expected one line with the key, found several"),
        (b"0123456789abcdef\xff", "not UTF-8"),
        (&[b'0'; 65_537], "larger than 64 KiB"),
    ];
    for (content, reason) in contents {
        error(&world.file(content), reason);
    }
    error(world.folder.path(), "a folder, not a file");
    let missing = std::io::Error::from_raw_os_error(2);
    error(&world.folder.path().join("none"), &format!("cannot read the file: {missing}"));
    #[cfg(unix)]
    error(Path::new("/dev/zero"), "not a regular file");

    // A key in place of the path is not shown.
    let reason = format!("[redacted]: cannot read the file: {missing}");
    for key in [KEY, "Abc_123.def+4="] {
        let (status, _, stderr) = run(world.get().env("BRIGHTDATA_API_KEY_FILE", key));
        assert_eq!((status, stderr), (2, format!("brd-sessions: BRIGHTDATA_API_KEY_FILE, {reason}\n")));
    }
    assert_eq!(world.fake.connections(), 0);
}

#[test]
fn credentials_without_a_key_are_a_clear_error() {
    let world = World::new();
    let expected = "expected a JSON object with the text \"api_key\"";
    let contents: [(&str, &str); 7] = [
        ("", "invalid JSON"),
        ("0123456789abcdef", "invalid JSON"),
        ("{\"api_key\":\"0123456789abcdef\"", "invalid JSON"),
        ("{}", expected),
        ("[\"0123456789abcdef\"]", expected),
        ("{\"api_key\":null}", expected),
        ("{\"api_key\":\"\"}", "invalid API key: empty"),
    ];
    for (content, reason) in contents {
        let path = world.credentials(content);
        let error = format!("brd-sessions: {}: {reason}\n", path.display());
        assert_eq!(run(&mut world.get()), (2, String::new(), error));
    }
    assert_eq!(world.fake.connections(), 0);
}

#[test]
fn the_key_of_a_file_goes_to_no_other_host() {
    let world = World::new();
    let file = world.file(KEY);
    let source = format!("BRIGHTDATA_API_KEY_FILE, {}", file.display());
    for url in ["https://example.com", "https://brightdata.com.example.com", "https://notbrightdata.com/x"] {
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY_FILE", &file).args(["--base-url", url, "get", "x"]);
        let error = format!(
            "brd-sessions: no API key for {url}: the key of {source} is for brightdata.com and loopback only; set BRIGHTDATA_API_KEY for another host\n"
        );
        assert_eq!(run(&mut command), (2, String::new(), error));
    }
}

#[test]
fn the_key_of_a_file_is_redacted() {
    let world = World::new();
    let file = world.file(format!("{KEY}\n"));
    world.credentials(format!("{{\"api_key\":\"{KEY}\"}}"));
    let error = format!(r#"{{"code":"{KEY}","message":"m"}}"#);
    let session = format!(r#"{{"session_id":"{DEMO_SESSION_ID}","status":"failed","error":{error}}}"#);
    let saved = world.folder.path().join("sessions.jsonl");
    fs::write(&saved, &session).unwrap();
    for named in [true, false] {
        let with_file = |mut command: Command| {
            if named {
                command.env("BRIGHTDATA_API_KEY_FILE", &file);
            }
            run(&mut command)
        };
        world.fake.script_any([
            Script::response(200, &[], format!(r#"{{"session":{session}}}"#)),
            Script::response(400, &[], format!(r#"{{"error":"{KEY}"}}"#)),
        ]);
        let (status, stdout, _) = with_file(world.get());
        assert!(status == 0 && stdout.contains("[redacted]"), "{stdout}");
        let (_, _, stderr) = with_file(world.get());
        assert_eq!(stderr, "brd-sessions: bad request: status 400, [redacted]\n");
        // Without a client.
        let mut triage = world.command();
        triage.arg("triage").arg(&saved);
        let (status, stdout, _) = with_file(triage);
        assert!(status == 0 && stdout.contains("[redacted]"), "{stdout}");
        let mut usage = world.command();
        usage.args(["man", KEY]);
        assert_eq!(with_file(usage).2, "brd-sessions: no such command: [redacted]\n");
    }
}
