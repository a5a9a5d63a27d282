//! ureq.
