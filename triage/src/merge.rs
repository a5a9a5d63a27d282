//! Merging: the figures of two triages become those of one.

/// Figures that can be merged, with the result of adding all sessions to one of them.
pub(crate) trait Merge {
    fn merge(&mut self, other: Self);
}

/// A count or a sum, which stays at the maximum in any order.
impl Merge for u64 {
    fn merge(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// Merges a struct field by field. It compiles only if all fields are listed.
macro_rules! merge_fields {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::merge::Merge for $type {
            fn merge(&mut self, other: Self) {
                let Self { $($field),+ } = other;
                $($crate::merge::Merge::merge(&mut self.$field, $field);)+
            }
        }
    };
}

pub(crate) use merge_fields;

/// Adds counts. A sum that exceeds 64 bits stays at the maximum.
pub(crate) fn sum(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}
