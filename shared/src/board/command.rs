//! What a person can do to a board. Each command becomes one automerge change, unless it is too large for one.
//!
//! Ids are minted by the caller, so that the screen can go on with a new note before the worker has answered.

use serde::{Deserialize, Serialize};

use super::draft::Typed;
use super::merge::{Begun, CopyOf, Field, Source, Wanted};
use super::undo::Deed;
use super::view::{Record, Splice};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{
    AxisPlace, Colour, CrossField, Judgement, Position, Presence, QuadrantPlace, RecordId,
    RuleStatus, SectionKind, Tag,
};
use crate::time::UnixMillis;

/// Whether a person stands behind a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Support {
    /// They do.
    Given,
    /// They took it back.
    Withdrawn,
}

/// A field of a record that holds a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TextField {
    /// A section's heading.
    SectionTitle(SectionId),
    /// A note's words.
    NoteText(NoteId),
    /// A rule.
    RuleText(RuleId),
    /// Why the room wants the rule.
    RuleWhy(RuleId),
    /// What one sees when the rule is kept.
    RuleShowsAs(RuleId),
    /// A text of a cross.
    Cross(CrossId, CrossField),
}

/// What was typed into one text since the typist last saw it agree with the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The text.
    pub text: TextId,
    /// `TextValue::revision` that `base` is, in the run of the worker that said so; none after a restart.
    pub base_revision: Option<u32>,
    /// The text as it stood when the typing began, with all remote edits the typist has seen since.
    pub base: String,
    /// The text as the typist wants it.
    pub own: String,
    /// What leads from `base` to `own`, to be applied one after the other; where that is not known, they are compared.
    pub edits: Vec<Splice>,
}

impl Draft {
    /// What was typed.
    #[must_use]
    pub fn typed(&self) -> Typed<'_> {
        Typed {
            base: &self.base,
            own: &self.own,
            edits: &self.edits,
        }
    }
}

/// One step of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Adds a section after `after`, or first.
    AddSection {
        /// Its new id.
        id: SectionId,
        /// What it is for.
        kind: SectionKind,
        /// Its heading.
        title: String,
        /// The section it follows.
        after: Option<SectionId>,
    },
    /// Adds a note.
    AddNote {
        /// Its new id.
        id: NoteId,
        /// The section it is on.
        section: SectionId,
        /// The quadrant, in a cross.
        quadrant: Option<QuadrantPlace>,
        /// Its words so far.
        text: String,
        /// Where it hangs.
        at: Position,
        /// Its paper.
        colour: Colour,
        /// Who writes it.
        author: Option<PersonId>,
    },
    /// Moves a note on its wall, to another section or to another quadrant: one step when it is let go. It leaves its
    /// heading behind when it goes to another section or quadrant.
    MoveNote {
        /// The note.
        id: NoteId,
        /// The section it is on from now on.
        section: SectionId,
        /// Its quadrant, in a cross.
        quadrant: Option<QuadrantPlace>,
        /// Where it hangs.
        at: Position,
    },
    /// Puts a note under another one as under a heading, or takes it out.
    SetUnder {
        /// The note.
        id: NoteId,
        /// The heading.
        heading: Option<NoteId>,
    },
    /// Judges a driving force by impact and uncertainty, or takes the judgement back.
    Judge {
        /// The note.
        id: NoteId,
        /// The judgement.
        judged: Option<Judgement>,
    },
    /// Says what a note is in its scenario.
    SetTag {
        /// The note.
        id: NoteId,
        /// What it is.
        tag: Option<Tag>,
    },
    /// Says which driving force an axis came from.
    SetForce {
        /// The cross.
        id: CrossId,
        /// The axis.
        axis: AxisPlace,
        /// The force.
        force: Option<NoteId>,
    },
    /// Gives a note another paper.
    SetColour {
        /// The note.
        id: NoteId,
        /// The paper.
        colour: Colour,
    },
    /// Proposes a rule, last in its section.
    AddRule {
        /// Its new id.
        id: RuleId,
        /// The section it is in.
        section: SectionId,
        /// The rule.
        text: String,
        /// Why.
        why: String,
        /// How it shows, one example a line.
        shows_as: String,
        /// Who proposes it.
        author: Option<PersonId>,
    },
    /// Says how far the room has come with a rule.
    SetRuleStatus {
        /// The rule.
        id: RuleId,
        /// Its status.
        status: RuleStatus,
    },
    /// Gives or withdraws a person's support.
    SetSupport {
        /// The rule.
        rule: RuleId,
        /// The person.
        person: PersonId,
        /// Given or withdrawn.
        support: Support,
    },
    /// Puts a rule after another of its section, or first.
    MoveRule {
        /// The rule.
        id: RuleId,
        /// The rule it follows.
        after: Option<RuleId>,
    },
    /// Moves a rule to another section, last there.
    SetRuleSection {
        /// The rule.
        id: RuleId,
        /// The section it is in from now on.
        section: SectionId,
    },
    /// Puts a note after another in lists, or first.
    OrderNote {
        /// The note.
        id: NoteId,
        /// The note it follows.
        after: Option<NoteId>,
    },
    /// Adds the cross of a section; its texts are made now, so that everyone types into the same ones.
    AddCross {
        /// Its new id.
        id: CrossId,
        /// The section it is in.
        section: SectionId,
        /// Texts that are not empty from the start.
        texts: Vec<(CrossField, String)>,
        /// The year of the scenarios.
        horizon: Option<i32>,
    },
    /// Sets the year of the scenarios.
    SetHorizon {
        /// The cross.
        id: CrossId,
        /// The year.
        year: Option<i32>,
    },
    /// Sets a text as a whole: a new text object takes the field over, and the former one stays in the history.
    SetText {
        /// The field.
        field: TextField,
        /// Its new text.
        value: String,
    },
    /// Makes what was typed into a text part of the board, without setting it over anybody's words.
    CommitDraft(Draft),
    /// Tells a person's name.
    SetPerson {
        /// The person.
        id: PersonId,
        /// The name.
        name: String,
    },
    /// Puts a record in the trash or takes it back.
    SetPresence {
        /// The record: a section, note, rule or cross.
        record: RecordId,
        /// On the board or in the trash.
        presence: Presence,
    },
    /// Makes a record again exactly as it was elsewhere: its id, order key, supporters, presence and stamp are kept.
    /// What an import is made of.
    Restore(Box<Restored>),
    /// Shows or hides what was merged of another board, whose changes are here. What it is called and where its notes
    /// hang is set anew.
    Merge(Source),
    /// Says which board this one was begun from.
    Begin(Begun),
    /// Settles what a field holds for which several values are proposed.
    Choose {
        /// The record.
        record: RecordId,
        /// The field.
        field: Field,
        /// What it holds from now on.
        wanted: Wanted,
    },
    /// Takes a former step back, as far as nobody else has written over it.
    TakeBack(Box<Deed>),
}

/// A record to make again, with the texts that its fields name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The record, whole. Its id must be new to the board; a text field without an id becomes an empty text.
    pub record: Record,
    /// The text objects that its fields name, by fresh ids. A text may be longer than `MAX_TEXT`, because several
    /// typists at once can make one; it is then made in several changes.
    pub texts: Vec<(TextId, String)>,
    /// What it is a copy of, on a board made of another one's records.
    pub copy: Option<CopyOf>,
    /// When the archive was exported that it comes from, if it goes into the home of the board that was archived.
    pub archived: Option<UnixMillis>,
}
