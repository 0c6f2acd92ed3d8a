//! What a session takes up from storage when it starts, and how much of it is believed.

use super::Session;
use super::intake::Intake;
use super::outbox::Outbox;
use super::shared::Shared;
use super::turn::Source;
use super::types::{ChunkState, Frontier, OutboxEntry, Saved, StoredChunk};
use crate::ids::ChangeHash;
use crate::sync::store::{ChangeStore, Verdict};

impl<D: ChangeStore> Session<D> {
    pub(super) fn restore(&mut self, saved: Saved) {
        if let Some(keys) = saved.verify_keys {
            // Keys of another board teach nothing; the relay will be asked again.
            let _ = self.keys.learn(keys);
        }
        self.restore_waiting(&saved.waiting);
        self.restore_registers(&saved.registers);
        self.restore_final(saved.final_snapshot);
        self.outbox = Outbox::restore(self.sound_entries(saved.outbox));
        self.restore_frontier(saved.frontier);
    }

    /// What waited may wait no more: another tab or a file has brought what it builds on. The first step then stores
    /// and shows it like anything else that is applied, since S may count it from now on.
    fn restore_waiting(&mut self, waiting: &[Vec<u8>]) {
        if waiting.is_empty() {
            return;
        }
        let slices: Vec<&[u8]> = waiting.iter().map(Vec::as_slice).collect();
        let receipt = self.store.receive(&slices);
        let known: Vec<ChangeHash> = receipt.verdicts.iter().filter_map(known).collect();
        self.note_receipt(receipt, waiting, Source::Device);
        let chunks = &mut self.turn.write.chunks;
        chunks.retain(|chunk| chunk.state != ChunkState::Waiting);
        chunks.extend(known.into_iter().map(|hash| StoredChunk {
            hash,
            bytes: Vec::new(),
            state: ChunkState::Applied,
        }));
    }

    /// A frontier whose heads are not all here says more than the document can back up: it is not believed.
    fn restore_frontier(&mut self, frontier: Option<Frontier>) {
        let believed = frontier.filter(|frontier| {
            self.must_refill |= frontier.must_refill
                || !frontier
                    .relay_heads
                    .iter()
                    .all(|head| self.store.contains(head));
            !self.must_refill
        });
        match believed {
            Some(frontier) => {
                self.shared = Shared::with_heads(&self.store, &frontier.relay_heads);
                frontier
                    .logged
                    .into_iter()
                    .for_each(|hash| self.shared.logged(hash));
                self.shared.grow(&self.store);
                self.epoch = Some(frontier.epoch);
                self.intake = Intake::at(frontier.cursor, frontier.chain);
            }
            None => self.shared = Shared::with_heads(&self.store, &[]),
        }
    }

    fn restore_registers(&mut self, envelopes: &[Vec<u8>]) {
        let Some(keys) = self.keys.verify_keys() else {
            return;
        };
        for envelope in envelopes {
            if let Ok(verified) = keys.verify(envelope.as_slice()) {
                // One that no longer reads is left in storage and out of the set.
                let _ = self.registers.offer(&verified);
            }
        }
    }

    /// Outbox entries that storage gave back whole; what a damaged one carried is sealed again.
    fn sound_entries(&self, entries: Vec<OutboxEntry>) -> Vec<OutboxEntry> {
        let keys = self.keys.verify_keys();
        let sound = |entry: &OutboxEntry| {
            keys.and_then(|keys| keys.verify(entry.bytes.as_slice()).ok())
                .is_some_and(|verified| verified.hash() == entry.hash)
        };
        entries.into_iter().filter(sound).collect()
    }
}

fn known(verdict: &Verdict) -> Option<ChangeHash> {
    match verdict {
        Verdict::Known(hash) => Some(*hash),
        Verdict::Applied(_) | Verdict::Waiting(_) | Verdict::Held { .. } => None,
    }
}
