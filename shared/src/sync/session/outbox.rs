//! Sealed envelopes on their way to the log, in order, and where each of them is.
//!
//! An envelope stays here, byte for byte, until the stream shows it: repeating it after a cut costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::types::{OutboxContent, OutboxEntry};
use crate::ids::{ChangeHash, EnvelopeHash, Slot};
use crate::sync::store::ChangeStore;
use crate::sync::wire::{PushRef, RejectCode, Retry};
use crate::time::Monotonic;

/// A push that may wait for a `state` that never comes is tried again after so long.
const STATE_PATIENCE: u64 = 60_000;

/// Where an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To be pushed.
    Ready,
    /// Pushed, not answered.
    InFlight(PushRef),
    /// On the relay's disk, as far as this connection knows.
    Acked,
    /// Rejected; may be pushed again then.
    Delayed(Monotonic, RejectCode, Retry),
    /// Rejected until the board's state changes, or then at the latest.
    OnState(Monotonic, RejectCode),
    /// Rejected for good, as far as this run of the app is concerned.
    Refused(RejectCode),
}

/// An envelope and where it is.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) entry: OutboxEntry,
    pub(super) stage: Stage,
}

/// What to do next for changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Push this one.
    Push(u64),
    /// Everything cut is on its way: cut a new batch, without what builds on these.
    Cut(BTreeSet<ChangeHash>),
    /// A rejected batch comes first.
    Wait,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    parcels: BTreeMap<u64, Parcel>,
    by_hash: BTreeMap<EnvelopeHash, u64>,
    by_ref: BTreeMap<PushRef, u64>,
    carried: BTreeSet<ChangeHash>,
    next_order: u64,
    next_ref: u32,
}

impl Outbox {
    /// What the storage gave back.
    pub(super) fn restore(mut entries: Vec<OutboxEntry>) -> Self {
        entries.sort_by_key(|entry| entry.order);
        let mut outbox = Self::default();
        for entry in entries {
            outbox.next_order = outbox.next_order.max(entry.order);
            outbox.insert(entry);
        }
        outbox
    }

    /// Adds an envelope behind all others; gives what to store.
    pub(super) fn add(
        &mut self,
        hash: EnvelopeHash,
        content: OutboxContent,
        bytes: Vec<u8>,
    ) -> Option<OutboxEntry> {
        if self.by_hash.contains_key(&hash) {
            return None;
        }
        let order = self.next_order;
        let entry = OutboxEntry {
            hash,
            order,
            content,
            bytes,
        };
        self.insert(entry.clone());
        Some(entry)
    }

    fn insert(&mut self, entry: OutboxEntry) {
        let order = self.next_order;
        self.next_order += 1;
        if let OutboxContent::Changes(changes) = &entry.content {
            self.carried.extend(changes);
        }
        self.by_hash.insert(entry.hash, order);
        self.parcels.insert(
            order,
            Parcel {
                entry: OutboxEntry { order, ..entry },
                stage: Stage::Ready,
            },
        );
    }

    /// Takes an envelope out.
    pub(super) fn remove(&mut self, hash: &EnvelopeHash) -> Option<OutboxEntry> {
        let order = self.by_hash.remove(hash)?;
        let parcel = self.parcels.remove(&order)?;
        if let OutboxContent::Changes(changes) = &parcel.entry.content {
            for change in changes {
                self.carried.remove(change);
            }
        }
        Some(parcel.entry)
    }

    pub(super) fn get(&self, hash: &EnvelopeHash) -> Option<&Parcel> {
        self.parcels.get(self.by_hash.get(hash)?)
    }

    /// The hash of what was pushed under a reference, if it is still here.
    pub(super) fn pushed(&self, reference: PushRef) -> Option<&Parcel> {
        self.parcels.get(self.by_ref.get(&reference)?)
    }

    /// Changes that are on the relay's disk as far as this connection knows.
    pub(super) fn acked_changes(&self) -> BTreeSet<ChangeHash> {
        self.parcels
            .values()
            .filter(|parcel| parcel.stage == Stage::Acked)
            .filter_map(|parcel| match parcel.carried() {
                Carried::Changes(changes) => Some(changes),
                Carried::Register => None,
            })
            .flatten()
            .copied()
            .collect()
    }

