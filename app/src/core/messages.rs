//! What the page and its worker say to each other: postcard bytes over `postMessage`.

use samsyn_shared::board::merge::{Carry, Notes, PlaceBy, Preview, Source};
use samsyn_shared::board::past::Turn;
use samsyn_shared::board::undo::{About, Way};
use samsyn_shared::board::{Command, Delta, Draft, TextValue, View};
use samsyn_shared::compare::{Comparison, Stretch};
use samsyn_shared::ids::{BoardId, GroupId, PersonId, PresenceId, SectionId, TextId};
use samsyn_shared::records::{Colour, RecordId};
use samsyn_shared::seal::Role;
use samsyn_shared::time::UnixMillis;
use serde::{Deserialize, Serialize};

pub use samsyn_shared::templates::{Language, Template};

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// First message: where the relay is (`ws://…/sync` or `wss://…/sync`).
    Start {
        /// The relay's websocket address.
        relay: String,
    },
    /// Asks for `Boards`.
    ListBoards,
    /// Makes a board and opens it. The sections' headings are written in `language`.
    NewBoard {
        /// What it starts with.
        template: Template,
        /// Its title.
        title: String,
        /// The language of what the template writes.
        language: Language,
    },
    /// Makes a board of what the open one has come to, and opens it.
    CarryOver {
        /// What goes along.
        carry: Carry,
        /// The new board's title.
        title: String,
    },
    /// Opens a board by the code of a link (the URL's fragment); the worker keeps it among the device's boards.
    OpenLink {
        /// The fragment without `#`.
        code: String,
    },
    /// Opens a board of this device.
    OpenBoard {
        /// Which.
        board: BoardId,
    },
    /// Goes back to the start screen: commits drafts, ends the connection.
    LeaveBoard,
    /// Removes a board and all that is stored of it from this device; the page has asked twice.
    ForgetBoard {
        /// Which.
        board: BoardId,
    },
    /// A step of the person: done whole or not at all, and taken back as one.
    Commands(Vec<Command>),
    /// Takes the person's last step back, or does it again. Answers `Went`.
    Go(Way),
    /// A keystroke: the draft as it stands, and where the caret is in `own` (UTF-16).
    Draft {
        /// The draft.
        draft: Draft,
        /// The caret.
        caret: Option<u32>,
    },
    /// The person left the text: commit its draft now.
    DraftEnd {
        /// The text.
        text: TextId,
    },
    /// Shows the board after so many of its steps, or after all if there are fewer; none: as it is now.
    /// Answers `Past`.
    Past(Option<u32>),
    /// Sets the board's title; facilitators only.
    SetTitle(String),
    /// Finishes the board: nobody changes it any more; facilitators only.
    Finish,
    /// Pauses the board: participants wait; facilitators only.
    Pause,
    /// Opens a paused or finished board again; facilitators only.
    Reopen,
    /// Tells the person's first name on this board.
    SetName(String),
    /// Where the person is looking, for presence.
    Look {
        /// The section on the screen.
        section: Option<SectionId>,
    },
    /// Asks for `Exported`.
    Export(ExportKind),
    /// A file that the person chose: a JSON archive or a board file. Answers `Opened` or `Failed`.
    Import {
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Makes groups of the open board; facilitators only. Answers `Groups`.
    MakeGroups(WantedGroups),
    /// Whether the page looks at the groups: then their boards are open too, and `Groups` says how they do.
    WatchGroups(Watch),
    /// Hang a note on the first wall of every group of the open board. Answers `Called`.
    CallGroups(String),
    /// Whether what the merged groups go on writing is taken in as it comes.
    Follow(Watch),
    /// A step of merging other boards into the open one.
    Merging(MergeStep),
    /// Compares the open board's rules with these, until told otherwise; none ends that. Answers `Compared`, anew when
    /// either side has changed, or `Failed`.
    Compare(Option<CompareWith>),
    /// The page went into the background or came back.
    Page(PageVisibility),
    /// The browser says that the network changed; the worker tries at once when it came back.
    Network(NetworkHint),
}

