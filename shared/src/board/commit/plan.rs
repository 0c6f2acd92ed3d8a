//! Which steps carry out a batch of commands. Every command is checked before the document is touched.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ScalarValue;
use rand_core::Rng;

use super::CommandError;
use super::fields::{absent, fields, supporters};
use super::step::Step;
use crate::board::draft::{self, Rebased};
use crate::board::home::Container;
use crate::board::merge::stored::{Choice, Place, Stamp, Value, begun_key, choice_key, source_key};
use crate::board::merge::{Field, Wanted};
use crate::board::order::{Family, Placed, Siblings, order_key_is_valid};
use crate::board::read::Claim;
use crate::board::{Board, Command, Deed, Draft, Record, Restored, Support, TextField};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{
    Axis, AxisPlace, Cross, CrossField, Judgement, MAX_TEXT, Note, OrderKey, Person, Position,
    Presence, Quadrant, RecordId, Rule, RuleStatus, Section,
};
use crate::time::UnixMillis;

/// A batch while it is planned: the board as it will be after the commands so far.
pub(super) struct Plan<'a, R> {
    board: &'a Board,
    siblings: &'a mut Siblings,
    now: UnixMillis,
    rng: &'a mut R,
    records: BTreeMap<RecordId, Record>,
    texts: BTreeMap<TextId, String>,
    marks: BTreeMap<Claim, Option<Vec<u8>>>,
    steps: Vec<Step>,
}

type Planned = Result<(), CommandError>;

/// The fields that say where a note hangs.
const PLACE: [&str; 3] = ["section", "quadrant", "at"];