    /// How many registers the relay is not known to hold.
    pub(super) fn registers_unshared(&self) -> usize {
        let unshared = |parcel: &&Parcel| {
            parcel.carried() == Carried::Register && parcel.stage != Stage::Acked
        };
        self.parcels.values().filter(unshared).count()
    }

    /// Batches that are neither on their way nor acknowledged.
    pub(super) fn idle_changes(&self) -> impl Iterator<Item = (EnvelopeHash, &[ChangeHash])> {
        self.parcels
            .values()
            .filter_map(|parcel| match (parcel.stage, parcel.carried()) {
                (Stage::InFlight(_) | Stage::Acked, _) | (_, Carried::Register) => None,
                (_, Carried::Changes(changes)) => Some((parcel.entry.hash, changes)),
            })
    }

    /// Whether some batch holds the change already.
    pub(super) fn carries(&self, change: &ChangeHash) -> bool {
        self.carried.contains(change)
    }

    /// A connection or a channel ended: nothing is on its way, nothing is known to have arrived.
    /// A register that was refused is asked about again: what the relay held to be newer may be gone from it, and what
    /// the stream shows to be newer takes its place.
    pub(super) fn forget_pushes(&mut self) {
        self.by_ref.clear();
        for parcel in self.parcels.values_mut() {
            match (parcel.stage, &parcel.entry.content) {
                (Stage::Ready, _) | (Stage::Refused(_), OutboxContent::Changes(_)) => {}
                (
                    Stage::InFlight(_) | Stage::Acked | Stage::Delayed(..) | Stage::OnState(..),
                    _,
                )
                | (Stage::Refused(_), OutboxContent::Register(_)) => parcel.stage = Stage::Ready,
            }
        }
    }

    /// Another log: what one relay refused the next may take.
    pub(super) fn forgive(&mut self) {
        for parcel in self.parcels.values_mut() {
            if matches!(parcel.stage, Stage::Refused(_)) {
                parcel.stage = Stage::Ready;
            }
        }
    }

    /// The board's state changed, or patience ended.
    pub(super) fn wake(&mut self, now: Monotonic) {
        for parcel in self.parcels.values_mut() {
            match parcel.stage {
                Stage::Delayed(at, ..) | Stage::OnState(at, _) if at <= now => {
                    parcel.stage = Stage::Ready
                }
                Stage::Delayed(..)
                | Stage::OnState(..)
                | Stage::Ready
                | Stage::InFlight(_)
                | Stage::Acked
                | Stage::Refused(_) => {}
            }
        }
    }

    /// The board's state changed.
    pub(super) fn state_changed(&mut self) {
        for parcel in self.parcels.values_mut() {
            if matches!(parcel.stage, Stage::OnState(..)) {
                parcel.stage = Stage::Ready;
            }
        }
    }

    /// When `wake` has something to do.
    pub(super) fn next_wake(&self) -> Option<Monotonic> {
        let at = |parcel: &Parcel| match parcel.stage {
            Stage::Delayed(at, ..) | Stage::OnState(at, _) => Some(at),
            Stage::Ready | Stage::InFlight(_) | Stage::Acked | Stage::Refused(_) => None,
        };
        self.parcels.values().filter_map(at).min()
    }

    pub(super) fn in_flight(&self) -> usize {
        let flying = |parcel: &&Parcel| matches!(parcel.stage, Stage::InFlight(_));
        self.parcels.values().filter(flying).count()
    }

    /// The next register to push; registers wait for nothing but themselves.
    pub(super) fn next_register(&self) -> Option<u64> {
        self.parcels
            .iter()
            .find(|(_, parcel)| {
                parcel.stage == Stage::Ready
                    && matches!(parcel.entry.content, OutboxContent::Register(_))
            })
            .map(|(order, _)| *order)
    }

