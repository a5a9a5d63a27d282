//! Support that several files share.

pub(crate) mod drive;
pub(crate) mod properties;
