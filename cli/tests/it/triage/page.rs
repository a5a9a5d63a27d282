//! The content of the page that `triage` writes for browsers.

use std::path::Path;
use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use serde_json::json;

use crate::support::page::{
    POLICY, Place, bars, between, figures_are_those_of, hostile, nothing_is_markup, outliers, page, sessions,
    text,
};
use crate::support::{bare, input, run};

#[test]
fn the_summary_and_the_path_of_the_page_are_printed() {
    let place = Place::new("person.html");
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--html"]).arg(&place.0));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let (summary, rest) = stdout.split_once('\n').unwrap();
    assert_eq!(rest, format!("\npage written to {}\n", place.0.display()));
    assert_eq!(text(&place.read(), "verdict"), summary);
}

#[test]
fn a_page_can_go_to_standard_output_alone() {
    let place = Place::new("stdout.html");
    let (status, _, _) =
        run(bare().args(["triage", "-", "--html"]).arg(&place.0).stdin(input("a", sessions(9))));
    let (_, stdout, stderr) = run(bare().args(["triage", "-", "--html", "-"]).stdin(input("b", sessions(9))));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(stdout, place.read());
    assert!(!Path::new("-").exists());
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--json", "--html", "-"]));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the argument '--json' cannot be used with '--html -'"), "{stderr}");
}

#[test]
fn a_page_has_no_references_and_no_scripts() {
    let (place, _) = page("alone", &sessions(200), &["--price-per-gb", "8"]);
    let html = place.read();
    for word in ["<script", "<link", "<img", "<a ", " src=", " href=", "@import", "@font-face", " onload="] {
        assert!(!html.contains(word), "{word}");
    }
    // Patterns of the page itself.
    assert_eq!(html.matches("url(").count(), html.matches("url(#").count());
    assert!(html.contains(POLICY));
}

#[test]
fn the_figures_of_the_page_are_those_of_the_report() {
    let (place, report) = page("figures", &sessions(2000), &["--price-per-gb", "8"]);
    figures_are_those_of(&place.read(), &report);
}

#[test]
fn the_parts_that_a_chart_omits_are_listed_below_it() {
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
        "Not drawn: other domains (488); sessions on domains that are not counted separately (250); \
         sessions without a domain (1)."
    );
    assert_eq!(
        text(&html, "codes-rest"),
        "Not drawn: other codes (188); sessions with codes that are not counted separately (550); \
         sessions with an error without a code (1)."
    );

    // Retained, but too old for the chart.
    let started = |start| format!("{{\"session_id\":\"{start}\",\"timestamp\":\"{start}\"}}\n");
    let (place, report) =
        page("apart", &["2025-01-01T00:00:00Z", "2025-02-03T08:00:00Z"].map(started).concat(), &[]);
    assert_eq!(text(&place.read(), "hours-rest"), "Not drawn: sessions that started before these hours (1).");
    assert_eq!(report["hours_beyond"], 0);

    // Complete charts have no such list.
    let (place, _) = page("all-drawn", lines.lines().next().unwrap(), &[]);
    assert!(!place.read().contains("Not drawn"));
}

#[test]
fn codes_of_running_sessions_are_shown_as_not_failed() {
    let (place, _) =
        page("legend", "{\"session_id\":\"a\",\"status\":\"running\",\"error\":{\"code\":\"x\"}}\n", &[]);
    let html = place.read();
    let legend = between(&html, "<h3>Error codes</h3>", "<ul");
    let keys: Vec<_> = legend.split("</svg>").skip(1).map(|key| key.split('<').next().unwrap()).collect();
    assert_eq!(keys, ["failed", "not failed"]);
    assert!(between(&html, "id=\"codes\">", "</ul>").contains("<title>1 not failed</title>"), "{html}");
}

#[test]
fn values_of_sessions_are_escaped_and_redacted() {
    let (place, _) = page("hostile", &hostile(), &[]);
    nothing_is_markup(&place.read());
    assert!(!place.read().contains("token="));
    let (place, _) = page("hostile-full", &hostile(), &["--full-urls"]);
    nothing_is_markup(&place.read());
    assert!(place.read().contains("?token=[redacted]"));
}

#[test]
fn pages_without_sessions_or_values_are_complete() {
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
fn incomplete_traffic_is_unknown_or_a_lower_bound() {
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
fn a_start_far_in_the_future_is_not_drawn() {
    let started = |start: &str| format!("{{\"session_id\":\"{start}\",\"timestamp\":\"{start}\"}}\n");
    let starts = ["2025-12-16T18:00:00Z", "2025-12-16T19:00:00Z", "2099-01-01T00:00:00Z"];
    let (place, _) = page("future", &starts.map(started).concat(), &[]);
    let html = place.read();
    assert_eq!(bars(&html, "hours"), [("other".to_owned(), 1), ("other".to_owned(), 1)]);
    assert_eq!(text(&html, "hours-rest"), "Not drawn: sessions that started after these hours (1).");
}

#[test]
fn a_row_without_a_name_differs_from_all_names() {
    let zone = |id: &str, name: Option<&str>| json!({"session_id": id, "api_name": name}).to_string() + "\n";
    let (place, _) = page("row", &[zone("a", None), zone("b", Some("not reported"))].concat(), &[]);
    let html = place.read();
    assert_eq!(html.matches("<em>not reported</em>").count(), 2, "{html}");
    assert_eq!(html.matches(">not reported<").count(), 3, "{html}");
}

#[test]
fn traffic_at_the_maximum_has_no_share() {
    let session =
        |status| format!(r#"{{"session_id":"{status}","status":"{status}","bandwidth":{}}}"#, u64::MAX);
    let (place, _) = page("maximum", &[session("failed"), session("finished")].join("\n"), &[]);
    let html = place.read();
    assert!(html.contains("too large for a share"), "{html}");
    // The share of the only failed session in its pattern.
    assert_eq!(html.matches("100.0 %").count(), 1, "{html}");
}

#[test]
fn findings_beyond_six_of_a_kind_are_rows() {
    for (domains, cards, rows, summary) in [
        (6, 6, 0, None),
        (7, 6, 1, Some("1 more domain with unusual traffic")),
        (495, 6, 489, Some("489 more domains with unusual traffic")),
    ] {
        let (place, report) =
            page(&format!("outliers-{domains}"), &outliers(domains), &["--price-per-gb", "8"]);
        let html = place.read();
        let kind = "data-kind=\"bandwidth_outlier\"";
        assert_eq!(html.matches(&format!("<article class=\"card finding\" {kind}")).count(), cards);
        assert_eq!(html.matches(&format!("<tr {kind}")).count(), rows);
        let summaries = html.split("<summary>").skip(1).map(|part| part.split('<').next().unwrap());
        let summaries: Vec<_> = summaries.filter(|summary| *summary != "Sessions").collect();
        assert_eq!(summaries, summary.into_iter().collect::<Vec<_>>());
        for finding in report["findings"].as_array().unwrap() {
            assert!(html.contains(&format!(">{}<", finding["title"].as_str().unwrap())), "{finding}");
            let id = finding["evidence"][0]["session_id"].as_str().unwrap();
            assert!(html.contains(&format!(">{id}</bdi></code>")), "{finding}");
        }
    }
}
