//! The rules that cases check.

use std::fmt;

/// A rule, in the order of its file: `transport/rules.md`, `adapter/rules.md` or
/// `program/rules.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    Unchanged,
    Once,
    EveryStatus,
    UnreadableHead,
    Framing,
    BodyLimit,
    Decoding,
    StatusOutranksBody,
    Truncation,
    TimeLimit,
    KeptApart,
    NoSecrets,
    OneItem,
    EachStep,
    WholeList,
    WholeWatch,
    EachId,
    ProgramRequest,
    ProgramOnce,
    ProgramStatus,
    ProgramBody,
    ProgramStatusOutranksBody,
    ProgramTruncation,
    ProgramTimeLimit,
}

impl Rule {
    /// Returns the number of the rule in its file.
    fn number(self) -> usize {
        let first =
            [Self::ProgramRequest, Self::OneItem, Self::Unchanged].into_iter().find(|first| *first <= self);
        self as usize - first.map_or(0, |first| first as usize) + 1
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Unchanged => "Send the request unchanged.",
            Self::Once => "Send the request once.",
            Self::EveryStatus => "Return every final status as a response.",
            Self::UnreadableHead => "Report an unreadable head as `InvalidHead`.",
            Self::Framing => "Read a body by its framing.",
            Self::BodyLimit => "Stop at the body limit.",
            Self::Decoding => "Decode each coding that the request accepts.",
            Self::StatusOutranksBody => "Return an error status even if its body fails.",
            Self::Truncation => "Report a truncated or malformed response as an error.",
            Self::TimeLimit => "Apply a time limit.",
            Self::KeptApart => "Keep exchanges apart.",
            Self::NoSecrets => "Show neither the key nor the target in an error.",
            Self::OneItem => "Yield one item for each call.",
            Self::EachStep => "Perform each step of the flow.",
            Self::WholeList => "Yield each item of a list.",
            Self::WholeWatch => "Yield each item of a watch.",
            Self::EachId => "Yield one item for each of many ids.",
            Self::ProgramRequest => "Send the request for the session.",
            Self::ProgramOnce => "Send it once.",
            Self::ProgramStatus => "End with the exit status of the response.",
            Self::ProgramBody => "Print the session.",
            Self::ProgramStatusOutranksBody => {
                "End with the exit status of an error response even if its body fails."
            }
            Self::ProgramTruncation => "Report a truncated or malformed response as an error.",
            Self::ProgramTimeLimit => "Apply the time limit.",
        }
    }
}

/// Writes the number and the sentence.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.number(), self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{adapter, program, transport};

    /// Returns the numbers and sentences of a file of rules.
    fn stated(file: &str) -> Vec<String> {
        let rules = file.lines().filter(|line| !line.starts_with(' '));
        rules.map(|line| line.split("**").take(2).collect()).collect()
    }

    #[test]
    fn each_rule_is_in_its_file_and_has_cases() {
        let with_cases = |rules: Vec<Rule>| {
            let mut rules: Vec<_> = rules.iter().map(ToString::to_string).collect();
            rules.dedup();
            rules
        };
        let transport = transport::cases().iter().map(|(rule, _)| *rule).collect();
        assert_eq!(with_cases(transport), stated(include_str!("transport/rules.md")));
        let adapter = adapter::cases().iter().map(|(rule, _)| *rule).collect();
        assert_eq!(with_cases(adapter), stated(include_str!("adapter/rules.md")));
        let program = program::cases().iter().map(|(rule, _)| *rule).collect();
        assert_eq!(with_cases(program), stated(include_str!("program/rules.md")));
    }
}
