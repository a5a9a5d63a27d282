//! Getting the id of a session from the browser.

use brightdata_sessions::cdp::{CommandError, SessionIdCommand, SessionIdResult};
use serde_json::{Value, json};

const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

/// Parses a message. Returns `None` for another message, else the id or the error.
fn read(command: &SessionIdCommand, message: &str) -> Option<Result<String, String>> {
    command.parse(message).map(|answer| answer.map(|id| id.to_string()).map_err(|error| error.to_string()))
}

#[test]
fn a_command_has_the_documented_message() {
    assert_eq!(SessionIdCommand::new(1).message(), r#"{"id":1,"method":"Browser.getSessionId"}"#);
    assert_eq!(
        SessionIdCommand::new(u64::MAX).via_target("CDP \"1\"").message(),
        r#"{"id":18446744073709551615,"method":"Browser.getSessionId","sessionId":"CDP \"1\""}"#
    );
}

#[test]
fn only_the_response_to_the_command_is_parsed() {
    let command = SessionIdCommand::new(7);
    let good = format!(r#"{{"id":7,"result":{{"sessionId":"{ID}"}}}}"#);
    assert_eq!(read(&command, &good), Some(Ok(ID.into())));
    let others = [
        r#"{"method":"Target.targetCreated","params":{"id":7}}"#,
        r#"{"id":8,"result":{"sessionId":"another"}}"#,
        r#"{"id":"7","result":{"sessionId":"another"}}"#,
        r#"{"id":-7,"error":{"code":1,"message":"x"}}"#,
        r#"{"id":7,"sessionId":"an attached target","result":{"sessionId":"another"}}"#,
        r#"{"result":{"sessionId":"another"}}"#,
        r#"[{"id":7,"result":{"sessionId":"another"}}]"#,
        "",
        "null",
        "7",
        "{",
        "no JSON",
        "{\"id\":7,\"result\":{\"sessionId\":\"cut",
    ];
    for other in others {
        assert_eq!(read(&command, other), None, "{other}");
    }
}

#[test]
fn a_response_via_a_target_names_its_session() {
    let command = SessionIdCommand::new(1).via_target("T");
    let frame = |target: &str| format!(r#"{{"id":1,{target}"result":{{"sessionId":"{ID}"}}}}"#);
    assert_eq!(read(&command, &frame(r#""sessionId":"T","#)), Some(Ok(ID.into())));
    assert_eq!(read(&command, &frame(r#""sessionId":"U","#)), None);
    assert_eq!(read(&command, &frame("")), None);
}

#[test]
fn a_refusal_is_typed_and_safe_to_display() {
    let command = SessionIdCommand::new(1);
    let message =
        r#"{"id":1,"error":{"code":-32601,"message":"'Browser.getSessionId' wasn't found\u001b[0m"}}"#;
    let error = command.parse(message).unwrap().unwrap_err();
    assert!(matches!(&error, CommandError::Refused { code: -32601, .. }));
    let shown = r"the browser refused the command: 'Browser.getSessionId' wasn't found\u{1b}[0m (-32601)";
    assert_eq!(error.to_string(), shown);
    let long = format!(r#"{{"id":1,"error":{{"message":"{}"}}}}"#, "x".repeat(10_000));
    assert!(command.parse(&long).unwrap().unwrap_err().to_string().len() < 400);
}

#[test]
fn a_response_without_an_id_is_malformed() {
    let command = SessionIdCommand::new(1);
    for rest in
        ["", r#","result":{}"#, r#","result":null"#, r#","result":{"sessionId":7}"#, r#","result":"x""#]
    {
        let error = command.parse(&format!(r#"{{"id":1{rest}}}"#)).unwrap().unwrap_err();
        assert_eq!(error, CommandError::Malformed, "{rest}");
        assert_eq!(error.to_string(), "the browser's response is malformed");
    }
    let error = command.parse(r#"{"id":1,"result":{"sessionId":".."}}"#).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid session id: `.` and `..` are not allowed, because they change the path"
    );
}

/// Reads a result in both ways, and returns the id or the errors.
fn result(json: &str) -> (Result<String, String>, Result<String, String>) {
    let id = |result: SessionIdResult| result.session_id.to_string();
    let value: Value = serde_json::from_str(json).unwrap();
    (
        serde_json::from_str(json).map(id).map_err(|error| error.to_string()),
        SessionIdResult::try_from(value).map(id).map_err(|error| error.to_string()),
    )
}

#[test]
fn a_result_has_an_id_and_tolerates_other_members() {
    let table = [
        format!(r#"{{"sessionId":"{ID}"}}"#),
        format!(r#"{{"a":[{{"sessionId":7}}],"session\u0049d":"{ID}","sessionid":null}}"#),
    ];
    for json in table {
        assert_eq!(result(&json), (Ok(ID.into()), Ok(ID.into())), "{json}");
    }
    let value = json!({"sessionId": ID});
    assert_eq!(serde_json::from_value::<SessionIdResult>(value.clone()).unwrap().session_id.as_str(), ID);
    let twice = format!(r#"{{"sessionId":"{ID}","sessionId":"{ID}"}}"#);
    let error = serde_json::from_str::<SessionIdResult>(&twice).unwrap_err();
    assert!(error.to_string().starts_with("duplicate field `sessionId`"), "{error}");
}

#[test]
fn a_result_without_a_valid_id_is_an_error() {
    let malformed = "the browser's response is malformed";
    let invalid = "invalid session id: `.` and `..` are not allowed, because they change the path";
    let table = [
        ("{}", "missing field `sessionId`", malformed),
        (r#"{"sessionId":null}"#, "missing field `sessionId`", malformed),
        (r#"{"sessionId":7}"#, "invalid type: integer `7`, expected a string", malformed),
        (r#"{"sessionId":".."}"#, invalid, invalid),
        ("[]", "invalid type: sequence, expected an object with the session id", malformed),
        ("null", "invalid type: null, expected an object with the session id", malformed),
    ];
    for (json, typed, value) in table {
        let (Err(first), Err(second)) = result(json) else { panic!("{json}") };
        assert!(first.starts_with(typed), "{json}: {first}");
        assert_eq!(second, value, "{json}");
    }
}
