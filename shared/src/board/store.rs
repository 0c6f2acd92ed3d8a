//! Changes from outside: the board as a session's `ChangeStore`, and loading what a device has stored.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::{Automerge, AutomergeError, Change, PatchLog};

use super::admission::{self, Refusal};
use super::chunk::{self, Chunk};
use super::history::{Admitted, ChangeIx, History};
use super::order::Siblings;
use super::read::{Claims, Merging, TextLog, splices};
use super::{Board, Delta, View, document, draft, genesis, home};
use crate::ids::ChangeHash;
use crate::sync::{ChangeStore, Receipt, Verdict};

/// The most changes that wait for their dependencies at a time.
pub const MAX_WAITING: usize = 4_096;
/// The most bytes of them.
pub const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;
/// The most held changes that are remembered, so that what builds on them is known to be held as well.
pub const MAX_HELD: usize = 4_096;

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
    /// Waiting changes that were too many.
    pub dropped: Vec<ChangeHash>,
}

/// A change whose dependencies are missing. Only its bytes are kept, since what they unfold to is much larger.
#[derive(Clone, Debug)]
struct Waiting {
    raw: Vec<u8>,
    arrived: u64,
}

/// Changes that are not in the document.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    waiting: BTreeMap<ChangeHash, Waiting>,
    waiting_bytes: usize,
    by_arrival: BTreeMap<u64, ChangeHash>,
    arrivals: u64,
    /// By one missing dependency, the changes that wait for it.
    blocked: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    held: BTreeMap<ChangeHash, String>,
    held_in_order: VecDeque<ChangeHash>,
}

impl Outside {
    fn wait(&mut self, chunk: Chunk, missing: ChangeHash) {
        self.blocked.entry(missing).or_default().push(chunk.hash);
        self.arrivals += 1;
        self.waiting_bytes += chunk.raw.len();
        self.by_arrival.insert(self.arrivals, chunk.hash);
        let arrived = self.arrivals;
        let raw = chunk.raw;
        self.waiting.insert(chunk.hash, Waiting { raw, arrived });
    }

    fn leave(&mut self, hash: &ChangeHash) -> Option<Vec<u8>> {
        let waiting = self.waiting.remove(hash)?;
        self.by_arrival.remove(&waiting.arrived);
        self.waiting_bytes -= waiting.raw.len();
        Some(waiting.raw)
    }

    /// Lets the oldest go until the rest keeps within the limits.
    fn drop_overflow(&mut self) -> Vec<ChangeHash> {
        let mut dropped = Vec::new();
        while self.waiting.len() > MAX_WAITING || self.waiting_bytes > MAX_WAITING_BYTES {
            let Some((_, oldest)) = self.by_arrival.pop_first() else {
                break;
            };
            self.leave(&oldest);
            dropped.push(oldest);
        }
        if !dropped.is_empty() {
            let waiting = &self.waiting;
            self.blocked.retain(|_, waiters| {
                waiters.retain(|hash| waiting.contains_key(hash));
                !waiters.is_empty()
            });
        }
        dropped
    }

    #[cfg(test)]
    pub(super) fn refuse(&mut self, hash: ChangeHash, reason: String) {
        self.hold(hash, reason);
    }

    fn hold(&mut self, hash: ChangeHash, reason: String) {
        if self.held.insert(hash, reason).is_none() {
            self.held_in_order.push_back(hash);
        }
        if self.held_in_order.len() > MAX_HELD
            && let Some(oldest) = self.held_in_order.pop_front()
        {
            self.held.remove(&oldest);
        }
    }
}

/// What one call has let in so far.
#[derive(Default)]
struct Batch {
    entered: Vec<ChangeIx>,
    /// Verdicts on changes that had waited, in order.
    released: Vec<Verdict>,
}

impl Board {
    /// Genesis and home, which every board has.
    pub(super) fn begin(&mut self) {
        let (_, home) = home::change(&self.id);
        let mut batch = Batch::default();
        for fixed in [genesis::CHUNK, home.as_slice()] {
            self.take(fixed, &mut batch);
        }
        drop(self.apply(&batch.entered, &mut PatchLog::inactive()));
    }