impl ToWorker {
    /// Whether it changes a board, so that a person waits for it to be saved. The worker counts these.
    #[must_use]
    pub const fn changes_something(&self) -> bool {
        match self {
            Self::Commands(_)
            | Self::Go(_)
            | Self::Draft { .. }
            | Self::DraftEnd { .. }
            | Self::SetTitle(_)
            | Self::SetName(_)
            | Self::Finish
            | Self::Pause
            | Self::Reopen
            | Self::MakeGroups(_)
            | Self::CallGroups(_)
            | Self::Merging(MergeStep::Apply(_)) => true,
            Self::Start { .. }
            | Self::CarryOver { .. }
            | Self::ListBoards
            | Self::NewBoard { .. }
            | Self::OpenLink { .. }
            | Self::OpenBoard { .. }
            | Self::LeaveBoard
            | Self::ForgetBoard { .. }
            | Self::Past(_)
            | Self::Look { .. }
            | Self::Export(_)
            | Self::Import { .. }
            | Self::WatchGroups(_)
            | Self::Follow(_)
            | Self::Merging(_)
            | Self::Compare(_)
            | Self::Page(_)
            | Self::Network(_) => false,
        }
    }
}

/// Groups to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedGroups {
    /// What they are called.
    pub names: Vec<String>,
    /// The sections that they get copies of.
    pub sections: Vec<SectionId>,
    /// Whether they start with the notes that hang there now.
    pub notes: Notes,
}

/// Whether the page looks at something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watch {
    /// It does.
    On,
    /// It does not any more.
    Off,
}

/// A step of merging. Each answers `MergeOffer`, the last but one `Merged`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MergeStep {
    /// Begins, with all groups.
    Begin,
    /// Says where the notes are to hang.
    Place(PlaceBy),
    /// Takes a source along.
    With(BoardId),
    /// Leaves one out.
    Without(BoardId),
    /// Adds another board of this device.
    Board(BoardId),
    /// Adds the board that a link leads to, by its code; the worker keeps it among the device's boards.
    Link(String),
    /// Adds a file's boards.
    File(Vec<u8>),
    /// Merges, and settles conflicts by these `Command::Choose`.
    Apply(Vec<Command>),
    /// Ends without merging.
    End,
}

/// What a board's rules are compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareWith {
    /// Another board of this device.
    Board(BoardId),
    /// A board that a link leads to, by its code; the worker keeps it among the device's boards.
    Link(String),
    /// What a file holds: a JSON archive or a board file.
    File(Vec<u8>),
}

/// The open board's rules beside another board's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// What this board is called, and the other one.
    pub titles: [String; 2],
    /// What both have, and what only one has.
    pub found: Comparison,
    /// For each of the rules that are worded differently, where its words differ.
    pub worded: Vec<[Vec<Stretch>; 2]>,
}

/// A group of the open board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCard {
    /// Its id.
    pub id: GroupId,
    /// Its board.
    pub board: BoardId,
    /// What it is called.
    pub name: String,
    /// The colour of its mark.
    pub colour: Colour,
    /// Its number, from 0.
    pub number: u16,
    /// The code of the link that its participants open, or of one to look for whoever may only look.
    pub code: String,
    /// How its board is connected here.
    pub link: GroupLink,
    /// How it does.
    pub live: GroupLive,
}

/// How a group's board is connected on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupLink {
    /// It is being opened.
    #[default]
    Opening,
    /// It is as the others have it.
    Online,
    /// It is as this device saw it last.
    Offline,
}

/// How a group does, as far as this device knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLive {
    /// How its board is connected here.
    pub link: GroupLink,
    /// Notes on its board.
    pub notes: u32,
    /// Rules on its board.
    pub rules: u32,
    /// People who have it open.
    pub people: u32,
    /// The heading of the section that one of them looks at.
    pub section: String,
    /// When the newest note or rule was made, by its device's clock.
    pub written: Option<UnixMillis>,
}

/// A board that can be merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedSource {
    /// What it is called and where its notes would hang.
    pub source: Source,
    /// Whether it is to be merged.
    pub wanted: bool,
}

/// What merging would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeOffer {
    /// Where the notes would hang.
    pub place: PlaceBy,
    /// What can be merged, in the order of lanes.
    pub sources: Vec<OfferedSource>,
    /// What it would do.
    pub preview: Preview,
}

/// Whether anyone can see the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageVisibility {
    /// In front.
    Visible,
    /// Behind, or about to go: commit and flush now.
    Hidden,
}

/// `navigator.onLine`, for what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkHint {
    /// There may be a network.
    Online,
    /// There is none.
    Offline,
}

