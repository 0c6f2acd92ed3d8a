//! Cutting boards off at snapshots: parts, generations, and letting go of what nobody starts with any more.
//!
//! Boundary: a new generation begins in the batch that holds its manifest (`Plan`). What is of no use afterwards is
//! removed in slices (`trim`), so that no board waits for another's past; a slice that a crash leaves undone is found
//! again when the log is opened.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, MutexGuard, PoisonError};

use samsyn_shared::ids::{BoardId, EnvelopeHash, Seq};

use super::plan::Plan;
use super::{SledLog, rows};
use crate::log::{Append, Log, LogError, Place, Start, Stored, Trimmed, envelope_hash};

/// Boards of which something may have to go, and where in their entries to go on.
pub type Trims = VecDeque<(BoardId, Seq)>;

impl SledLog {
    fn trims(&self) -> MutexGuard<'_, Trims> {
        self.trims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a board's streams can start with, as it is in memory: see `settled_starts`.
    pub(super) fn starts_of(&self, board: &BoardId) -> Result<Vec<Start>, LogError> {
        let Some(row) = self.get(&rows::starts_key(board))? else {
            return Ok(vec![Start::first()]);
        };
        let starts = rows::read_starts(&row).filter(|starts| !starts.is_empty());
        starts.ok_or_else(|| self.damaged_row("generation"))
    }

    /// The same without what is not on the disk yet.
    pub(super) fn settled_starts(&self, board: &BoardId) -> Result<Vec<Start>, LogError> {
        let starts = self.starts_of(board)?;
        let before = self.unsettled().get(board).map(|it| it.starts.clone());
        Ok(before.unwrap_or(starts))
    }

    /// Adds what a new generation changes to a plan.
    pub(super) fn plan_start(
        &self,
        plan: &mut Plan,
        append: &Append,
        manifest: Seq,
    ) -> Result<(), LogError> {
        let Place::Snapshot { covers, chain } = append.place else {
            return Ok(());
        };
        let board = append.board;
        let mut bytes = 0;
        for index in 0..append.parts {
            let part = self.part_rows(&board, &append.hash, index)?;
            // It was given to a database that has been opened anew since.
            let part = part.ok_or_else(|| self.unwritten())?;
            bytes += part.len() as u64;
        }
        let stored = Stored {
            manifest,
            hash: append.hash,
            parts: append.parts,
            bytes,
        };
        let starts = plan.starts_mut(&board);
        // Of two, the newer was never confirmed, and makes room.
        starts.truncate(1);
        starts.push(Start {
            covers,
            chain,
            snapshot: Some(stored),
        });
        let starts = starts.clone();
        let row = rows::write_starts(&starts);
        plan.batch.insert(rows::starts_key(&board), row);
        plan.batch
            .insert(rows::FORMAT_KEY, &[rows::FORMAT_WITH_GENERATIONS]);
        self.plan_parts_away(plan, &board, &starts)
    }

    /// Parts of snapshots that are in no generation are of no use: they were replaced, or never came about.
    fn plan_parts_away(
        &self,
        plan: &mut Plan,
        board: &BoardId,
        starts: &[Start],
    ) -> Result<(), LogError> {
        for key in self.idle_parts(board, starts, usize::MAX)? {
            plan.batch.remove(key);
        }
        Ok(())
    }

    fn idle_parts(
        &self,
        board: &BoardId,
        starts: &[Start],
        most: usize,
    ) -> Result<Vec<sled::IVec>, LogError> {
        let used: BTreeSet<EnvelopeHash> = starts
            .iter()
            .filter_map(|start| Some(start.snapshot.as_ref()?.hash))
            .collect();
        self.with(|database| {
            let mut idle = Vec::new();
            for key in database.tree.scan_prefix(rows::parts_prefix(board)).keys() {
                let key = key.map_err(|error| self.sled_error(&error))?;
                let manifest = rows::read_part_key(&key);
                if manifest.is_none_or(|manifest| !used.contains(&manifest)) && idle.len() < most {
                    idle.push(key);
                }
            }
            Ok(idle)
        })
    }

    /// Bytes of the entries after a place.
    pub(super) fn bytes_after(&self, board: &BoardId, place: Seq) -> Result<u64, LogError> {
        let first = rows::entry_key(board, Seq(place.0.saturating_add(1)), 0);
        let end = rows::entry_key(board, Seq(u64::MAX), u16::MAX);
        self.with(|database| {
            let mut bytes = 0;
            for row in database.tree.range(first..=end) {
                let (key, value) = row.map_err(|error| self.sled_error(&error))?;
                if rows::read_entry_key(&key).is_some_and(|(_, part)| part == 0) {
                    let head = rows::read_head(&value);
                    let (head, _) = head.ok_or_else(|| self.damaged_row("entry"))?;
                    bytes += head.length as u64;
                }
            }
            Ok(bytes)
        })
    }

