//! An independent parser for the server's bodies, as a model: it follows the documented rules, uses
//! the types of `serde_json`, and shares no code with the crate's parser.

use std::fmt;
use std::mem;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The input must be rejected, because it violates this rule.
#[derive(Debug)]
pub(super) struct Rejected(pub(super) String);

/// Returns the rejection by a rule.
pub(super) fn rejected(rule: &str) -> Rejected {
    Rejected(rule.to_owned())
}

/// The members of an object, each with its name and its raw value, in order.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(super) fn read(json: &'a str) -> Result<Self, Rejected> {
        serde_json::from_str(json).map_err(|_| rejected("an object is JSON, and its names are strings"))
    }

    /// Removes the member with this name and returns its raw value, or `None` for null. Rejects a
    /// name that occurs twice.
    pub(super) fn raw(&mut self, name: &str) -> Result<Option<&'a str>, Rejected> {
        let (found, rest) = mem::take(&mut self.0).into_iter().partition::<Vec<_>, _>(|(key, _)| key == name);
        self.0 = rest;
        match found.as_slice() {
            [] => Ok(None),
            [(_, value)] => Ok(Some(value.get()).filter(|raw| *raw != "null")),
            _ => Err(Rejected(format!("`{name}` occurs at most once"))),
        }
    }

    /// Returns the last value with this name.
    pub(super) fn last(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.get())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Value, Rejected> {
        let Some(raw) = self.raw(name)? else { return Ok(Value::Null) };
        value(raw).filter(Value::is_string).ok_or_else(|| Rejected(format!("`{name}` is a string or null")))
    }

    fn seconds(&mut self, name: &str) -> Result<Value, Rejected> {
        let Some(raw) = self.raw(name)? else { return Ok(Value::Null) };
        let seconds = value(raw).and_then(|value| value.as_f64()).filter(|seconds| *seconds >= 0.0);
        seconds
            .map(Value::from)
            .ok_or_else(|| Rejected(format!("`{name}` is a number of at least 0, or null")))
    }

    fn whole(&mut self, name: &str) -> Result<Value, Rejected> {
        let Some(raw) = self.raw(name)? else { return Ok(Value::Null) };
        let rule = || Rejected(format!("`{name}` is a whole number from 0 to 2^64 - 1, or null"));
        whole(raw).map(Value::from).ok_or_else(rule)
    }

    /// Returns the remaining members unchanged.
    fn rest(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, raw)| (name.clone(), raw.get().to_owned())).collect()
    }
}

pub(super) fn value(raw: &str) -> Option<Value> {
    serde_json::from_str(raw).ok()
}

/// The expected session: its known fields as they are serialized, and the unknown ones unchanged.
#[derive(Debug, PartialEq)]
pub(super) struct SessionFields {
    pub(super) known: Value,
    pub(super) unknown: Vec<(String, String)>,
    pub(super) unknown_of_error: Vec<(String, String)>,
}

impl SessionFields {
    /// Returns the fields as one object. An unknown field is left out if it occurs twice, or if it
    /// has no `Value`.
    pub(super) fn into_value(self) -> Value {
        let mut known = self.known;
        insert_unknown(&mut known, &self.unknown);
        insert_unknown(&mut known["error"], &self.unknown_of_error);
        known
    }
}

fn insert_unknown(object: &mut Value, fields: &[(String, String)]) {
    let Some(object) = object.as_object_mut() else { return };
    for (name, raw) in fields {
        let times = fields.iter().filter(|field| field.0 == *name).count();
        if let (1, Some(value)) = (times, value(raw)) {
            object.insert(name.clone(), value);
        }
    }
}

pub(super) fn session(json: &str) -> Result<SessionFields, Rejected> {
    let mut members = Members::read(json)?;
    let mut known = Map::new();
    let id = members.text("session_id")?;
    if !id.as_str().is_some_and(is_valid_id) {
        return Err(rejected(
            "`session_id` has 1 to 256 characters, none of them control characters, no white space at its ends, and is not `.` or `..`",
        ));
    }
    known.insert("session_id".into(), id);
    for name in ["api_name", "status", "timestamp", "target_url", "end_url", "captcha"] {
        known.insert(name.into(), members.text(name)?);
    }
    for name in ["navigations", "bandwidth"] {
        known.insert(name.into(), members.whole(name)?);
    }
    known.insert("duration".into(), members.seconds("duration")?);
    let mut unknown_of_error = Vec::new();
    let error = match members.raw("error")? {
        None => Value::Null,
        Some(raw) => {
            let mut members = Members::read(raw)?;
            let error = ["code", "message"].map(|name| Ok((name.to_owned(), members.text(name)?)));
            let error = error.into_iter().collect::<Result<_, _>>()?;
            unknown_of_error = members.rest();
            Value::Object(error)
        }
    };
    known.insert("error".into(), error);
    Ok(SessionFields { known: Value::Object(known), unknown: members.rest(), unknown_of_error })
}

pub(super) fn is_valid_id(id: &str) -> bool {
    (1..=256).contains(&id.chars().count())
        && !id.chars().any(char::is_control)
        && id.trim() == id
        && !matches!(id, "." | "..")
}

/// Returns the whole number for a JSON number. A number with a point or an exponent is first
/// rounded to the nearest float, which is exact below 2^53. `Session` documents that
/// `0.99999999999999999999` counts as 1 and `1e-400` as 0, so the model rounds too.
pub(super) fn whole(number: &str) -> Option<u64> {
    // Any other JSON value does not parse as a float.
    let float: f64 = number.parse().ok()?;
    if !number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    if number.contains(['.', 'e', 'E']) {
        return digits(&float.to_string()).filter(|whole| *whole < 1 << 53);
    }
    digits(number)
}

/// Parses digits as a whole number from 0 to 2^64 - 1 without floats.
fn digits(number: &str) -> Option<u64> {
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.bytes().any(|digit| digit != b'0') {
        return None;
    }
    match integer.strip_prefix('-') {
        Some(negative) => negative.bytes().all(|digit| digit == b'0').then_some(0),
        None => integer.parse().ok(),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
