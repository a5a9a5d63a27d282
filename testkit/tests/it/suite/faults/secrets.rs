//! Faults with secrets.

use super::Fails;
use crate::support::faulty_transport::Fault::*;

pub(super) const FAULTS: &[Fails] =
    &[(ShowsKey, &["no error contains the key"]), (ShowsTarget, &["no error contains the target"])];
