//! The state of an open board: its view, and what the person's hands and keys are doing to it.

use std::collections::{BTreeMap, BTreeSet};

use samsyn_shared::board::merge::{Field, Source, Wanted};
use samsyn_shared::board::{Headings, TextField, TextValue, View};
use samsyn_shared::ids::{BoardId, NoteId, PersonId, SectionId, TextId};
use samsyn_shared::records::{
    Colour, CrossField, Note, Position, Presence, QuadrantPlace, RecordId,
};
use samsyn_shared::seal::Role;
use samsyn_shared::time::UnixMillis;

use super::Page;
use crate::core::camera::{Camera, Place, Size};
use crate::core::draft::{OpenDraft, Selection};
use crate::core::drawing::Drawn;
use crate::core::event::{Others, Picking};
use crate::core::messages::{
    Compared, GroupCard, Links, MergeOffer, OpenBoard, Peer, SaveState, Standing, Steps,
};
use crate::core::news::News;
use crate::core::people::{self, Caret};
use crate::core::search::Search;
use samsyn_shared::wall::sort_as_read;

/// When more people than this write at once, it is not shown where: lights all over a wall lead nobody's eye.
const CROWD: usize = 12;
/// It is shown again when no more than this write, so that it does not flicker.
const CROWD_IS_OVER: usize = 8;

/// A note in somebody's hand, with all that are picked if it is one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Which.
    pub note: NoteId,
    /// Where each hung when it was taken up: what others do to them meanwhile does not pull them away.
    pub from: BTreeMap<NoteId, Position>,
    /// How far it was carried, in screen pixels.
    pub dx: f64,
    /// The same, downward.
    pub dy: f64,
    /// The note that they go under when they are let go now.
    pub over: Option<NoteId>,
}

/// What the view of a board was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Of what was kept when it was last shown. The document is still being read, and nothing can be done yet.
    Glimpse,
    /// Of the document.
    #[default]
    Document,
}

/// An open board.
#[derive(Clone, Debug)]
pub struct BoardModel {
    /// What is on it, with this page's own steps already taken.
    pub view: View,
    /// Which of its notes are under which heading.
    pub headings: Headings,
    /// What that was made of.
    pub ground: Ground,
    /// Its title.
    pub title: String,
    /// What this device may do.
    pub role: Role,
    /// This device's person.
    pub me: PersonId,
    /// The links this device can give.
    pub links: Links,
    /// The save state.
    pub save: SaveState,
    /// The board as it was, while that is on the screen: then it is in `view`.
    pub past: Option<PastModel>,
    /// Since when something is only on this device, as far as this page has seen.
    pub waiting_since: Option<UnixMillis>,
    /// How the facilitator has left it.
    pub standing: Standing,
    /// Records with changes that only this device has.
    pub unshared: BTreeSet<RecordId>,
    /// What of the person's own steps can be taken back.
    pub steps: Steps,
    /// Everybody else.
    pub peers: Vec<Peer>,
    /// Whether the person wants to see where others are writing.
    pub others: Others,
    /// Whether too many are writing for that.
    pub crowded: bool,
    /// What others have done, to be said.
    pub news: News,
    /// What is shown.
    pub page: Page,
    /// The section shown before the list or the trash was.
    pub former: Option<Page>,
    /// Whether the person is asked for a name before the board is shown.
    pub welcome: Welcome,
    /// Texts being written here.
    pub drafts: BTreeMap<TextField, OpenDraft>,
    /// The note whose text is being written.
    pub editing: Option<NoteId>,
    /// The field that takes the focus as soon as it is on the screen.
    pub awaited: Option<TextField>,
    /// The note in the person's hand.
    pub held: Option<Held>,
    /// Notes that are picked, to be worked on together.
    pub picked: BTreeSet<NoteId>,
    /// Whether a finger picks.
    pub picking: Picking,
    /// The words of notes that this page has made and whose text objects the worker has not named yet.
    pub coming: BTreeMap<NoteId, String>,
    /// The search that is open.
    pub search: Option<Search>,
    /// The note that has the keyboard's focus, or had it last.
    pub focus: Option<NoteId>,
    /// A frame that is being drawn on a wall.
    pub frame: Option<Frame>,
    /// The board's groups, as far as the worker has told.
    pub groups: Option<Vec<GroupCard>>,
    /// What is about to be merged, while the person is at it.
    pub merge: Option<MergeModel>,
    /// How its rules compare with another board's, while the person looks at that.
    pub compare: Option<CompareModel>,
    /// The source whose notes are shown clearly, with all others faint.
    pub only: Option<BoardId>,
    /// The quadrant that fills the screen.
    pub quadrant: Option<QuadrantPlace>,
    /// Where each wall is looked at from.
    pub cameras: BTreeMap<SectionId, Camera>,
    /// The walls that the person has panned or zoomed since they were fitted to the window.
    pub moved: BTreeSet<SectionId>,
    /// How large each wall's window is.
    pub windows: BTreeMap<SectionId, Size>,
    /// What of the wall on the screen is in the page.
    pub drawn: Drawn,
    pub(in crate::core) fields: BTreeMap<TextId, TextField>,
}

