//! Detects which of the documented bodies this is.

use super::Deviation;
use super::DeviationKind::Body;
use super::documented::{Documented, PAGE, SINGLE};
use super::report::{Place, Report};
use super::{object, page, shape};
use crate::escape::cut;
use crate::markup::markup;
use crate::model::fault::{Part, each_part, value};

/// The maximum number of member names of an unknown object that are listed.
const MAX_NAMES: usize = 8;

pub(super) fn check(body: &[u8]) -> Vec<Deviation> {
    let mut report = Report::default();
    match parse(body) {
        Ok(Parsed::Single(json)) => {
            object::check(&mut report, Place::BODY, SINGLE, json);
        }
        Ok(Parsed::Page(json)) => {
            let values = object::check(&mut report, Place::BODY, PAGE, json);
            page::check(&mut report, &values);
        }
        Err(found) => {
            report.problem(Body, (Place::BODY, ""), found, "a session or a page of sessions in JSON");
        }
    }
    report.finish()
}

/// A documented body.
pub(super) enum Parsed<'a> {
    Single(&'a str),
    Page(&'a str),
}

/// Returns the body, or describes what it is instead.
pub(super) fn parse(body: &[u8]) -> Result<Parsed<'_>, String> {
    if body.trim_ascii().is_empty() {
        return Err("an empty body".into());
    }
    let text = std::str::from_utf8(body).map_err(|_| "bytes that are not UTF-8")?;
    if markup(text).is_some() {
        return Err("a web page or XML".into());
    }
    // The message of a syntax error has a position, but no part of the body.
    let json = value(text).map_err(|fault| cut(&fault))?;
    if !json.starts_with('{') {
        return Err(shape::shape(json).into());
    }
    let (mut is_single, mut is_page, mut names) = (false, false, Vec::new());
    let _ = each_part(json, &mut |part, _| {
        is_single |= is_field_of(SINGLE, part);
        is_page |= is_field_of(PAGE, part);
        match part {
            Part::Name(name) if names.len() < MAX_NAMES => names.push(shape::name(name)),
            _ => {}
        }
        Ok(())
    });
    match (is_single, is_page) {
        (true, _) => Ok(Parsed::Single(json)),
        (false, true) => Ok(Parsed::Page(json)),
        (false, false) if names.is_empty() => Err("an empty object".into()),
        (false, false) => Err(format!("an object with the fields {}", names.join(", "))),
    }
}

fn is_field_of(fields: &[Documented], part: Part<'_>) -> bool {
    fields.iter().any(|field| part == Part::Name(field.name))
}
