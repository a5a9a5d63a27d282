//! The documented fields.

/// A documented field.
pub(super) struct Documented {
    pub(super) name: &'static str,
    pub(super) json: Json,
    /// Whether null is documented.
    pub(super) is_nullable: bool,
    /// The type, as deviations describe it.
    pub(super) text: &'static str,
}

/// The documented type of a value.
#[derive(Clone, Copy)]
pub(super) enum Json {
    Text,
    Id,
    Status,
    Captcha,
    Timestamp,
    Whole,
    Seconds,
    Boolean,
    Object(&'static [Documented]),
    Sessions,
}

const fn field(name: &'static str, json: Json, text: &'static str) -> Documented {
    Documented { name, json, is_nullable: false, text }
}

const fn nullable(name: &'static str, json: Json, text: &'static str) -> Documented {
    Documented { name, json, is_nullable: true, text }
}

/// The body of one session.
pub(super) const SINGLE: &[Documented] = &[field("session", Json::Object(SESSION), "a session object")];

/// The body of a page.
pub(super) const PAGE: &[Documented] = &[
    field("sessions", Json::Sessions, "a list of sessions"),
    field("count", Json::Whole, "a whole number"),
    field("total", Json::Whole, "a whole number"),
    field("pagination", Json::Object(PAGINATION), "an object"),
];

const PAGINATION: &[Documented] = &[
    field("offset", Json::Whole, "a whole number"),
    field("limit", Json::Whole, "a whole number"),
    field("has_more", Json::Boolean, "a boolean"),
    nullable("next_offset", Json::Whole, "a whole number or null"),
];

pub(super) const SESSION: &[Documented] = &[
    field("session_id", Json::Id, "a string"),
    field("api_name", Json::Text, "a string"),
    field("status", Json::Status, r#""running", "finished" or "failed""#),
    field("timestamp", Json::Timestamp, "a string such as 2025-12-16T18:53:41Z"),
    nullable("target_url", Json::Text, "a string or null"),
    nullable("end_url", Json::Text, "a string or null"),
    field("navigations", Json::Whole, "a whole number"),
    nullable("duration", Json::Seconds, "a number of seconds or null"),
    field("captcha", Json::Captcha, r#""solved", "none", "failed" or "detected""#),
    field("bandwidth", Json::Whole, "a whole number of bytes"),
    nullable("error", Json::Object(ERROR), "an object or null"),
];

const ERROR: &[Documented] =
    &[field("code", Json::Text, "a string"), field("message", Json::Text, "a string")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Session, SessionError, SessionPage};

    #[test]
    fn documented_fields_are_those_that_the_parser_reads() {
        let names = |fields: &[Documented]| fields.iter().map(|field| field.name).collect::<Vec<_>>();
        let read = [Session::FIELDS, SessionError::FIELDS, SessionPage::FIELDS];
        let read = read.map(|fields| fields.iter().map(|field| field.name).collect::<Vec<_>>());
        assert_eq!([names(SESSION), names(ERROR), names(PAGE)], read);
    }
}
