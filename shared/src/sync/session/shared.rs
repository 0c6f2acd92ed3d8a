//! S, the changes known to be in the relay's log at or before the cursor, and what the document has beyond it.
//!
//! S is closed under dependencies, so its heads say all of it. Kept here is the other part, which is small:
//! document − S. Only the stream adds to S; an acknowledgement never does.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::ChangeHash;
use crate::sync::store::ChangeStore;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Shared {
    heads: BTreeSet<ChangeHash>,
    /// Document − S in the order in which it was applied: dependencies first.
    beyond: BTreeMap<u64, ChangeHash>,
    place: BTreeMap<ChangeHash, u64>,
    /// In the log at or before the cursor, but not in S: not applied here, or something it needs is not in S.
    logged: BTreeSet<ChangeHash>,
    next: u64,
}

impl Shared {
    /// S with these heads.
    pub(super) fn with_heads(store: &impl ChangeStore, heads: &[ChangeHash]) -> Self {
        let mut shared = Self {
            heads: heads.iter().copied().collect(),
            ..Self::default()
        };
        for hash in store.changes_after(heads) {
            shared.applied(hash);
        }
        shared
    }

    /// The changes that the log is known to hold and that are not in S.
    pub(super) fn logged_outside(&self) -> Vec<ChangeHash> {
        self.logged.iter().copied().collect()
    }

    /// Looks at the whole document again.
    pub(super) fn rescan(&mut self, store: &impl ChangeStore) {
        let logged = std::mem::take(&mut self.logged);
        *self = Self::with_heads(store, &self.heads());
        self.logged = logged;
        self.grow(store);
    }

    /// The heads of S.
    pub(super) fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// A change is in the document from now on.
    pub(super) fn applied(&mut self, hash: ChangeHash) {
        if !self.place.contains_key(&hash) {
            self.place.insert(hash, self.next);
            self.beyond.insert(self.next, hash);
            self.next += 1;
        }
    }

    /// Whether these changes of the document are sure not to be in S, as far as can be told without looking at all
    /// of it: nothing builds on a head of the document, so it is in S only as a head of S.
    pub(super) fn are_new(&self, store: &impl ChangeStore, changes: &[ChangeHash]) -> bool {
        let heads: BTreeSet<ChangeHash> = store.heads().into_iter().collect();
        changes.iter().all(|hash| {
            let newest = heads.contains(hash) && !self.heads.contains(hash);
            newest || self.place.contains_key(hash)
        })
    }

    /// The stream has shown a change; `grow` puts it into S once it can be.
    pub(super) fn logged(&mut self, hash: ChangeHash) {
        self.logged.insert(hash);
    }

    /// A waiting change is gone from this device.
    pub(super) fn dropped(&mut self, hash: &ChangeHash) {
        self.logged.remove(hash);
    }

    /// Moves every change into S that is logged, applied, and builds on S alone.
    pub(super) fn grow(&mut self, store: &impl ChangeStore) {
        loop {
            let mut ready: Vec<(u64, ChangeHash)> = self
                .logged
                .iter()
                .filter_map(|hash| self.place.get(hash).map(|place| (*place, *hash)))
                .collect();
            ready.sort_unstable();
            let mut grown = 0;
            for (_, hash) in &ready {
                grown += usize::from(self.try_add(store, *hash));
            }
            if grown == 0 || grown == ready.len() {
                self.forget_known(store);
                return;
            }
        }
    }

    fn try_add(&mut self, store: &impl ChangeStore, hash: ChangeHash) -> bool {
        let Some(deps) = store.deps(&hash) else {
            return false;
        };
        if !deps.iter().all(|dep| self.contains(store, dep)) {
            return false;
        }
        for dep in &deps {
            self.heads.remove(dep);
        }
        self.heads.insert(hash);
        self.logged.remove(&hash);
        if let Some(place) = self.place.remove(&hash) {
            self.beyond.remove(&place);
        }
        true
    }

    /// What the stream shows of changes that are in S already says nothing new.
    fn forget_known(&mut self, store: &impl ChangeStore) {
        let place = &self.place;
        self.logged
            .retain(|hash| place.contains_key(hash) || !store.contains(hash));
    }

    /// Whether a change is in S.
    fn contains(&self, store: &impl ChangeStore, hash: &ChangeHash) -> bool {
        store.contains(hash) && !self.place.contains_key(hash)
    }

    /// Whether S is all of the document, and nothing of the log waits outside of it.
    pub(super) fn is_whole(&self) -> bool {
        self.beyond.is_empty()
    }

    /// Whether the relay's log is not known to hold this change of the document.
    pub(super) fn lacks(&self, hash: &ChangeHash) -> bool {
        self.place.contains_key(hash) && !self.logged.contains(hash)
    }

    /// The changes of the document that the log is not known to hold, dependencies first.
    pub(super) fn missing(&self) -> impl Iterator<Item = ChangeHash> + '_ {
        self.beyond
            .values()
            .copied()
            .filter(|hash| !self.logged.contains(hash))
    }
}