/// A frame around notes, which are picked while they are in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Where it began, from the corner of the wall's window.
    pub from: Place,
    /// The opposite corner.
    pub to: Place,
    /// What was picked before it was drawn.
    pub before: BTreeSet<NoteId>,
}

/// A lane on a wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its upper left corner.
    pub at: Position,
    /// The board whose notes hang in it.
    pub name: String,
    /// The colour of that board's mark.
    pub colour: Colour,
}

/// What is about to be merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeModel {
    /// What it would do; none before the worker has answered.
    pub offer: Option<MergeOffer>,
    /// What the person has chosen so far.
    pub choices: BTreeMap<(RecordId, Field), Wanted>,
    /// The first note of each pile that is to be put under one heading.
    pub piled: BTreeSet<NoteId>,
    /// Whether it is being done.
    pub under_way: bool,
}

/// The rules beside another board's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompareModel {
    /// Whether the worker has been asked and has not answered.
    pub looking: bool,
    /// What it has found.
    pub found: Option<Compared>,
}

/// The board as it was, while the person looks at that instead of the board as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastModel {
    /// The board as it is now.
    pub live: View,
    /// After how many of its steps it is shown.
    pub at: u32,
    /// How many there are.
    pub of: u32,
    /// When the last of them was made.
    pub when: Option<UnixMillis>,
    /// Whether the worker has been asked and has not answered.
    pub asked: bool,
    /// Where to go when it has.
    pub wanted: Option<u32>,
    /// Whether it goes on by itself.
    pub playing: bool,
}

/// Whether a person who followed a link is asked for a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Welcome {
    /// Straight to the board.
    #[default]
    Done,
    /// Ask first.
    Asking,
}

impl BoardModel {
    /// A board that was just opened.
    #[must_use]
    pub fn new(open: OpenBoard, welcome: Welcome) -> Self {
        let mut board = Self {
            view: open.view,
            headings: Headings::default(),
            ground: Ground::Document,
            title: open.title,
            role: open.role,
            me: open.me,
            links: open.links,
            save: open.save,
            past: None,
            waiting_since: None,
            standing: open.standing,
            unshared: BTreeSet::new(),
            steps: Steps::default(),
            peers: Vec::new(),
            others: Others::default(),
            crowded: false,
            news: News::default(),
            page: Page::First,
            former: None,
            welcome,
            drafts: BTreeMap::new(),
            editing: None,
            awaited: None,
            held: None,
            picked: BTreeSet::new(),
            picking: Picking::Off,
            coming: BTreeMap::new(),
            search: None,
            focus: None,
            frame: None,
            groups: None,
            merge: None,
            compare: None,
            only: None,
            quadrant: None,
            cameras: BTreeMap::new(),
            moved: BTreeSet::new(),
            windows: BTreeMap::new(),
            drawn: Drawn::default(),
            fields: BTreeMap::new(),
        };
        board.index();
        board
    }

