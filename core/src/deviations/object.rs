//! Compares an object with its documented fields.

use super::DeviationKind::{
    DuplicateField, Id, JsonType, MissingField, Null, Number, Timestamp, UnknownField, UnknownWord,
};
use super::documented::{Documented, Json};
use super::report::{Place, Report, Severity};
use super::{record, shape};
use crate::model::fault::{Part, each_part, is_number_for, text};
use crate::model::field::{JsonU64, Seconds};
use crate::{Captcha, SessionId, SessionStatus, Timestamp as Time};

/// The first value of each documented field of an object.
pub(super) struct Values<'a> {
    fields: &'static [Documented],
    values: Vec<Option<&'a str>>,
}

impl<'a> Values<'a> {
    /// Returns the raw value of a documented field.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let index = self.fields.iter().position(|field| field.name == name)?;
        self.values.get(index).copied().flatten()
    }

    /// Returns the value of a documented field if it is a string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?).ok()
    }
}

/// Compares an object with its documented fields. The JSON must be valid, and an object.
pub(super) fn check<'a>(
    report: &mut Report,
    place: Place<'_>,
    fields: &'static [Documented],
    json: &'a str,
) -> Values<'a> {
    let mut values = vec![None; fields.len()];
    // The check of a part never fails, so all parts are visited.
    let _ = each_part(json, &mut |part, value| {
        let known = fields.iter().zip(&mut values).find(|(field, _)| part == Part::Name(field.name));
        match (known, part) {
            (Some((field, slot @ None)), _) => {
                *slot = Some(value);
                check_value(report, place, field, value);
            }
            (Some((field, Some(_))), _) => {
                report.problem(DuplicateField, (place, field.name), "the field twice", "each field once");
            }
            (None, Part::Name(name)) => {
                let at = (place, &*shape::name(name));
                report.note(UnknownField, at, shape::shape(value), "no field of this name");
            }
            // The parser rejects such a name.
            (None, _) => {
                report.problem(JsonType, (place, ""), "a name with a lone surrogate", "Unicode text");
            }
        }
        Ok(())
    });
    for (field, _) in fields.iter().zip(&values).filter(|(_, value)| value.is_none()) {
        report.problem(MissingField, (place, field.name), "nothing", field.text);
    }
    Values { fields, values }
}

fn check_value(report: &mut Report, place: Place<'_>, field: &Documented, value: &str) {
    let at = (place, field.name);
    if value == "null" {
        if !field.is_nullable {
            report.problem(Null, at, "null", field.text);
        }
        return;
    }
    let has_type = match field.json {
        Json::Text | Json::Id | Json::Status | Json::Captcha | Json::Timestamp => text(value).is_ok(),
        Json::Whole | Json::Seconds => value.starts_with(|c: char| c == '-' || c.is_ascii_digit()),
        Json::Boolean => matches!(value, "true" | "false"),
        Json::Object(_) => value.starts_with('{'),
        Json::Sessions => value.starts_with('['),
    };
    if !has_type {
        report.problem(JsonType, at, shape::shape(value), field.text);
        return;
    }
    match field.json {
        Json::Text | Json::Boolean => {}
        Json::Id => check_id(report, at, &text(value).unwrap_or_default()),
        Json::Status => {
            if let Ok(SessionStatus::Other(word)) = text(value).map(|word| SessionStatus::from(&*word)) {
                report.problem(UnknownWord, at, shape::word(&word.0), field.text);
            }
        }
        Json::Captcha => {
            if let Ok(Captcha::Other(word)) = text(value).map(|word| Captcha::from(&*word)) {
                report.note(UnknownWord, at, shape::word(&word.0), field.text);
            }
        }
        Json::Timestamp => check_timestamp(report, at, &text(value).unwrap_or_default(), field.text),
        Json::Whole => {
            if value.parse::<u64>().is_err() {
                let is_read = is_number_for::<JsonU64>(value);
                let severity = if is_read { Severity::Note } else { Severity::Problem };
                report.add(severity, Number, at, shape::shape(value), field.text);
            }
        }
        Json::Seconds => {
            if !is_number_for::<Seconds>(value) {
                report.problem(Number, at, shape::shape(value), field.text);
            }
        }
        Json::Object(fields) => {
            let path = place.member(field.name);
            let nested = check(report, Place { path: &path, index: place.index }, fields, value);
            if field.name == "session" {
                record::check(report, Place { path: &path, index: None }, &nested);
            }
        }
        Json::Sessions => {}
    }
}

fn check_id(report: &mut Report, at: (Place<'_>, &str), id: &str) {
    if SessionId::new(id).is_err() {
        report.problem(Id, at, shape::id(id), "an id that fits into a URL");
    } else if !shape::is_uuid_shaped(id) {
        report.note(Id, at, shape::id(id), "the shape of a UUID in every example, but no promise");
    }
}

fn check_timestamp(report: &mut Report, at: (Place<'_>, &str), time: &str, documented: &'static str) {
    let notation = shape::notation(time);
    let is_documented = notation == "the notation 0000-00-00T00:00:00Z";
    match (time.parse::<Time>(), is_documented) {
        (Ok(_), true) => {}
        (Ok(_), false) => report.note(Timestamp, at, notation, documented),
        (Err(_), true) => report.problem(Timestamp, at, "a date that does not exist", documented),
        (Err(_), false) => report.problem(Timestamp, at, notation, documented),
    }
}
