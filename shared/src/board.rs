//! The board document over automerge: genesis, homes, admission, commands, drafts and the view.
//!
//! Boundary: the only module that touches automerge. It knows nothing of seals, sync or storage.

pub mod command;
mod commit;
mod document;
mod genesis;
mod home;
mod read;
mod store;
pub mod view;

use std::collections::BTreeMap;

use automerge::Automerge;

use crate::ids::{Actor, BoardId, ChangeHash};
use crate::records::RecordId;

pub use command::{Command, Draft, Restored, Support, TextField};
pub use commit::{CommandError, Committed};
pub use home::Container;
pub use store::{Held, LoadReport};
pub use view::{Delta, Record, Splice, TextChange, TextValue, View};

/// One board: its document, what may enter it, and the view of it.
pub struct Board {
    id: BoardId,
    document: Automerge,
    view: View,
    actors: Vec<Actor>,
    applied: BTreeMap<ChangeHash, Vec<u8>>,
    waiting: BTreeMap<ChangeHash, Vec<u8>>,
}

impl Board {
    /// A board as every device computes it before it knows anything else: genesis and its home.
    #[must_use]
    pub fn new(id: BoardId) -> Self {
        let mut board = Self {
            id,
            document: document::empty(),
            view: View::empty(id),
            actors: Vec::new(),
            applied: BTreeMap::new(),
            waiting: BTreeMap::new(),
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

    /// The actors that this device has minted since the board was opened.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// The records that an applied change touched, their texts counted with them; in the order of their ids.
    #[must_use]
    pub fn records_of(&self, _change: &ChangeHash) -> Vec<RecordId> {
        Vec::new()
    }
}

/// Whether `key` is an order key as `board` makes them: lower-case hex of a fractional index, `-`, six hex digits.
#[must_use]
pub fn order_key_is_valid(key: &str) -> bool {
    let hex = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    key.len() <= 256
        && key
            .split_once('-')
            .is_some_and(|(index, random)| hex(index) && hex(random) && random.len() == 6)
}
