//! The log on disk, in sled 0.34.
//!
//! Boundary: the only code that knows sled. sled's own flush stops at the system's cache, so every append ends
//! with an `fdatasync` of its file. After a write that failed sled holds in memory what the disk does not have: that is
//! hidden, everything else can still be read, and the database is opened anew once there is room to write.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq};

use self::open::{Database, damaged, io_error, sled_error};
use self::plan::{Before, Plan};
use self::rows::Head;
use super::{
    Append, CHAIN_ZERO, Day, Entry, Kept, Log, LogError, Meta, Place, Placed, Start, Trimmed,
    chain_after, envelope_hash,
};

mod cut;
mod guard;
mod image;
mod open;
mod plan;
mod prune;
pub mod rows;
mod start;
mod used;

pub use guard::{Mark, copy_folder};
pub use image::Image;
pub use open::{Found, wait_until_free};
pub use prune::Pruned;
pub use start::{Missing, Salvaged};

/// How much of the database sled keeps in memory unless told otherwise, in bytes.
pub const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Says which day it is.
pub type Today = fn() -> Day;

/// All boards in one folder.
pub struct SledLog {
    folder: PathBuf,
    cache_bytes: u64,
    today: Today,
    /// None only if opening it again has failed.
    database: RwLock<Option<Database>>,
    /// Held while appending: numbers are given by one writer at a time. What asks for a board's state waits for it.
    appending: Mutex<Held>,
    /// The boards of the group that is on its way to the disk, or did not get there, as they were before it.
    /// sled shows a batch before it is flushed; nobody may see an entry before that.
    unsettled: Mutex<Unsettled>,
    /// Boards of which something is to go.
    trims: Mutex<cut::Trims>,
}

/// How much the log holds.
#[derive(Debug, Default)]
struct Held {
    mark: Mark,
    /// Entries since the mark was last written; none if it is not to be written.
    unmarked: Option<u64>,
    /// When that was; none before the first time.
    marked_at: Option<Instant>,
}

type Unsettled = HashMap<BoardId, Before>;

