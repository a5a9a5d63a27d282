//! The page that `triage` writes for browsers, as it is written and as a browser sees it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use brightdata_sessions_testkit::generate;
use serde_json::{Value, json};

use crate::program::{KEY, bare, input, run};

/// A place for a page, gone when the test is.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("brd-sessions-{}-{name}", std::process::id())))
    }

    fn read(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The page and the report of these sessions, of one run.
fn page(name: &str, lines: &str, args: &[&str]) -> (Place, Value) {
    let place = Place::new(&format!("{name}.html"));
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", KEY).args(["triage", "-", "--json", "--html"]).arg(&place.0).args(args);
    let (status, stdout, stderr) = run(command.stdin(input(name, lines)));
    assert_eq!((status, stderr.as_str()), (0, ""));
    (place, serde_json::from_str(&stdout).unwrap())
}

fn sessions(count: usize) -> String {
    generate(1, count).iter().map(|session| serde_json::to_string(session).unwrap() + "\n").collect()
}

fn hostile() -> String {
    let markup = r#"</title></style><script>alert(1)</script><img src=x onerror=alert(1)>"#;
    let session = |number: u32| {
        json!({
            "session_id": format!("{number}\"><svg onload=alert(1)>{KEY}"), "status": "failed", "duration": 99.5,
            "timestamp": "2025-12-16T18:53:41Z", "api_name": format!("<b>{markup}</b>\u{202e}"), "bandwidth": 20_000_000,
            "target_url": format!("https://a.example/'\"{markup}?token={KEY}"), "end_url": "javascript:alert(1)",
            "error": {"code": format!("{markup}\u{1b}[31m&lt;"), "message": format!("--> {markup} {KEY}")},
        })
        .to_string()
            + "\n"
    };
    (0..3).map(session).collect()
}

/// What a browser makes of a page, and what it said to its console; `None`, and said so, where there is no browser.
fn browse(page: &Path) -> Option<(String, Vec<String>)> {
    let profile = Place::new(&format!("{}-profile", page.file_name().unwrap().to_str().unwrap()));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.0.display()))
        .arg(format!("file://{}", page.display()))
        .output();
    match output {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            let console = said.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
            Some((String::from_utf8(output.stdout).unwrap(), console))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Not by `eprintln!`, which the harness keeps to itself when a test passes.
            let _ =
                writeln!(std::io::stderr(), "skipped: there is no chromium here to look at the page with");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The text of the element with this id, which has no elements in it.
fn text<'a>(html: &'a str, id: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("there is no {id}"));
    rest.split('<').next().unwrap()
}

/// The class and the value of each bar in the chart with this id.
fn bars(html: &str, id: &str) -> Vec<(String, u64)> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("there is no {id}"));
    // The next chart begins with the title of its card.
    let chart = rest.split("<h3>").next().unwrap();
    let attribute = |bar: &str, name: &str| {
        bar.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().to_owned()
    };
    let bars = chart.split("<rect ").skip(1);
    bars.map(|bar| (attribute(bar, "class"), attribute(bar, "data-value").parse().unwrap())).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Parts that are none have no bar.
