//! Bounds on peak memory.

/// A bound: a multiple of the input's size, plus a number of bytes.
pub(super) struct Bound(pub(super) usize, pub(super) usize);

/// Runs `work` and checks its peak memory on the heap, the result included, against a bound. The
/// bound depends on the result, because a hostile input may take more memory than a documented one.
pub(super) fn bounded<T>(size: usize, work: impl FnOnce() -> T, bound: impl FnOnce(&T) -> Bound) -> T {
    let mut result = None;
    let peak = allocation_counter::measure(|| result = Some(work())).bytes_max;
    let result = result.expect("the work was done");
    let Bound(times, more) = bound(&result);
    let max = (times * size + more) as u64;
    assert!(peak <= max, "{peak} bytes for an input of {size}, expected at most {max}");
    result
}

/// Runs `work` and checks its peak memory against `times` the size plus 4 KiB.
pub(super) fn within<T>(times: usize, size: usize, work: impl FnOnce() -> T) -> T {
    bounded(size, work, |_| Bound(times, 4096))
}
