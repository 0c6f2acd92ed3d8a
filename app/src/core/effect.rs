//! What `update` asks for: parts of the screen to show again, and things only a browser can do.

use samsyn_shared::board::TextField;
use samsyn_shared::ids::{CrossId, NoteId, RuleId, SectionId};

use super::Address;
use super::event::{Letters, Others, Theme, Timer};
use super::messages::{Language, ToWorker};

/// A part of the model that components watch. An event touches only the parts that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Language, theme and what the browser can do.
    Settings,
    /// Which screen is shown.
    Screen,
    /// The boards of this device.
    Cards,
    /// Which dialog is open.
    Dialog,
    /// The messages to the person.
    Notices,
    /// The time, for "three minutes ago".
    Clock,
    /// The board's title.
    Title,
    /// The save state.
    Save,
    /// How the facilitator has left the board.
    Standing,
    /// What of the person's own steps can be taken back.
    Steps,
    /// The board as it was: after which step it is shown.
    Past,
    /// Who else is here, and their names.
    Peers,
    /// Which section, list or trash is shown.
    Page,
    /// Which sections there are and their order.
    Sections,
    /// Which notes and rules a section has and their order.
    Members(SectionId),
    /// What lies in the trash.
    Trash,
    /// A note's place, paper and marks.
    Note(NoteId),
    /// A rule's status and support.
    Rule(RuleId),
    /// A cross's year.
    Cross(CrossId),
    /// The words of one field.
    Text(TextField),
    /// Where a wall is looked at from.
    Camera(SectionId),
    /// The quadrant that fills the screen.
    Quadrant,
    /// The step of a cross on the screen.
    Step,
    /// Which notes are picked, and whether a finger picks.
    Picks,
    /// The frame that is being drawn.
    Frame,
    /// What is searched for.
    Search,
    /// Where the notes of a wall hang.
    Places(SectionId),
    /// Which of them are in the page.
    Drawn(SectionId),
    /// What others have done, to be said.
    News,
    /// The list view's words: any of them.
    Outline,
    /// The board's groups and how they do.
    Groups,
    /// What is about to be merged.
    Merge,
    /// How the rules compare with another board's.
    Compare,
    /// What was merged, and which of it is shown clearly.
    Merged,
}

/// A preference to keep for the next visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The language.
    Language(Language),
    /// Light, dark or as the device has it.
    Theme(Theme),
    /// Whether single letters are commands.
    Letters(Letters),
    /// Whether it is shown where others are writing.
    Others(Others),
}

/// Something to do. `Show` and `Focus` are carried out by the components, the rest by the shell.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A part of the screen is to be shown again.
    Show(Part),
    /// Put the keyboard's focus on a note (not into its text).
    FocusNote(NoteId),
    /// Scroll a text into sight.
    See(TextField),
    /// Say this to the worker.
    Worker(ToWorker),
    /// Put a text on the clipboard; answers `Event::Copied`.
    Copy(String),
    /// Hand a file to the person.
    SaveFile {
        /// Its name.
        name: String,
        /// Its media type.
        media_type: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Make the address bar say where we are. `Link` never comes here.
    SetAddress(Address),
    /// Keep a preference.
    Remember(Preference),
    /// Keep which step was used last in each cross, for the next visit.
    KeepSteps(String),
    /// Keep the boards whose merged groups are followed for the next visit.
    KeepFollows(String),
    /// Set `lang` and `data-theme` of the document (`light`, `dark`, or none for `Theme::Device`).
    Dress {
        /// The language.
        language: Language,
        /// The theme.
        theme: Theme,
    },
    /// Set the document's title.
    Heading(String),
    /// Answer with `Event::Elapsed` after a while.
    After {
        /// How long.
        millis: u32,
        /// What for.
        timer: Timer,
    },
    /// Answer with `Event::SpaceMeasured`.
    MeasureSpace,
    /// Let the waiting service worker take over and load the page again.
    ApplyUpdate,
    /// Load the page again.
    Reload,
    /// Print the page.
    Print,
}