impl SledLog {
    fn with<T>(&self, run: impl FnOnce(&Database) -> Result<T, LogError>) -> Result<T, LogError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        run(database.as_ref().ok_or_else(|| self.unwritten())?)
    }

    fn is_closed(&self) -> bool {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        database.is_none()
    }

    fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>, LogError> {
        self.with(|database| {
            database
                .tree
                .get(key)
                .map_err(|error| self.sled_error(&error))
        })
    }

    fn writer(&self) -> MutexGuard<'_, Held> {
        self.appending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn unsettled(&self) -> MutexGuard<'_, Unsettled> {
        self.unsettled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The last entry of the board that may be shown. Ask after looking at the rows, not before.
    fn settled_end(&self, board: &BoardId) -> Seq {
        match self.unsettled().get(board) {
            Some(before) => before.meta.map_or(Seq(0), |meta| meta.last),
            None => Seq(u64::MAX),
        }
    }

    fn sled_error(&self, error: &sled::Error) -> LogError {
        sled_error(&self.folder, error)
    }

    fn damaged(&self, board: &BoardId, seq: Seq) -> LogError {
        damaged(&self.folder, format!("board {board}, entry {seq}"))
    }

    fn unwritten(&self) -> LogError {
        LogError::Io {
            folder: self.folder.clone(),
            what: "the newest write did not reach the disk".to_owned(),
        }
    }

    fn damaged_row(&self, kind: &str) -> LogError {
        damaged(&self.folder, format!("a {kind} row cannot be read"))
    }

    fn seq_row(&self, key: &[u8]) -> Result<Option<Seq>, LogError> {
        let Some(row) = self.get(key)? else {
            return Ok(None);
        };
        let seq = rows::read_seq(&row);
        seq.map(Some).ok_or_else(|| self.damaged_row("number"))
    }

    fn head(&self, board: &BoardId, seq: Seq) -> Result<Option<Head>, LogError> {
        let Some(row) = self.get(&rows::entry_key(board, seq, 0))? else {
            return Ok(None);
        };
        let (head, _) = rows::read_head(&row).ok_or_else(|| self.damaged(board, seq))?;
        Ok(Some(head))
    }

    fn state_of(&self, board: &BoardId) -> Result<Option<Meta>, LogError> {
        let Some(row) = self.get(&rows::meta_key(board))? else {
            return Ok(None);
        };
        let meta = rows::read_meta(&row);
        meta.map(Some).ok_or_else(|| self.damaged_row("board"))
    }

    fn number_of(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError> {
        self.seq_row(&rows::hash_key(board, hash))
    }

    fn plan(&self, group: &[Append]) -> Result<Plan, LogError> {
        let mut plan = Plan::default();
        for append in group {
            self.plan_one(&mut plan, append)?;
        }
        for (board, meta) in &plan.metas {
            let row = rows::write_meta(meta);
            plan.batch.insert(rows::meta_key(board), row);
            if plan.before.get(board).is_some_and(|it| it.meta.is_none()) {
                plan.batch.remove(rows::pruned_key(board));
            }
            if let Some(used) = self.used_today(board)? {
                let row = rows::write_used(&used);
                plan.batch.insert(rows::used_key(board), &row);
            }
        }
        Ok(plan)
    }

    fn plan_one(&self, plan: &mut Plan, append: &Append) -> Result<(), LogError> {
        let name = (append.board, append.hash);
        if !plan.before.contains_key(&append.board) {
            let starts = self.starts_of(&append.board)?;
            plan.starts.insert(append.board, starts.clone());
            let meta = self.state_of(&append.board)?;
            plan.before.insert(append.board, Before { meta, starts });
        }
        let newest = plan.starts_mut(&append.board).last();
        let covers = newest.map_or(Seq(0), |start| start.covers);
        let known = match plan.fresh.get(&name) {
            Some(seq) => Some(*seq),
            None => self.number_of(&append.board, &append.hash)?,
        };
        let known = known.filter(|seq| *seq > covers);
        if let Some(seq) = known {
            plan.placed.push(Placed::Known(seq));
            return Ok(());
        }
        let mut meta = match plan.metas.get(&append.board) {
            Some(meta) => *meta,
            None => {
                let before = plan.before.get(&append.board);
                let before = before.and_then(|before| before.meta);
                before.unwrap_or_else(|| Meta::born(&append.birth))
            }
        };
        let (seq, prev, chain) = meta.grow(&append.hash, append.envelope.len());
        plan.write(append, seq, prev, &chain);
        self.plan_start(plan, append, seq)?;
        if let Place::Snapshot { covers, .. } = append.place {
            meta.bytes =
                self.bytes_after(&append.board, covers)? + plan.bytes_after(&append.board, covers);
        }
        plan.metas.insert(append.board, meta);
        plan.fresh.insert(name, seq);
        plan.placed.push(Placed::New { seq, prev, chain });
        Ok(())
    }

    fn commit(&self, batch: sled::Batch) -> Result<(), LogError> {
        self.with(|database| {
            let applied = database.tree.apply_batch(batch);
            applied.map_err(|error| self.sled_error(&error))?;
            let flushed = database.tree.flush();
            flushed.map_err(|error| self.sled_error(&error))?;
            let synced = database.file.sync_data();
            synced.map_err(|error| io_error(&self.folder, &error))
        })
    }

    /// The entries from `after` on, unchecked; stops at the first that does not fit.
    fn collect(
        &self,
        database: &Database,
        board: &BoardId,
        after: Seq,
        max_bytes: usize,
    ) -> Result<Vec<Entry>, LogError> {
        let first = rows::entry_key(board, Seq(after.0.saturating_add(1)), 0);
        let end = rows::entry_key(board, Seq(u64::MAX), u16::MAX);
        let mut rows = database.tree.range(first..=end);
        let mut entries = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next() {
            let (key, value) = row.map_err(|error| self.sled_error(&error))?;
            let seq = rows::read_entry_key(&key).filter(|(_, part)| *part == 0);
            let (seq, _) = seq.ok_or_else(|| self.damaged_row("part"))?;
            if seq > self.settled_end(board) {
                break;
            }
            let (head, start) = rows::read_head(&value).ok_or_else(|| self.damaged(board, seq))?;
            bytes += head.length;
            if bytes > max_bytes && !entries.is_empty() {
                break;
            }
            let envelope = join(start, head.length, &mut rows);
            let envelope = envelope.ok_or_else(|| self.damaged(board, seq))?;
            let (prev, chain) = (head.prev, head.chain);
            entries.push(Entry {
                seq,
                prev,
                chain,
                envelope,
            });
        }
        Ok(entries)
    }

    /// Each entry must follow the one before it, by number and by chain.
    fn check_chain(&self, board: &BoardId, entries: &[Entry]) -> Result<(), LogError> {
        let Some(first) = entries.first() else {
            return Ok(());
        };
        let mut prev = first.prev;
        let mut chain = match prev {
            Seq(0) => CHAIN_ZERO,
            seq => match self.chain_at(board, seq)? {
                Some(chain) => chain,
                // Of an entry that only its slot still holds, nothing before it is left; its hash says that it is whole.
                None if self.is_before_start(board, first.seq)? => return Ok(()),
                None => return Err(self.damaged(board, seq)),
            },
        };
        for entry in entries {
            chain = chain_after(&chain, &envelope_hash(&entry.envelope));
            if (entry.prev, entry.chain) != (prev, chain) {
                return Err(self.damaged(board, entry.seq));
            }
            prev = entry.seq;
        }
        Ok(())
    }

    /// Whether an entry is one of the past, which the board's streams do not start with any more.
    fn is_before_start(&self, board: &BoardId, seq: Seq) -> Result<bool, LogError> {
        let starts = self.settled_starts(board)?;
        Ok(starts.first().is_some_and(|oldest| seq <= oldest.covers))
    }

    fn kept(&self, board: &BoardId, key: &[u8], row: &[u8]) -> Result<Kept, LogError> {
        let slot = rows::read_register_key(key).ok_or_else(|| self.damaged_row("slot"))?;
        let seq = rows::read_seq(row).ok_or_else(|| self.damaged_row("slot"))?;
        if seq > self.settled_end(board) {
            return Err(self.unwritten());
        }
        let before = Seq(seq.0.saturating_sub(1));
        let read = self.with(|database| self.collect(database, board, before, 1))?;
        let entry = read.into_iter().find(|entry| entry.seq == seq);
        let sound = |entry: &Entry| {
            let hash = envelope_hash(&entry.envelope);
            // The same envelope may have come again since, in a newer generation.
            matches!(self.number_of(board, &hash), Ok(Some(number)) if number >= seq)
        };
        let entry = entry.filter(sound);
        let entry = entry.ok_or_else(|| self.damaged(board, seq))?;
        let envelope = entry.envelope;
        Ok(Kept {
            slot,
            seq,
            envelope,
        })
    }
}

