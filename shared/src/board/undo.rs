//! Taking back one's own steps, and nobody else's.
//!
//! A step is remembered as what it changed: each record and each text as they were before and after. Taking it back
//! changes only what still is as the step left it, field by field. What somebody else has written since stays theirs:
//! in a text, their letters stay while one's own go.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::home::Container;
use super::read::{Claim, Merging};
use super::{Delta, Draft, Record, Splice, View, draft};
use crate::ids::TextId;
use crate::records::{Axis, Cross, Note, Presence, Quadrant, RecordId, Rule, Section};

/// How many steps are remembered; the oldest are forgotten.
pub const REMEMBERED: usize = 200;

/// What one step of a person changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    records: Vec<Changed>,
    texts: Vec<Rewritten>,
    marks: Vec<Marked>,
}

/// A mark of merging: what was merged, chosen, or hung elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marked {
    container: Container,
    key: [u8; 16],
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Changed {
    /// None: the step made it.
    before: Option<Record>,
    after: Record,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rewritten {
    text: TextId,
    before: String,
    after: String,
    /// `TextValue::revision` of `after`.
    revision: u32,
    /// What leads from `after` back to `before`, to be applied one after the other.
    back: Vec<Splice>,
}

/// What a step was mostly about, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum About {
    /// Something was made.
    Made,
    /// Something went to the trash.
    Removed,
    /// Something came back from the trash.
    Restored,
    /// Something was moved.
    Moved,
    /// A note got another paper.
    Coloured,
    /// Something was written.
    Wrote,
    /// Boards were merged, or a merge undone.
    Merged,
    /// Anything else: a status, support, a year.
    Set,
}

impl Deed {
    /// What it was mostly about.
    #[must_use]
    pub fn about(&self) -> About {
        let changes = self.records.iter().map(Changed::about);
        let about = changes.chain(self.marks.iter().map(Marked::about));
        let about = about.max_by_key(|it| match it {
            About::Merged => 7,
            About::Made => 6,
            About::Removed => 5,
            About::Restored => 4,
            About::Moved => 3,
            About::Coloured => 2,
            About::Set => 1,
            About::Wrote => 0,
        });
        about.unwrap_or(About::Wrote)
    }

    /// The records that it changed.
    pub fn records(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.records.iter().map(|it| it.after.id())
    }

    /// The texts that it changed.
    pub fn texts(&self) -> impl Iterator<Item = TextId> + '_ {
        self.texts.iter().map(|it| it.text)
    }

    /// This step and one just before it as one.
    #[must_use]
    pub fn after(self, first: Self) -> Self {
        Self {
            records: [first.records, self.records].concat(),
            texts: [first.texts, self.texts].concat(),
            marks: [first.marks, self.marks].concat(),
        }
    }

    fn is_nothing(&self) -> bool {
        self.records.is_empty() && self.texts.is_empty() && self.marks.is_empty()
    }

    /// The marks that still are as this step left them, as they were before it.
    pub(super) fn marks(&self, merging: &Merging) -> Vec<(Claim, Option<Vec<u8>>)> {
        let marks = self.marks.iter().rev();
        let untouched = marks.filter(|it| merging.mark(it.claim()) == it.after.as_ref());
        untouched
            .map(|it| (it.claim(), it.before.clone()))
            .collect()
    }

    /// The record as it stands, without this step.
    pub(super) fn without(&self, view: &View) -> Vec<Record> {
        let changes = self.records.iter().rev();
        changes
            .filter_map(|change| {
                let now = view.record(change.after.id())?;
                Some(match &change.before {
                    Some(before) => back(before, &change.after, now),
                    None => away(&change.after, now),
                })
            })
            .collect()
    }

    /// What was typed in this step, typed back.
    pub(super) fn drafts(&self) -> impl Iterator<Item = Draft> + '_ {
        self.texts.iter().rev().map(|it| Draft {
            text: it.text,
            base_revision: Some(it.revision),
            base: it.after.clone(),
            own: it.before.clone(),
            edits: it.back.clone(),
        })
    }

    /// Whether all it did was to make empty records.
    fn made_only_empty(&self, view: &View) -> bool {
        let mut changes = self.records.iter();
        self.texts.is_empty()
            && self.marks.is_empty()
            && changes.all(|it| {
                it.before.is_none()
                    && it
                        .after
                        .texts()
                        .iter()
                        .all(|text| view.text(Some(*text)).is_empty())
            })
    }

    /// Whether all it did was to put those same records into the trash.
    fn only_removed(&self, made: &Self) -> bool {
        let made: BTreeSet<RecordId> = made.records().collect();
        self.texts.is_empty()
            && self.marks.is_empty()
            && self.records().collect::<BTreeSet<RecordId>>() == made
            && self.records.iter().all(|it| it.about() == About::Removed)
    }
}

impl Marked {
    const fn claim(&self) -> Claim {
        (self.container, self.key)
    }