fn parts<const N: usize>(
    values: &[Value],
    part: impl Fn(&Value) -> [(&'static str, u64); N],
) -> Vec<(String, u64)> {
    let parts = values.iter().flat_map(part).filter(|(_, value)| *value > 0);
    parts.map(|(class, value)| (class.to_owned(), value)).collect()
}

fn figures_are_those_of(html: &str, report: &Value) {
    assert_eq!(text(html, "verdict"), report["verdict"]);
    assert_eq!(text(html, "sessions"), report["sessions"].to_string());
    assert_eq!(text(html, "failed"), report["statuses"]["failed"].to_string());
    let gigabytes = |value: &Value| format!("{:.2} GB", number(value) as f64 / 1e9);
    assert_eq!(text(html, "traffic"), gigabytes(&report["total"]["bandwidth"]));
    let megabytes = number(&report["total"]["failed_bandwidth"]) as f64 / 1e6;
    assert_eq!(text(html, "spent"), format!("{megabytes:.1} MB"));
    let rate = report["captcha_solve_rate"].as_f64().unwrap() * 100.0;
    assert_eq!(text(html, "captchas"), format!("{rate:.1} %"));

    let list = |value: &Value| value.as_array().unwrap().clone();
    let hours = parts(&list(&report["hours"]), |hour| {
        let other = number(&hour["other"]) + number(&hour["missing"]);
        let [failed, finished, running] = ["failed", "finished", "running"].map(|name| number(&hour[name]));
        [("failed", failed), ("fine", finished), ("running", running), ("other", other)]
    });
    assert_eq!(bars(html, "hours"), hours);
    let fine = |whole: &Value, failed: &Value| number(whole) - number(failed);
    let domains = parts(&list(&report["domains"]["groups"]), |domain| {
        let (bytes, failed) = (&domain["bandwidth"], &domain["failed_bandwidth"]);
        [("fine", fine(bytes, failed)), ("failed", number(failed))]
    });
    assert_eq!(bars(html, "domains"), domains);
    let durations = parts(&list(&report["durations"]["bins"]), |bin| {
        [("fine", fine(&bin["sessions"], &bin["failed"])), ("failed", number(&bin["failed"]))]
    });
    assert_eq!(bars(html, "durations"), durations);
    let codes = parts(&list(&report["errors"]["codes"]), |code| {
        [("failed", number(&code["failed"])), ("fine", fine(&code["sessions"], &code["failed"]))]
    });
    assert_eq!(bars(html, "codes"), codes);

    let findings: Vec<_> = html
        .split("data-kind=\"")
        .skip(1)
        .map(|rest| rest.split("\" data-sessions=\"").map(|part| part.split('"').next().unwrap().to_owned()))
        .map(|mut parts| (parts.next().unwrap(), parts.next().unwrap()))
        .collect();
    let told: Vec<_> = list(&report["findings"])
        .iter()
        .map(|finding| (finding["kind"].as_str().unwrap().to_owned(), finding["sessions"].to_string()))
        .collect();
    assert_eq!(findings, told);
}

/// Whatever came in is text.
fn nothing_is_markup(html: &str) {
    for tag in ["<script", "<img", "<b>&lt;", "<svg onload", "<a ", "<link", "<iframe"] {
        assert!(!html.contains(tag), "{tag} in {html}");
    }
    assert!(html.contains("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    assert!(html.contains("→ javascript:alert(1)"), "{html}");
    assert!(html.contains(r"\u{1b}[31m&amp;lt;"), "{html}");
    assert!(html.contains(r"&lt;/b&gt;\u{202e}"), "{html}");
    assert!(!html.contains(KEY) && html.contains("[redacted]"), "{html}");
}

#[test]
fn for_a_person_the_verdict_is_printed_and_where_the_page_is() {
    let place = Place::new("person.html");
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--html"]).arg(&place.0));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let (verdict, rest) = stdout.split_once('\n').unwrap();
    assert_eq!(rest, format!("\nthe page is in {}\n", place.0.display()));
    assert_eq!(text(&place.read(), "verdict"), verdict);
}

#[test]
fn a_page_refers_to_nothing_and_runs_nothing() {
    let (place, _) = page("alone", &sessions(200), &["--price-per-gb", "8"]);
    let html = place.read();
    for word in
        ["<script", "<link", "<img", "<a ", " src=", " href=", "url(", "@import", "@font-face", " onload="]
    {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    assert!(html.contains("prefers-color-scheme: dark") && html.contains("@media print"));
}

#[test]
fn the_figures_of_the_page_are_those_of_the_report() {
    let (place, report) = page("figures", &sessions(2000), &["--price-per-gb", "8"]);
    figures_are_those_of(&place.read(), &report);
}

#[test]
fn what_a_chart_does_not_draw_is_told_beside_it() {
    let hour = Duration::from_secs(3600);
    let lines: String = (0..750_u32)
        .map(|number| {
            let start = Timestamp::try_from(SystemTime::UNIX_EPOCH + hour * number).unwrap();
            let fields = json!({
                "session_id": number.to_string(), "status": "failed", "timestamp": start,
                "target_url": format!("https://domain{number}.example/"), "error": {"code": format!("code{number}")},
            });
            format!("{fields}\n")
        })
        .chain(["{\"session_id\":\"a\",\"error\":{\"message\":\"no code\"}}\n".to_owned()])
        .collect();
    let (place, report) = page("beyond", &lines, &[]);
    let html = place.read();
    assert_eq!(text(&html, "hours-rest"), "Not drawn: sessions that started before these hours (6).");
    assert_eq!(report["hours_beyond"], 6);
    assert_eq!(
        text(&html, "domains-rest"),
        "Not drawn: other domains (488); sessions on domains beyond those told apart (250); \
         sessions that tell no domain (1)."
    );
    assert_eq!(
        text(&html, "codes-rest"),
        "Not drawn: other codes (188); sessions with codes beyond those told apart (550); \
         sessions with an error that has no code (1)."
    );

    // Kept, but too long ago for the chart.
    let started = |start| format!("{{\"session_id\":\"{start}\",\"timestamp\":\"{start}\"}}\n");
    let (place, report) =
        page("apart", &["2025-01-01T00:00:00Z", "2025-02-03T08:00:00Z"].map(started).concat(), &[]);
    assert_eq!(text(&place.read(), "hours-rest"), "Not drawn: sessions that started before these hours (1).");
    assert_eq!(report["hours_beyond"], 0);

    // What is all drawn has nothing beside it.
    let (place, _) = page("all-drawn", lines.lines().next().unwrap(), &[]);
    assert!(!place.read().contains("Not drawn"));
}

#[test]
fn an_error_code_of_a_session_that_runs_is_not_said_to_be_of_a_finished_one() {
    let (place, _) =
        page("legend", "{\"session_id\":\"a\",\"status\":\"running\",\"error\":{\"code\":\"x\"}}\n", &[]);
    let html = place.read();
    let (_, chart) = html.split_once("<h3>Error codes</h3>").unwrap();
    let legend =
        r#"<p class="legend"><span class="failed">failed</span><span class="fine">not failed</span></p>"#;
    assert_eq!(chart.split_once("<div").unwrap().0, legend);
    assert!(chart.contains("<title>1 not failed</title>"), "{chart}");
}

#[test]
fn what_sessions_hold_is_text_and_the_key_is_not_in_it() {
    let (place, _) = page("hostile", &hostile(), &[]);
    nothing_is_markup(&place.read());
    assert!(!place.read().contains("token="));
    let (place, _) = page("hostile-full", &hostile(), &["--full-urls"]);
    nothing_is_markup(&place.read());
    assert!(place.read().contains("?token=[redacted]"));
}

#[test]
fn pages_of_nothing_and_of_nulls_are_pages() {
    for (name, lines) in [("nothing", String::new()), ("nulls", "{\"session_id\":\"a\"}\n".repeat(3))] {
        let (place, report) = page(name, &lines, &["--price-per-gb", "8"]);
        let html = place.read();
        assert_eq!(text(&html, "sessions"), report["sessions"].to_string());
        for word in ["NaN", "inf", "null"] {
            assert!(
                !html.contains(&format!(">{word}")) && !html.contains(&format!("\"{word}")),
                "{word}: {html}"
            );
        }
    }
}

#[test]
fn traffic_is_unknown_or_at_least_what_is_reported() {
    let line = |id: &str, zone: &str, bytes: Option<u64>| {
        json!({"session_id": id, "status": "failed", "api_name": zone, "bandwidth": bytes, "error": {"code": "E1"}})
            .to_string()
            + "\n"
    };
    let (place, _) = page("unknown", &line("a", "z", None), &["--price-per-gb", "8"]);
    let html = place.read();
    assert_eq!([text(&html, "traffic"), text(&html, "spent")], ["unknown", "unknown"]);
    assert!(!html.contains(">0 B") && !html.contains(">0.00") && !html.contains("costs"), "{html}");

    let lines = [line("a", "y", Some(2_000_000_000)), line("b", "y", None), line("c", "z", None)].concat();
    let (place, _) = page("at-least", &lines, &["--price-per-gb", "8"]);
    let html = place.read();
    assert_eq!([text(&html, "traffic"), text(&html, "spent")], ["at least 2.00 GB"; 2]);
    assert!(html.contains("costs at least 16.00"), "{html}");
    let (_, zones) = html.split_once("id=\"zones\"").unwrap();
    let row = |values: [&str; 3]| {
        values.iter().map(|value| format!("<td class=\"number\">{value}</td>")).collect::<String>()
    };
    for values in [["at least 2.00 GB", "at least 2.00 GB", "at least 16.00"], ["unknown"; 3]] {
        assert!(zones.contains(&row(values)), "{zones}");
    }
}

#[test]
fn a_start_far_in_the_future_is_counted_beside_the_chart() {
    let started = |start: &str| format!("{{\"session_id\":\"{start}\",\"timestamp\":\"{start}\"}}\n");
    let starts = ["2025-12-16T18:00:00Z", "2025-12-16T19:00:00Z", "2099-01-01T00:00:00Z"];
    let (place, _) = page("future", &starts.map(started).concat(), &[]);
    let html = place.read();
    assert_eq!(bars(&html, "hours"), [("other".to_owned(), 1), ("other".to_owned(), 1)]);
    assert_eq!(text(&html, "hours-rest"), "Not drawn: sessions that started after these hours (1).");
}

#[test]
fn a_row_without_a_name_is_set_apart_from_all_names() {
    let zone = |id: &str, name: Option<&str>| json!({"session_id": id, "api_name": name}).to_string() + "\n";
    let (place, _) = page("row", &[zone("a", None), zone("b", Some("not reported"))].concat(), &[]);
    let html = place.read();
    assert_eq!(html.matches("<em>not reported</em>").count(), 2, "{html}");
    assert_eq!(html.matches(">not reported<").count(), 3, "{html}");
}

#[test]
fn a_page_that_cannot_be_written_is_named() {
    let (status, _, stderr) = run(bare().args(["--demo", "triage", "--html", "no/such/folder/page.html"]));
    assert_eq!(status, 74);
    assert!(stderr.contains("cannot write the output: no/such/folder/page.html: "), "{stderr}");
}

/// A folder that is gone when the test is.
fn folder(name: &str) -> Place {
    let place = Place::new(name);
    std::fs::create_dir(&place.0).unwrap();
    place
}

#[test]
fn a_page_never_replaces_its_own_input() {
    let folder = folder("own-input");
    let file = folder.0.join("sessions.jsonl");
    let lines = sessions(3);
    std::fs::write(&file, &lines).unwrap();
    let other_name = folder.0.join("hard-link");
    std::fs::hard_link(&file, &other_name).unwrap();
    let other_way = folder.0.join(".").join("..").join(folder.0.file_name().unwrap()).join("sessions.jsonl");
    for target in [&file, &other_name, &other_way] {
        for from_stdin in [false, true] {
            let mut command = bare();
            command
                .args(["triage", if from_stdin { "-" } else { file.to_str().unwrap() }, "--html"])
                .arg(target);
            if from_stdin {
                command.stdin(std::fs::File::open(&file).unwrap());
            }
            let refused = run(&mut command);
            let message = format!("brd-sessions: cannot write to {}: it is the input\n", target.display());
            assert_eq!(refused, (2, String::new(), message));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), lines);
        }
    }
}

#[test]
fn a_page_replaces_a_regular_file_and_nothing_else() {
    let folder = folder("targets");
    let page = folder.0.join("page.html");
    std::fs::write(&page, "old").unwrap();
    let other_name = folder.0.join("hard-link");
    std::fs::hard_link(&page, &other_name).unwrap();
    let write = |target: &Path| run(bare().args(["--demo", "triage", "--html"]).arg(target));
    assert_eq!(write(&page).0, 0);
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
    // The file itself is a new one.
    assert_eq!(std::fs::read_to_string(&other_name).unwrap(), "old");

    let (status, stdout, stderr) = write(&folder.0);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.ends_with(": it is not a regular file\n"), "{stderr}");
    // No temporary file is left.
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_page_is_private_and_not_written_through_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = folder("private");
    let (page, link) = (folder.0.join("page.html"), folder.0.join("link.html"));
    let write = |target: &Path| run(bare().args(["--demo", "triage", "--html"]).arg(target));
    symlink(&page, &link).unwrap();
    for _ in 0..2 {
        let (status, _, stderr) = write(&link);
        assert_eq!(status, 2);
        assert!(stderr.ends_with("link.html: it is a link\n"), "{stderr}");
        write(&page);
        assert_eq!(std::fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_new_file_is_an_error() {
    // `/proc/self` has files that can be read, and takes no new ones.
    let (status, _, stderr) = run(bare().args(["--demo", "triage", "--html", "/proc/self/status"]));
    assert_eq!(status, 74);
    assert!(stderr.starts_with("brd-sessions: cannot write the output: /proc/self/status: "), "{stderr}");
}

#[test]
fn a_browser_shows_the_same_and_has_nothing_to_complain_about() {
    // What is in the console is seen at all.
    let control = Place::new("control.html");
    std::fs::write(&control.0, "<!DOCTYPE html><script>console.error('seen'); no_such_thing()</script>")
        .unwrap();
    let Some((_, console)) = browse(&control.0) else { return };
    assert_eq!(console.len(), 2, "{console:?}");

    let (place, report) = page("browser", &sessions(2000), &["--price-per-gb", "8"]);
    let (dom, console) = browse(&place.0).unwrap();
    assert_eq!(console, [""; 0]);
    figures_are_those_of(&dom, &report);

    let (place, _) = page("browser-hostile", &hostile(), &["--full-urls"]);
    let (dom, console) = browse(&place.0).unwrap();
    assert_eq!(console, [""; 0]);
    nothing_is_markup(&dom);
}