/// What to take home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportKind {
    /// The JSON archive.
    Archive,
    /// The board file, for merging without a network.
    BoardFile,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker runs; what storage it has.
    Ready {
        /// Whether edits survive a reload here.
        storage: Storage,
    },
    /// The boards of this device, last opened first.
    Boards(Vec<BoardCard>),
    /// The board that is being opened, as it was last shown on this device. `Opened` or `Failed` follows; until then
    /// nothing can be done on it.
    Glimpsed(Box<OpenBoard>),
    /// A board is open. Replaces all that the page knew of any board.
    Opened(Box<OpenBoard>),
    /// The view changed.
    Delta(Delta),
    /// A draft of this page became a change. Comes just before the `Delta` with the text at revision `now`, so that
    /// the page puts its draft on the new base first: what was typed since, rebased from `own` to `now`. A text
    /// change at the revision that a draft's base has already is never merged into that draft.
    DraftCommitted {
        /// The text.
        text: TextId,
        /// What the draft said when it was committed; what was typed since builds on it.
        own: String,
        /// The revision and value after the commit.
        now: TextValue,
    },
    /// Which of the person's steps can be taken back or done again changed.
    Steps(Steps),
    /// A step was taken back or done again; the `Delta` came just before.
    Went {
        /// Which.
        way: Way,
        /// What the step was about; none if others have written over all there was.
        about: Option<About>,
        /// The records it changed.
        records: Vec<RecordId>,
    },
    /// The board as it was.
    Past(Box<PastShown>),
    /// The open board's groups; complete, sent while they are watched when it changes.
    Groups(Vec<GroupCard>),
    /// A note hangs on the walls of so many groups.
    Called(u32),
    /// What a merge would do.
    MergeOffer(Box<MergeOffer>),
    /// The merge is done; the `Delta` came just before.
    Merged,
    /// How the rules compare.
    Compared(Box<Compared>),
    /// The board's title changed.
    Title(String),
    /// How the facilitator has left the board changed, and nothing that is shown with it.
    Standing(Standing),
    /// How many messages that change something the worker has taken since it was started.
    Heard(u32),
    /// The save state changed.
    Save(SaveState),
    /// The records with changes that only this device has; complete, sent when it changes.
    Unshared(Vec<RecordId>),
    /// Everybody else who is here; complete, sent when it changes.
    Peers(Vec<Peer>),
    /// A file to hand to the person.
    Exported {
        /// Its name.
        name: String,
        /// Its media type.
        media_type: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A board is gone from this device.
    Forgotten(BoardId),
    /// Something did not work; nothing already held is lost.
    Failed(Failure),
}

/// The board as it was after some of its steps. The first is what leads there from an empty board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastShown {
    /// After how many steps.
    pub at: u32,
    /// How many there are.
    pub of: u32,
    /// When the last of them was made; none before the first.
    pub when: Option<UnixMillis>,
    /// What leads there from what was shown before.
    pub turn: Turn,
}

/// What a person can take back, and do again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// What the last step was about.
    pub back: Option<About>,
    /// What the step was about that was taken back last.
    pub again: Option<About>,
}

/// A board of this device, for the start screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCard {
    /// The board.
    pub board: BoardId,
    /// Its title as last seen.
    pub title: String,
    /// What this device may do.
    pub role: Role,
    /// When it was last opened here.
    pub opened: UnixMillis,
    /// How many changes only this device has.
    pub unshared: u32,
}

/// Everything a page needs to show a board it has just opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenBoard {
    /// What is on it.
    pub view: View,
    /// Its title.
    pub title: String,
    /// What this device may do.
    pub role: Role,
    /// This device's person on this board.
    pub me: PersonId,
    /// The links that this device can give: the codes after `#`.
    pub links: Links,
    /// Drafts that an earlier run left: to be shown in their fields again.
    pub drafts: Vec<Draft>,
    /// The save state.
    pub save: SaveState,
    /// How the facilitator has left it.
    pub standing: Standing,
}

/// How the facilitator has left a board, and what of this device came too late for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it takes changes.
    pub phase: Phase,
    /// On a finished board: changes that only this device has, and that are not part of it.
    pub late: u32,
    /// Whether this device is finishing it.
    pub finishing: FinishStep,
}

/// Whether a board takes changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// It does.
    #[default]
    Open,
    /// Participants wait.
    Paused,
    /// It is as it was finished, for everybody.
    Finished,
    /// It was deleted; what is on this device stays here.
    Deleted,
}

/// How far this device is with finishing a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FinishStep {
    /// It is not at it.
    #[default]
    No,
    /// Everything has to arrive first.
    Settling,
    /// What is there is being sealed.
    Sealing,
}

/// Link codes by role; one is there only if this device may give it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// For co-facilitators.
    pub facilitator: Option<String>,
    /// For participants.
    pub participant: Option<String>,
    /// For observers.
    pub observer: Option<String>,
}

