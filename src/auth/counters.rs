//! Who did something how often in the current window: a map that forgets.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by key, bounded: entries live in the young half; when that is full it becomes the old half, and what was old is dropped. Who counts on
/// stays. Whoever commands more keys than this holds is beyond a limit by key anyway.
#[derive(Debug)]
pub(super) struct Counters<K> {
    halves: Mutex<Halves<K>>,
    /// Entries that a half holds at most.
    half: usize,
}

#[derive(Debug)]
struct Halves<K> {
    young: HashMap<K, Count>,
    old: HashMap<K, Count>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    /// The window's number since 1970.
    window: i64,
    calls: u32,
}

impl<K: Eq + Hash> Counters<K> {
    /// Room for `most` keys.
    pub(super) fn new(most: usize) -> Self {
        let halves = Halves {
            young: HashMap::new(),
            old: HashMap::new(),
        };
        Self {
            halves: Mutex::new(halves),
            half: most / 2,
        }
    }

    /// Adds `calls` to those of `key` in `window`, and answers how many that makes.
    pub(super) fn add(&self, key: K, window: i64, calls: u32) -> u32 {
        let mut halves = self.lock();
        let known = halves.young.get(&key).or_else(|| halves.old.get(&key));
        let before = known
            .filter(|count| count.window == window)
            .map_or(0, |count| count.calls);
        let calls = before.saturating_add(calls);
        if halves.young.len() >= self.half && !halves.young.contains_key(&key) {
            halves.old = std::mem::take(&mut halves.young);
        }
        halves.young.insert(key, Count { window, calls });
        calls
    }

    /// A panic elsewhere leaves the maps whole.
    fn lock(&self) -> MutexGuard<'_, Halves<K>> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_counts_for_itself_and_every_window_from_nothing() {
        let counters = Counters::new(10);
        assert_eq!(counters.add("a", 1, 1), 1);
        assert_eq!(counters.add("a", 1, 3), 4);
        assert_eq!(counters.add("b", 1, 1), 1);
        assert_eq!(counters.add("a", 2, 1), 1);
        assert_eq!(counters.add("a", 2, u32::MAX), u32::MAX);
    }

    #[test]
    fn it_holds_no_more_than_its_room_and_keeps_who_counts_on() {
        let counters = Counters::new(10);
        for stranger in 0..1_000_i64 {
            assert_eq!(counters.add(stranger, 1, 1), 1);
            assert_eq!(i64::from(counters.add(-1, 1, 1)), stranger + 1);
            let halves = counters.lock();
            assert!(halves.young.len() + halves.old.len() <= 10);
        }
    }
}