    /// What to do next for changes: no batch goes before a rejected one is settled.
    pub(super) fn next_changes(&self, store: &impl ChangeStore) -> Next {
        let mut blocked = BTreeSet::new();
        for (order, parcel) in &self.parcels {
            let OutboxContent::Changes(changes) = &parcel.entry.content else {
                continue;
            };
            match parcel.stage {
                Stage::Delayed(..) | Stage::OnState(..) => return Next::Wait,
                Stage::Refused(_) => blocked.extend(changes),
                Stage::InFlight(_) | Stage::Acked => {}
                Stage::Ready if builds_on(store, changes, &blocked) => blocked.extend(changes),
                Stage::Ready => return Next::Push(*order),
            }
        }
        Next::Cut(blocked)
    }

    /// A reference for a push of something that is not kept here.
    pub(super) fn fresh_reference(&mut self) -> PushRef {
        self.next_ref = self.next_ref.wrapping_add(1);
        PushRef(self.next_ref)
    }

    /// Marks an envelope as pushed; gives the reference and the bytes.
    pub(super) fn push(&mut self, order: u64) -> Option<(PushRef, &[u8])> {
        let parcel = self.parcels.get_mut(&order)?;
        self.next_ref = self.next_ref.wrapping_add(1);
        let reference = PushRef(self.next_ref);
        parcel.stage = Stage::InFlight(reference);
        self.by_ref.insert(reference, order);
        Some((reference, &parcel.entry.bytes))
    }

    /// The relay has it on its disk.
    pub(super) fn acked(&mut self, reference: PushRef) {
        if let Some(parcel) = self.in_flight_mut(reference) {
            parcel.stage = Stage::Acked;
        }
    }

    /// The relay did not take it.
    pub(super) fn rejected(
        &mut self,
        now: Monotonic,
        reference: PushRef,
        code: RejectCode,
        retry: Retry,
    ) -> Option<&OutboxEntry> {
        let parcel = self.in_flight_mut(reference)?;
        parcel.stage = match retry {
            Retry::Never => Stage::Refused(code),
            Retry::AfterMs(millis) => Stage::Delayed(now.plus(u64::from(millis)), code, retry),
            Retry::OnState => Stage::OnState(now.plus(STATE_PATIENCE), code),
        };
        Some(&parcel.entry)
    }

    fn in_flight_mut(&mut self, reference: PushRef) -> Option<&mut Parcel> {
        let parcel = self.parcels.get_mut(self.by_ref.get(&reference)?)?;
        (parcel.stage == Stage::InFlight(reference)).then_some(parcel)
    }

    /// The first rejection that is not settled.
    pub(super) fn rejection(&self) -> Option<(RejectCode, Retry)> {
        self.parcels.values().find_map(|parcel| match parcel.stage {
            Stage::Delayed(_, code, retry) => Some((code, retry)),
            Stage::OnState(_, code) => Some((code, Retry::OnState)),
            Stage::Refused(code) => Some((code, Retry::Never)),
            Stage::Ready | Stage::InFlight(_) | Stage::Acked => None,
        })
    }

    /// Envelopes of that slot other than the newest.
    pub(super) fn outdated(&self, slot: &Slot, newest: &EnvelopeHash) -> Vec<EnvelopeHash> {
        let of_slot = |parcel: &&Parcel| parcel.entry.content == OutboxContent::Register(*slot);
        self.parcels
            .values()
            .filter(of_slot)
            .map(|parcel| parcel.entry.hash)
            .filter(|hash| hash != newest)
            .collect()
    }
}

/// Whether any of the changes builds directly on one of `blocked`.
pub(super) fn builds_on(
    store: &impl ChangeStore,
    changes: &[ChangeHash],
    blocked: &BTreeSet<ChangeHash>,
) -> bool {
    !blocked.is_empty()
        && changes
            .iter()
            .filter_map(|change| store.deps(change))
            .any(|deps| deps.iter().any(|dep| blocked.contains(dep)))
}

/// What an entry carries, by reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried<'a> {
    Changes(&'a [ChangeHash]),
    Register,
}

/// See `Carried`.
pub(super) fn carried(entry: &OutboxEntry) -> Carried<'_> {
    match &entry.content {
        OutboxContent::Changes(changes) => Carried::Changes(changes),
        OutboxContent::Register(_) => Carried::Register,
    }
}

impl Parcel {
    pub(super) fn carried(&self) -> Carried<'_> {
        carried(&self.entry)
    }
}