/// The most important words on the screen, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveState {
    /// Whether what was typed is on this device's disk.
    pub storage: Storage,
    /// Changes and drafts that the relay is not known to hold.
    pub unshared: u32,
    /// How the connection stands.
    pub link: LinkState,
    /// When everything was last shared.
    pub last_shared: Option<UnixMillis>,
    /// Why the server does not share it, though it answers.
    pub obstacle: Option<Obstacle>,
}

/// Why the server does not take what this device has, though it answers. The changes stay here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obstacle {
    /// It has as many people or boards as it takes; tried again by itself.
    ServerFull,
    /// It cannot read or write its disk; tried again by itself.
    ServerDisk,
    /// It is being restarted; tried again by itself.
    ServerStops,
    /// It speaks another version.
    OtherVersion,
    /// It keeps no more of this board.
    BoardFull,
    /// A change is larger than it takes.
    ChangeTooLarge,
    /// This device's link may not write on the board.
    MayNotWrite,
    /// Something else, by its number in the protocol.
    Other(u16),
}

impl Obstacle {
    /// Whether waiting does not help.
    #[must_use]
    pub const fn is_for_good(self) -> bool {
        match self {
            Self::ServerFull | Self::ServerDisk | Self::ServerStops => false,
            Self::OtherVersion
            | Self::BoardFull
            | Self::ChangeTooLarge
            | Self::MayNotWrite
            | Self::Other(_) => true,
        }
    }
}

/// How the connection to the relay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkState {
    /// No connection; trying again by itself.
    Offline,
    /// Under way, or catching up.
    Connecting,
    /// Connected and caught up.
    Online,
    /// Another tab of this browser syncs this board.
    OtherTab,
}

/// Whether edits survive on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storage {
    /// All edits so far are on the disk.
    Saved,
    /// A write is under way.
    Saving,
    /// This device does not keep them; the person should save a file.
    Impossible {
        /// Why, as a code the catalogue has words for.
        why: StorageFailure,
    },
}

/// Why storing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StorageFailure {
    /// IndexedDB is denied or missing (private window, blocked by policy).
    Denied,
    /// The disk or the quota is full.
    Full,
    /// The connection to the database was lost and could not be reopened.
    Lost,
    /// The stored data cannot be read.
    Damaged,
    /// A newer version of the app has changed the stored format.
    Newer,
}

/// Somebody else on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Their connection.
    pub presence: PresenceId,
    /// Who they are on this board.
    pub person: PersonId,
    /// Their name, which may be empty.
    pub name: String,
    /// The section they are on.
    pub section: Option<SectionId>,
    /// What they are typing right now.
    pub draft: Option<PeerDraft>,
}

/// A text being written by somebody else: shown letter by letter, not yet counted as saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerDraft {
    /// The text.
    pub text: TextId,
    /// The revision of the text that the draft was merged into. Beside another one it says nothing: what the person
    /// has written meanwhile is not in it, and would look deleted.
    pub revision: u32,
    /// The text with their draft merged into it.
    pub value: String,
    /// Their caret in `value` (UTF-16).
    pub caret: Option<u32>,
}

/// What did not work, as a code that the catalogue has words for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The link is damaged or cut short.
    LinkDamaged,
    /// The link was made by a newer version.
    LinkNewer,
    /// The board is not on this device.
    BoardUnknown,
    /// The board is the open one itself.
    SameBoard,
    /// Nothing of the board is on this device, and it could not be fetched.
    BoardOutOfReach,
    /// The file is neither an archive nor a board file.
    FileUnknown,
    /// The file was made by a newer version.
    FileNewer {
        /// The version it names.
        version: u32,
    },
    /// The file is damaged.
    FileDamaged {
        /// Where and how, in English, for support.
        detail: String,
    },
    /// The step cannot be done.
    CommandRefused {
        /// Why, in English, for support.
        detail: String,
    },
    /// A change from somebody else breaks the board's rules and was held back; the board is whole without it.
    ChangeHeld {
        /// How many so far.
        count: u32,
        /// Which rule, in English, for support.
        detail: String,
    },
    /// The relay refused something.
    RelayRefused(Obstacle),
    /// The relay sent what it must not; the connection was dropped and will be tried again.
    RelayMisbehaved {
        /// How, in English, for support.
        detail: String,
    },
    /// The board is on this device and cannot be read now; nothing of it is shown rather than an empty wall.
    BoardUnreadable(StorageFailure),
    /// Storing failed; what is on the screen is only in memory. Boards still open.
    Storage(StorageFailure),
    /// The worker stopped; reload.
    WorkerStopped,
}
