//! The state of a triage, as it is written and read.
//!
//! All parts of a state are read strictly. Sizes are checked while they are read, and sums at the
//! end.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::figures::Figures;

/// The version of the format. Increment it when a member changes.
const VERSION: u64 = 2;

/// The member of a state that holds the version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            VERSION => Ok(Self),
            other => Err(D::Error::custom(format_args!(
                "unsupported version of a triage state: expected {VERSION}, found {other}"
            ))),
        }
    }
}

/// Reads figures that add up.
pub(crate) fn figures<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Figures, D::Error> {
    let figures = Figures::deserialize(deserializer)?;
    match figures.check() {
        Ok(()) => Ok(figures),
        Err(part) => Err(D::Error::custom(format_args!("invalid triage state: the {part} do not add up"))),
    }
}