    pub(super) fn take_stored(&mut self, chunks: &[&[u8]]) -> LoadReport {
        let mut report = LoadReport::default();
        let mut saved: Option<Automerge> = None;
        let mut all: Vec<Vec<u8>> = Vec::new();
        for chunk in chunks {
            if !is_document(chunk) {
                all.push(chunk.to_vec());
                continue;
            }
            match document::load(chunk) {
                Ok(document) => {
                    all.extend(raw_changes(&document));
                    saved.get_or_insert(document);
                }
                Err(error) => report.held.push(Held {
                    hash: None,
                    reason: error.to_string(),
                }),
            }
        }
        self.take_all(&all, saved, &mut report);
        report.applied = self.history.entries().len().saturating_sub(2);
        report.waiting = self.outside.waiting.keys().copied().collect();
        report
    }

    fn take_all(&mut self, chunks: &[Vec<u8>], saved: Option<Automerge>, report: &mut LoadReport) {
        let mut batch = Batch::default();
        let mut verdicts: Vec<Verdict> = Vec::new();
        for chunk in chunks {
            verdicts.push(self.take(chunk, &mut batch));
        }
        verdicts.append(&mut batch.released);
        report.dropped = self.outside.drop_overflow();
        // What was saved is taken as it is if it is exactly what admission let in; else it is built again.
        match saved.filter(|document| self.is_whole(document)) {
            Some(document) => self.document = document,
            None => {
                if self
                    .apply(&batch.entered, &mut PatchLog::inactive())
                    .is_err()
                {
                    verdicts.extend(self.rebuild().0);
                }
            }
        }
        report.held.extend(verdicts.into_iter().filter_map(held));
        self.read_all();
    }

    fn is_whole(&self, document: &Automerge) -> bool {
        let mut theirs: Vec<ChangeHash> = document
            .get_heads()
            .into_iter()
            .map(document::ours)
            .collect();
        theirs.sort_unstable();
        theirs == self.heads()
    }

    /// Reads one chunk and lets it in, makes it wait or holds it.
    fn take(&mut self, bytes: &[u8], batch: &mut Batch) -> Verdict {
        match chunk::read(bytes) {
            Ok(chunk) => self.consider(chunk, batch),
            Err(unreadable) => {
                let reason = unreadable.error.to_string();
                let hash = unreadable.hash;
                if let Some(hash) = hash {
                    self.hold(hash, reason.clone(), batch);
                }
                Verdict::Held { hash, reason }
            }
        }
    }

    fn consider(&mut self, chunk: Chunk, batch: &mut Batch) -> Verdict {
        let hash = chunk.hash;
        if self.history.find(&hash).is_some() {
            return Verdict::Known(hash);
        }
        if let Some(reason) = self.outside.held.get(&hash) {
            let reason = reason.clone();
            let hash = Some(hash);
            return Verdict::Held { hash, reason };
        }
        if self.outside.waiting.contains_key(&hash) {
            return Verdict::Waiting(hash);
        }
        let verdict = self.decide(chunk, batch);
        if matches!(verdict, Verdict::Applied(_)) {
            self.release(hash, batch);
        }
        verdict
    }

    fn decide(&mut self, chunk: Chunk, batch: &mut Batch) -> Verdict {
        let hash = chunk.hash;
        let mut deps = chunk.deps.iter();
        if deps.clone().any(|dep| self.outside.held.contains_key(dep)) {
            return self.hold(hash, Refusal::BuildsOnHeld.to_string(), batch);
        }
        if let Some(missing) = deps.find(|dep| self.history.find(dep).is_none()) {
            let missing = *missing;
            self.outside.wait(chunk, missing);
            return Verdict::Waiting(hash);
        }
        match admission::check(&self.history, &chunk) {
            Ok(admitted) => {
                batch.entered.push(self.enter(chunk, admitted));
                Verdict::Applied(hash)
            }
            Err(refusal) => self.hold(hash, refusal.to_string(), batch),
        }
    }

    pub(super) fn enter(&mut self, chunk: Chunk, admitted: Admitted) -> ChangeIx {
        let first = self.history.object_count();
        let change = self.history.append(chunk, admitted);
        self.claims.add(&self.id, &self.history, first);
        change
    }