/// The whole envelope from its first bytes and the rows that follow.
fn join(start: &[u8], length: usize, rows: &mut sled::Iter) -> Option<Arc<[u8]>> {
    if start.len() == length {
        return Some(Arc::from(start));
    }
    let mut envelope = start.to_vec();
    while envelope.len() < length {
        let (_, part) = rows.next()?.ok()?;
        envelope.extend_from_slice(&part);
    }
    (envelope.len() == length).then(|| Arc::from(envelope))
}

impl Log for SledLog {
    fn boards(&self) -> Result<Vec<BoardId>, LogError> {
        let board = |row: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, _) = row.map_err(|error| self.sled_error(&error))?;
            rows::read_meta_key(&key).ok_or_else(|| self.damaged_row("board"))
        };
        self.with(|database| {
            let rows = database.tree.scan_prefix(rows::META_PREFIX);
            let boards: Result<Vec<_>, _> = rows.map(board).collect();
            boards
        })
        .map(|mut boards| {
            let unsettled = self.unsettled();
            boards.retain(|board| unsettled.get(board).is_none_or(|it| it.meta.is_some()));
            boards
        })
    }

    fn meta(&self, board: &BoardId) -> Result<Option<Meta>, LogError> {
        let meta = self.state_of(board)?;
        let before = self.unsettled().get(board).map(|it| it.meta);
        Ok(before.unwrap_or(meta))
    }

    fn append(&self, group: &[Append]) -> Result<Vec<Placed>, LogError> {
        let mut held = self.writer();
        if self.is_closed() || !self.unsettled().is_empty() {
            self.recover()?;
        }
        let plan = self.plan(group)?;
        if plan.fresh.is_empty() {
            return Ok(plan.placed);
        }
        let born = plan.before.values();
        let born = born.filter(|it| it.meta.is_none()).count();
        *self.unsettled() = plan.before;
        self.commit(plan.batch)?;
        self.unsettled().clear();
        self.grown(&mut held, born, plan.fresh.len());
        Ok(plan.placed)
    }

    fn touch(&self, board: &BoardId) -> Result<(), LogError> {
        self.note_use(board)
    }

    fn read(&self, board: &BoardId, after: Seq, max_bytes: usize) -> Result<Vec<Entry>, LogError> {
        let entries = self.with(|database| self.collect(database, board, after, max_bytes))?;
        self.check_chain(board, &entries)?;
        Ok(entries)
    }

    fn chain_at(&self, board: &BoardId, seq: Seq) -> Result<Option<Chain>, LogError> {
        let head = self.head(board, seq)?;
        let head = head.filter(|_| seq <= self.settled_end(board));
        if let Some(head) = head {
            return Ok(Some(head.chain));
        }
        let starts = self.settled_starts(board)?;
        let start = starts.iter().find(|it| it.covers == seq && seq > Seq(0));
        Ok(start.map(|start| start.chain))
    }

    fn find(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError> {
        let found = self.number_of(board, hash)?;
        let starts = self.settled_starts(board)?;
        let covers = starts.last().map_or(Seq(0), |newest| newest.covers);
        Ok(found.filter(|seq| *seq <= self.settled_end(board) && *seq > covers))
    }

    fn starts(&self, board: &BoardId) -> Result<Vec<Start>, LogError> {
        self.settled_starts(board)
    }

    fn put_part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
        part: &[u8],
    ) -> Result<(), LogError> {
        self.write_part(board, manifest, index, part)
    }

    fn part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
    ) -> Result<Option<Arc<[u8]>>, LogError> {
        self.part_rows(board, manifest, index)
    }

    fn forget_parts(&self, board: &BoardId, manifest: &EnvelopeHash) -> Result<(), LogError> {
        self.drop_parts(board, manifest)
    }

    fn retire(&self, board: &BoardId) -> Result<(), LogError> {
        self.retire_all_but_newest(board)
    }

    fn trim(&self, most: usize) -> Result<Trimmed, LogError> {
        self.trim_some(most)
    }

    fn registers(&self, board: &BoardId) -> Result<Vec<Kept>, LogError> {
        let _settled = self.writer();
        let rows = self.with(|database| {
            let rows = database.tree.scan_prefix(rows::register_prefix(board));
            let rows: Result<Vec<_>, _> = rows.collect();
            rows.map_err(|error| self.sled_error(&error))
        })?;
        let kept = |(key, row): &(sled::IVec, sled::IVec)| self.kept(board, key, row);
        rows.iter().map(kept).collect()
    }
}

#[cfg(test)]
mod tests;
