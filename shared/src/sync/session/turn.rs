//! The outputs of one step, gathered so that what must be stored is stored before anything leaves the device.

use std::collections::BTreeMap;

use super::types::{ChunkState, HeldChange, Output, StoreWrite, StoredChunk};
use crate::ids::ChangeHash;
use crate::sync::store::{Receipt, Verdict};

/// Where chunks came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The relay's log.
    Log,
    /// Another tab, or a file.
    Device,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Turn<Delta> {
    pub(super) write: StoreWrite,
    told: Vec<Output<Delta>>,
    sends: Vec<Vec<u8>>,
}

impl<Delta> Default for Turn<Delta> {
    fn default() -> Self {
        Self {
            write: StoreWrite::default(),
            told: Vec::new(),
            sends: Vec::new(),
        }
    }
}

/// What a receipt says, by what has to be done about it.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) applied: Vec<ChangeHash>,
    /// Every change that the chunks held, refused ones excepted.
    pub(super) seen: Vec<ChangeHash>,
    pub(super) dropped: Vec<ChangeHash>,
    pub(super) waiting: Vec<ChangeHash>,
    pub(super) held: u32,
    /// Changes that waited and are held now.
    pub(super) gone: Vec<ChangeHash>,
}

impl<Delta> Turn<Delta> {
    pub(super) fn tell(&mut self, output: Output<Delta>) {
        self.told.push(output);
    }

    pub(super) fn send(&mut self, bytes: Vec<u8>) {
        self.sends.push(bytes);
    }

    /// The connection ended in this step.
    pub(super) fn drop_sends(&mut self) {
        self.sends.clear();
    }

    /// The outputs: storage first, then what a screen shows, then the relay.
    pub(super) fn take(&mut self) -> Vec<Output<Delta>> {
        let turn = std::mem::take(self);
        let mut out = Vec::with_capacity(1 + turn.told.len() + turn.sends.len());
        if !turn.write.is_empty() {
            out.push(Output::Write(turn.write));
        }
        out.extend(turn.sends.into_iter().map(Output::Send));
        out.extend(turn.told);
        out
    }

    /// Puts a receipt into the outputs.
    pub(super) fn note_receipt(&mut self, receipt: Receipt<Delta>, chunks: &[Vec<u8>]) -> Noted {
        let mut noted = Noted::default();
        let mut fates = Fates::default();
        for (verdict, chunk) in receipt.verdicts.into_iter().zip(chunks) {
            noted.count(&verdict);
            fates.arrived(verdict, chunk);
        }
        for verdict in receipt.released {
            // They came earlier, and then it was noted whether it was the log that brought them.
            noted.released(&verdict);
            fates.released(verdict);
        }
        if !fates.held.is_empty() {
            self.tell(Output::Held(std::mem::take(&mut fates.held)));
        }
        if !noted.applied.is_empty() {
            self.tell(Output::Delta(receipt.delta));
        }
        self.write.append(StoreWrite {
            chunks: fates.chunks.into_values().collect(),
            dropped: receipt.dropped.clone(),
            ..StoreWrite::default()
        });
        noted.dropped = receipt.dropped;
        noted
    }
}

impl Noted {
    fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Applied(hash) => {
                self.applied.push(*hash);
                self.seen.push(*hash);
            }
            Verdict::Known(hash) => self.seen.push(*hash),
            Verdict::Waiting(hash) => {
                self.seen.push(*hash);
                self.waiting.push(*hash);
            }
            Verdict::Held { .. } => self.held = self.held.saturating_add(1),
        }
    }

    fn released(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Applied(hash) => self.applied.push(*hash),
            Verdict::Held { hash, .. } => {
                self.held = self.held.saturating_add(1);
                self.gone.extend(hash);
            }
            Verdict::Known(_) | Verdict::Waiting(_) => {}
        }
    }
}

/// The last state of each chunk of a step.
#[derive(Debug, Default)]
struct Fates {
    chunks: BTreeMap<ChangeHash, StoredChunk>,
    held: Vec<HeldChange>,
}

impl Fates {
    fn arrived(&mut self, verdict: Verdict, chunk: &[u8]) {
        let (hash, state) = match verdict {
            Verdict::Known(_) => return,
            Verdict::Applied(hash) => (hash, ChunkState::Applied),
            Verdict::Waiting(hash) => (hash, ChunkState::Waiting),
            Verdict::Held { hash, reason } => {
                let hash = hash.unwrap_or_else(|| ChangeHash(*blake3::hash(chunk).as_bytes()));
                self.held.push(HeldChange { hash, reason });
                (hash, ChunkState::Held)
            }
        };
        self.chunks.insert(
            hash,
            StoredChunk {
                hash,
                bytes: chunk.to_vec(),
                state,
            },
        );
    }

    fn released(&mut self, verdict: Verdict) {
        let (hash, state) = match verdict {
            Verdict::Applied(hash) => (hash, ChunkState::Applied),
            Verdict::Held {
                hash: Some(hash),
                reason,
            } => {
                self.held.push(HeldChange { hash, reason });
                (hash, ChunkState::Held)
            }
            Verdict::Held { hash: None, .. } | Verdict::Known(_) | Verdict::Waiting(_) => return,
        };
        self.chunks
            .entry(hash)
            .or_insert(StoredChunk {
                hash,
                bytes: Vec::new(),
                state,
            })
            .state = state;
    }
}
