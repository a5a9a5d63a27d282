//! Simpler responses, to shrink a failure.

use super::{Coding, End, Framing, Plan};

impl Plan {
    /// Returns plans that are simpler in one respect each.
    pub(in crate::suite::random) fn simpler(&self) -> Vec<Self> {
        let with = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            plan
        };
        let half = |length: usize| length / 2;
        let plans = vec![
            with(&|plan| plan.interim.clear()),
            with(&|plan| plan.cuts.clear()),
            with(&|plan| plan.headers.clear()),
            with(&|plan| plan.headers.truncate(half(plan.headers.len()))),
            with(&|plan| plan.headers = plan.headers.split_off(half(plan.headers.len()))),
            with(&|plan| plan.coding = Coding::Identity),
            with(&|plan| plan.version = 1),
            with(&|plan| {
                if plan.framing != Framing::None && !matches!(plan.end, End::Close) {
                    plan.framing = Framing::Length;
                }
            }),
            with(&|plan| {
                if let Framing::Chunked { sizes, extension, trailer } = &mut plan.framing {
                    (*sizes, *extension, *trailer) = (vec![usize::MAX], false, false);
                }
            }),
            with(&|plan| {
                if let Framing::Chunked { extension, .. } = &mut plan.framing {
                    *extension = false;
                }
            }),
            with(&|plan| {
                if let Framing::Chunked { trailer, .. } = &mut plan.framing {
                    *trailer = false;
                }
            }),
            with(&|plan| plan.body.truncate(half(plan.body.len()))),
            with(&|plan| plan.body.fill(b'x')),
            with(&|plan| {
                if plan.framing != Framing::Close {
                    plan.end = End::Open;
                }
            }),
        ];
        plans.into_iter().filter(|plan| plan != self).collect()
    }
}
