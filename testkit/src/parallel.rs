//! A parallel map for tasks that mostly wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Applies `work` to each item on `threads` threads. Returns the results in the order of the items.
///
/// # Panics
///
/// Panics if the system cannot start a thread, or if `work` panics.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let pauses = [30, 0, 20, 10];
        let slept = map(&pauses, 4, |&pause| {
            thread::sleep(std::time::Duration::from_millis(pause));
            pause
        });
        assert_eq!(slept, pauses);
        assert!(map(&[], 4, |&(): &()| ()).is_empty());
    }
}
