//! A board carried from one log to another, with its epoch, its numbers and its days.
//!
//! Boundary: what a copy needs beside the entries themselves, which `Log::read` gives.

use samsyn_shared::ids::{BoardId, Seq, Slot};

use super::{Mark, SledLog, rows};
use crate::log::{Entry, Log, LogError, Meta, Start, Used, envelope_hash};

/// Where a board stands at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its state.
    pub meta: Meta,
    /// When it was used.
    pub used: Option<Used>,
    /// Which entry fills each slot.
    pub slots: Vec<(Slot, Seq)>,
    /// What its streams can start with.
    pub starts: Vec<Start>,
}

impl Image {
    /// The entry that its entries begin after.
    #[must_use]
    pub fn begin(&self) -> Seq {
        self.starts.first().map_or(Seq(0), |start| start.covers)
    }
}

impl SledLog {
    /// Where a board stands, all of one moment; none if it is not there.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn image(&self, board: &BoardId) -> Result<Option<Image>, LogError> {
        let _settled = self.writer();
        let Some(meta) = self.meta(board)? else {
            return Ok(None);
        };
        let slot = |row: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, value) = row.map_err(|error| self.sled_error(&error))?;
            let found = rows::read_register_key(&key).zip(rows::read_seq(&value));
            found.ok_or_else(|| self.damaged_row("slot"))
        };
        let slots: Result<Vec<_>, _> = self.with(|database| {
            let rows = database.tree.scan_prefix(rows::register_prefix(board));
            Ok(rows.map(slot).collect())
        })?;
        let mut slots = slots?;
        // What a failed write left in memory is not there.
        slots.retain(|(_, seq)| *seq <= meta.last);
        let used = self.used(board)?;
        let starts = self.settled_starts(board)?;
        Ok(Some(Image {
            meta,
            used,
            slots,
            starts,
        }))
    }

    /// Writes entries of a board as they are; they count once [`SledLog::settle_image`] has been called.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn write_entries(&self, board: &BoardId, entries: &[Entry]) -> Result<(), LogError> {
        let mut batch = sled::Batch::default();
        for entry in entries {
            let number = rows::write_seq(entry.seq);
            for (part, row) in rows::write_entry(entry.prev, &entry.chain, &entry.envelope) {
                batch.insert(rows::entry_key(board, entry.seq, part), row);
            }
            let hash = envelope_hash(&entry.envelope);
            batch.insert(rows::hash_key(board, &hash), &number);
        }
        self.apply(batch)
    }

    /// Makes a board what the image says, once its entries are written.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn settle_image(&self, board: &BoardId, image: &Image) -> Result<(), LogError> {
        let mut batch = sled::Batch::default();
        batch.insert(rows::meta_key(board), rows::write_meta(&image.meta));
        if image.starts != [Start::first()] {
            batch.insert(rows::starts_key(board), rows::write_starts(&image.starts));
            batch.insert(rows::FORMAT_KEY, &[rows::FORMAT_WITH_GENERATIONS]);
        }
        if let Some(used) = &image.used {
            batch.insert(rows::used_key(board), &rows::write_used(used));
        }
        for (slot, seq) in &image.slots {
            batch.insert(rows::register_key(board, slot), &rows::write_seq(*seq));
        }
        self.commit(batch)?;
        let entries = usize::try_from(image.meta.last.0).unwrap_or(usize::MAX);
        self.grown(&mut self.writer(), 1, entries);
        Ok(())
    }

    /// The entry at a place, also one that only a slot still holds.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn entry_at(&self, board: &BoardId, seq: Seq) -> Result<Entry, LogError> {
        let before = Seq(seq.0.saturating_sub(1));
        let read = self.with(|database| self.collect(database, board, before, 1))?;
        let entry = read.into_iter().find(|entry| entry.seq == seq);
        entry.ok_or_else(|| self.damaged(board, seq))
    }

    /// That the board's entries end before its state says so.
    #[must_use]
    pub fn ends_early(&self, board: &BoardId, at: Seq) -> LogError {
        self.damaged(board, Seq(at.0 + 1))
    }

    /// That a part of a board's snapshot is not there.
    #[must_use]
    pub fn lacks_part(&self, board: &BoardId, index: u16) -> LogError {
        let what = format!("board {board}, part {index} of its snapshot");
        super::damaged(&self.folder, what)
    }

    /// How much it holds.
    #[must_use]
    pub fn held(&self) -> Mark {
        self.writer().mark
    }
}
