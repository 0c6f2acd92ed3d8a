//! The board document over automerge: genesis, homes, admission, commands, drafts and the view.
//!
//! Boundary: the only module that touches automerge. It knows nothing of seals, sync or storage.

mod admission;
mod chunk;
pub mod command;
mod commit;
pub mod diff;
mod document;
pub mod draft;
mod genesis;
mod headings;
mod history;
mod home;
pub mod merge;
mod order;
pub mod past;
mod read;
mod record;
mod store;
pub mod undo;
pub mod view;

use std::collections::BTreeSet;

use automerge::Automerge;

use crate::ids::{Actor, BoardId, ChangeHash};
use crate::records::RecordId;
use history::History;
use order::Siblings;
use read::{Claims, Merging, TextLog};
use store::Outside;

pub use chunk::{MAX_OPERATIONS, MAX_RAW};
pub use command::{Command, Draft, Restored, Support, TextField};
pub use commit::{CommandError, Committed};
pub use headings::{Headings, Members};
pub use order::order_key_is_valid;
pub use store::{Held, LoadReport, MAX_WAITING, MAX_WAITING_BYTES, changes_in};
pub use undo::{Deed, Undo};
pub use view::{Delta, Group, Grouped, Record, Splice, TextChange, TextValue, View};

/// One board: its document, what may enter it, and the view of it.
///
/// It begins as every device computes it, with genesis and its home, and grows by `commit` (a person's commands)
/// and by `receive` (others' changes, through admission).
#[derive(Clone)]
pub struct Board {
    id: BoardId,
    document: Automerge,
    /// What is in the document, as far as admission and reading need to know.
    history: History,
    /// What is not in it: waiting for dependencies, or held.
    outside: Outside,
    /// Genesis and home.
    fixed: [ChangeHash; 2],
    claims: Claims,
    merging: Merging,
    siblings: Siblings,
    text_log: TextLog,
    view: View,
    actors: Vec<Actor>,
    /// Changes without operations that this device has made and not handed out yet.
    untold_knots: Vec<(ChangeHash, Vec<u8>)>,
}

impl Board {
    /// A board as every device computes it before it knows anything else: genesis and its home.
    #[must_use]
    pub fn new(id: BoardId) -> Self {
        let mut board = Self {
            id,
            document: document::empty(),
            history: History::default(),
            outside: Outside::default(),
            fixed: [genesis::HASH, home::change(&id).0],
            claims: Claims::default(),
            merging: Merging::default(),
            siblings: Siblings::default(),
            text_log: TextLog::default(),
            view: View::empty(id),
            actors: Vec::new(),
            untold_knots: Vec::new(),
        };
        board.begin();
        board
    }

    /// The board with what a device has stored of it: raw change chunks, results of `save`, or both, in any order.
    /// What breaks the rules of admission is left out and reported.
    #[must_use]
    pub fn load(id: BoardId, chunks: &[&[u8]]) -> (Self, LoadReport) {
        let mut board = Self::new(id);
        let report = board.take_stored(chunks);
        (board, report)
    }

    /// Which board it is.
    #[must_use]
    pub const fn id(&self) -> BoardId {
        self.id
    }

    /// What a screen shows of it.
    #[must_use]
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// The whole document in automerge's compact form, for storage, board files and snapshots; waiting changes are
    /// not in it.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.document.save()
    }

    /// How many changes are in the document.
    #[must_use]
    pub fn change_count(&self) -> usize {
        self.history.entries().len()
    }

    /// The actors that this device has minted since the board was opened.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// The records that an applied change touched, their texts counted with them; in the order of their ids.
    #[must_use]
    pub fn records_of(&self, change: &ChangeHash) -> Vec<RecordId> {
        let change = self.history.find(change);
        change.map_or_else(Vec::new, |it| self.records_touched(it))
    }

    /// The records that any of several changes touched: what carries the mark "not shared yet".
    #[must_use]
    pub fn records_of_all<'a>(
        &self,
        changes: impl IntoIterator<Item = &'a ChangeHash>,
    ) -> BTreeSet<RecordId> {
        let changes = changes.into_iter();
        changes.flat_map(|change| self.records_of(change)).collect()
    }
}

#[cfg(test)]
mod tests;
