//! Everything that can happen to a page: what the person does, what the worker says, what the browser reports.

use samsyn_shared::board::TextField;
use samsyn_shared::board::merge::{Carry, Field, Wanted};
use samsyn_shared::board::undo::Way;
use samsyn_shared::ids::{BoardId, NoteId, RuleId, SectionId};
use samsyn_shared::records::{
    AxisPlace, Colour, Judgement, QuadrantPlace, RecordId, RuleStatus, Tag,
};
use samsyn_shared::time::UnixMillis;

use super::Address;
use super::camera::{Place, Size};
use super::draft::Selection;
use super::messages::{
    CompareWith, ExportKind, FromWorker, Language, MergeStep, NetworkHint, PageVisibility,
    Template, WantedGroups, Watch,
};
use super::model::{Dialog, NoticeId, Page};
use super::steps::CrossStep;

/// Light, dark, or as the device has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the device has it.
    #[default]
    Device,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Black on white, with lines around everything.
    Contrast,
}

/// What a single letter does while the focus is in no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Letters {
    /// It is a command.
    #[default]
    Commands,
    /// Nothing: who speaks to the device would give commands by mistake.
    Words,
}

/// Whether it is shown where others are writing: their carets, and a light on what they write on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Others {
    /// It is.
    #[default]
    Shown,
    /// It is not. Their letters come all the same.
    Hidden,
}

/// Whether the browser gives us what it keeps for https and localhost (service worker, clipboard).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// It does.
    #[default]
    Secure,
    /// Plain http on a network address.
    Plain,
}

/// What the shell found when the page started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartEvent {
    /// The kept language, else the browser's.
    pub language: Language,
    /// The kept theme.
    pub theme: Theme,
    /// Whether single letters are commands.
    pub letters: Letters,
    /// The kept steps of crosses, as `steps::written` writes them.
    pub steps: String,
    /// Whether it is shown where others are writing.
    pub others: Others,
    /// The boards whose merged groups are followed: their ids, with spaces between.
    pub follows: String,
    /// Scheme, host and port: what links begin with; no `/` at the end.
    pub origin: String,
    /// The relay's websocket address.
    pub relay: String,
    /// What the browser allows here.
    pub context: Context,
    /// The time.
    pub now: UnixMillis,
    /// 32 random bytes for the ids of new records.
    pub seed: [u8; 32],
    /// Where the address bar points.
    pub address: Address,
}

/// Something that comes back after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A message has been read.
    Notice(NoticeId),
    /// The next step of the past is due.
    Play,
    /// What others did has been gathered for long enough.
    News,
    /// More of a wall can be drawn.
    DrawMore,
}

/// Whether a text got onto the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// It did.
    Done,
    /// The browser does not let us; the person can mark the text and copy it.
    Refused,
}

/// A direction on the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the left.
    Left,
    /// Towards the right.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

/// How far an arrow key moves a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stride {
    /// A step.
    Step,
    /// A larger one, with Shift.
    Leap,
}

/// Which of the board's links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// Writes.
    Participant,
    /// Reads.
    Observer,
    /// Decides.
    Facilitator,
}

/// Whether a finger picks notes instead of pushing the wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Picking {
    /// It pushes.
    #[default]
    Off,
    /// It picks.
    On,
}

/// Where a note can be moved to by menu, or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The section.
    pub section: SectionId,
    /// The quadrant, in a cross; none there is the tray of driving forces.
    pub quadrant: Option<QuadrantPlace>,
}

/// Something about groups and merging.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupsEvent {
    /// Make groups.
    Made(WantedGroups),
    /// A step of merging.
    Merge(MergeStep),
    /// Take in the board that a pasted link leads to as well.
    Link(String),
    /// What a field shall hold for which several values are proposed; none: not settled now.
    Choose {
        /// The record.
        record: RecordId,
        /// The field.
        field: Field,
        /// What it shall hold.
        wanted: Option<Wanted>,
    },
    /// Whether notes that say nearly the same are put under one of them when the merge is done.
    Piled {
        /// The first of them.
        first: NoteId,
        /// Whether they are.
        together: bool,
    },
    /// Merge what is offered.
    Confirmed,
    /// Whether what merged groups go on writing is taken in as it comes.
    Follow(Watch),
    /// A note for all groups.
    Call(String),
    /// Show one source's notes clearly and all others faintly; none: all alike.
    Only(Option<BoardId>),
}

