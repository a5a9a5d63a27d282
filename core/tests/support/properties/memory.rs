//! How much memory something takes at its peak.

/// So many times the size of what is read, and some bytes more.
pub(super) struct Bound(pub(super) usize, pub(super) usize);

/// Does it, and checks that all that was on the heap at once for it, its result included, stays within the bound that is found
/// for the result: what is hostile may take more than what is as documented.
pub(super) fn bounded<T>(size: usize, work: impl FnOnce() -> T, bound: impl FnOnce(&T) -> Bound) -> T {
    let mut result = None;
    let peak = allocation_counter::measure(|| result = Some(work())).bytes_max;
    let result = result.expect("it was done");
    let Bound(times, more) = bound(&result);
    let most = (times * size + more) as u64;
    assert!(peak <= most, "{peak} bytes for {size}: more than {most}");
    result
}

/// Does it, and checks the same for a bound of so many times the size and 4 KiB.
pub(super) fn within<T>(times: usize, size: usize, work: impl FnOnce() -> T) -> T {
    bounded(size, work, |_| Bound(times, 4096))
}
