//! The peak memory of a process.

/// Returns the peak resident memory of this process in bytes: `VmHWM` on Linux, `None` on other
/// systems.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn peak_memory_includes_freed_memory() {
        let before = peak_memory().unwrap();
        drop(std::hint::black_box(vec![1_u8; 256 << 20]));
        // The system counts in batches and may reclaim untouched pages.
        assert!(peak_memory().unwrap() > before + (128 << 20));
    }
}