    /// Holds a change, and with it everything that waits for it.
    fn hold(&mut self, hash: ChangeHash, reason: String, batch: &mut Batch) -> Verdict {
        self.outside.hold(hash, reason.clone());
        let mut open = vec![hash];
        while let Some(next) = open.pop() {
            for waiter in self.outside.blocked.remove(&next).unwrap_or_default() {
                if self.outside.leave(&waiter).is_some() {
                    let reason = Refusal::BuildsOnHeld.to_string();
                    self.outside.hold(waiter, reason.clone());
                    let hash = Some(waiter);
                    batch.released.push(Verdict::Held { hash, reason });
                    open.push(waiter);
                }
            }
        }
        let hash = Some(hash);
        Verdict::Held { hash, reason }
    }

    /// Looks again at what waited for a change that is now in.
    fn release(&mut self, hash: ChangeHash, batch: &mut Batch) {
        let mut open = VecDeque::from([hash]);
        while let Some(next) = open.pop_front() {
            for waiter in self.outside.blocked.remove(&next).unwrap_or_default() {
                let raw = self.outside.leave(&waiter);
                let Some(Ok(chunk)) = raw.map(|raw| chunk::read(&raw)) else {
                    continue;
                };
                match self.decide(chunk, batch) {
                    Verdict::Applied(hash) => {
                        open.push_back(hash);
                        batch.released.push(Verdict::Applied(hash));
                    }
                    Verdict::Held { hash, reason } => {
                        batch.released.push(Verdict::Held { hash, reason });
                    }
                    Verdict::Waiting(_) | Verdict::Known(_) => {}
                }
            }
        }
    }

