//! The smallest document there is: a set of changes with their dependencies. Fast enough for thousands of schedules.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use samsyn_shared::ids::{BoardId, ChangeHash};
use samsyn_shared::sync::{ChangeStore, Receipt, Verdict};
use samsyn_shared::time::UnixMillis;

use super::document::Document;

/// More waiting changes than this make room for others, as on a real device.
const MOST_WAITING: usize = 4;

/// See the module. A chunk is a count of dependencies, the dependencies, and random bytes.
#[derive(Debug, Default)]
pub struct Toy {
    applied: BTreeMap<ChangeHash, Vec<u8>>,
    order: Vec<ChangeHash>,
    waiting: BTreeMap<ChangeHash, Vec<u8>>,
    arrival: Vec<ChangeHash>,
    heads: BTreeSet<ChangeHash>,
}

fn hash_of(chunk: &[u8]) -> ChangeHash {
    ChangeHash(*blake3::hash(chunk).as_bytes())
}

fn deps_of(chunk: &[u8]) -> Option<Vec<ChangeHash>> {
    let (count, rest) = chunk.split_first()?;
    let deps = rest.get(..usize::from(*count) * 32)?;
    deps.chunks_exact(32)
        .map(|dep| ChangeHash::try_from(dep).ok())
        .collect()
}

impl Toy {
    fn ready(&self, chunk: &[u8]) -> bool {
        deps_of(chunk).is_some_and(|deps| deps.iter().all(|dep| self.applied.contains_key(dep)))
    }

    fn apply(&mut self, hash: ChangeHash, chunk: Vec<u8>) {
        for dep in deps_of(&chunk).unwrap_or_default() {
            self.heads.remove(&dep);
        }
        self.heads.insert(hash);
        self.order.push(hash);
        self.applied.insert(hash, chunk);
    }

    fn release(&mut self) -> Vec<Verdict> {
        let mut released = Vec::new();
        while let Some(hash) = self
            .waiting
            .iter()
            .find(|(_, chunk)| self.ready(chunk))
            .map(|(hash, _)| *hash)
        {
            if let Some(chunk) = self.waiting.remove(&hash) {
                self.arrival.retain(|other| *other != hash);
                self.apply(hash, chunk);
                released.push(Verdict::Applied(hash));
            }
        }
        released
    }

    fn make_room(&mut self) -> Vec<ChangeHash> {
        let surplus = self.arrival.len().saturating_sub(MOST_WAITING);
        let dropped: Vec<ChangeHash> = self.arrival.drain(..surplus).collect();
        for hash in &dropped {
            self.waiting.remove(hash);
        }
        dropped
    }

    fn take(&mut self, chunk: &[u8]) -> Verdict {
        let hash = hash_of(chunk);
        if deps_of(chunk).is_none() {
            return Verdict::Held {
                hash: None,
                reason: "not a toy".into(),
            };
        }
        if self.applied.contains_key(&hash) {
            return Verdict::Known(hash);
        }
        if self.ready(chunk) {
            self.waiting.remove(&hash);
            self.arrival.retain(|other| *other != hash);
            self.apply(hash, chunk.to_vec());
            return Verdict::Applied(hash);
        }
        if self.waiting.insert(hash, chunk.to_vec()).is_none() {
            self.arrival.push(hash);
        }
        Verdict::Waiting(hash)
    }
}

impl ChangeStore for Toy {
    type Delta = usize;

    fn receive(&mut self, chunks: &[&[u8]]) -> Receipt<usize> {
        let before = self.order.len();
        let verdicts = chunks.iter().map(|chunk| self.take(chunk)).collect();
        let released = self.release();
        let dropped = self.make_room();
        let delta = self.order.len() - before;
        Receipt {
            verdicts,
            released,
            dropped,
            delta,
        }
    }

    fn contains(&self, hash: &ChangeHash) -> bool {
        self.applied.contains_key(hash)
    }

    fn deps(&self, hash: &ChangeHash) -> Option<Vec<ChangeHash>> {
        self.applied.get(hash).and_then(|chunk| deps_of(chunk))
    }

    fn changes_after(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut known = BTreeSet::new();
        let mut next: Vec<ChangeHash> = heads.to_vec();
        while let Some(hash) = next.pop() {
            if let Some(deps) = self.deps(&hash)
                && known.insert(hash)
            {
                next.extend(deps);
            }
        }
        self.order
            .iter()
            .filter(|hash| !known.contains(*hash))
            .copied()
            .collect()
    }

    fn chunk(&self, hash: &ChangeHash) -> Option<Vec<u8>> {
        self.applied
            .get(hash)
            .or_else(|| self.waiting.get(hash))
            .cloned()
    }

    fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }
}

impl Document for Toy {
    fn load(_: BoardId, chunks: &[&[u8]]) -> Self {
        let mut toy = Self::default();
        toy.receive(chunks);
        toy
    }

    fn edit(&mut self, _: UnixMillis, rng: &mut ChaCha8Rng) -> Vec<(ChangeHash, Vec<u8>)> {
        let heads: Vec<ChangeHash> = self.heads.iter().take(200).copied().collect();
        let mut chunk = vec![u8::try_from(heads.len()).unwrap_or(0)];
        heads
            .iter()
            .for_each(|head| chunk.extend_from_slice(head.as_bytes()));
        chunk.extend_from_slice(&rng.next_u64().to_le_bytes());
        let hash = hash_of(&chunk);
        self.apply(hash, chunk.clone());
        vec![(hash, chunk)]
    }

    fn fingerprint(&self) -> String {
        format!("{:?}", self.applied.keys())
    }
}