impl<'a, R: Rng> Plan<'a, R> {
    pub(super) fn new(
        board: &'a Board,
        siblings: &'a mut Siblings,
        now: UnixMillis,
        rng: &'a mut R,
    ) -> Self {
        Self {
            board,
            siblings,
            now,
            rng,
            records: BTreeMap::new(),
            texts: BTreeMap::new(),
            marks: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// The steps of each command that has any.
    pub(super) fn run(mut self, commands: &[Command]) -> Result<Vec<Vec<Step>>, CommandError> {
        let mut groups = Vec::new();
        for command in commands {
            if let Err(error) = self.command(command) {
                self.forget();
                return Err(error);
            }
            let steps = std::mem::take(&mut self.steps);
            if !steps.is_empty() {
                groups.push(steps);
            }
        }
        Ok(groups)
    }

    /// Puts the siblings back to where they were.
    fn forget(&mut self) {
        for (id, record) in &self.records {
            match self.board.view.record(*id) {
                Some(old) => self.siblings.replace(Some(record), &old),
                None => self.siblings.remove(record),
            }
        }
    }

    fn command(&mut self, command: &Command) -> Planned {
        match command {
            Command::AddSection {
                id,
                kind,
                title,
                after,
            } => self.add_section(*id, *kind, title, *after),
            Command::AddNote {
                id,
                section,
                quadrant,
                text,
                at,
                colour,
                author,
            } => {
                self.has_section(*section)?;
                let text = Some(self.new_text(text)?);
                let order = self.last(Family::Notes(*section), RecordId::Note(*id))?;
                self.add(Record::Note(Note {
                    id: *id,
                    section: *section,
                    quadrant: *quadrant,
                    under: None,
                    text,
                    at: Position::clamped(at.x, at.y),
                    order,
                    colour: *colour,
                    judged: None,
                    tag: None,
                    author: *author,
                    made: self.now,
                    presence: Presence::OnBoard,
                }))
            }
            Command::MoveNote {
                id,
                section,
                quadrant,
                at,
            } => {
                self.has_section(*section)?;
                self.change_note(*id, |note| {
                    if (note.section, note.quadrant) != (*section, *quadrant) {
                        note.under = None;
                    }
                    note.section = *section;
                    note.quadrant = *quadrant;
                    note.at = Position::clamped(at.x, at.y);
                })
            }
            Command::SetUnder { id, heading } => {
                if let Some(heading) = heading {
                    self.record(RecordId::Note(*heading))?;
                }
                self.change_note(*id, |note| note.under = *heading)
            }
            Command::Judge { id, judged } => {
                let within = |it: Judgement| Judgement::clamped(it.impact, it.uncertainty);
                self.change_note(*id, |note| note.judged = judged.map(within))
            }
            Command::SetTag { id, tag } => self.change_note(*id, |note| note.tag = *tag),
            Command::SetForce { id, axis, force } => {
                if let Some(force) = force {
                    self.record(RecordId::Note(*force))?;
                }
                let mut cross = self.cross(*id)?;
                match axis {
                    AxisPlace::X => cross.x.force = *force,
                    AxisPlace::Y => cross.y.force = *force,
                }
                self.change(Record::Cross(cross))
            }
            Command::SetColour { id, colour } => {
                self.change_note(*id, |note| note.colour = *colour)
            }
            Command::AddRule {
                id,
                section,
                text,
                why,
                shows_as,
                author,
            } => self.add_rule(*id, *section, [text, why, shows_as], *author),
            Command::SetRuleStatus { id, status } => {
                self.change_rule(*id, |rule| rule.status = *status)
            }
            Command::SetSupport {
                rule,
                person,
                support,
            } => self.change_rule(*rule, |rule| match support {
                Support::Given => drop(rule.supporters.insert(*person)),
                Support::Withdrawn => drop(rule.supporters.remove(person)),
            }),
            Command::MoveRule { id, after } => {
                let moving = RecordId::Rule(*id);
                self.order(moving, after.map(RecordId::Rule))
            }
            Command::SetRuleSection { id, section } => self.set_rule_section(*id, *section),
            Command::OrderNote { id, after } => {
                let moving = RecordId::Note(*id);
                self.order(moving, after.map(RecordId::Note))
            }
            Command::AddCross {
                id,
                section,
                texts,
                horizon,
            } => self.add_cross(*id, *section, texts, *horizon),
            Command::SetHorizon { id, year } => {
                let mut cross = self.cross(*id)?;
                cross.horizon = *year;
                self.change(Record::Cross(cross))
            }
            Command::SetText { field, value } => self.set_text(*field, value),
            Command::CommitDraft(draft) => self.commit_draft(draft),
            Command::SetPerson { id, name } => self.set_person(*id, name),
            Command::SetPresence { record, presence } => self.set_presence(*record, *presence),
            Command::Restore(restored) => self.restore(restored),
            Command::Merge(source) => {
                let mark = (Container::Merges, source_key(&source.board));
                self.mark(mark, Some(source.encode()));
                Ok(())
            }
            Command::Begin(begun) => {
                self.mark((Container::Merges, begun_key()), Some(begun.encode()));
                Ok(())
            }
            Command::Choose {
                record,
                field,
                wanted,
            } => self.choose(*record, *field, wanted),
            Command::TakeBack(deed) => self.take_back(deed),
        }
    }

    fn record(&self, id: RecordId) -> Result<Record, CommandError> {
        let staged = self.records.get(&id).cloned();
        staged
            .or_else(|| self.board.view.record(id))
            .ok_or(CommandError::Unknown(id))
    }

    fn has_section(&self, id: SectionId) -> Planned {
        self.record(RecordId::Section(id)).map(drop)
    }

    fn cross(&self, id: CrossId) -> Result<Cross, CommandError> {
        match self.record(RecordId::Cross(id))? {
            Record::Cross(cross) => Ok(cross),
            Record::Section(_) | Record::Note(_) | Record::Rule(_) | Record::Person(_) => {
                Err(CommandError::Unknown(RecordId::Cross(id)))
            }
        }
    }

    fn change_note(&mut self, id: NoteId, change: impl FnOnce(&mut Note)) -> Planned {
        let mut record = self.record(RecordId::Note(id))?;
        if let Record::Note(note) = &mut record {
            change(note);
        }
        self.change(record)
    }

    fn change_rule(&mut self, id: RuleId, change: impl FnOnce(&mut Rule)) -> Planned {
        let mut record = self.record(RecordId::Rule(id))?;
        if let Record::Rule(rule) = &mut record {
            change(rule);
        }
        self.change(record)
    }

    fn stage(&mut self, old: Option<&Record>, record: Record) {
        self.siblings.replace(old, &record);
        self.records.insert(record.id(), record);
    }

    /// Adds a whole record whose texts are there.
    fn add(&mut self, record: Record) -> Planned {
        let id = record.id();
        if self.record(id).is_ok() {
            return Err(CommandError::Exists(id));
        }
        self.steps.push(Step::MakeRecord {
            record: id,
            fields: fields(&record),
            supporters: supporters(&record),
        });
        self.stage(None, record);
        Ok(())
    }

    /// Puts the fields in which a record differs from what it was.
    fn change(&mut self, record: Record) -> Planned {
        let id = record.id();
        let old = self.record(id)?;
        let (before, mut after) = (fields(&old), fields(&record));
        if let (Record::Note(old), Record::Note(new)) = (&old, &record)
            && self.board.view.origins.contains_key(&id)
            && (old.section, old.quadrant, old.at) != (new.section, new.quadrant, new.at)
        {
            // Where a note of another board hangs here is no matter of that board's.
            self.place(new);
            after.retain(|(key, _)| !PLACE.contains(key));
            after.extend(
                before
                    .iter()
                    .filter(|(key, _)| PLACE.contains(key))
                    .cloned(),
            );
        }
        for (key, value) in &after {
            if !before.iter().any(|(k, v)| k == key && v == value) {
                self.put(id, key, value.clone());
            }
        }
        for (key, _) in before {
            if !after.iter().any(|(k, _)| *k == key) {
                self.put(id, key, absent(key));
            }
        }
        if let (Record::Rule(old), Record::Rule(new)) = (&old, &record) {
            self.change_support(old, new);
        }
        self.stage(Some(&old), record);
        Ok(())
    }

    /// Puts a value into a field. Where others propose something for it, that is a choice over what they propose.
    fn put(&mut self, record: RecordId, key: &'static str, value: ScalarValue) {
        let field = Field::of_key(record, key);
        let over = field.map(|it| (it, self.board.present(record, it)));
        match over {
            Some((field, over)) if !over.is_empty() => {
                self.settle(record, field, Value::of(&value), over);
            }
            Some(_) | None => self.steps.push(Step::Put { record, key, value }),
        }
    }

    fn settle(&mut self, record: RecordId, field: Field, value: Value, over: BTreeSet<Stamp>) {
        let choice = Choice {
            record,
            field,
            value,
            over,
        };
        let mark = (Container::Choices, choice_key(record, field));
        self.mark(mark, Some(choice.encode()));
    }

    fn mark(&mut self, mark: Claim, value: Option<Vec<u8>>) {
        let known = self.board.merging.mark(mark);
        let staged = self.marks.get(&mark).map(Option::as_ref);
        if staged.unwrap_or(known) != value.as_ref() {
            self.marks.insert(mark, value.clone());
            self.steps.push(Step::Mark { mark, value });
        }
    }

    fn place(&mut self, note: &Note) {
        let place = Place {
            section: note.section,
            quadrant: note.quadrant,
            at: note.at,
        };
        self.mark((Container::Place, note.id.0), Some(place.encode()));
    }

    fn choose(&mut self, id: RecordId, field: Field, wanted: &Wanted) -> Planned {
        let nothing = || CommandError::NothingToChoose(id, field);
        let record = self.record(id)?;
        let over = self.board.present(id, field);
        if over.is_empty() {
            return Err(nothing());
        }
        let value = match wanted {
            Wanted::Words(words) if field.is_text() => self.words(words)?,
            Wanted::Words(_) => return Err(nothing()),
            Wanted::Shown => {
                let shown = fields(&record);
                let shown = shown.iter().find(|(key, _)| *key == field.key());
                let value = shown.map_or(Value::Nothing, |(_, value)| Value::of(value));
                self.chosen(field, value)?
            }
            Wanted::Of(board) => {
                let value = self.board.proposed(id, field, board).ok_or_else(nothing)?;
                self.chosen(field, value)?
            }
        };
        self.settle(id, field, value, over);
        Ok(())
    }

    /// A text is chosen as it stands now, in an object of its own: what its group writes later is weighed again.
    fn chosen(&mut self, field: Field, value: Value) -> Result<Value, CommandError> {
        if !field.is_text() {
            return Ok(value);
        }
        let text = match &value {
            Value::Word(text) => text.parse().ok(),
            Value::Nothing | Value::Number(_) => None,
        };
        let words = self.board.view.text(text).to_owned();
        self.words(&words)
    }

    fn words(&mut self, words: &str) -> Result<Value, CommandError> {
        Ok(Value::Word(self.new_text(words)?.to_string()))
    }

    fn change_support(&mut self, old: &Rule, new: &Rule) {
        let changed = old.supporters.symmetric_difference(&new.supporters);
        self.steps.extend(changed.map(|person| Step::Support {
            rule: new.id,
            person: *person,
            given: new.supporters.contains(person),
        }));
    }

    fn new_text(&mut self, value: &str) -> Result<TextId, CommandError> {
        within_limit(value, MAX_TEXT)?;
        let text = TextId::random(self.rng);
        self.make_text(text, value)?;
        Ok(text)
    }

    fn make_text(&mut self, text: TextId, value: &str) -> Planned {
        if self.texts.contains_key(&text) || self.board.view.texts.contains_key(&text) {
            return Err(CommandError::TextExists(text));
        }
        let value = value.to_owned();
        self.texts.insert(text, value.clone());
        self.steps.push(Step::MakeText { text, value });
        Ok(())
    }

    fn add_section(
        &mut self,
        id: SectionId,
        kind: crate::records::SectionKind,
        title: &str,
        after: Option<SectionId>,
    ) -> Planned {
        let title = Some(self.new_text(title)?);
        let former = self.former(Family::Sections, after.map(RecordId::Section))?;
        let order = self.placed(Family::Sections, former, RecordId::Section(id))?;
        self.add(Record::Section(Section {
            id,
            kind,
            title,
            order,
            presence: Presence::OnBoard,
        }))
    }

    fn add_rule(
        &mut self,
        id: RuleId,
        section: SectionId,
        [text, why, shows_as]: [&String; 3],
        author: Option<PersonId>,
    ) -> Planned {
        self.has_section(section)?;
        let order = self.last(Family::Rules(section), RecordId::Rule(id))?;
        let rule = Rule {
            id,
            section,
            text: Some(self.new_text(text)?),
            why: Some(self.new_text(why)?),
            shows_as: Some(self.new_text(shows_as)?),
            status: RuleStatus::default(),
            order,
            supporters: std::collections::BTreeSet::new(),
            author,
            made: self.now,
            presence: Presence::OnBoard,
        };
        self.add(Record::Rule(rule))
    }

    fn set_rule_section(&mut self, id: RuleId, section: SectionId) -> Planned {
        self.has_section(section)?;
        let order = self.last(Family::Rules(section), RecordId::Rule(id))?;
        self.change_rule(id, |rule| {
            if rule.section != section {
                rule.section = section;
                rule.order = order;
            }
        })
    }

    fn add_cross(
        &mut self,
        id: CrossId,
        section: SectionId,
        texts: &[(CrossField, String)],
        horizon: Option<i32>,
    ) -> Planned {
        self.has_section(section)?;
        let mut cross = Cross {
            id,
            section,
            question: None,
            horizon,
            x: Axis::default(),
            y: Axis::default(),
            quadrants: [Quadrant::default(); 4],
            made: self.now,
            presence: Presence::OnBoard,
        };
        for field in CrossField::ALL {
            let given = texts.iter().find(|(it, _)| *it == field);
            let text = self.new_text(given.map_or("", |(_, text)| text))?;
            *cross.text_mut(field) = Some(text);
        }
        self.add(Record::Cross(cross))
    }

    /// The sibling behind which something goes, with its key.
    fn former(
        &self,
        family: Family,
        after: Option<RecordId>,
    ) -> Result<Option<(OrderKey, [u8; 16])>, CommandError> {
        let Some(id) = after else {
            return Ok(None);
        };
        let former = self.record(id)?;
        match former.family() {
            Some((theirs, key, bytes)) if theirs == family => Ok(Some((key.clone(), bytes))),
            Some(_) | None => Err(CommandError::Unknown(id)),
        }
    }

    fn placed(
        &mut self,
        family: Family,
        former: Option<(OrderKey, [u8; 16])>,
        moving: RecordId,
    ) -> Result<OrderKey, CommandError> {
        let former = former.as_ref().map(|(key, id)| (key, *id));
        let placed = self
            .siblings
            .behind(self.rng, family, former, moving.bytes());
        self.give_way(family, placed)
    }

    fn last(&mut self, family: Family, moving: RecordId) -> Result<OrderKey, CommandError> {
        let placed = self.siblings.last(self.rng, family, moving.bytes());
        self.give_way(family, placed)
    }

    /// Siblings that stand in the way get other keys.
    fn give_way(&mut self, family: Family, placed: Placed) -> Result<OrderKey, CommandError> {
        let Placed { key, others } = placed;
        for (id, key) in others {
            let mut sibling = self.record(family.record(id))?;
            sibling.set_order(key);
            self.change(sibling)?;
        }
        Ok(key)
    }

    fn order(&mut self, moving: RecordId, after: Option<RecordId>) -> Planned {
        let mut record = self.record(moving)?;
        let Some((family, _, _)) = record.family() else {
            return Err(CommandError::Unknown(moving));
        };
        if after == Some(moving) {
            return Ok(());
        }
        let former = self.former(family, after)?;
        record.set_order(self.placed(family, former, moving)?);
        self.change(record)
    }

    fn set_text(&mut self, field: TextField, value: &str) -> Planned {
        let mut record = self.record(field.record())?;
        let text = self.new_text(value)?;
        record.set_text(field, text);
        self.change(record)
    }

    fn set_person(&mut self, id: PersonId, name: &str) -> Planned {
        within_limit(name, Person::MAX_NAME)?;
        let name = name.to_owned();
        let record = Record::Person(Person { id, name });
        if self.record(RecordId::Person(id)).is_ok() {
            self.change(record)
        } else {
            self.add(record)
        }
    }

    fn set_presence(&mut self, id: RecordId, presence: Presence) -> Planned {
        let mut record = self.record(id)?;
        match &mut record {
            Record::Section(it) => it.presence = presence,
            Record::Note(it) => it.presence = presence,
            Record::Rule(it) => it.presence = presence,
            Record::Cross(it) => it.presence = presence,
            Record::Person(_) => return Err(CommandError::NotRemovable(id)),
        }
        self.change(record)
    }

    fn restore(&mut self, restored: &Restored) -> Planned {
        let mut record = restored.record.clone();
        for (text, value) in &restored.texts {
            self.make_text(*text, value)?;
        }
        for field in record.text_fields() {
            if record.text(field).is_none() {
                let text = self.new_text("")?;
                record.set_text(field, text);
            }
        }
        if let Some((family, key, _)) = record.family()
            && !order_key_is_valid(key)
        {
            let key = self.last(family, record.id())?;
            record.set_order(key);
        }
        if let Record::Person(person) = &record {
            within_limit(&person.name, Person::MAX_NAME)?;
        }
        self.add(record)?;
        if let Some(Step::MakeRecord { fields, .. }) = self.steps.last_mut() {
            if let Some(copy) = &restored.copy {
                fields.push(("of", ScalarValue::Bytes(copy.of())));
                fields.push(("seen", ScalarValue::Bytes(copy.seen())));
            }
            if let Some(archived) = restored.archived {
                fields.push(("archived", ScalarValue::Int(archived.0)));
            }
        }
        Ok(())
    }

    fn take_back(&mut self, deed: &Deed) -> Planned {
        for (mark, value) in deed.marks(&self.board.merging) {
            self.mark(mark, value);
        }
        for record in deed.without(&self.board.view) {
            self.change(record)?;
        }
        for draft in deed.drafts() {
            self.commit_draft(&draft)?;
        }
        Ok(())
    }

    fn commit_draft(&mut self, draft: &Draft) -> Planned {
        let text = draft.text;
        let staged = self.texts.get(&text);
        let known = self.board.view.texts.get(&text);
        let now = staged
            .map(String::as_str)
            .or(known.map(|it| it.value.as_str()));
        let now = now.ok_or(CommandError::UnknownText(text))?;
        let longest = MAX_TEXT.max(draft.base.encode_utf16().count());
        within_limit(&draft.own, longest)?;
        let newest = known.map(|it| it.revision).filter(|_| staged.is_none());
        let exact = newest.and_then(|newest| self.exactly(draft, now, newest));
        let rebased = exact.unwrap_or_else(|| draft.typed().over(now));
        let splices = rebased.splices.into_iter();
        self.steps
            .extend(splices.map(|splice| Step::Splice { text, splice }));
        self.texts.insert(text, rebased.own);
        Ok(())
    }

    /// The draft over the very splices that came since its base, where they are known and lead to the text as it is.
    fn exactly(&self, draft: &Draft, now: &str, newest: u32) -> Option<Rebased> {
        let log = &self.board.text_log;
        let splices = log.since(draft.text, draft.base_revision?, newest)?;
        let fits = draft::apply(&draft.base, &splices).as_deref() == Some(now);
        fits.then(|| draft.typed().over_splices(&splices))?
    }
}

fn within_limit(text: &str, limit: usize) -> Planned {
    let units = text.encode_utf16().count();
    if units > limit {
        return Err(CommandError::TooLong { units, limit });
    }
    Ok(())
}