    pub(super) fn apply(
        &mut self,
        entered: &[ChangeIx],
        log: &mut PatchLog,
    ) -> Result<(), AutomergeError> {
        let entries = entered.iter().filter_map(|it| self.history.entry(*it));
        let changes = entries
            .map(|entry| Change::try_from(entry.raw.as_slice()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(AutomergeError::from)?;
        self.document.apply_changes_log_patches(changes, log)
    }

    /// Builds everything again, change by change, and holds what automerge refuses. Admission leaves it nothing to
    /// refuse, so this is for the day when it is wrong about that. Also says how to bring a screen up to date.
    pub(super) fn rebuild(&mut self) -> (Vec<Verdict>, Delta) {
        let entries = std::mem::take(&mut self.history);
        let former = std::mem::replace(&mut self.view, View::empty(self.id));
        self.document = document::empty();
        self.claims = Claims::default();
        self.merging = Merging::default();
        // What is held now has no place among the others any more, and led to none of the texts.
        self.siblings = Siblings::default();
        self.text_log = TextLog::default();
        let mut batch = Batch::default();
        let mut verdicts = Vec::new();
        for entry in entries.entries() {
            if let Err(refusal) = self.take_carefully(&entry.raw) {
                let reason = refusal.to_string();
                verdicts.push(self.hold(entry.hash, reason, &mut batch));
            }
        }
        verdicts.append(&mut batch.released);
        let delta = self.read_all_after(&former);
        (verdicts, delta)
    }

    /// Reads everything; texts that `former` had go on from their revisions, because drafts count on them.
    fn read_all_after(&mut self, former: &View) -> Delta {
        let mut delta = self.read_all();
        for change in &mut delta.texts {
            if let Some(old) = former.texts.get(&change.id) {
                change.splices = draft::difference(&old.value, &change.now.value);
                change.now.revision = old.revision + 1;
            }
        }
        let lost = former
            .records()
            .filter(|it| self.view.record(*it).is_none());
        delta.gone.extend(lost);
        if delta.merged.is_none() && former.merged != self.view.merged {
            delta.merged = Some(Box::new(self.view.merged.clone()));
        }
        self.view.apply(&delta);
        delta
    }

    fn take_carefully(&mut self, raw: &[u8]) -> Result<(), Refusal> {
        let chunk = chunk::read(raw).map_err(|it| Refusal::Chunk(it.error))?;
        if chunk
            .deps
            .iter()
            .any(|dep| self.outside.held.contains_key(dep))
        {
            return Err(Refusal::BuildsOnHeld);
        }
        let admitted = admission::check(&self.history, &chunk)?;
        let refused = |error: &dyn std::error::Error| Refusal::Automerge(error.to_string());
        let change = Change::try_from(raw).map_err(|error| refused(&error))?;
        let applied = self.document.apply_changes([change]);
        applied.map_err(|error| refused(&error))?;
        self.enter(chunk, admitted);
        Ok(())
    }

    pub(super) const fn history(&self) -> &History {
        &self.history
    }
}

/// The changes in a saved document, raw, dependencies first: what a board file or a snapshot is admitted by.
///
/// # Errors
/// What automerge says is wrong with the bytes.
pub fn changes_in(saved: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let document = document::load(saved).map_err(|error| error.to_string())?;
    Ok(raw_changes(&document))
}

fn raw_changes(document: &Automerge) -> Vec<Vec<u8>> {
    let changes = document.get_changes(&[]);
    changes.iter().map(|it| it.raw_bytes().to_vec()).collect()
}

/// Whether a chunk is of type 0, a whole document.
fn is_document(chunk: &[u8]) -> bool {
    chunk.get(8) == Some(&0)
}

fn held(verdict: Verdict) -> Option<Held> {
    match verdict {
        Verdict::Held { hash, reason } => Some(Held { hash, reason }),
        Verdict::Applied(_) | Verdict::Known(_) | Verdict::Waiting(_) => None,
    }
}

fn hash_of(verdict: &Verdict) -> Option<ChangeHash> {
    match verdict {
        Verdict::Applied(hash) | Verdict::Known(hash) | Verdict::Waiting(hash) => Some(*hash),
        Verdict::Held { hash, .. } => *hash,
    }
}

impl ChangeStore for Board {
    type Delta = Delta;

    fn receive(&mut self, chunks: &[&[u8]]) -> Receipt<Delta> {
        let mut batch = Batch::default();
        let mut verdicts: Vec<Verdict> = Vec::new();
        for chunk in chunks {
            verdicts.push(self.take(chunk, &mut batch));
        }
        let touched = self.touched(&batch.entered);
        // On a board where there is nothing yet no text has changed: how they did need not be written down.
        let edits = self.edits_known_text(&touched);
        let mut log = if edits {
            PatchLog::new(true)
        } else {
            PatchLog::inactive()
        };
        let mut later = std::mem::take(&mut batch.released);
        let delta = if self.apply(&batch.entered, &mut log).is_ok() {
            let patches = if edits {
                self.document.make_patches(&mut log)
            } else {
                Vec::new()
            };
            self.refresh(&touched, splices(&patches))
        } else {
            let (verdicts, delta) = self.rebuild();
            later.extend(verdicts);
            delta
        };
        let released = settle(&mut verdicts, later);
        Receipt {
            verdicts,
            released,
            dropped: self.outside.drop_overflow(),
            delta,
        }
    }

    fn contains(&self, hash: &ChangeHash) -> bool {
        self.history.find(hash).is_some()
    }

    fn deps(&self, hash: &ChangeHash) -> Option<Vec<ChangeHash>> {
        let entry = self.history.entry(self.history.find(hash)?)?;
        let deps = entry.deps.iter().filter_map(|it| self.history.entry(*it));
        Some(deps.map(|dep| dep.hash).collect())
    }

    fn changes_after(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let heads: Vec<ChangeIx> = heads
            .iter()
            .filter_map(|it| self.history.find(it))
            .collect();
        let beyond = self.history.beyond(&self.history.clock(&heads));
        let entries = beyond.into_iter().filter_map(|it| self.history.entry(it));
        let hashes = entries.map(|entry| entry.hash);
        hashes.filter(|hash| !self.fixed.contains(hash)).collect()
    }

    fn chunk(&self, hash: &ChangeHash) -> Option<Vec<u8>> {
        match self.history.find(hash) {
            Some(change) => self.history.entry(change).map(|entry| entry.raw.clone()),
            None => self.outside.waiting.get(hash).map(|it| it.raw.clone()),
        }
    }

    fn heads(&self) -> Vec<ChangeHash> {
        let heads: BTreeSet<ChangeHash> = self.history.heads().map(|it| it.hash).collect();
        heads.into_iter().collect()
    }
}

/// Puts what became of changes after their first verdict into that verdict, if they came with this very call; what
/// is left had waited since before.
fn settle(verdicts: &mut [Verdict], later: Vec<Verdict>) -> Vec<Verdict> {
    let mut later: BTreeMap<ChangeHash, Verdict> = later
        .into_iter()
        .filter_map(|verdict| Some((hash_of(&verdict)?, verdict)))
        .collect();
    for verdict in verdicts {
        let changed = hash_of(verdict).and_then(|hash| later.remove(&hash));
        if let Some(changed) = changed {
            *verdict = changed;
        }
    }
    later.into_values().collect()
}
