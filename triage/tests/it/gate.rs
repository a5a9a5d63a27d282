//! Conditions under which a report is a failure.

use brightdata_sessions::Session;
use brightdata_sessions_triage::{Gate, GateVerdict, Report, Triage};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{report, session};

fn gate(text: &str) -> Gate {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns 100 sessions that ended, of which this many failed with a code, and 5 that run.
fn sessions(failed: u32) -> Vec<Session> {
    let one = |number: u32| {
        let status = match number {
            100.. => "running",
            _ if number < failed => "failed",
            _ => "finished",
        };
        let error = json!({"code": "no_peers", "message": ""});
        session(
            &number.to_string(),
            json!({
                "status": status, "bandwidth": 10_000_000,
                "error": if number < failed { error } else { json!(null) },
            }),
        )
    };
    (0..105).map(one).collect()
}

fn priced(failed: u32) -> Report {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    triage.extend(sessions(failed));
    triage.report()
}

#[test]
fn a_figure_above_the_limit_exceeds_it() {
    use GateVerdict::{Exceeded, Passed};
    let report = priced(7);
    for (text, verdict, reason) in [
        ("failed>7%", Passed, "failed>7%: 7.0 % of sessions failed (7 of 100 that ended)"),
        ("failed>6.999999%", Exceeded, "failed>6.999999%: 7.0 % of sessions failed (7 of 100 that ended)"),
        ("failed>6", Exceeded, "failed>6: 7.0 % of sessions failed (7 of 100 that ended)"),
        ("failed>7", Passed, "failed>7: 7.0 % of sessions failed (7 of 100 that ended)"),
        ("code:no_peers>6", Exceeded, "code:no_peers>6: 6.7 % of sessions have this code (7 of 105)"),
        ("code:no_peers>6.7%", Passed, "code:no_peers>6.7%: 6.7 % of sessions have this code (7 of 105)"),
        ("code:other>0", Passed, "code:other>0: 0.0 % of sessions have this code (0 of 105)"),
        ("traffic>1.05GB", Passed, "traffic>1.05GB: the traffic is 1.05 GB"),
        ("traffic>1049999999B", Exceeded, "traffic>1049999999B: the traffic is 1.05 GB"),
        ("cost>8.4", Passed, "cost>8.4: the cost is 8.40"),
        ("cost>8.399999", Exceeded, "cost>8.399999: the cost is 8.40"),
    ] {
        let outcome = gate(text).check(&report);
        assert_eq!((outcome.verdict, &*outcome.reason), (verdict, reason));
        assert_eq!(outcome.to_string(), reason);
    }
}

#[test]
fn a_cost_of_exactly_the_limit_does_not_exceed_it() {
    // 1.05 GB. The product of the floats is above that of the decimals.
    for (price, cost) in [(1.1, "1.155"), (3.0, "3.15"), (7.0, "7.35"), (0.1, "0.105"), (11.3, "11.865")] {
        let mut triage = Triage::new().with_price_per_gb(price).unwrap();
        triage.extend(&sessions(7));
        let check = |limit: &str| gate(&format!("cost>{limit}")).check(&triage.report()).verdict;
        let below = format!("{:.6}", cost.parse::<f64>().unwrap() - 1e-6);
        assert_eq!([check(cost), check(&below)], [GateVerdict::Passed, GateVerdict::Exceeded], "{price}");
    }
}

#[test]
fn a_condition_needs_a_minimum_of_sessions() {
    use GateVerdict::{Exceeded, TooFew};
    let few = report(sessions(100).into_iter().take(49));
    for (text, verdict, reason) in [
        (
            "failed>5%",
            TooFew,
            "failed>5%: not checked: 49 sessions ended, fewer than the minimum of 50 (n>=50)",
        ),
        ("failed>5%, n>=49", Exceeded, "failed>5%, n>=49: 100.0 % of sessions failed (49 of 49 that ended)"),
        (
            "traffic>0B",
            TooFew,
            "traffic>0B: not checked: 49 sessions reported traffic, fewer than the minimum of 50 (n>=50)",
        ),
        (
            "code:a>0",
            TooFew,
            "code:a>0: not checked: 49 sessions were reported on, fewer than the minimum of 50 (n>=50)",
        ),
    ] {
        let outcome = gate(text).check(&few);
        assert_eq!((outcome.verdict, &*outcome.reason), (verdict, reason));
    }
    let enough = report(sessions(100).into_iter().take(50));
    assert_eq!(gate("failed>5%").check(&enough).verdict, Exceeded);
}

#[test]
fn a_figure_that_is_unknown_is_not_checked() {
    let outcome = gate("cost>1").check(&report(sessions(0)));
    let reason = "cost>1: not checked: the report has no price per GB";
    assert_eq!((outcome.verdict, &*outcome.reason), (GateVerdict::Unknown, reason));
    assert!(gate("cost>1").needs_price() && !gate("traffic>1GB").needs_price());

    let many = report((0..201).map(|number| {
        session(&number.to_string(), json!({"error": {"code": format!("code{number}"), "message": ""}}))
    }));
    let outcome = gate("code:code200>0").check(&many);
    let reason = "code:code200>0: not checked: the report has too many error codes to count each of them";
    assert_eq!((outcome.verdict, &*outcome.reason), (GateVerdict::Unknown, reason));
    assert_eq!(gate("code:code0>0").check(&many).verdict, GateVerdict::Exceeded);
}

#[test]
fn a_sum_with_missing_terms_is_a_lower_bound() {
    let mut sessions = sessions(0);
    sessions[0].bandwidth = None;
    let report = report(sessions);
    let outcome = gate("traffic>1.04GB").check(&report);
    assert_eq!(
        (outcome.verdict, &*outcome.reason),
        (GateVerdict::Passed, "traffic>1.04GB: the traffic is at least 1.04 GB",)
    );
    assert_eq!(gate("traffic>1.03GB").check(&report).verdict, GateVerdict::Exceeded);
}

#[test]
fn spaces_are_dropped_and_the_rest_is_displayed() {
    for (text, displayed) in [
        (" failed > 5 % , n >= 200 ", "failed>5%, n>=200"),
        ("failed>05.50%,n>=50", "failed>5.5%"),
        ("traffic > 10 GB", "traffic>10GB"),
        ("cost>12.500000", "cost>12.5"),
        ("code: net::ERR_FAILED > 3", "code:net::ERR_FAILED>3"),
        ("code:a>b, n>=1>3, n>=50", "code:a>b, n>=1>3, n>=50"),
        ("code:a,b>3", "code:a,b>3, n>=50"),
    ] {
        assert_eq!(gate(text).to_string(), displayed, "{text}");
        assert_eq!(gate(displayed), gate(text));
    }
}

#[test]
fn an_invalid_condition_is_rejected_with_advice() {
    let figures = "failed, code:, traffic, cost";
    for (text, reason) in [
        ("", format!("expected one of {figures}, such as failed>5%")),
        (">5%", format!("expected one of {figures}, such as failed>5%")),
        ("faild>5%", "unknown figure faild, did you mean failed?".to_owned()),
        ("Failed>5%", "unknown figure Failed, did you mean failed?".to_owned()),
        ("costs>5", "unknown figure costs, did you mean cost?".to_owned()),
        ("code>5", "unknown figure code, did you mean code:?".to_owned()),
        ("no_peers>5", "unknown figure no_peers, did you mean code:no_peers?".to_owned()),
        (
            "net::ERR_FAILED>5",
            "unknown figure net::ERR_FAILED, did you mean code:net::ERR_FAILED?".to_owned(),
        ),
        ("zzz>5", format!("unknown figure zzz, expected one of {figures}")),
        ("failed", "expected > and a limit after failed, such as failed>5%".to_owned()),
        ("failed<5%", "expected > and a limit after failed, such as failed>5%".to_owned()),
        ("traffic=5", "expected > and a limit after traffic, such as traffic>10GB".to_owned()),
        ("code:>5", "expected an error code after code:".to_owned()),
        ("code:x", "expected > and a limit after the code, such as code:no_peers>10".to_owned()),
        (
            "failed>=5",
            "expected a number of sessions or a share, such as 20 or 5%; the operator is >, not >="
                .to_owned(),
        ),
        ("failed>0.5", "expected a number of sessions or a share, such as 20 or 5%".to_owned()),
        ("failed>-1", "expected a number of sessions or a share, such as 20 or 5%".to_owned()),
        (
            "failed>100%",
            "expected a share from 0% to below 100%, with up to 6 decimals, found 100%".to_owned(),
        ),
        (
            "failed>1.0000001%",
            "expected a share from 0% to below 100%, with up to 6 decimals, found 1.0000001%".to_owned(),
        ),
        ("failed>5%, n>5", "expected a minimum of 1 or more after the comma, such as n>=50".to_owned()),
        ("failed>5%, n>=0", "expected a minimum of 1 or more after the comma, such as n>=50".to_owned()),
        ("traffic>10", "expected a unit after the amount: B, kB, MB, GB or TB".to_owned()),
        ("traffic>GB", "expected an amount with a unit, such as traffic>10GB".to_owned()),
        ("traffic>10gb", "unknown unit gb, did you mean GB? (B, kB, MB, GB or TB)".to_owned()),
        ("traffic>10EB", "unknown unit EB (B, kB, MB, GB or TB)".to_owned()),
        ("cost>$5", "expected an amount, such as cost>12.50".to_owned()),
        ("cost>1e3", "expected an amount, such as cost>12.50".to_owned()),
        ("cost>1234567890123", "expected an amount, such as cost>12.50".to_owned()),
    ] {
        let error = text.parse::<Gate>().unwrap_err();
        assert_eq!(error.to_string(), format!("invalid condition: {reason}"), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_without_a_panic(text in any::<String>(), figure in "(failed|code:|traffic|cost)?", rest in "[>=,n% .0-9a-zA-Z:]{0,12}") {
        for text in [text.clone(), format!("{figure}{rest}"), format!("{figure}{text}{rest}")] {
            if let Ok(gate) = text.parse::<Gate>() {
                prop_assert_eq!(&gate.to_string().parse::<Gate>().unwrap(), &gate);
                let _ = gate.check(&Triage::new().report());
            }
        }
    }

    #[test]
    fn any_condition_round_trips(code in "\\PC{0,20}", limit in 0..1_000_000_000_000_u64, decimals in 0..1_000_000_u32, n in 1..1000_u64) {
        let code = code.trim();
        let code = if code.is_empty() { "c" } else { code };
        for text in [
            format!("failed>{limit}, n>={n}"),
            format!("failed>{}.{decimals:06}%", limit % 100),
            format!("code:{code}>{limit}, n>={n}"),
            format!("code:{code}>{}%, n>={n}", limit % 100),
            format!("traffic>{limit}.{decimals:06}TB"),
            format!("cost>{limit}.{decimals:06}, n>={n}"),
        ] {
            let gate: Gate = text.parse().unwrap();
            prop_assert_eq!(&gate.to_string().parse::<Gate>().unwrap(), &gate);
        }
    }
}
