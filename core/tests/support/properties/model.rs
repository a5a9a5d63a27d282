//! An independent reading of what the service sends: by the documented rules, from `serde_json`'s own types, with nothing of the
//! crate's parser in it.

use std::fmt;
use std::mem;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// This must be refused.
#[derive(Debug, PartialEq)]
pub(super) struct Rejected;

/// A name and its raw value, for each member of an object, in their order.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(super) fn read(json: &'a str) -> Result<Self, Rejected> {
        serde_json::from_str(json).map_err(|_| Rejected)
    }

    /// Takes out what comes once under this name, as it stands there; null counts as not there.
    pub(super) fn raw(&mut self, name: &str) -> Result<Option<&'a str>, Rejected> {
        let (found, rest) = mem::take(&mut self.0).into_iter().partition::<Vec<_>, _>(|(key, _)| key == name);
        self.0 = rest;
        match found.as_slice() {
            [] => Ok(None),
            [(_, value)] => Ok(Some(value.get()).filter(|raw| *raw != "null")),
            _ => Err(Rejected),
        }
    }

    /// The last that comes under this name.
    pub(super) fn last(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.get())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Value, Rejected> {
        let Some(raw) = self.raw(name)? else { return Ok(Value::Null) };
        value(raw).filter(Value::is_string).ok_or(Rejected)
    }

    fn seconds(&mut self, name: &str) -> Result<Value, Rejected> {
        let Some(raw) = self.raw(name)? else { return Ok(Value::Null) };
        let seconds = value(raw).and_then(|value| value.as_f64()).filter(|seconds| *seconds >= 0.0);
        seconds.map(Value::from).ok_or(Rejected)
    }

    fn whole(&mut self, name: &str) -> Result<Value, Rejected> {
        let Some(raw) = self.raw(name)? else { return Ok(Value::Null) };
        whole(raw).map(Value::from).ok_or(Rejected)
    }

    /// What is left, as it came.
    fn rest(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, raw)| (name.clone(), raw.get().to_owned())).collect()
    }
}

pub(super) fn value(raw: &str) -> Option<Value> {
    serde_json::from_str(raw).ok()
}

/// A session, as it should be read: its known fields as they should be written, and the unknown ones as they came.
#[derive(Debug, PartialEq)]
pub(super) struct SessionFields {
    pub(super) known: Value,
    pub(super) unknown: Vec<(String, String)>,
    pub(super) unknown_of_error: Vec<(String, String)>,
}

pub(super) fn session(json: &str) -> Result<SessionFields, Rejected> {
    let mut members = Members::read(json)?;
    let mut known = Map::new();
    let id = members.text("session_id")?;
    if !id.as_str().is_some_and(is_valid_id) {
        return Err(Rejected);
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

/// The whole number that a JSON number is taken for. One with a point or an exponent is first rounded to the nearest float, which
/// is exact below 2^53. That `0.99999999999999999999` counts as 1 and `1e-400` as 0 is what `Session` documents, so this reading
/// rounds too.
pub(super) fn whole(number: &str) -> Option<u64> {
    // Whatever else stands there has no float.
    let float: f64 = number.parse().ok()?;
    if !number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    if number.contains(['.', 'e', 'E']) {
        return digits(&float.to_string()).filter(|whole| *whole < 1 << 53);
    }
    digits(number)
}

/// The whole number from 0 to 2^64 - 1 that some digits stand for, found without any float.
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
