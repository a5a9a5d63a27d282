//! Names the fault of JSON that was rejected: the field, and in a list the index and the session's
//! id.
//!
//! This is a second pass, made only after parsing failed, so a valid body does not pay for it. It
//! visits raw values one level at a time. `serde_json` skips those without recursion and without a
//! copy.
//!
//! Numbers are parsed without `serde_json` here. Its code for them stays inlined in the first pass,
//! so a program contains it once.
//!
//! A fault contains a value or an id either whole or not at all. The key is redacted afterwards,
//! and a part of a key would not be found.

use std::fmt;

use serde::Deserializer as _;
use serde::de::value::{Error as ValueError, F64Deserializer, U64Deserializer};
use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::SessionId;
use crate::model::field::{JsonType, JsonU64, KnownField, Seconds};

/// `Err` is the fault.
pub(crate) type Checked = Result<(), String>;

/// Parses JSON. An error names the field at fault.
pub(crate) fn from_json<T: DeserializeOwned>(
    json: &str,
    fields: &[KnownField],
) -> Result<T, serde_json::Error> {
    serde_json::from_str(json).map_err(|error| explain(json, fields).unwrap_or(error))
}

#[cold]
fn explain(json: &str, fields: &[KnownField]) -> Option<serde_json::Error> {
    match serde_json::from_str::<&RawValue>(json) {
        Ok(value) => object(value.get(), fields).err().map(serde_json::Error::custom),
        Err(syntax) => Some(syntax),
    }
}

/// Returns the one value of a JSON text, without the white space around it.
pub(crate) fn value(json: &str) -> Result<&str, String> {
    if json.trim_start().starts_with('\u{feff}') {
        return Err("invalid JSON: starts with a byte-order mark".into());
    }
    match serde_json::from_str::<&RawValue>(json) {
        Ok(value) => Ok(value.get()),
        Err(error) => Err(format!("invalid JSON: {error}")),
    }
}

/// Checks an object. Reports the first known field at fault, or else the first required field that
/// is missing.
pub(crate) fn object(json: &str, fields: &[KnownField]) -> Checked {
    if !json.starts_with('{') {
        return expected("an object", json);
    }
    let mut seen = Vec::new();
    each_part(json, &mut |part, value| {
        if part == Part::OddName {
            return Err(format!("<name>: {LONE_SURROGATE}"));
        }
        let Some(known) = fields.iter().find(|known| part == Part::Name(known.name)) else {
            return Ok(());
        };
        if seen.contains(&known.name) {
            return Err(format!("{} occurs twice", known.name));
        }
        seen.push(known.name);
        field(known, value)
    })?;
    let missing = fields.iter().find(|known| known.is_required && !seen.contains(&known.name));
    missing.map_or(Ok(()), |known| Err(format!("{} is missing", known.name)))
}

fn field(&KnownField { name, json_type, is_required }: &KnownField, value: &str) -> Checked {
    if value == "null" && !is_required {
        return Ok(());
    }
    let checked = match json_type {
        JsonType::Any => Ok(()),
        JsonType::Text => text(value).map(drop),
        JsonType::Id => text(value).and_then(|id| match SessionId::new(id) {
            Ok(_) => Ok(()),
            Err(invalid) => Err(invalid.to_string()),
        }),
        JsonType::U64 if is_number_for::<JsonU64>(value) => Ok(()),
        JsonType::U64 if is_number(value) && value.contains(['.', 'e', 'E']) => {
            expected("a whole number from 0 to 2^53 - 1 (the limit for float notation)", value)
        }
        JsonType::U64 => expected("a whole number from 0 to 2^64 - 1", value),
        JsonType::Seconds if is_number_for::<Seconds>(value) => Ok(()),
        JsonType::Seconds => expected(Seconds::EXPECTED, value),
        JsonType::Object(fields) if value.starts_with('{') => {
            return object(value, fields).map_err(|fault| format!("{name}.{fault}"));
        }
        JsonType::Object(_) => expected("an object", value),
        JsonType::Sessions(fields, max) if value.starts_with('[') => {
            return sessions(name, value, fields, max);
        }
        JsonType::Sessions(..) => expected("a list", value),
    };
    checked.map_err(|fault| format!("{name}: {fault}"))
}

