//! Changes from outside: the board as a session's `ChangeStore`, and loading what was stored.

use automerge::Change;

use super::{Board, Delta, document, genesis, home};
use crate::ids::ChangeHash;
use crate::sync::{ChangeStore, Receipt, Verdict};

/// A change that breaks the rules of admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its hash, where it could be read so far.
    pub hash: Option<ChangeHash>,
    /// Which rule it breaks, in words for a log.
    pub reason: String,
}

/// What became of stored chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// How many changes are in the document, genesis and home left out.
    pub applied: usize,
    /// Changes whose dependencies are missing.
    pub waiting: Vec<ChangeHash>,
    /// Changes that were left out for good.
    pub held: Vec<Held>,
}

impl Board {
    pub(super) fn begin(&mut self) {
        let (_, home) = home::change(&self.id);
        let fixed = [genesis::CHUNK, home.as_slice()];
        let changes = fixed.iter().filter_map(|it| Change::try_from(*it).ok());
        // Both are fixed bytes that tests apply, so this cannot fail.
        drop(self.document.apply_changes(changes.collect::<Vec<_>>()));
    }

    pub(super) fn take_stored(&mut self, chunks: &[&[u8]]) -> LoadReport {
        let mut report = LoadReport::default();
        let mut changes: Vec<Vec<u8>> = Vec::new();
        for chunk in chunks {
            match document::load(chunk) {
                Ok(document) => changes.extend(
                    document
                        .get_changes(&[])
                        .iter()
                        .map(|change| change.raw_bytes().to_vec()),
                ),
                Err(error) => report.held.push(Held {
                    hash: None,
                    reason: error.to_string(),
                }),
            }
        }
        let chunks: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        self.receive(&chunks);
        report.applied = self.applied.len();
        report.waiting = self.waiting.keys().copied().collect();
        report
    }

    fn is_fixed(&self, hash: &ChangeHash) -> bool {
        *hash == genesis::HASH || *hash == home::change(&self.id).0
    }
}

impl ChangeStore for Board {
    type Delta = Delta;

    fn receive(&mut self, chunks: &[&[u8]]) -> Receipt<Delta> {
        let mut verdicts = Vec::new();
        for chunk in chunks {
            let Ok(change) = Change::try_from(*chunk) else {
                verdicts.push(Verdict::Held {
                    hash: None,
                    reason: "unreadable".to_owned(),
                });
                continue;
            };
            let hash = document::ours(change.hash());
            if self.contains(&hash) {
                verdicts.push(Verdict::Known(hash));
                continue;
            }
            let ready = change
                .deps()
                .iter()
                .all(|dep| self.contains(&document::ours(*dep)));
            if ready {
                drop(self.document.apply_changes([change]));
                self.applied.insert(hash, chunk.to_vec());
                verdicts.push(Verdict::Applied(hash));
            } else {
                self.waiting.insert(hash, chunk.to_vec());
                verdicts.push(Verdict::Waiting(hash));
            }
        }
        let delta = self.refresh();
        Receipt {
            verdicts,
            released: Vec::new(),
            dropped: Vec::new(),
            delta,
        }
    }

    fn contains(&self, hash: &ChangeHash) -> bool {
        self.is_fixed(hash) || self.applied.contains_key(hash)
    }

    fn deps(&self, hash: &ChangeHash) -> Option<Vec<ChangeHash>> {
        let meta = self
            .document
            .get_change_meta_by_hash(&document::theirs(hash))?;
        Some(meta.deps.iter().map(|dep| document::ours(*dep)).collect())
    }

    fn changes_after(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let have: Vec<_> = heads.iter().map(document::theirs).collect();
        let changes = self.document.get_changes(&have);
        let hashes = changes.iter().map(|change| document::ours(change.hash()));
        hashes.filter(|hash| !self.is_fixed(hash)).collect()
    }

    fn chunk(&self, hash: &ChangeHash) -> Option<Vec<u8>> {
        self.applied
            .get(hash)
            .or_else(|| self.waiting.get(hash))
            .cloned()
    }

    fn heads(&self) -> Vec<ChangeHash> {
        let heads = self.document.get_heads();
        heads.into_iter().map(document::ours).collect()
    }
}
