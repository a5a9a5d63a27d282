//! Messages from a browser.

use brightdata_sessions::cdp::{CommandError, SessionIdCommand};
use serde_json::{Value, json};

use super::error::{excerpt, is_unsafe};
use super::memory::{self, Bound};
use super::model::{is_valid_id, value};

/// A message is a response to the command if and only if the model reads it as one, with the same
/// content. Any target appears unchanged in the command. Peak memory is at most 12 times the
/// message.
pub fn check(message: &[u8]) {
    let Ok(message) = std::str::from_utf8(message) else { return };
    for target in [None, Some("T")] {
        message_is_parsed_or_ignored(1, target, message);
    }
    command_matches_its_response(7, message);
}

/// Returns the command to the browser itself, or the one via a target.
fn command(id: u64, target: Option<&str>) -> SessionIdCommand {
    let command = SessionIdCommand::new(id);
    match target {
        None => command,
        Some(target) => command.via_target(target),
    }
}

pub(crate) fn message_is_parsed_or_ignored(id: u64, target: Option<&str>, message: &str) {
    let command = command(id, target);
    // Tiny members cost the most memory, because each is a node of a tree.
    let response = memory::bounded(message.len(), || command.parse(message), |_| Bound(12, 2048));
    if let Some(Err(error)) = &response {
        let line = error.to_string();
        assert!(!line.contains(is_unsafe) && line.len() < 400, "{line:?}");
    }
    // The command parses only the fields it needs, so it accepts messages that `Value` rejects.
    let Some(frame) = value(message) else { return };
    let response = response.map(|response| match response {
        Ok(id) => Answer::Id(id.to_string()),
        Err(CommandError::Refused { code, message, .. }) => Answer::Rejected(code, message.into()),
        Err(CommandError::InvalidId(_)) => Answer::InvalidId,
        Err(_) => Answer::Malformed,
    });
    assert_eq!(response, expected(id, target, &frame), "{message}");
}

#[derive(Debug, PartialEq)]
enum Answer {
    Id(String),
    Rejected(i64, String),
    InvalidId,
    Malformed,
}

fn expected(id: u64, target: Option<&str>, frame: &Value) -> Option<Answer> {
    if !frame.is_object() || frame["id"].as_u64() != Some(id) || frame["sessionId"].as_str() != target {
        return None;
    }
    Some(match (&frame["error"], frame["result"]["sessionId"].as_str()) {
        (Value::Object(error), _) => Answer::Rejected(
            error.get("code").and_then(Value::as_i64).unwrap_or(0),
            excerpt(error.get("message").and_then(Value::as_str).unwrap_or("")),
        ),
        (_, None) => Answer::Malformed,
        (_, Some(found)) if is_valid_id(found) => Answer::Id(found.to_owned()),
        (_, Some(_)) => Answer::InvalidId,
    })
}

/// A command is one JSON object with the id and the target unchanged, and its response is parsed.
pub(crate) fn command_matches_its_response(id: u64, target: &str) {
    let command = command(id, Some(target));
    let frame: Value = serde_json::from_str(&command.message()).unwrap();
    assert_eq!(frame, json!({"id": id, "method": "Browser.getSessionId", "sessionId": target}));
    let response = json!({"id": id, "sessionId": target, "result": {"sessionId": "x"}}).to_string();
    assert_eq!(command.parse(&response).unwrap().unwrap().as_str(), "x");
}
