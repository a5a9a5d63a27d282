//! Collects deviations: equal ones are counted, and their number is bounded.

use std::collections::BTreeMap;

use super::{Deviation, DeviationKind};

/// The maximum number of distinct problems, and of distinct notes.
const MAX: usize = 50;

/// The place of an object: its path, and the index of the session that it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) path: &'p str,
    pub(super) index: Option<usize>,
}

impl Place<'_> {
    pub(super) const BODY: Self = Place { path: "", index: None };

    /// Returns the path of a member.
    pub(super) fn member(self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// Whether a deviation is harmless.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Problem,
    Note,
}

#[derive(Default)]
pub(super) struct Report {
    problems: BTreeMap<Key, Occurrences>,
    notes: BTreeMap<Key, Occurrences>,
    omitted_problems: usize,
    omitted_notes: usize,
}

/// Deviations with the same key are one.
type Key = (String, DeviationKind, String, &'static str);

struct Occurrences {
    count: usize,
    first: Option<usize>,
}

impl Report {
    /// Adds a deviation of the member `name`, or of the object itself if the name is empty.
    pub(super) fn add(
        &mut self,
        severity: Severity,
        kind: DeviationKind,
        (place, name): (Place<'_>, &str),
        found: impl Into<String>,
        documented: &'static str,
    ) {
        let path = if name.is_empty() { place.path.to_owned() } else { place.member(name) };
        let (deviations, omitted) = match severity {
            Severity::Problem => (&mut self.problems, &mut self.omitted_problems),
            Severity::Note => (&mut self.notes, &mut self.omitted_notes),
        };
        let is_full = deviations.len() >= MAX;
        let key = (path, kind, found.into(), documented);
        if let Some(occurrences) = deviations.get_mut(&key) {
            occurrences.count += 1;
        } else if is_full {
            *omitted += 1;
        } else {
            deviations.insert(key, Occurrences { count: 1, first: place.index });
        }
    }

    pub(super) fn problem(
        &mut self,
        kind: DeviationKind,
        at: (Place<'_>, &str),
        found: impl Into<String>,
        documented: &'static str,
    ) {
        self.add(Severity::Problem, kind, at, found, documented);
    }

    pub(super) fn note(
        &mut self,
        kind: DeviationKind,
        at: (Place<'_>, &str),
        found: impl Into<String>,
        documented: &'static str,
    ) {
        self.add(Severity::Note, kind, at, found, documented);
    }

    /// Returns the problems, then the notes, each in the order of their paths.
    pub(super) fn finish(self) -> Vec<Deviation> {
        let deviation = |is_note| {
            move |((path, kind, found, documented), occurrences): (Key, Occurrences)| {
                let Occurrences { count, first } = occurrences;
                Deviation { is_note, path, kind, found, documented, count, first }
            }
        };
        let problems = self.problems.into_iter().map(deviation(false));
        let mut all: Vec<_> = problems.chain(self.notes.into_iter().map(deviation(true))).collect();
        let count = self.omitted_problems + self.omitted_notes;
        if count > 0 {
            all.push(Deviation {
                is_note: self.omitted_problems == 0,
                path: String::new(),
                kind: DeviationKind::Omitted,
                found: "further deviations".to_owned(),
                documented: "none of them",
                count,
                first: None,
            });
        }
        all
    }
}