    const fn about(&self) -> About {
        match self.container {
            Container::Merges => About::Merged,
            Container::Place => About::Moved,
            Container::Choices
            | Container::Sections
            | Container::Notes
            | Container::Rules
            | Container::Crosses
            | Container::People
            | Container::Texts
            | Container::Actions
            | Container::Ballots => About::Set,
        }
    }
}

impl Changed {
    fn about(&self) -> About {
        let Some(before) = &self.before else {
            return About::Made;
        };
        match (presence(before), presence(&self.after)) {
            (Presence::OnBoard, Presence::InTrash) => return About::Removed,
            (Presence::InTrash, Presence::OnBoard) => return About::Restored,
            (Presence::OnBoard, Presence::OnBoard) | (Presence::InTrash, Presence::InTrash) => {}
        }
        match (before, &self.after) {
            (Record::Note(before), Record::Note(after)) if before.colour != after.colour => {
                About::Coloured
            }
            (Record::Note(_), Record::Note(_)) => About::Moved,
            (Record::Rule(before), Record::Rule(after)) if before.order != after.order => {
                About::Moved
            }
            _ => About::Set,
        }
    }
}

const fn presence(record: &Record) -> Presence {
    match record {
        Record::Section(it) => it.presence,
        Record::Note(it) => it.presence,
        Record::Rule(it) => it.presence,
        Record::Cross(it) => it.presence,
        Record::Person(_) => Presence::OnBoard,
    }
}

/// A record that the step made goes to the trash, if it is not there.
fn away(after: &Record, mut now: Record) -> Record {
    if presence(after) == Presence::OnBoard {
        match &mut now {
            Record::Section(it) => it.presence = Presence::InTrash,
            Record::Note(it) => it.presence = Presence::InTrash,
            Record::Rule(it) => it.presence = Presence::InTrash,
            Record::Cross(it) => it.presence = Presence::InTrash,
            Record::Person(_) => {}
        }
    }
    now
}

/// Puts a field back that still is as the step left it.
fn put_back<T: Clone + PartialEq>(before: &T, after: &T, now: &mut T) {
    if now == after {
        now.clone_from(before);
    }
}

/// Each field of a record as it was before the step, unless somebody has set it since.
fn back(before: &Record, after: &Record, mut now: Record) -> Record {
    match (before, after, &mut now) {
        (Record::Section(before), Record::Section(after), Record::Section(now)) => {
            let Section {
                id: _,
                kind: _,
                title,
                order,
                presence,
            } = now;
            put_back(&before.title, &after.title, title);
            put_back(&before.order, &after.order, order);
            put_back(&before.presence, &after.presence, presence);
        }
        (Record::Note(before), Record::Note(after), Record::Note(now)) => {
            back_note(before, after, now);
        }
        (Record::Rule(before), Record::Rule(after), Record::Rule(now)) => {
            back_rule(before, after, now);
        }
        (Record::Cross(before), Record::Cross(after), Record::Cross(now)) => {
            back_cross(before, after, now);
        }
        // A name is no step on the board, and a record never becomes one of another kind.
        _ => {}
    }
    now
}

fn back_note(before: &Note, after: &Note, now: &mut Note) {
    let Note {
        id: _,
        author: _,
        made: _,
        section,
        quadrant,
        under,
        text,
        at,
        order,
        colour,
        judged,
        tag,
        presence,
    } = now;
    // A quadrant means nothing in another section.
    if (*section, *quadrant) == (after.section, after.quadrant) {
        (*section, *quadrant) = (before.section, before.quadrant);
    }
    put_back(&before.under, &after.under, under);
    put_back(&before.at, &after.at, at);
    put_back(&before.text, &after.text, text);
    put_back(&before.order, &after.order, order);
    put_back(&before.colour, &after.colour, colour);
    put_back(&before.judged, &after.judged, judged);
    put_back(&before.tag, &after.tag, tag);
    put_back(&before.presence, &after.presence, presence);
}

fn back_rule(before: &Rule, after: &Rule, now: &mut Rule) {
    let Rule {
        id: _,
        author: _,
        made: _,
        section,
        text,
        why,
        shows_as,
        status,
        order,
        supporters,
        presence,
    } = now;
    put_back(&before.section, &after.section, section);
    put_back(&before.text, &after.text, text);
    put_back(&before.why, &after.why, why);
    put_back(&before.shows_as, &after.shows_as, shows_as);
    put_back(&before.status, &after.status, status);
    put_back(&before.order, &after.order, order);
    put_back(&before.presence, &after.presence, presence);
    for person in before.supporters.symmetric_difference(&after.supporters) {
        if before.supporters.contains(person) {
            supporters.insert(*person);
        } else {
            supporters.remove(person);
        }
    }
}