fn sessions(name: &str, list: &str, fields: &[KnownField], max: usize) -> Checked {
    each_part(list, &mut |part, session| {
        let Part::Index(index) = part else { return Ok(()) };
        if index == max {
            return Err(format!("{name}: more than {max} on one page"));
        }
        object(session, fields).map_err(|fault| match id_of(session) {
            Some(id) => format!("{name}[{index}] (id {id}): {fault}"),
            None => format!("{name}[{index}]: {fault}"),
        })
    })
}

/// `serde_json` accepts this in a string that it skips, but not in one that it parses.
const LONE_SURROGATE: &str = "expected a string, found a lone surrogate in it";

/// Returns the id of a session, which may come after the field at fault.
fn id_of(session: &str) -> Option<String> {
    /// In bytes, twice the length of the documented ids. A longer one would push the fault beyond
    /// the end of the excerpt.
    const LONGEST: usize = 72;
    let id = text(member(session, "session_id")?).ok()?;
    (id.len() <= LONGEST).then(|| SessionId::new(id).ok()).flatten().map(|id| id.as_str().to_owned())
}

fn is_number(value: &str) -> bool {
    value.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// Returns whether a value is a number that the first pass accepts for this type.
pub(crate) fn is_number_for<T: DeserializeOwned>(value: &str) -> bool {
    let is_whole = |number: u64| T::deserialize(U64Deserializer::<ValueError>::new(number)).is_ok();
    let is_float = |number: f64| T::deserialize(F64Deserializer::<ValueError>::new(number)).is_ok();
    // A whole number beyond `u64` is a float, as it is for `serde_json`.
    is_number(value) && value.parse().map_or_else(|_| value.parse().is_ok_and(is_float), is_whole)
}

pub(crate) fn text(value: &str) -> Result<String, String> {
    if !value.starts_with('"') {
        return Err(expectation("a string", value));
    }
    serde_json::from_str(value).map_err(|_| LONE_SURROGATE.to_owned())
}

fn expected(what: &str, value: &str) -> Checked {
    Err(expectation(what, value))
}

fn expectation(what: &str, value: &str) -> String {
    /// In bytes. A longer string or number is described by its length.
    const LONGEST: usize = 80;
    let length = value.len();
    let found = match value.as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        Some(b'"') if length > LONGEST => format!("a string of {} bytes", length - 2),
        // The text itself: in its escaped form, the key would not be found.
        Some(b'"') => serde_json::from_str::<String>(value)
            .map_or_else(|_| "a string".to_owned(), |text| format!("\"{text}\"")),
        _ if length > LONGEST => format!("a number of {length} bytes"),
        _ => value.to_owned(),
    };
    format!("expected {what}, found {found}")
}

/// Returns the raw value of the first member with this name.
pub(crate) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    // The error ends the search.
    let _ = each_part(object, &mut |part, value| {
        if part != Part::Name(name) {
            return Ok(());
        }
        found = Some(value);
        Err(String::new())
    });
    found
}

/// The place of a value in an object or a list.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part<'a> {
    Name(&'a str),
    /// A name with a lone surrogate, which no `str` can hold.
    OddName,
    Index(usize),
}

pub(crate) type Check<'c, 'a> = &'c mut dyn FnMut(Part<'_>, &'a str) -> Checked;

/// Checks each value of an object or a list, up to the first that is at fault.
pub(crate) fn each_part<'a>(json: &'a str, check: Check<'_, 'a>) -> Checked {
    let mut checked = Ok(());
    // The JSON is valid, so the only error is the one that stops at a fault.
    let _ = serde_json::Deserializer::from_str(json).deserialize_any(Parts { check, checked: &mut checked });
    checked
}

struct Parts<'c, 'a> {
    check: Check<'c, 'a>,
    checked: &'c mut Checked,
}

impl<'de> Visitor<'de> for Parts<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let name = text(name.get());
            let part = name.as_deref().map_or(Part::OddName, Part::Name);
            *self.checked = (self.check)(part, value.get());
            if self.checked.is_err() {
                return Err(A::Error::custom(""));
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = seq.next_element::<&RawValue>()? {
            *self.checked = (self.check)(Part::Index(index), value.get());
            if self.checked.is_err() {
                return Err(A::Error::custom(""));
            }
            index += 1;
        }
        Ok(())
    }
}
