//! Percent-encoding of parameters.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// Encodes everything except the unreserved characters of RFC 3986, so that any string is one path
/// segment or one query value.
pub(super) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
