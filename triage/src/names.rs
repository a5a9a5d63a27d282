//! Values by name, for a limited number of names.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::merge::Merge;
use crate::read;

/// Values by name, for at most `MAX` names: the first ones that are added.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Names<T, const MAX: usize> {
    named: BTreeMap<Box<str>, T>,
}

/// A value that counts sessions.
pub(crate) trait Count {
    fn sessions(&self) -> u64;
}

impl Count for u64 {
    fn sessions(&self) -> u64 {
        *self
    }
}

impl<T, const MAX: usize> Names<T, MAX> {
    /// Returns the value of a name, which is added if there is room; otherwise `None`.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut T>
    where
        T: Default,
    {
        if self.named.len() < MAX && !self.named.contains_key(name) {
            self.named.insert(name.into(), T::default());
        }
        self.named.get_mut(name)
    }

    /// Returns the value of a name that was added.
    pub(crate) fn find(&self, name: &str) -> Option<&T> {
        self.named.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.named.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<T, const MAX: usize> Default for Names<T, MAX> {
    fn default() -> Self {
        Self { named: BTreeMap::new() }
    }
}

/// If there are too many names together, those with the most sessions are retained, and among
/// equal ones the first in the order of names.
impl<T: Merge + Count, const MAX: usize> Merge for Names<T, MAX> {
    fn merge(&mut self, other: Self) {
        for (name, value) in other.named {
            match self.named.get_mut(&name) {
                Some(own) => own.merge(value),
                None => {
                    self.named.insert(name, value);
                }
            }
        }
        if self.named.len() > MAX {
            let mut names: Vec<_> = std::mem::take(&mut self.named).into_iter().collect();
            names.sort_by_key(|(_, value)| Reverse(value.sessions()));
            names.truncate(MAX);
            self.named = names.into_iter().collect();
        }
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Names<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = read::map::<_, Box<str>, _>(deserializer, MAX, |name| name.len() <= read::MAX_NAME)?;
        Ok(Self { named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(named: &[(&str, u64)]) -> Names<u64, 2> {
        let mut names = Names::default();
        for (name, count) in named {
            if let Some(value) = names.get(name) {
                *value += count;
            }
        }
        names
    }

    #[test]
    fn the_first_names_that_are_added_are_retained() {
        let names = names(&[("b", 1), ("a", 2), ("c", 9), ("a", 3)]);
        assert_eq!(names.iter().collect::<Vec<_>>(), [("a", &5), ("b", &1)]);
        assert_eq!((names.find("a"), names.find("c")), (Some(&5), None));
    }

    #[test]
    fn the_most_frequent_names_are_retained_when_merged() {
        let merged = |one: &[(&str, u64)], other: &[(&str, u64)]| {
            let mut merged = names(one);
            merged.merge(names(other));
            merged.iter().map(|(name, count)| (name.to_owned(), *count)).collect::<Vec<_>>()
        };
        let pairs = |pairs: &[(&str, u64)]| {
            pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Vec<_>>()
        };
        for (one, other, all) in [
            (&[("a", 1)][..], &[("a", 2), ("b", 3)][..], &[("a", 3), ("b", 3)][..]),
            (&[("a", 5), ("b", 1)], &[("b", 1), ("c", 3)], &[("a", 5), ("c", 3)]),
            (&[("c", 1), ("d", 1)], &[("a", 1), ("b", 1)], &[("a", 1), ("b", 1)]),
            (&[("a", u64::MAX)], &[("a", 1)], &[("a", u64::MAX)]),
        ] {
            assert_eq!(merged(one, other), pairs(all));
            assert_eq!(merged(other, one), pairs(all), "in the other order");
        }
    }

    #[test]
    fn too_many_or_too_long_names_are_rejected() {
        let read = |json: &str| match serde_json::from_str::<Names<u64, 2>>(json) {
            Ok(names) => Ok(names.iter().count()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(read(r#"{"a":1,"b":2}"#), Ok(2));
        let long = format!(r#"{{"{}":1}}"#, "a".repeat(508));
        for (json, expected) in [
            (r#"{"a":1,"b":2,"c":3}"#, "more than 2 entries"),
            (r#"{"a":1,"a":2}"#, "an entry occurs twice"),
            (&long, "invalid name of an entry"),
            (r#"{"a":-1}"#, "invalid value: integer `-1`, expected u64"),
            ("[]", "invalid type: sequence, expected an object"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