    pub(super) fn write_part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
        part: &[u8],
    ) -> Result<(), LogError> {
        let _writer = self.writer();
        if self.is_closed() || !self.unsettled().is_empty() {
            return Err(self.unwritten());
        }
        let mut batch = sled::Batch::default();
        for (piece, bytes) in (0_u16..).zip(part.chunks(rows::PART)) {
            batch.insert(rows::part_key(board, manifest, index, piece), bytes);
        }
        self.apply(batch)
    }

    /// A part put together again; none if it is not there.
    pub(super) fn part_rows(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
    ) -> Result<Option<Arc<[u8]>>, LogError> {
        let first = rows::part_key(board, manifest, index, 0);
        let end = rows::part_key(board, manifest, index, u16::MAX);
        self.with(|database| {
            let mut part = Vec::new();
            for row in database.tree.range(first..=end) {
                let (_, piece) = row.map_err(|error| self.sled_error(&error))?;
                part.extend_from_slice(&piece);
            }
            Ok((!part.is_empty()).then(|| Arc::from(part)))
        })
    }

    pub(super) fn drop_parts(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
    ) -> Result<(), LogError> {
        let _writer = self.writer();
        let starts = self.starts_of(board)?;
        let used = |start: &Start| {
            start
                .snapshot
                .as_ref()
                .is_some_and(|it| it.hash == *manifest)
        };
        if !self.unsettled().is_empty() || starts.iter().any(used) {
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        self.with(|database| {
            let prefix = rows::manifest_prefix(board, manifest);
            for key in database.tree.scan_prefix(prefix).keys() {
                batch.remove(key.map_err(|error| self.sled_error(&error))?);
            }
            Ok(())
        })?;
        self.apply(batch)
    }

    pub(super) fn retire_all_but_newest(&self, board: &BoardId) -> Result<(), LogError> {
        let _writer = self.writer();
        if !self.unsettled().is_empty() {
            // It is confirmed again some day; until then both are kept.
            return Ok(());
        }
        let mut starts = self.starts_of(board)?;
        if starts.len() < 2 {
            return Ok(());
        }
        starts.drain(..starts.len() - 1);
        let mut batch = sled::Batch::default();
        batch.insert(rows::starts_key(board), rows::write_starts(&starts));
        self.apply(batch)?;
        self.trims().push_back((*board, Seq(0)));
        Ok(())
    }

    /// After opening: whatever an earlier run may have left undone is looked at.
    pub(super) fn find_trims(&self) -> Result<(), LogError> {
        for board in self.boards()? {
            let is_cut = self.starts_of(&board)?.iter().all(|it| it.covers > Seq(0));
            if is_cut || !self.idle_parts(&board, &[], 1)?.is_empty() {
                self.trims().push_back((board, Seq(0)));
            }
        }
        Ok(())
    }

    /// Removes the next few rows that nobody needs.
    pub(super) fn trim_some(&self, most: usize) -> Result<Trimmed, LogError> {
        let _writer = self.writer();
        if self.is_closed() || !self.unsettled().is_empty() {
            return Ok(Trimmed::Nothing);
        }
        let Some((board, from)) = self.trims().pop_front() else {
            return Ok(Trimmed::Nothing);
        };
        let starts = self.starts_of(&board)?;
        let start = starts.first().map_or(Seq(0), |oldest| oldest.covers);
        let mut batch = sled::Batch::default();
        let (removed, next) = self.plan_trim(&mut batch, &board, from, start, most)?;
        match next {
            Some(next) => self.trims().push_front((board, next)),
            None => {
                for key in self.idle_parts(&board, &starts, usize::MAX)? {
                    batch.remove(key);
                }
            }
        }
        self.apply(batch)?;
        Ok(Trimmed::Some { entries: removed })
    }

    /// Up to `most` entries from `from` to `start` that no slot holds; and where to go on.
    fn plan_trim(
        &self,
        batch: &mut sled::Batch,
        board: &BoardId,
        from: Seq,
        start: Seq,
        most: usize,
    ) -> Result<(u64, Option<Seq>), LogError> {
        let held = self.slot_entries(board)?;
        let first = Bound::Included(rows::entry_key(board, from, 0));
        let end = Bound::Included(rows::entry_key(board, start, u16::MAX));
        let mut removed = BTreeSet::new();
        self.with(|database| {
            let mut rows = database.tree.range::<Vec<u8>, _>((first, end)).peekable();
            while let Some(row) = rows.next() {
                let (key, value) = row.map_err(|error| self.sled_error(&error))?;
                let place = rows::read_entry_key(&key);
                let (seq, part) = place.ok_or_else(|| self.damaged_row("part"))?;
                if held.contains(&seq) {
                    continue;
                }
                if part == 0 && removed.len() >= most {
                    return Ok((removed.len() as u64, Some(seq)));
                }
                batch.remove(key);
                if part > 0 {
                    continue;
                }
                removed.insert(seq);
                let (head, begin) =
                    rows::read_head(&value).ok_or_else(|| self.damaged(board, seq))?;
                let mut envelope = begin.to_vec();
                while envelope.len() < head.length {
                    let Some(Ok((key, piece))) = rows.next() else {
                        break;
                    };
                    envelope.extend_from_slice(&piece);
                    batch.remove(key);
                }
                let hash = envelope_hash(&envelope);
                // The same envelope may have come again since.
                if self.number_of(board, &hash)? == Some(seq) {
                    batch.remove(rows::hash_key(board, &hash));
                }
            }
            Ok((removed.len() as u64, None))
        })
    }

    /// The entries that slots hold.
    fn slot_entries(&self, board: &BoardId) -> Result<BTreeSet<Seq>, LogError> {
        self.with(|database| {
            let rows = database.tree.scan_prefix(rows::register_prefix(board));
            rows.map(|row| {
                let (_, value) = row.map_err(|error| self.sled_error(&error))?;
                rows::read_seq(&value).ok_or_else(|| self.damaged_row("slot"))
            })
            .collect()
        })
    }

    /// Writes a batch that need not be on the disk before anything else is.
    pub(super) fn apply(&self, batch: sled::Batch) -> Result<(), LogError> {
        self.with(|database| {
            let applied = database.tree.apply_batch(batch);
            applied.map_err(|error| self.sled_error(&error))
        })
    }
}
