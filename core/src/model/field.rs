//! The types of known fields: how each is parsed, redacted, and described when it is at fault.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::ApiKey;

/// The type of a known field.
pub(crate) trait FieldType: Sized {
    /// The type that the JSON value is parsed as.
    type Json: DeserializeOwned + Into<Self>;

    /// The type that errors expect.
    const JSON_TYPE: JsonType;

    /// Redacts the key.
    fn redact(&mut self, key: &ApiKey);
}

/// A known field of an object, in the order of the documentation.
pub(crate) struct KnownField {
    pub(crate) name: &'static str,
    pub(crate) json_type: JsonType,
    pub(crate) is_required: bool,
}

impl KnownField {
    pub(crate) const fn required(name: &'static str, json_type: JsonType) -> Self {
        Self { name, json_type, is_required: true }
    }

    pub(crate) const fn optional(name: &'static str, json_type: JsonType) -> Self {
        Self { name, json_type, is_required: false }
    }
}

/// The type of a JSON value.
#[derive(Clone, Copy)]
pub(crate) enum JsonType {
    /// Never at fault, because an unsuitable value counts as missing.
    Any,
    Text,
    Id,
    U64,
    Seconds,
    Object(&'static [KnownField]),
    /// A list of sessions, with their fields and their maximum number.
    Sessions(&'static [KnownField], usize),
}

impl FieldType for Box<str> {
    type Json = Self;
    const JSON_TYPE: JsonType = JsonType::Text;

    fn redact(&mut self, key: &ApiKey) {
        if let Cow::Owned(redacted) = key.redact(self) {
            *self = redacted.into();
        }
    }
}

impl FieldType for u64 {
    type Json = JsonU64;
    const JSON_TYPE: JsonType = JsonType::U64;

    fn redact(&mut self, _key: &ApiKey) {}
}

impl FieldType for f64 {
    type Json = Seconds;
    const JSON_TYPE: JsonType = JsonType::Seconds;

    fn redact(&mut self, _key: &ApiKey) {}
}

/// A `u64`. Also accepts float notation (`4.0`, `4e0`) if the parsed `f64` is whole and below 2^53.
pub(crate) struct JsonU64(pub(crate) u64);

impl<'de> Deserialize<'de> for JsonU64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonU64Visitor;

        impl Visitor<'_> for JsonU64Visitor {
            type Value = JsonU64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 0 to 2^64 - 1 (to 2^53 if it is written with a point or an exponent)")
            }

            fn visit_u64<E>(self, number: u64) -> Result<JsonU64, E> {
                Ok(JsonU64(number))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<JsonU64, E> {
                // From 2^53 on, the parsed float may differ from the number in the text.
                const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
                if (0.0..EXACT_BELOW).contains(&number) && number.fract() == 0.0 {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "checked above"
                    )]
                    return Ok(JsonU64(number as u64));
                }
                Err(E::invalid_value(Unexpected::Float(number), &self))
            }
        }

        deserializer.deserialize_u64(JsonU64Visitor)
    }
}

impl From<JsonU64> for u64 {
    fn from(JsonU64(number): JsonU64) -> Self {
        number
    }
}

/// A duration: any finite number that is not negative.
pub(crate) struct Seconds(f64);

impl Seconds {
    /// The expectation that errors state.
    pub(crate) const EXPECTED: &'static str = "a finite number of seconds, 0 or more";
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match f64::deserialize(deserializer)? {
            seconds if seconds.is_finite() && seconds >= 0.0 => Ok(Self(seconds)),
            seconds => Err(D::Error::invalid_value(Unexpected::Float(seconds), &Self::EXPECTED)),
        }
    }
}

impl From<Seconds> for f64 {
    fn from(Seconds(seconds): Seconds) -> Self {
        seconds
    }
}
