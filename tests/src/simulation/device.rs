//! One device: a session over a document, and a disk that holds what was written and nothing else.

use std::collections::BTreeMap;

use samsyn_shared::ids::{ChangeHash, EnvelopeHash, PresenceId, Slot};
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::sync::relay::ConnId;
use samsyn_shared::sync::session::{
    ChunkState, FinalSnapshot, Frontier, OutboxEntry, Saved, Session, SessionConfig, StoreWrite,
    Tuning,
};

use super::check::Claim;
use super::document::Document;

/// What is on a device's disk.
#[derive(Clone, Debug, Default)]
pub struct DeviceDisk {
    pub(super) chunks: BTreeMap<ChangeHash, (Vec<u8>, ChunkState)>,
    pub(super) frontier: Option<Frontier>,
    pub(super) outbox: BTreeMap<EnvelopeHash, OutboxEntry>,
    pub(super) registers: BTreeMap<Slot, Vec<u8>>,
    verify_keys: Option<samsyn_shared::seal::VerifyKeys>,
    pub(super) final_snapshot: Option<FinalSnapshot>,
}

impl DeviceDisk {
    /// One transaction.
    pub fn write(&mut self, write: StoreWrite) {
        for chunk in write.chunks {
            let before = self.chunks.get(&chunk.hash).map(|(bytes, _)| bytes.clone());
            let bytes = if chunk.bytes.is_empty() {
                before.unwrap_or_default()
            } else {
                chunk.bytes
            };
            self.chunks.insert(chunk.hash, (bytes, chunk.state));
        }
        for hash in write.dropped {
            self.chunks.remove(&hash);
        }
        for entry in write.outbox_put {
            self.outbox.insert(entry.hash, entry);
        }
        for hash in write.outbox_remove {
            self.outbox.remove(&hash);
        }
        self.registers.extend(write.registers);
        self.frontier = write.frontier.or(self.frontier.take());
        self.verify_keys = write.verify_keys.or(self.verify_keys.take());
        self.final_snapshot = write.final_snapshot.or(self.final_snapshot.take());
    }

    fn of_state(&self, state: ChunkState) -> impl Iterator<Item = &Vec<u8>> {
        self.chunks
            .values()
            .filter(move |(_, it)| *it == state)
            .map(|(bytes, _)| bytes)
    }

    /// The document as the disk has it.
    pub fn document<S: Document>(&self, keys: &BoardKeys) -> S {
        let chunks: Vec<&[u8]> = self
            .of_state(ChunkState::Applied)
            .map(Vec::as_slice)
            .collect();
        S::load(keys.board(), &chunks)
    }

    /// A session as the app starts it.
    pub fn start<S: Document>(
        &self,
        keys: &BoardKeys,
        presence: PresenceId,
        tuning: Tuning,
    ) -> Session<S> {
        let saved = Saved {
            frontier: self.frontier.clone(),
            outbox: self.outbox.values().cloned().collect(),
            registers: self.registers.values().cloned().collect(),
            waiting: self.of_state(ChunkState::Waiting).cloned().collect(),
            held: u32::try_from(self.of_state(ChunkState::Held).count()).unwrap_or(u32::MAX),
            verify_keys: self.verify_keys,
            final_snapshot: self.final_snapshot.clone(),
        };
        Session::new(
            SessionConfig {
                keys: keys.clone(),
                presence,
                tuning,
            },
            self.document(keys),
            saved,
        )
    }
}

/// A device and how it is at the moment.
pub struct Device<S: Document> {
    pub(super) keys: BoardKeys,
    pub(super) disk: DeviceDisk,
    /// None while it is off.
    pub(super) session: Option<Session<S>>,
    /// Counts restarts: what was meant for an earlier run is dropped.
    pub(super) run: u64,
    pub(super) conn: Option<ConnId>,
    /// Without a network until then.
    pub(super) offline_until: u64,
    /// Writes that failed, joined; none when storage works.
    pub(super) kept: Option<StoreWrite>,
    pub(super) storage: Storage,
    pub(super) tick_at: Option<u64>,
    pub(super) reconnect: u64,
    pub(super) tuning: Tuning,
    pub(super) refused: u32,
    /// Something was rejected for good, which is: until the next start.
    pub(super) rejected: bool,
    /// The last claim to have shared everything that was checked.
    pub(super) claimed: Option<Claim>,
}

/// Whether a device's storage takes writes at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// It does.
    Works,
    /// Every write fails.
    Fails,
}

impl<S: Document> Device<S> {
    /// A device that is off and knows nothing.
    pub fn new(keys: BoardKeys, tuning: Tuning) -> Self {
        Self {
            keys,
            disk: DeviceDisk::default(),
            session: None,
            run: 0,
            conn: None,
            offline_until: 0,
            kept: None,
            storage: Storage::Works,
            tick_at: None,
            reconnect: 0,
            tuning,
            refused: 0,
            rejected: false,
            claimed: None,
        }
    }

    /// Whether it has a change, on its disk or in its document.
    pub fn has(&self, change: &ChangeHash) -> bool {
        let session = self.session.as_ref();
        self.disk.chunks.contains_key(change)
            || session.is_some_and(|session| session.store().chunk(change).is_some())
    }

    /// Writes, or keeps the write for later, as a host must.
    pub fn write(&mut self, write: StoreWrite) {
        match self.kept.as_mut() {
            Some(kept) => kept.append(write),
            None => self.kept = Some(write),
        }
        if self.storage == Storage::Works
            && let Some(kept) = self.kept.take()
        {
            self.disk.write(kept);
        }
    }
}
