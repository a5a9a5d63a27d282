//! Support that several files share.

pub(crate) mod drive;
/// Links to files of the testkit, on which this crate cannot depend.
mod testkit {
    pub(crate) mod properties;
}

pub(crate) use testkit::properties;
