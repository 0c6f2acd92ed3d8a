//! What goes to the relay: batches of changes in causal order, and registers.

use std::collections::BTreeSet;

use rand_core::CryptoRng;

use super::outbox::{Carried, Next, builds_on};
use super::types::OutboxContent;
use super::{Refill, Session};
use crate::ids::{ChangeHash, Slot};
use crate::registers::BoardState;
use crate::seal::{Role, Verified, envelope_hash, pack};
use crate::sync::store::ChangeStore;
use crate::sync::wire::{Message, Push, PushRef};

/// What came of looking for a batch to push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pushed {
    /// One is on its way.
    One,
    /// There is none.
    Nothing,
    /// There may be one, and it has to wait.
    NotNow,
}

impl<D: ChangeStore> Session<D> {
    /// Pushes everything that may go now.
    pub(super) fn push_all(&mut self) {
        if !self.link.is_up() {
            return;
        }
        self.outbox.wake(self.now.monotonic);
        match self.refill {
            Refill::Pulling(_) => {}
            Refill::Waiting(at) if at > self.now.monotonic => {}
            Refill::Waiting(_) => {
                self.drop_settled();
                self.push_registers();
                self.refill = match self.push_changes_once() {
                    Pushed::One => Refill::Pushing,
                    Pushed::Nothing => Refill::No,
                    Pushed::NotNow => {
                        Refill::Waiting(self.now.monotonic.plus(self.tuning.refill_wait.max(1)))
                    }
                };
            }
            Refill::Pushing => self.push_registers(),
            Refill::No => {
                self.push_registers();
                while self.has_room() && self.push_changes_once() == Pushed::One {}
            }
        }
    }

    /// When nothing is on its way any more, answered or come back, the next batch of a refill waits again, so that
    /// others may have pushed it meanwhile.
    pub(super) fn next_refill(&mut self, rng: &mut impl CryptoRng) {
        if self.refill == Refill::Pushing && self.outbox.in_flight() == 0 {
            self.refill = self.wait_before_refilling(rng);
        }
    }

    fn has_room(&self) -> bool {
        self.outbox.in_flight() < self.tuning.in_flight.min(self.link.in_flight)
    }

    fn push_registers(&mut self) {
        while self.has_room()
            && let Some(order) = self.outbox.next_register()
        {
            self.push_parcel(order);
        }
    }

    /// Pushes one batch, a cut one or a new one.
    fn push_changes_once(&mut self) -> Pushed {
        match (self.keys.role(), self.registers.state()) {
            (Role::Observer, _) => return Pushed::Nothing,
            (Role::Facilitator | Role::Participant, BoardState::Open)
            | (Role::Facilitator, BoardState::Paused) => {}
            (Role::Participant, BoardState::Paused)
            | (_, BoardState::Frozen { .. } | BoardState::Deleted) => return Pushed::NotNow,
        }
        let order = match self.outbox.next_changes(&self.store) {
            Next::Wait => return Pushed::NotNow,
            Next::Push(order) => Some(order),
            Next::Cut(_) if self.intake.has_news() => {
                // What has come and is not taken in yet may be what would be cut.
                self.take_in();
                return self.push_changes_once();
            }
            Next::Cut(blocked) => self.cut(blocked),
        };
        match order {
            Some(order) => {
                self.push_parcel(order);
                Pushed::One
            }
            None => Pushed::Nothing,
        }
    }

    fn push_parcel(&mut self, order: u64) {
        if let Some((reference, bytes)) = self.outbox.push(order) {
            let envelope = bytes.into();
            self.say(&Message::Push(Push {
                reference,
                envelope,
                expect: None,
            }));
        }
    }

    /// Cuts and seals the next batch of changes that no batch holds yet.
    fn cut(&mut self, mut blocked: BTreeSet<ChangeHash>) -> Option<u64> {
        let mut batch: Vec<(ChangeHash, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        let free = self
            .shared
            .missing()
            .filter(|hash| !self.outbox.carries(hash));
        for hash in free {
            if builds_on(&self.store, &[hash], &blocked) {
                blocked.insert(hash);
                continue;
            }
            let Some(chunk) = self.store.chunk(&hash) else {
                continue;
            };
            bytes += chunk.len();
            if !batch.is_empty()
                && (bytes > self.tuning.batch_bytes || batch.len() >= self.tuning.batch_changes)
            {
                break;
            }
            batch.push((hash, chunk));
        }
        self.seal_batch(batch)
    }

    /// Seals as much of the batch as fits one envelope.
    fn seal_batch(&mut self, mut batch: Vec<(ChangeHash, Vec<u8>)>) -> Option<u64> {
        while !batch.is_empty() {
            let chunks: Vec<(ChangeHash, &[u8])> = batch
                .iter()
                .map(|(hash, chunk)| (*hash, chunk.as_slice()))
                .collect();
            let sealed = pack::pack(&chunks)
                .ok()
                .and_then(|packed| self.keys.seal_changes(&packed).ok());
            if let Some(envelope) = sealed {
                let changes = batch.into_iter().map(|(hash, _)| hash).collect();
                return self.put_in_outbox(OutboxContent::Changes(changes), envelope);
            }
            batch.truncate(batch.len() / 2);
        }
        None
    }

    fn put_in_outbox(&mut self, content: OutboxContent, envelope: Vec<u8>) -> Option<u64> {
        let entry = self
            .outbox
            .add(envelope_hash(&envelope), content, envelope)?;
        let order = entry.order;
        self.turn.write.outbox_put.push(entry);
        Some(order)
    }

    /// Batches of which the stream has shown every change in envelopes of others need not be pushed.
    pub(super) fn drop_settled(&mut self) {
        let settled: Vec<_> = self
            .outbox
            .idle_changes()
            .filter(|(_, changes)| !changes.iter().any(|change| self.shared.lacks(change)))
            .map(|(hash, _)| hash)
            .collect();
        for hash in &settled {
            self.remove_from_outbox(hash);
        }
    }

    /// Takes an acknowledged batch out if the stream has shown all of it.
    pub(super) fn drop_if_settled(&mut self, reference: PushRef) {
        let settled = self
            .outbox
            .pushed(reference)
            .and_then(|parcel| match parcel.carried() {
                Carried::Changes(changes)
                    if !changes.iter().any(|change| self.shared.lacks(change)) =>
                {
                    Some(parcel.entry.hash)
                }
                Carried::Changes(_) | Carried::Register => None,
            });
        if let Some(hash) = settled {
            self.remove_from_outbox(&hash);
        }
    }

    /// Puts a register in line; what was in line for its slot is outdated.
    pub(super) fn queue_register(&mut self, slot: Slot, verified: &Verified) {
        for hash in self.outbox.outdated(&slot, &verified.hash()) {
            self.remove_from_outbox(&hash);
        }
        self.put_in_outbox(OutboxContent::Register(slot), verified.bytes().to_vec());
    }

    /// A relay of which nothing is known may lack any register; anyone may give them back.
    pub(super) fn push_registers_again(&mut self) {
        let all: Vec<(Slot, Verified)> = self
            .registers
            .iter()
            .map(|(slot, verified)| (*slot, verified.clone()))
            .collect();
        for (slot, verified) in all {
            self.queue_register(slot, &verified);
        }
    }
}