/// Something about comparing rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareEvent {
    /// Compare the open board's rules with these.
    With(CompareWith),
    /// Compare them with those of the board that the pasted link leads to.
    Link(String),
    /// Copy the comparison as text.
    Copied,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page runs.
    Start(Box<StartEvent>),
    /// All that is in a section goes to another one of its kind.
    AllMoved {
        /// The section that is emptied.
        from: SectionId,
        /// The one that takes it.
        to: SectionId,
    },
    /// The facilitator finishes the board, and has been asked.
    FinishConfirmed,
    /// The facilitator pauses the board.
    PauseWanted,
    /// The facilitator opens a paused or finished board again.
    ReopenWanted,
    /// The worker says something.
    Worker(FromWorker),
    /// The address bar changed (back, forward, a pasted link).
    AddressChanged(Address),
    /// What time it is; a few times a minute.
    Clock(UnixMillis),
    /// The answer to `Effect::Copy`.
    Copied(Copied),
    /// The person chose a file to import.
    FileChosen {
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The chosen file could not be read or is too large to be a board.
    FileUnreadable,
    /// A timer ran out.
    Elapsed(Timer),
    /// The page went behind or came in front.
    Visibility(PageVisibility),
    /// The browser says that the network changed.
    Network(NetworkHint),
    /// A new version of the app is waiting for consent.
    UpdateReady,
    /// The browser reads QR codes with the camera.
    CameraReady,
    /// The person takes the new version.
    UpdateWanted,
    /// The person wants the page loaded again.
    ReloadWanted,

    /// Another language.
    LanguageChosen(Language),
    /// Another theme.
    ThemeChosen(Theme),
    /// Whether single letters are commands.
    LettersChosen(Letters),
    /// Something about groups and merging.
    Groups(GroupsEvent),
    /// Something about comparing rules.
    Compare(CompareEvent),
    /// Whether it is shown where others are writing.
    OthersChosen(Others),
    /// Opens a dialog, or closes the open one.
    Dialog(Option<Dialog>),
    /// How many bytes this device still has for the app; none where it does not tell.
    SpaceMeasured(Option<u64>),
    /// A message was dismissed.
    NoticeClosed(NoticeId),

    /// Make a board.
    BoardWanted {
        /// What it starts with.
        template: Template,
        /// Its title; a default when empty.
        title: String,
    },
    /// Begin the next board from the open one.
    CarryWanted {
        /// What goes along.
        carry: Carry,
        /// Its title; a default when empty.
        title: String,
    },
    /// Open what was pasted as a link.
    LinkPasted(String),
    /// Open a board of this device.
    BoardChosen(BoardId),
    /// Remove a board from this device; it was asked twice.
    BoardForgotten(BoardId),
    /// Back to the start screen.
    HomeWanted,
    /// The person gave (or did not give) a name.
    NameGiven(String),

    /// Show a section, the list or the trash.
    PageChosen(Page),
    /// Give the board another title.
    TitleGiven(String),
    /// Take a file home.
    ExportWanted(ExportKind),
    /// Print the page.
    PrintWanted,
    /// Copy a link.
    LinkCopied(LinkKind),

    /// The focus entered a text.
    TextEntered(TextField),
    /// A keystroke in a text.
    Typed {
        /// The text.
        field: TextField,
        /// What the field showed before the keystroke.
        shown: String,
        /// What it shows now.
        value: String,
        /// The selection after it.
        selection: Selection,
    },
    /// The caret moved without a keystroke.
    CaretMoved {
        /// The text.
        field: TextField,
        /// Where it is.
        selection: Selection,
    },
    /// The focus left a text.
    TextLeft(TextField),

    /// Take the last own step back, or do it again.
    StepWanted(Way),

    /// Look at the board as it was after so many steps; none: as it is now.
    PastWanted(Option<u32>),
    /// Play the board from where it is, or stop.
    PlayToggled,
    /// A note shall be again as it is in the past on the screen.
    BroughtBack(NoteId),
    /// Search for this; none ends the search.
    Searched(Option<String>),
    /// Go to the next place where it is, or to the one before.
    SearchStepped {
        /// To the next.
        forward: bool,
    },

    /// A new note; into the middle of what is seen of a wall.
    NoteWanted(Destination),
    /// A new note at a place of a wall (a double tap on it).
    NoteWantedAt {
        /// The section.
        section: SectionId,
        /// Where on the screen, from the wall's corner.
        place: Place,
    },
    /// The focus came to a note; by the keyboard it is brought into sight.
    NoteFocused {
        /// The note.
        note: NoteId,
        /// Whether it came by the keyboard.
        by_keyboard: bool,
    },
    /// Write in a note.
    NoteOpened(NoteId),
    /// Stop writing in it; the focus goes to the note itself.
    NoteClosed(NoteId),
    /// A note was taken up.
    NoteHeld(NoteId),
    /// The held note was carried this far from where it was taken up, in screen pixels.
    NoteCarried {
        /// Rightward.
        dx: f64,
        /// Downward.
        dy: f64,
    },
    /// The held note rests over this one (or one under it), and goes under it when it is let go now; none: it has moved
    /// on.
    NoteRested(Option<NoteId>),
    /// The held note was let go, over a quadrant, a tray or a wall, or put back where it was.
    NoteReleased(Option<Destination>),
    /// An arrow key on a note.
    NoteNudged {
        /// The note.
        note: NoteId,
        /// Whither.
        direction: Direction,
        /// How far.
        stride: Stride,
    },
    /// Notes go elsewhere, by menu.
    NotesSent {
        /// The notes.
        notes: Vec<NoteId>,
        /// Where to.
        to: Destination,
    },
    /// Another paper.
    NotesColoured {
        /// The notes.
        notes: Vec<NoteId>,
        /// The paper.
        colour: Colour,
    },
    /// Notes go under a heading, by menu; none: under a new one.
    NotesGrouped {
        /// The notes.
        notes: Vec<NoteId>,
        /// The heading.
        heading: Option<NoteId>,
    },
    /// Notes are taken out from under their headings.
    NotesLoosened(Vec<NoteId>),
    /// Notes go into rows and columns.
    NotesArranged(Vec<NoteId>),
    /// Notes are made a second time, beside themselves.
    NotesDoubled(Vec<NoteId>),
    /// The words of notes go to the clipboard.
    NotesCopied(Vec<NoteId>),
    /// Notes go into the trash.
    NotesRemoved(Vec<NoteId>),
    /// One note for each line.
    Pasted(String),
    /// A note is picked, or no longer.
    NotePicked(NoteId),
    /// Every note of the section is picked.
    AllPicked,
    /// No note is picked any more.
    PicksDropped,
    /// Whether a finger picks notes instead of pushing the wall.
    PickingChosen(Picking),
    /// A frame is drawn around notes on a wall.
    Framed {
        /// The section.
        section: SectionId,
        /// Where it began, from the wall's corner.
        from: Place,
        /// Where it is now.
        to: Place,
    },
    /// The frame is done: what is in it is picked, with what was.
    FrameDone,
    /// Into the trash.
    Removed(RecordId),
    /// Back from the trash.
    Restored(RecordId),

    /// A new rule at the end of a section.
    RuleWanted(SectionId),
    /// The person gives or takes back their support.
    SupportToggled(RuleId),
    /// How far the room has come with a rule.
    StatusGiven {
        /// The rule.
        rule: RuleId,
        /// Its status.
        status: RuleStatus,
    },
    /// A rule goes one place up or down.
    RuleShifted {
        /// The rule.
        rule: RuleId,
        /// Up or down.
        direction: Direction,
    },
    /// A rule was dropped before another one, or last.
    RuleDropped {
        /// The rule.
        rule: RuleId,
        /// The rule it now precedes.
        before: Option<RuleId>,
    },

    /// A step of a cross.
    StepChosen {
        /// The section.
        section: SectionId,
        /// The step.
        step: CrossStep,
    },
    /// A force was put into the field of impact and uncertainty, or beside it.
    ForceJudged {
        /// The note.
        note: NoteId,
        /// Where it lies now.
        judged: Option<Judgement>,
    },
    /// An arrow key on a force in the field.
    ForceNudged {
        /// The note.
        note: NoteId,
        /// Whither.
        direction: Direction,
        /// How far.
        stride: Stride,
    },
    /// What notes are in their scenario.
    NotesTagged {
        /// The notes.
        notes: Vec<NoteId>,
        /// What they are.
        tag: Option<Tag>,
    },
    /// A new note that is something in a scenario.
    TaggedWanted {
        /// The scenario.
        to: Destination,
        /// What it is.
        tag: Tag,
    },
    /// A force becomes an axis, or none does.
    AxisTaken {
        /// The section.
        section: SectionId,
        /// The axis.
        axis: AxisPlace,
        /// The force.
        force: Option<NoteId>,
    },
    /// A section of kind cross has none yet: make it.
    CrossWanted(SectionId),
    /// The year of the scenarios, as typed.
    HorizonGiven {
        /// The section.
        section: SectionId,
        /// What was typed.
        year: String,
    },
    /// A quadrant fills the screen, or none does.
    QuadrantOpened(Option<QuadrantPlace>),

    /// A wall is this large on the screen.
    WallMeasured {
        /// The section.
        section: SectionId,
        /// Its size.
        size: Size,
    },
    /// The wall was pushed.
    WallPanned {
        /// The section.
        section: SectionId,
        /// Rightward, in screen pixels.
        dx: f64,
        /// Downward.
        dy: f64,
    },
    /// The wall was zoomed.
    WallZoomed {
        /// The section.
        section: SectionId,
        /// Times the present scale.
        factor: f64,
        /// What stays in place on the screen; the middle for none.
        around: Option<Place>,
    },
    /// Show all notes of the wall.
    WallFitted(SectionId),
}

impl Event {
    /// Whether it can be taken while no more than a glimpse of the board is there.
    #[must_use]
    pub const fn touches_no_board(&self) -> bool {
        matches!(
            self,
            Self::Start(_)
                | Self::Worker(_)
                | Self::AddressChanged(_)
                | Self::Clock(_)
                | Self::Elapsed(_)
                | Self::NoticeClosed(_)
                | Self::Visibility(_)
                | Self::Network(_)
                | Self::UpdateReady
                | Self::CameraReady
                | Self::UpdateWanted
                | Self::ReloadWanted
                | Self::HomeWanted
                | Self::WallMeasured { .. }
        )
    }
}
