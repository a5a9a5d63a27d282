//! The captcha of a session.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::word::WordVisitor;

/// Whether a captcha appeared, and whether it was solved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Captcha {
    /// A captcha was solved.
    Solved,
    /// No captcha appeared.
    None,
    /// Solving a captcha was tried and failed.
    Failed,
    /// A captcha appeared and was not solved.
    Detected,
    /// An unknown word, as received.
    Other(Box<str>),
}

impl Captcha {
    /// Returns the API's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Solved => "solved",
            Self::None => "none",
            Self::Failed => "failed",
            Self::Detected => "detected",
            Self::Other(other) => other,
        }
    }
}

impl From<&str> for Captcha {
    fn from(word: &str) -> Self {
        match word {
            "solved" => Self::Solved,
            "none" => Self::None,
            "failed" => Self::Failed,
            "detected" => Self::Detected,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for Captcha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Captcha {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Captcha {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WordVisitor(PhantomData))
    }
}
