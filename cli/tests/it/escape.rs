//! Invisible characters are escaped in every output, except those that scripts and emoji need.

use brightdata_sessions_testkit::{FakeApi, Script};
use serde_json::{Value, json};

use crate::support::{bare, input, program, run};

const INVISIBLE: [char; 9] = [
    '\u{ad}',
    '\u{180e}',
    '\u{200d}',
    '\u{2060}',
    '\u{3164}',
    '\u{fe0f}',
    '\u{fff9}',
    '\u{e0069}',
    '\u{e0100}',
];
/// A joiner in Persian, an emoji of three characters, and a keycap.
const VISIBLE: &str = "می\u{200c}خواهم 👩\u{200d}🚀 1\u{fe0f}\u{20e3}";

fn session(text: &str) -> Value {
    json!({
        "session_id": format!("id{text}"), "status": "failed", "api_name": text, "error": {"code": text, "message": text},
        "target_url": format!("https://example.com/{text}"), "new": [text],
    })
}

#[test]
fn invisible_characters_are_escaped_in_every_output() {
    for c in INVISIBLE {
        let text = format!("a{c}b {VISIBLE}");
        let session = session(&text);
        let escaped = format!("a{}b {VISIBLE}", c.escape_default());
        let fake = FakeApi::start().unwrap();
        let body = json!({"session": session}).to_string();

        fake.script_any([Script::response(200, &[], &body)]);
        let (_, stdout, _) = run(program(&fake).args(["get", session["session_id"].as_str().unwrap()]));
        assert!(
            stdout.contains(&format!("\nzone         {escaped}\n")) && !stdout.contains(&text),
            "{stdout}"
        );

        fake.script_any([Script::response(200, &[], &body)]);
        let id = session["session_id"].as_str().unwrap();
        let (_, stdout, _) = run(program(&fake).args(["get", id, "--json"]));
        let printed: Value = serde_json::from_str(&stdout).unwrap();
        for field in ["session_id", "api_name", "error", "new"] {
            assert_eq!(printed[field], session[field]);
        }
        assert!(stdout.contains(VISIBLE) && !stdout.contains(&text), "{stdout}");

        fake.script_any([Script::response(404, &[], json!({"error": text}).to_string())]);
        let (_, _, stderr) = run(program(&fake).args(["get", id]));
        assert!(stderr.contains(&escaped) && !stderr.contains(&text), "{stderr}");

        let path = std::env::temp_dir().join(format!("brd-sessions-escape-{}.html", std::process::id()));
        let triage = |args: &[&str]| {
            run(bare().args(["triage", "-"]).args(args).stdin(input("escape", session.to_string())))
        };
        let (_, stdout, _) = triage(&[]);
        // A long code is cut.
        assert!(
            stdout.contains(&format!("a{}b ", c.escape_default())) && !stdout.contains(&text),
            "{stdout}"
        );
        let (_, stdout, _) = triage(&["--json"]);
        assert!(stdout.contains(VISIBLE) && !stdout.contains(&text), "{stdout}");
        triage(&["--html", path.to_str().unwrap()]);
        let page = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(page.contains(&escaped) && !page.contains(&text), "{page}");
    }
}
