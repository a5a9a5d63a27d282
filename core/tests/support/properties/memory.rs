//! How much memory something takes at its peak.

/// Does it, and checks that all that was on the heap at once for it, its result included, is no more than so many times a size
/// and 4 KiB.
pub(super) fn within<T>(times: usize, size: usize, work: impl FnOnce() -> T) -> T {
    let mut result = None;
    let peak = allocation_counter::measure(|| result = Some(work())).bytes_max;
    let most = times as u64 * size as u64 + 4096;
    assert!(peak <= most, "{peak} bytes for {size}: more than {most}");
    result.expect("it was done")
}
