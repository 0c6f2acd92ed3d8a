//! Taking out boards that nobody uses any more, and remembering that they were here.
//!
//! Boundary: which boards is for `prune` to say. A board goes in one batch: half a board left behind would acknowledge
//! envelopes that are not there.

use samsyn_shared::ids::BoardId;

use super::{SledLog, rows};
use crate::log::{Day, Log, LogError};

/// A board that was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// Which.
    pub board: BoardId,
    /// When.
    pub day: Day,
}

impl SledLog {
    /// Takes a board out and leaves a marker. It comes back, without the marker, when a device fills it again.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn prune(&self, board: &BoardId) -> Result<(), LogError> {
        let mut held = self.writer();
        let entries = self.meta(board)?.map_or(0, |meta| meta.last.0);
        let mut batch = sled::Batch::default();
        self.with(|database| {
            for prefix in rows::prefixes(board) {
                for key in database.tree.scan_prefix(prefix).keys() {
                    batch.remove(key.map_err(|error| self.sled_error(&error))?);
                }
            }
            Ok(())
        })?;
        let marker = rows::write_day((self.today)());
        batch.insert(rows::pruned_key(board), &marker);
        held.mark.boards = held.mark.boards.saturating_sub(1);
        held.mark.entries = held.mark.entries.saturating_sub(entries);
        // The lower mark first: one that is too high would call what is left damaged.
        held.mark
            .write(&self.folder)
            .map_err(|error| super::io_error(&self.folder, &error))?;
        self.commit(batch)
    }

    /// The boards that were taken out and have not come back.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn pruned(&self) -> Result<Vec<Pruned>, LogError> {
        let marker = |row: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, value) = row.map_err(|error| self.sled_error(&error))?;
            let found = rows::read_pruned_key(&key).zip(rows::read_day(&value));
            let (board, day) = found.ok_or_else(|| self.damaged_row("marker"))?;
            Ok(Pruned { board, day })
        };
        self.with(|database| {
            let rows = database.tree.scan_prefix(rows::PRUNED_PREFIX);
            rows.map(marker).collect()
        })
    }

    /// Writes a marker as it is, into a copy.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn write_pruned(&self, pruned: &Pruned) -> Result<(), LogError> {
        let mut batch = sled::Batch::default();
        batch.insert(
            rows::pruned_key(&pruned.board),
            &rows::write_day(pruned.day),
        );
        self.commit(batch)
    }
}
