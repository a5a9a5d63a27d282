//! Support that several files share.

pub(crate) mod drive;
/// Links to files of the testkit. As a dev-dependency, the testkit would bring a second copy of this
/// crate, with other types.
mod testkit {
    pub(crate) mod properties;
}

pub(crate) use testkit::properties;
