//! A board carried from one log to another, with its epoch, its numbers and its days.
//!
//! Boundary: what a copy needs beside the entries themselves, which `Log::read` gives.

use samsyn_shared::ids::{BoardId, Seq, Slot};

use super::{Mark, SledLog, rows};
use crate::log::{Entry, Log, LogError, Meta, Used, envelope_hash};

/// Where a board stands at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its state.
    pub meta: Meta,
    /// When it was used.
    pub used: Option<Used>,
    /// Which entry fills each slot.
    pub slots: Vec<(Slot, Seq)>,
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
        Ok(Some(Image { meta, used, slots }))
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

    /// That the board's entries end before its state says so.
    #[must_use]
    pub fn ends_early(&self, board: &BoardId, at: Seq) -> LogError {
        self.damaged(board, Seq(at.0 + 1))
    }

    /// How much it holds.
    #[must_use]
    pub fn held(&self) -> Mark {
        self.writer().mark
    }

    fn apply(&self, batch: sled::Batch) -> Result<(), LogError> {
        self.with(|database| {
            let applied = database.tree.apply_batch(batch);
            applied.map_err(|error| self.sled_error(&error))
        })
    }
}
