//! A board as it was: its changes one after the other.
//!
//! They come in the order of their commit times, except that nothing comes before what it builds on. The times are
//! what each device's clock said, so the order is a story well told and no proof of who was first.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Board, Delta, View};
use crate::ids::{BoardId, ChangeHash};
use crate::sync::ChangeStore;
use crate::time::UnixMillis;

/// A board's changes in the order in which they are played, and the board after the first of them.
pub struct Past {
    id: BoardId,
    steps: Vec<Step>,
    shown: Board,
    at: usize,
}

struct Step {
    when: UnixMillis,
    chunk: Vec<u8>,
}

/// How a screen comes from what was shown to what is shown now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// By what changed.
    Forward(Delta),
    /// From nothing.
    Whole(Box<View>),
}

impl Past {
    /// The past of a board, before its first change.
    #[must_use]
    pub fn of(board: &Board) -> Self {
        let mut times: HashMap<ChangeHash, i64> = HashMap::new();
        let mut steps = Vec::new();
        for change in board.document.get_changes(&[]) {
            let hash = ChangeHash(change.hash().0);
            let deps = change.deps().iter();
            let deps = deps.filter_map(|dep| times.get(&ChangeHash(dep.0)).copied());
            let when = deps.fold(change.timestamp(), i64::max);
            times.insert(hash, when);
            if !board.fixed.contains(&hash) {
                let chunk = change.raw_bytes().to_vec();
                let when = UnixMillis(when.saturating_mul(1000));
                steps.push(Step { when, chunk });
            }
        }
        // Stable: what builds on something at the same time stays behind it.
        steps.sort_by_key(|step| step.when);
        Self {
            id: board.id(),
            steps,
            shown: Board::new(board.id()),
            at: 0,
        }
    }

    /// How many steps it has.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps.len()
    }

    /// How many of them are shown.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// When the last step that is shown was made, by the clock of whoever made it.
    #[must_use]
    pub fn when(&self) -> Option<UnixMillis> {
        let last = self.at.checked_sub(1)?;
        self.steps.get(last).map(|step| step.when)
    }

    /// Shows the board after its first `at` steps, or after all if there are fewer.
    pub fn go(&mut self, at: usize) -> Turn {
        let at = at.min(self.steps.len());
        if at < self.at {
            self.shown = Board::new(self.id);
            drop(self.take(0, at));
            Turn::Whole(Box::new(self.shown.view().clone()))
        } else {
            Turn::Forward(self.take(self.at, at))
        }
    }

    fn take(&mut self, from: usize, to: usize) -> Delta {
        let steps = self.steps.get(from..to).unwrap_or_default();
        let chunks: Vec<&[u8]> = steps.iter().map(|step| step.chunk.as_slice()).collect();
        self.at = to;
        self.shown.receive(&chunks).delta
    }
}
