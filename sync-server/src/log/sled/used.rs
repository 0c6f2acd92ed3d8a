//! When a board was used: to the day, since that is enough to tell which boards nobody needs any more.
//!
//! Boundary: one row a board. Reading entries writes nothing; opening a board or writing to it does, once a day.

use samsyn_shared::ids::BoardId;

use super::{SledLog, rows};
use crate::log::{Day, Log, LogError, Used};

impl SledLog {
    /// When a board was used; none if it is not there.
    ///
    /// # Errors
    /// See [`Log::boards`].
    pub fn used(&self, board: &BoardId) -> Result<Option<Used>, LogError> {
        let Some(row) = self.get(&rows::used_key(board))? else {
            return Ok(None);
        };
        let used = rows::read_used(&row);
        used.map(Some).ok_or_else(|| self.damaged_row("use"))
    }

    /// The row to write for a use today; none if it says so already.
    pub(super) fn used_today(&self, board: &BoardId) -> Result<Option<Used>, LogError> {
        let today = (self.today)();
        Ok(match self.used(board)? {
            None => Some(Used {
                first: Some(today),
                last: today,
            }),
            Some(used) if used.last < today => Some(Used {
                last: today,
                ..used
            }),
            Some(_) => None,
        })
    }

    /// Writes down that a board was opened; with the next group it reaches the disk. A board that is not there stays
    /// unknown, so that asking for boards fills no disk.
    pub(super) fn note_use(&self, board: &BoardId) -> Result<(), LogError> {
        let mut held = self.writer();
        if !self.unsettled().is_empty() || self.meta(board)?.is_none() {
            return Ok(());
        }
        // Somebody comes or the last one goes: a good moment, since the next may be long in coming.
        self.write_mark(&mut held);
        match self.used_today(board)? {
            Some(used) => self.insert_used(board, &used),
            None => Ok(()),
        }
    }

    /// Boards of versions that did not write this down are used today, as far as anybody knows.
    pub(super) fn date_the_undated(&self) -> Result<(), LogError> {
        for board in self.boards()? {
            if self.used(&board)?.is_none() {
                let (first, last) = (None, (self.today)());
                self.insert_used(&board, &Used { first, last })?;
            }
        }
        Ok(())
    }

    fn insert_used(&self, board: &BoardId, used: &Used) -> Result<(), LogError> {
        self.with(|database| {
            let row = rows::write_used(used);
            let inserted = database.tree.insert(rows::used_key(board), &row);
            inserted.map(drop).map_err(|error| self.sled_error(&error))
        })
    }
}

impl Day {
    /// The day it is, by this machine's clock, in UTC.
    #[must_use]
    pub fn today() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let days = now.map_or(0, |since| since.as_secs() / 86_400);
        Self(u32::try_from(days).unwrap_or(u32::MAX))
    }
}
