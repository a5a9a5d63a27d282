//! No output contains the key, in any form and field in which a server repeats it.

use brightdata_sessions_testkit::{FakeApi, Script};
use serde_json::Value;

use crate::echo::{FORMS, KEY, json_string};
use crate::support::page::Place;
use crate::support::{bare, input};

/// Returns a session with a form of the key in every text field; `raw` is that form within a
/// string.
fn session(id: &str, form: &str, raw: &str) -> String {
    let text = json_string(form);
    let unknown = format!(r#"{text}:1,"t":{{"a":[{text}, "{raw}","\ud800 {raw}"],"{raw}":null}}"#);
    let names = ["api_name", "status", "timestamp", "target_url", "end_url", "captcha"];
    let fields = names.map(|name| format!(r#""{name}":{text}"#)).join(",");
    let error = format!(r#"{{"code":{text},"message":{text},{unknown}}}"#);
    format!(r#"{{"session_id":{},{fields},"error":{error},{unknown}}}"#, json_string(id))
}

/// Returns sessions with this form of the key in JSON strings, one for each status.
fn sessions(form: &str) -> Vec<String> {
    let is_json = serde_json::from_str::<Value>(&format!("\"{form}\"")).is_ok();
    let raw = if is_json { form.to_owned() } else { json_string(form).trim_matches('"').to_owned() };
    let session = session(&format!("id of {form}"), form, &raw);
    let ended = |status: &str| {
        session.replacen(&format!("\"status\":{}", json_string(form)), &format!("\"status\":\"{status}\""), 1)
    };
    let url = session.replace(r#""target_url":""#, r#""target_url":"https://www.example.com/?key="#);
    vec![session.clone(), ended("failed"), ended("finished"), ended("running"), url]
}

/// Returns both outputs of the program, with any exit status. Neither may contain the key.
fn outputs(fake: Option<&FakeApi>, args: &[&str], stdin: &str, form: &str) -> [String; 2] {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", KEY).args(["--retries", "0"]).args(args);
    if let Some(fake) = fake {
        command.args(["--base-url", fake.base_url().as_ref()]);
    }
    let output = command.stdin(input("redact", stdin)).output().unwrap();
    let outputs = [output.stdout, output.stderr].map(|output| String::from_utf8(output).unwrap());
    for output in &outputs {
        shows_no_key(output, form);
    }
    outputs
}

/// Asserts that an output contains the key neither unchanged nor in the encoding of the output.
fn shows_no_key(output: &str, form: &str) {
    let html = form.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    for form in [form, json_string(form).trim_matches('"'), &html, KEY] {
        assert!(!output.contains(form), "{form} is in {output}");
    }
    assert!(!output.to_ascii_lowercase().contains(KEY), "{output}");
}

fn json_lines(output: &str) -> Vec<Value> {
    output
        .lines()
        .map(|line| {
            // A lone surrogate is valid JSON, but `Value` rejects it.
            serde_json::from_str(&line.replace(r"\ud800", ""))
                .unwrap_or_else(|error| panic!("{error}: {line}"))
        })
        .collect()
}

#[test]
fn no_output_shows_the_key_in_any_form_and_field() {
    for (name, form) in FORMS {
        let form = form(KEY);
        let sessions = sessions(&form);
        let page = format!(
            r#"{{"sessions":[{}],"total":5,"pagination":{{"offset":0,"limit":100,"has_more":false}}}}"#,
            sessions
                .iter()
                .enumerate()
                .map(|(index, session)| session.replacen("id of", &format!("{index} of"), 1))
                .collect::<Vec<_>>()
                .join(",")
        );
        let fake = FakeApi::start().unwrap();
        let scripted = |body: &str| fake.script_any([Script::response(200, &[], body)]);

        for json in [false, true] {
            let run = |args: &[&str], stdin: &str| {
                let args = [args, if json { &["--json"] } else { &[] }].concat();
                let [stdout, stderr] = outputs(Some(&fake), &args, stdin, &form);
                assert!(stdout.contains("[redacted]"), "{name}: {stdout} {stderr}");
                if json { json_lines(&stdout) } else { Vec::new() }
            };
            let id = format!("id of {form}");
            scripted(&format!(r#"{{"session":{}}}"#, sessions[0]));
            let got = run(&["get", &id], "");
            if let [session] = got.as_slice() {
                assert_eq!(
                    session["t"]["a"],
                    serde_json::json!(["[redacted]", "[redacted]", " [redacted]"]),
                    "{name}"
                );
                assert_eq!(session["error"]["code"], "[redacted]");
            }
            scripted(&format!(r#"{{"session":{}}}"#, sessions[2]));
            run(&["watch", &id], "");
            scripted(&page);
            assert_eq!(run(&["list"], "").len(), if json { 5 } else { 0 });
            scripted(&page);
            run(&["triage", "--full-urls"], "");
            run(&["triage", "-", "--full-urls"], &sessions.join("\n"));
            if !json {
                scripted(&page);
                run(&["list", "--csv"], "");
                scripted(&format!(r#"{{"session":{}}}"#, sessions[0]));
                run(&["get", &id, "--csv"], "");
                run(&["triage", "-", "--full-urls", "--csv"], &sessions.join("\n"));
            }
        }
    }
}

#[test]
fn no_comparison_and_page_shows_the_key_in_any_form() {
    for (name, form) in FORMS {
        let form = form(KEY);
        let path = std::env::temp_dir().join(format!("brd-sessions-redact-{}.html", std::process::id()));
        let before = Place::new("redact-before.jsonl");
        std::fs::write(&before.0, sessions(&form).join("\n")).unwrap();
        let against = ["triage", "-", "--full-urls", "--against", before.0.to_str().unwrap()];
        for format in [&[][..], &["--json"], &["--csv"], &["--html", path.to_str().unwrap()]] {
            let args = [&against[..], format].concat();
            let [stdout, _] = outputs(None, &args, &sessions(&form).join("\n"), &form);
            assert!(stdout.contains("[redacted]") || format.contains(&"--html"), "{name}: {stdout}");
        }
        let page = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        shows_no_key(&page, &form);
        assert!(page.contains("[redacted]"), "{name}");
    }
}

#[test]
fn no_error_shows_the_key_in_any_form() {
    for (_, form) in FORMS {
        let form = form(KEY);
        let text = json_string(&form);
        let fake = FakeApi::start().unwrap();
        for json in [&[][..], &["--json"]] {
            for (status, body) in [
                (404, format!(r#"{{"error":{text},"code":{text}}}"#)),
                (401, form.clone()),
                (200, format!(r#"{{"session":{{"session_id":{}}}}}"#, json_string(&format!("x{form}")))),
                (200, format!(r#"{{"session":{{"session_id":"x","navigations":{text}}}}}"#)),
            ] {
                fake.script_any([Script::response(status, &[("x-brd-error-code", &form)], body)]);
                // With several ids, the error has the id.
                let outputs = outputs(Some(&fake), &[&["get", "-"], json].concat(), &form, &form);
                assert!(outputs.concat().contains("[redacted]"), "{outputs:?}");
            }
            let usage: [&[&str]; 4] =
                [&[&form], &["get", "x", &form, "--retries", &form], &["man", &form], &["triage", &form]];
            for args in usage {
                let [_, stderr] = outputs(None, &[args, json].concat(), "", &form);
                assert!(stderr.contains("[redacted]"), "{stderr}");
            }
            for line in [
                format!(r#"{{"session_id":"a","navigations":{text}}}"#),
                format!(r#"{{"session_id":{text},"status":1}}"#),
                form.clone(),
            ] {
                let [_, stderr] = outputs(None, &[&["triage", "-"], json].concat(), &line, &form);
                assert!(!stderr.is_empty());
            }
        }
    }
}

#[test]
fn no_report_of_doctor_shows_the_key_in_any_form() {
    for (_, form) in FORMS {
        let form = form(KEY);
        let page = format!(r#"{{"sessions":[{}],{}:1}}"#, sessions(&form)[0], json_string(&form));
        let fake = FakeApi::start().unwrap();
        for json in [&[][..], &["--json"]] {
            fake.script_any([
                Script::response(200, &[("x-request-id", &form)], &page),
                Script::response(500, &[], format!(r#"{{"error":{}}}"#, json_string(&form))),
            ]);
            let [stdout, _] = outputs(Some(&fake), &[&["doctor"], json].concat(), "", &form);
            assert!(stdout.matches("[redacted]").count() >= 2, "{stdout}");
        }
    }
}

#[test]
fn a_part_of_the_key_in_a_value_of_the_wrong_type_is_redacted() {
    let part = &KEY[1..];
    let session = format!(r#"{{"session_id":"a","navigations":"{part}"}}"#);
    for (args, body) in [
        (&["get", "a"][..], format!(r#"{{"session":{session}}}"#)),
        (&["list"], format!(r#"{{"sessions":[{session}],"total":1}}"#)),
        (&["triage", "-"], session),
    ] {
        let fake = FakeApi::start().unwrap();
        for json in [&[][..], &["--json"]] {
            fake.script_any([Script::response(200, &[], body.clone())]);
            let outputs = outputs(Some(&fake), &[args, json].concat(), &body, part);
            assert!(outputs[1].contains("[redacted]"), "{outputs:?}");
        }
    }
}

#[test]
fn a_refused_url_is_shown_without_user_and_password() {
    for (url, shown) in [
        ("https://user:secret@example.com", "https://[redacted]@example.com"),
        ("https://user:se/cr@et#@example.com", "https://[redacted]@example.com"),
        ("user:secret@example.com", "[redacted]@example.com"),
        ("https://secret@/", "https://[redacted]@/"),
    ] {
        for json in [&[][..], &["--json"]] {
            let arg = format!("--base-url={url}");
            for args in [&["get", "x", "--base-url", url][..], &[&arg, "get", "x"]] {
                let [_, stderr] = outputs(None, &[args, json].concat(), "", "secret");
                assert!(
                    stderr.contains(&format!("invalid value '{shown}' for '--base-url <URL>'")),
                    "{stderr}"
                );
            }
        }
    }
}

#[test]
fn a_url_as_a_file_name_is_shown_without_its_user_and_password() {
    for (name, shown) in [
        ("https://user:secret@no.example/x", "https://[redacted]@no.example/x"),
        ("https://secret@no.example/x", "https://[redacted]@no.example/x"),
        ("https://user:se/cr@et#secret@no.example/x", "https://[redacted]@no.example/x"),
        ("https:/user:secret@no.example/x", "[redacted]@no.example/x"),
        ("user:secret@no.example/x", "[redacted]@no.example/x"),
        ("no/user@example.json", "no/user@example.json"),
    ] {
        for json in [&[][..], &["--json"]] {
            let [_, stderr] = outputs(None, &[&["triage", name], json].concat(), "", "secret");
            assert!(stderr.contains(&format!("cannot read {shown}: ")), "{stderr}");
            let [_, stderr] =
                outputs(None, &[&["triage", "-", "--html", name], json].concat(), "[]", "secret");
            assert!(stderr.contains(&format!("cannot write the output: {shown}: ")), "{stderr}");
            for output in outputs(None, &[&["man", name], json].concat(), "", "secret") {
                assert!(!output.contains("user:"), "{output}");
            }
        }
    }
}
