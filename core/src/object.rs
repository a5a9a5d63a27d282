//! How JSON objects are read: field by field, each known one once, and nothing but objects (serde's derive would take an
//! array as well).

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What is read from the members of an object.
pub(crate) trait FromObject<'de>: Sized {
    /// What an error says was expected.
    const EXPECTED: &'static str;

    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Reads an object.
pub(crate) fn object<'de, T: FromObject<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: FromObject<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_object(map)
    }
}

/// A known field while its object is read: it may come once, and null counts as not there.
pub(crate) struct Field<T> {
    name: &'static str,
    seen: bool,
    pub(crate) value: Option<T>,
}

impl<T> Field<T> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, seen: false, value: None }
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error>
    where
        T: Deserialize<'de>,
    {
        if self.seen {
            return Err(A::Error::duplicate_field(self.name));
        }
        self.seen = true;
        self.value = map.next_value()?;
        Ok(())
    }

    /// The value of a field that must be there.
    pub(crate) fn required<E: serde::de::Error>(self) -> Result<T, E> {
        self.value.ok_or_else(|| E::missing_field(self.name))
    }
}
