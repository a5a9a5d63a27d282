//! Words of open sets.

use std::fmt;
use std::marker::PhantomData;

use serde::de::Visitor;

/// Parses a word of an open set.
pub(super) struct WordVisitor<T>(pub(super) PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for WordVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, word: &str) -> Result<T, E> {
        Ok(T::from(word))
    }
}