    /// Whether all that is drawn once, when a board comes, is drawn for this board in the same way.
    #[must_use]
    pub fn is_drawn_like(&self, open: &OpenBoard) -> bool {
        self.view.board == open.view.board
            && self.role == open.role
            && self.me == open.me
            && self.links == open.links
            && self.standing.phase == open.standing.phase
    }

    /// Takes the board as it is in the place of the glimpse of it.
    pub fn settle(&mut self, open: OpenBoard) {
        self.ground = Ground::Document;
        self.view = open.view;
        self.title = open.title;
        self.save = open.save;
        self.standing = open.standing;
        self.index();
    }

    /// Whether this device may write.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.past.is_none() && self.standing.lets_write(self.role)
    }

    /// The source that a record came from.
    #[must_use]
    pub fn source_of(&self, record: RecordId) -> Option<&Source> {
        let board = self.view.origins.get(&record)?;
        self.view.merged.sources.get(board)
    }

    /// Whether a note is faint because another source's are looked at.
    #[must_use]
    pub fn is_faint(&self, note: NoteId) -> bool {
        let from = self.view.origins.get(&RecordId::Note(note));
        self.only.is_some_and(|only| from != Some(&only))
    }

    /// The text object behind a field.
    #[must_use]
    pub fn text_id(&self, field: TextField) -> Option<TextId> {
        let view = &self.view;
        match field {
            TextField::SectionTitle(id) => view.sections.get(&id)?.title,
            TextField::NoteText(id) => view.notes.get(&id)?.text,
            TextField::RuleText(id) => view.rules.get(&id)?.text,
            TextField::RuleWhy(id) => view.rules.get(&id)?.why,
            TextField::RuleShowsAs(id) => view.rules.get(&id)?.shows_as,
            TextField::Cross(id, field) => view.crosses.get(&id)?.text(field),
        }
    }

    /// The committed words of a field.
    #[must_use]
    pub fn committed(&self, field: TextField) -> TextValue {
        let text = self.text_id(field);
        match text.and_then(|text| self.view.texts.get(&text)) {
            Some(text) => text.clone(),
            None => TextValue {
                value: self.coming_words(field).to_owned(),
                revision: 0,
            },
        }
    }

    fn coming_words(&self, field: TextField) -> &str {
        match field {
            TextField::NoteText(id) => self.coming.get(&id).map_or("", String::as_str),
            TextField::SectionTitle(_)
            | TextField::RuleText(_)
            | TextField::RuleWhy(_)
            | TextField::RuleShowsAs(_)
            | TextField::Cross(..) => "",
        }
    }

    /// The committed words of a note.
    #[must_use]
    pub fn words(&self, note: &Note) -> &str {
        match note.text {
            Some(_) => self.view.text(note.text),
            None => self.coming_words(TextField::NoteText(note.id)),
        }
    }

    /// What a field shows, and where the caret is if the person writes in it: the person's own words, with the
    /// letters that others are just writing.
    #[must_use]
    pub fn shown(&self, field: TextField) -> (String, Option<Selection>) {
        let others = self.others_in(field);
        match self.drafts.get(&field).filter(|_| self.past.is_none()) {
            Some(draft) => {
                let (shown, selection) = draft.shown(others);
                (shown, Some(selection))
            }
            None => {
                let draft = OpenDraft::over(self.text_id(field), self.committed(field));
                (draft.shown(others).0, None)
            }
        }
    }

    /// A field's text as each of the others who write in it has it, where that stands on the text as it is here.
    pub fn others_in(&self, field: TextField) -> impl Iterator<Item = &str> {
        let text = self.text_id(field).filter(|_| self.past.is_none());
        let revision = text.map(|text| self.view.revision(text));
        let drafts = self.peers.iter().filter_map(|peer| peer.draft.as_ref());
        let drafts = drafts
            .filter(move |draft| Some(draft.text) == text && Some(draft.revision) == revision);
        drafts.map(|draft| draft.value.as_str())
    }

    /// Takes who else is here.
    pub fn take_peers(&mut self, peers: Vec<Peer>) {
        self.peers = peers;
        let writing = self.peers.iter().filter(|peer| peer.draft.is_some());
        let limit = if self.crowded { CROWD_IS_OVER } else { CROWD };
        self.crowded = writing.count() > limit;
    }

    /// Who else is shown as writing in a field.
    pub fn writers(&self, field: TextField) -> impl Iterator<Item = &Peer> {
        let text = self.text_id(field);
        let now = self.past.is_none() && self.others == Others::Shown && !self.crowded;
        self.peers.iter().filter(move |peer| {
            now && text.is_some() && peer.draft.as_ref().map(|draft| draft.text) == text
        })
    }

    /// The carets of others in a field, in what it shows.
    #[must_use]
    pub fn carets(&self, field: TextField) -> Vec<Caret> {
        let mut writers = self.writers(field).peekable();
        if writers.peek().is_none() {
            return Vec::new();
        }
        people::carets(&self.shown(field).0, writers)
    }

    /// Where a note hangs on its wall now, in the person's hand or not.
    #[must_use]
    pub fn place(&self, note: &Note) -> Position {
        let held = self.held.as_ref();
        let from = held.and_then(|held| Some((held, held.from.get(&note.id)?)));
        let Some((held, from)) = from else {
            return self.hung(note);
        };
        let scale = self.camera(note.section).scale;
        let moved = |at: i32, by: f64| f64::from(at) + by / scale;
        samsyn_shared::wall::position(moved(from.x, held.dx), moved(from.y, held.dy))
    }

    /// Where a note hangs on its wall, whatever is in a hand: at its place, or below its heading.
    #[must_use]
    pub fn hung(&self, note: &Note) -> Position {
        let heading = |id| self.view.notes.get(&id).map(|it| it.at);
        self.headings.place(note, heading)
    }

    /// The notes, and what is under those of them that are headings.
    #[must_use]
    pub fn with_members(&self, notes: &[NoteId]) -> Vec<NoteId> {
        let mut all: Vec<NoteId> = Vec::with_capacity(notes.len());
        for id in notes {
            let members = self.headings.members(*id).into_iter();
            let members = members.flat_map(|it| it.notes.iter().copied());
            all.extend([*id].into_iter().chain(members));
        }
        let mut seen = BTreeSet::new();
        all.retain(|id| seen.insert(*id));
        all
    }

    /// Where a wall is looked at from.
    #[must_use]
    pub fn camera(&self, section: SectionId) -> Camera {
        self.cameras.get(&section).copied().unwrap_or_default()
    }

    /// What is shown; `First` only while there is no section.
    #[must_use]
    pub fn at(&self) -> Page {
        match self.page {
            Page::First => self.first().map_or(Page::First, Page::Section),
            Page::Section(_) | Page::List | Page::Trash | Page::Compare => self.page,
        }
    }

    /// The section on the screen.
    #[must_use]
    pub fn section(&self) -> Option<SectionId> {
        match self.at() {
            Page::Section(section) => Some(section),
            Page::First | Page::List | Page::Trash | Page::Compare => None,
        }
    }

    fn first(&self) -> Option<SectionId> {
        let sections = self.view.sections_in_order();
        sections.first().map(|section| section.id)
    }

    /// Whether a record has words that are searched for.
    #[must_use]
    pub fn is_hit(&self, record: RecordId) -> bool {
        let hits = self.search.as_ref().map(|it| &it.hits);
        hits.is_some_and(|hits| hits.iter().any(|hit| hit.record() == record))
    }

    /// The lanes of merged boards on a wall of this board's own that have notes there.
    #[must_use]
    pub fn lanes(&self, section: SectionId) -> Vec<Lane> {
        let view = &self.view;
        let of_others = view.origins.contains_key(&RecordId::Section(section));
        let shown = view.merged.shown().into_iter().filter(|_| !of_others);
        let lanes = shown.filter_map(|it| Some((it, view.merged.lane(&it.board)?)));
        let here = |board: BoardId| {
            view.notes.values().any(|it| {
                it.section == section
                    && it.presence == Presence::OnBoard
                    && view.origins.get(&RecordId::Note(it.id)) == Some(&board)
            })
        };
        lanes
            .filter(|(source, _)| here(source.board))
            .map(|(source, at)| Lane {
                at,
                name: source.name.clone(),
                colour: source.colour,
            })
            .collect()
    }

    /// The sections whose notes can be picked: the one on the screen, and in the list all of them.
    #[must_use]
    pub fn in_reach(&self) -> Vec<SectionId> {
        match self.at() {
            Page::Section(section) => vec![section],
            Page::List => {
                let sections = self.view.sections_in_order();
                sections.iter().map(|section| section.id).collect()
            }
            Page::First | Page::Trash | Page::Compare => Vec::new(),
        }
    }

    /// What is picked of what is on the screen, in reading order. What others removed meanwhile is not.
    #[must_use]
    pub fn picks(&self) -> Vec<NoteId> {
        let mut picks = Vec::new();
        for section in self.in_reach() {
            let notes = self.picked.iter().filter_map(|id| self.view.notes.get(id));
            let mut notes: Vec<&Note> = notes
                .filter(|it| it.section == section && it.presence == Presence::OnBoard)
                .collect();
            sort_as_read(&mut notes, |note| self.hung(note));
            picks.extend(notes.into_iter().map(|note| note.id));
        }
        picks
    }

    /// What a step on a note works on: the note, or all that are picked if it is one of them.
    #[must_use]
    pub fn with(&self, note: NoteId) -> Vec<NoteId> {
        if self.picked.contains(&note) {
            self.picks()
        } else {
            vec![note]
        }
    }

    /// What lies in the trash, sections first.
    #[must_use]
    pub fn trash(&self) -> Vec<RecordId> {
        let gone = |presence: Presence| presence == Presence::InTrash;
        let view = &self.view;
        let sections = view.sections.values().filter(|it| gone(it.presence));
        let rules = view.rules.values().filter(|it| gone(it.presence));
        let notes = view.notes.values().filter(|it| gone(it.presence));
        sections
            .map(|it| RecordId::Section(it.id))
            .chain(rules.map(|it| RecordId::Rule(it.id)))
            .chain(notes.map(|it| RecordId::Note(it.id)))
            .collect()
    }

    /// The view is another one.
    pub(in crate::core) fn index(&mut self) {
        self.index_fields();
        self.sort();
    }

    /// Finds out anew which notes are under which heading, and where they hang there.
    pub(in crate::core) fn sort(&mut self) {
        self.headings = Headings::of(&self.view, |note| self.words(note));
    }

    fn index_fields(&mut self) {
        let mut fields: Vec<TextField> = Vec::new();
        fields.extend(
            self.view
                .sections
                .keys()
                .map(|id| TextField::SectionTitle(*id)),
        );
        fields.extend(self.view.notes.keys().map(|id| TextField::NoteText(*id)));
        for id in self.view.rules.keys().copied() {
            fields.extend(rule_fields(id));
        }
        for id in self.view.crosses.keys().copied() {
            fields.extend(CrossField::ALL.map(|field| TextField::Cross(id, field)));
        }
        self.fields = fields
            .into_iter()
            .filter_map(|field| Some((self.text_id(field)?, field)))
            .collect();
    }
}

/// The three texts of a rule.
#[must_use]
pub const fn rule_fields(id: samsyn_shared::ids::RuleId) -> [TextField; 3] {
    [
        TextField::RuleText(id),
        TextField::RuleWhy(id),
        TextField::RuleShowsAs(id),
    ]
}