fn back_cross(before: &Cross, after: &Cross, now: &mut Cross) {
    let Cross {
        id: _,
        made: _,
        section,
        question,
        horizon,
        x,
        y,
        quadrants,
        presence,
    } = now;
    put_back(&before.section, &after.section, section);
    put_back(&before.question, &after.question, question);
    put_back(&before.horizon, &after.horizon, horizon);
    put_back(&before.presence, &after.presence, presence);
    for (before, after, now) in [(&before.x, &after.x, x), (&before.y, &after.y, y)] {
        let Axis {
            name,
            low,
            high,
            force,
        } = now;
        put_back(&before.name, &after.name, name);
        put_back(&before.low, &after.low, low);
        put_back(&before.high, &after.high, high);
        put_back(&before.force, &after.force, force);
    }
    let pairs = before.quadrants.iter().zip(&after.quadrants);
    for ((before, after), now) in pairs.zip(quadrants) {
        let Quadrant { name, story } = now;
        put_back(&before.name, &after.name, name);
        put_back(&before.story, &after.story, story);
    }
}

/// What a batch is about to change, as it is now.
pub(super) struct Before {
    records: Vec<(RecordId, Option<Record>)>,
    texts: Vec<(TextId, Option<String>)>,
    marks: Vec<(Claim, Option<Vec<u8>>)>,
}

impl Before {
    pub(super) fn of(
        view: &View,
        records: BTreeSet<RecordId>,
        texts: BTreeSet<TextId>,
        merging: &Merging,
        marks: BTreeSet<Claim>,
    ) -> Self {
        let marks = marks.into_iter().map(|it| (it, merging.mark(it).cloned()));
        let records = records.into_iter().map(|id| (id, view.record(id)));
        let texts = texts.into_iter().map(|id| {
            let text = view.texts.get(&id);
            (id, text.map(|it| it.value.clone()))
        });
        Self {
            records: records.collect(),
            texts: texts.collect(),
            marks: marks.collect(),
        }
    }

    /// What has changed of it since.
    pub(super) fn deed(self, view: &View, merging: &Merging, delta: &Delta) -> Deed {
        let marks = self.marks.into_iter().filter_map(|(mark, before)| {
            let after = merging.mark(mark).cloned();
            (before != after).then_some(Marked {
                container: mark.0,
                key: mark.1,
                before,
                after,
            })
        });
        let records = self.records.into_iter().filter_map(|(id, before)| {
            let after = view.record(id)?;
            let is_step = before.as_ref() != Some(&after) && !matches!(after, Record::Person(_));
            is_step.then_some(Changed { before, after })
        });
        let texts = self.texts.into_iter().filter_map(|(text, before)| {
            let after = view.texts.get(&text)?;
            // A new text comes with what points at it.
            let before = before.filter(|it| *it != after.value)?;
            let change = delta.texts.iter().find(|it| it.id == text);
            let back = change.and_then(|it| draft::inverse(&before, &it.splices));
            Some(Rewritten {
                back: back.unwrap_or_default(),
                text,
                before,
                after: after.value.clone(),
                revision: after.revision,
            })
        });
        Deed {
            records: records.collect(),
            texts: texts.collect(),
            marks: marks.collect(),
        }
    }
}

/// The steps of one person in one sitting, to be taken back and done again.
#[derive(Clone, Debug, Default)]
pub struct Undo {
    done: Vec<Step>,
    undone: Vec<Step>,
}

/// A step to be carried out, by `Command::TakeBack`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the person's step was about.
    pub about: About,
    /// What it changed, or what taking it back changed.
    pub deed: Deed,
}

/// Which way to go through one's own steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Way {
    /// Take the last one back.
    Back,
    /// Do the last one that was taken back again.
    Again,
}

impl Undo {
    /// The person has done something. `view` is as it is after that.
    pub fn did(&mut self, deed: Deed, view: &View) {
        if deed.is_nothing() {
            return;
        }
        self.undone.clear();
        let was_nothing =
            |made: &Step| made.deed.made_only_empty(view) && deed.only_removed(&made.deed);
        if self.done.last().is_some_and(was_nothing) {
            // A note that was never written on: there is nothing to come back to.
            self.done.pop();
        } else {
            let about = deed.about();
            remember(&mut self.done, Step { about, deed });
        }
    }

    /// What the next step that way is about; none if there is none.
    #[must_use]
    pub fn next(&self, way: Way) -> Option<About> {
        let next = match way {
            Way::Back => self.done.last(),
            Way::Again => self.undone.last(),
        };
        next.map(|step| step.about)
    }

    /// Takes it out, to be carried out.
    pub fn take(&mut self, way: Way) -> Option<Step> {
        match way {
            Way::Back => self.done.pop(),
            Way::Again => self.undone.pop(),
        }
    }

    /// A step was carried out that way, and `step.deed` is what that changed.
    pub fn went(&mut self, way: Way, step: Step) {
        match way {
            Way::Back => remember(&mut self.undone, step),
            Way::Again => remember(&mut self.done, step),
        }
    }
}

fn remember(steps: &mut Vec<Step>, step: Step) {
    if steps.len() >= REMEMBERED {
        steps.remove(0);
    }
    steps.push(step);
}
