//! The whole state of a page.

pub mod board;

use std::collections::BTreeSet;

pub use board::BoardModel;

use samsyn_shared::board::undo::{About, Way};
use samsyn_shared::ids::{BoardId, NoteId, SectionId};
use samsyn_shared::records::RecordId;
use samsyn_shared::time::UnixMillis;

use super::event::{Context, Letters, LinkKind, Others, Theme};
use super::messages::{BoardCard, Failure, Language, SaveState, Storage};
use super::mint::Mint;
use super::steps::{CrossStep, Steps};

/// The state of a page.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The language of the interface.
    pub language: Language,
    /// Light, dark or as the device has it.
    pub theme: Theme,
    /// Whether single letters are commands.
    pub letters: Letters,
    /// The step that was used last in each cross.
    pub steps: Steps,
    /// Whether it is shown where others are writing.
    pub others: Others,
    /// How many messages that change something the worker was sent, and how many of them it has taken: until then they
    /// are on no disk.
    pub said: u32,
    /// See `said`.
    pub heard: u32,
    /// The boards whose merged groups are taken in as they go on writing, on this device.
    pub follows: BTreeSet<BoardId>,
    /// What links begin with.
    pub origin: String,
    /// What the browser allows here.
    pub context: Context,
    /// Whether it reads QR codes with the camera.
    pub camera: Camera,
    /// The time as last told.
    pub now: UnixMillis,
    /// Whether edits survive here; none until the worker has said so.
    pub storage: Option<Storage>,
    /// The screen.
    pub screen: Screen,
    /// How often a board came whole: the screen is built anew each time.
    pub openings: u32,
    /// The boards of this device; none until the worker has listed them.
    pub cards: Option<Vec<BoardCard>>,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// Messages to the person, oldest first.
    pub notices: Vec<Notice>,
    /// How many bytes this device still has for the app, as far as it tells.
    pub space: Option<u64>,
    /// Where new ids come from.
    pub mint: Mint,
    pub(super) notices_made: u32,
}

/// Whether the browser reads QR codes with the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Camera {
    /// Not as far as is known.
    #[default]
    Missing,
    /// It does.
    ReadsCodes,
}

/// What fills the window.
#[derive(Clone, Debug, Default)]
pub enum Screen {
    /// The page has just been loaded.
    #[default]
    Starting,
    /// The start screen.
    Start,
    /// A board is being opened.
    Opening(Opening),
    /// A board.
    Board(Box<BoardModel>),
}

/// Which kind of board is being opened: decides what is asked before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Made here.
    New,
    /// By a link.
    Link,
    /// From this device.
    Known,
    /// From a file.
    File,
}

/// A dialog over the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Make a board.
    NewBoard,
    /// Ask whether a board shall be removed from this device.
    Forget(BoardId),
    /// Read a link's QR code with the camera.
    Scan,
    /// The board's links.
    Share,
    /// One of them, for a whole room.
    Projected(LinkKind),
    /// What the save state means, and what to do.
    SaveDetails,
    /// Who is here.
    Peers,
    /// The person's own name.
    Name,
    /// The board's menu.
    Menu,
    /// Ask whether the board shall be finished.
    Finish,
    /// What can be done to a note, or to all that are picked if it is one of them.
    Note(NoteId),
    /// Type or paste many notes, one a line.
    Paste,
    /// Choose where all that is in a section goes.
    MoveAll(SectionId),
    /// The board's groups.
    Groups,
    /// Begin the next board from this one.
    Carry,
    /// Merge other boards into this one.
    Merge,
    /// The keys that work on a board.
    Keys,
    /// How accessible the app is, and what to do where it is not.
    Accessibility,
}

/// What a board's screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// The first section, as soon as there is one: a newcomer's board is empty until it has been fetched.
    First,
    /// A section, on its own surface.
    Section(SectionId),
    /// All sections as headings and lists.
    List,
    /// What was removed.
    Trash,
    /// The rules beside another board's.
    Compare,
}

/// Names a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(pub u32);

/// A message to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its name.
    pub id: NoticeId,
    /// What it says.
    pub kind: NoticeKind,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something did not work.
    Failure(Failure),
    /// A chosen file could not be read.
    FileUnreadable,
    /// What was pasted is no link.
    NotALink,
    /// Something went to the trash; it can be taken back at once.
    Removed(RecordId),
    /// So many notes went to the trash.
    NotesRemoved(u32),
    /// So many notes were made of what was pasted.
    Pasted(u32),
    /// What was pasted is more than a wall takes at a time.
    TooMuch,
    /// A step of the person was taken back or done again; none: others have written over all there was.
    Went(Way, Option<About>),
    /// Boards were merged; it can be taken back at once.
    Merged,
    /// A note hangs on the walls of so many groups.
    Called(u32),
    /// A note is as it was once.
    BroughtBack,
    /// A link is on the clipboard.
    Copied,
    /// The browser did not let us.
    CopyRefused,
    /// A board was removed from this device.
    Forgotten,
    /// A new version of the app waits.
    UpdateReady,
}

impl NoticeKind {
    /// Whether a newer message says what this one said, or makes it untrue.
    #[must_use]
    pub fn gives_way_to(&self, newer: &Self) -> bool {
        match (self, newer) {
            (
                Self::Went(..)
                | Self::Removed(_)
                | Self::NotesRemoved(_)
                | Self::Pasted(_)
                | Self::Merged
                | Self::BroughtBack,
                Self::Went(..),
            ) => true,
            _ => self == newer,
        }
    }

    /// How long it stays by itself; none: until it is dismissed.
    #[must_use]
    pub const fn stays(&self) -> Option<u32> {
        match self {
            Self::Failure(_)
            | Self::FileUnreadable
            | Self::NotALink
            | Self::CopyRefused
            | Self::TooMuch
            | Self::UpdateReady => None,
            Self::Removed(_)
            | Self::NotesRemoved(_)
            | Self::Pasted(_)
            | Self::Merged
            | Self::BroughtBack => Some(12_000),
            Self::Copied | Self::Forgotten | Self::Called(_) | Self::Went(..) => Some(5_000),
        }
    }
}

impl Model {
    /// The step of a cross that is on the screen.
    #[must_use]
    pub fn step(&self, section: SectionId) -> CrossStep {
        self.steps.get(&section).copied().unwrap_or_default()
    }

    /// Whether the worker has taken all that was done here.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.said == self.heard
    }

    /// The open board's save state: what the worker has not taken yet is not saved.
    #[must_use]
    pub fn save(&self) -> Option<SaveState> {
        let mut save = self.board()?.save.clone();
        if save.storage == Storage::Saved && !self.is_heard() {
            save.storage = Storage::Saving;
        }
        Some(save)
    }

    /// The board on the screen.
    #[must_use]
    pub fn board(&self) -> Option<&BoardModel> {
        match &self.screen {
            Screen::Board(board) => Some(board),
            Screen::Starting | Screen::Start | Screen::Opening(_) => None,
        }
    }

    pub(super) fn board_mut(&mut self) -> Option<&mut BoardModel> {
        match &mut self.screen {
            Screen::Board(board) => Some(board),
            Screen::Starting | Screen::Start | Screen::Opening(_) => None,
        }
    }

    /// A whole link of the open board.
    #[must_use]
    pub fn link(&self, code: &str) -> String {
        format!("{}/#{code}", self.origin)
    }
}
