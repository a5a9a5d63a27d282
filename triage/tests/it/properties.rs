//! Properties of a report on any sessions.

use std::time::SystemTime;

use brightdata_sessions_triage::{Diagnosis, redact_url, registrable_domain};
use proptest::prelude::*;

use crate::support::any::{any_sessions, any_url, triage};
use crate::support::{report_is_consistent, sums};

proptest! {
    // Up to 150 sessions per case, enough for estimated medians.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_report_is_consistent(sessions in any_sessions()) {
        let mut triage = triage();
        triage.extend(&sessions);
        report_is_consistent(&triage.report());
        let lines: Vec<_> = sessions.iter().map(|session| serde_json::to_string(session).unwrap()).collect();
        sums::check(lines.join("\n").as_bytes());
    }

    #[test]
    fn any_order_gives_the_same_report(sessions in any_sessions(), keys in proptest::collection::vec(any::<u32>(), 150)) {
        let mut order: Vec<_> = (0..sessions.len()).collect();
        order.sort_by_key(|&place| keys[place]);
        let (mut one, mut other) = (triage(), triage());
        one.extend(&sessions);
        other.extend(order.iter().map(|&place| &sessions[place]));
        prop_assert_eq!(one.report(), other.report());
    }

    #[test]
    fn any_diagnosis_has_hints_and_is_safe_to_display(sessions in any_sessions()) {
        for session in &sessions {
            let text = Diagnosis::of(session, Some(SystemTime::UNIX_EPOCH)).to_string();
            prop_assert!(text.lines().count() >= 2 && text.lines().count() % 2 == 0, "{}", text);
            prop_assert!(brightdata_sessions::Escaped(&text).chars().all(|(c, needs_escape)| !needs_escape || c == '\n'), "{:?}", text);
        }
    }

    #[test]
    fn any_text_is_redacted_as_a_url_without_a_panic(text in any::<String>(), url in any_url()) {
        for text in [&text, &url] {
            let bare = redact_url(text);
            if let Some(found) = registrable_domain(text) {
                prop_assert!(!found.is_empty() && found.is_ascii() && !found.contains(char::is_whitespace));
                prop_assert_eq!(registrable_domain(&bare), Some(found));
            }
            prop_assert!(!bare.contains(['?', '#']));
            if let Ok(parsed) = url::Url::parse(&bare) {
                prop_assert_eq!((parsed.username(), parsed.password()), ("", None));
            }
            prop_assert_eq!(redact_url(&bare), bare);
        }
    }
}

/// The seeds of the fuzz target, which the package lacks.
#[test]
#[allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the seeds are files, and are named")]
fn each_seed_gives_the_sums_of_its_sessions() {
    let mut count = 0;
    for folder in ["seeds", "regressions"] {
        let path = format!("{}/../fuzz/{folder}/triage", env!("CARGO_MANIFEST_DIR"));
        for file in std::fs::read_dir(path).into_iter().flatten() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            sums::check(&std::fs::read(path).unwrap());
            count += 1;
        }
    }
    // Only a package lacks the folder of the fuzzers, and contains its original manifest.
    let is_packaged = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml.orig").exists();
    assert!(count > 0 || is_packaged);
}
