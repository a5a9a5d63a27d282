//! How much memory a program took.

/// The most physical memory that this process has held so far, in bytes: `VmHWM` of Linux. `None` on other systems.
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
    fn what_was_held_once_counts_when_it_is_gone() {
        let before = peak_memory().unwrap();
        drop(std::hint::black_box(vec![1_u8; 256 << 20]));
        // The system counts in batches, and may take back what is not touched.
        assert!(peak_memory().unwrap() > before + (128 << 20));
    }
}
