//! `Debug` is short.

use brightdata_sessions_triage::Triage;

#[test]
fn debug_of_a_triage_is_short_after_5000_sessions() {
    let mut triage = Triage::new();
    for index in 0..5000 {
        let json = format!(
            r#"{{"session_id":"s{index}","api_name":"zone{index}","status":"failed","target_url":"https://{index}.com","error":{{"code":"c{index}","message":"m"}}}}"#
        );
        triage.add(&serde_json::from_str(&json).unwrap());
    }
    assert_eq!(format!("{triage:?}"), "Triage { sessions: 5000, .. }");
}
