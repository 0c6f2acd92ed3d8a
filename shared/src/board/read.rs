//! Building the view from the document and keeping it current.
//!
//! What admitted changes touched says what is read again, by object id; patches only tell how a text changed.

mod fields;
mod merged;
mod texts;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use automerge::{ObjId, ReadDoc};
use base16ct::lower as hex;

use super::history::{ChangeIx, History, HomeIx, ObjectIx, Role, What};
use super::home::Container;
use super::merge::{Conflict, CopyOf};
use super::{Board, Delta, Record, Splice, TextChange, TextValue, document};
use crate::ids::{BoardId, CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::RecordId;
use fields::Fields;
pub(super) use merged::Merging;
pub(super) use texts::{TextLog, splices};

/// Sixteen bytes as they are written in keys; anything else is no id.
pub(super) fn hex_id(text: &str) -> Option<[u8; 16]> {
    let bytes = hex::decode_vec(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}

/// A record or text as a container and an id in it.
pub(super) type Claim = (Container, [u8; 16]);

/// An object that claims an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claimant {
    pub(super) home: HomeIx,
    pub(super) object: ObjectIx,
}

/// Which objects claim which ids. The oldest of this board keeps the id, else the oldest of all; the others are shown
/// under ids made from their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    objects: BTreeMap<Claim, Vec<Claimant>>,
    /// Ids of those that came second.
    seconds: BTreeMap<Claim, Claimant>,
    /// By the place of a rule's object, the maps of who supports it.
    supports: BTreeMap<ObjectIx, Vec<ObjectIx>>,
    /// Which record a text belongs to.
    pub(super) owners: BTreeMap<TextId, RecordId>,
}

impl Claims {
    /// Adds what the objects from `first` on claim.
    pub(super) fn add(&mut self, board: &BoardId, history: &History, first: ObjectIx) {
        for object in first..history.object_count() {
            match history.object(object).map(|it| it.role) {
                Some(Role::Claim(home, container, id)) => {
                    let claimant = Claimant { home, object };
                    self.claim(board, history, (container, id), claimant);
                }
                Some(Role::Support(rule)) => self.supports.entry(rule).or_default().push(object),
                Some(Role::Homes | Role::Home(_) | Role::Container(..) | Role::Other) | None => {}
            }
        }
    }

    fn claim(&mut self, board: &BoardId, history: &History, claim: Claim, claimant: Claimant) {
        let claimants = self.objects.entry(claim).or_default();
        claimants.push(claimant);
        if claimants.len() == 1 {
            return;
        }
        claimants.sort_by_key(|it| {
            let foreign = history.board_of(it.home) != Some(*board);
            (foreign, operation(history, it.object))
        });
        for second in claimants.iter().skip(1) {
            let id = second_id(history, second.object);
            self.seconds.insert((claim.0, id), *second);
        }
    }

    /// All that claim an id, the one that keeps it first.
    fn claimants(&self, claim: Claim) -> &[Claimant] {
        self.objects.get(&claim).map_or(&[], Vec::as_slice)
    }

    /// The homes of all that is claimed.
    fn homes(&self) -> BTreeSet<HomeIx> {
        let claimants = self.objects.values().flatten();
        claimants.map(|it| it.home).collect()
    }

    /// The maps of who supports the rule that `object` is.
    pub(super) fn supports(&self, rule: ObjectIx) -> &[ObjectIx] {
        self.supports.get(&rule).map_or(&[], Vec::as_slice)
    }
}

fn operation(history: &History, object: ObjectIx) -> Option<(u64, [u8; 16])> {
    let object = history.object(object)?;
    Some((object.counter, history.actor(object.actor)?.0))
}

fn second_id(history: &History, object: ObjectIx) -> [u8; 16] {
    let (counter, actor) = operation(history, object).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"samsyn second claim");
    hasher.update(&counter.to_le_bytes()).update(&actor);
    let mut id = [0; 16];
    hasher.finalize_xof().fill(&mut id);
    id
}

/// The id of a record as a container and an id in it.
pub(super) const fn claim_of(record: RecordId) -> Claim {
    match record {
        RecordId::Section(id) => (Container::Sections, id.0),
        RecordId::Note(id) => (Container::Notes, id.0),
        RecordId::Rule(id) => (Container::Rules, id.0),
        RecordId::Cross(id) => (Container::Crosses, id.0),
        RecordId::Person(id) => (Container::People, id.0),
    }
}

/// The id of a record in a container; texts, marks and what is reserved are no records.
const fn record_of((container, id): Claim) -> Option<RecordId> {
    Some(match container {
        Container::Sections => RecordId::Section(SectionId(id)),
        Container::Notes => RecordId::Note(NoteId(id)),
        Container::Rules => RecordId::Rule(RuleId(id)),
        Container::Crosses => RecordId::Cross(CrossId(id)),
        Container::People => RecordId::Person(PersonId(id)),
        Container::Texts
        | Container::Actions
        | Container::Ballots
        | Container::Merges
        | Container::Choices
        | Container::Place => return None,
    })
}

impl Board {
    /// The objects that are shown for a claim, each with the id that it is shown under.
    ///
    /// In another board's home an id has one object: that of the board itself, else that of its newest archive.
    /// A person is the same person on whichever board.
    fn shown_for(&self, claim: Claim) -> Vec<([u8; 16], Claimant)> {
        let claimants = self.claims.claimants(claim);
        let [first, others @ ..] = claimants else {
            return Vec::new();
        };
        if others.is_empty() {
            return vec![(claim.1, *first)];
        }
        if claim.0 == Container::People {
            let mut all = claimants.iter();
            let shown = all.find(|it| self.from(**it).is_some()).unwrap_or(first);
            return vec![(claim.1, *shown)];
        }
        let mut shown: Vec<Claimant> = Vec::new();
        for claimant in claimants {
            let same_home = |it: &&mut Claimant| it.home == claimant.home;
            match shown.iter_mut().find(same_home) {
                Some(_) if self.is_own(claimant.home) => shown.push(*claimant),
                Some(known) if self.archived(known) <= self.archived(claimant) => {}
                Some(known) => *known = *claimant,
                None => shown.push(*claimant),
            }
        }
        let ids = shown.into_iter().enumerate();
        ids.map(|(place, it)| match place {
            0 => (claim.1, it),
            1.. => (second_id(&self.history, it.object), it),
        })
        .collect()
    }

    /// What sorts the board's own record first and then the newest archive's.
    fn archived(&self, claimant: &Claimant) -> (bool, std::cmp::Reverse<i64>) {
        let object = self.object_id(claimant.object);
        let archived = Fields::read(&self.document, &object).archived();
        (
            archived.is_some(),
            std::cmp::Reverse(archived.unwrap_or_default()),
        )
    }

    /// The object that is shown under an id, and its home.
    pub(super) fn claimant(&self, claim: Claim) -> Option<Claimant> {
        let shown = self.shown_for(claim).first().map(|(_, it)| *it);
        shown.or_else(|| self.claims.seconds.get(&claim).copied())
    }

    pub(super) fn is_own(&self, home: HomeIx) -> bool {
        self.history.board_of(home) == Some(self.id)
    }

    /// The object that is shown under a record's or a text's id.
    pub(super) fn object_of(&self, claim: Claim) -> Option<ObjId> {
        self.claimant(claim).map(|it| self.object_id(it.object))
    }

    pub(super) fn object_id(&self, object: ObjectIx) -> ObjId {
        let (counter, actor) = operation(&self.history, object).unwrap_or_default();
        document::object_id(counter, &actor)
    }

    /// The claims whose objects some changes touched, and the marks of merging that they set.
    pub(super) fn touched(&self, changes: &[ChangeIx]) -> BTreeSet<Claim> {
        let entries = changes.iter().filter_map(|it| self.history.entry(*it));
        let runs = entries.flat_map(|entry| &entry.runs);
        let claims = runs.filter_map(|run| match &run.what {
            What::Made(made) => self.claim_on(*made),
            What::Put(key) => self
                .claim_on(run.object)
                .or_else(|| self.mark_on(run.object, key)),
            What::Inserted | What::Deleted => self.claim_on(run.object),
        });
        claims.collect()
    }

    fn claim_on(&self, object: ObjectIx) -> Option<Claim> {
        match self.history.object(object)?.role {
            Role::Claim(_, container, id) => Some((container, id)),
            Role::Support(rule) => self.claim_on(rule),
            Role::Homes | Role::Home(_) | Role::Container(..) | Role::Other => None,
        }
    }

    /// A scalar directly in a container of this board's home, or a mark in another's that counts here.
    fn mark_on(&self, object: ObjectIx, key: &str) -> Option<Claim> {
        match self.history.object(object)?.role {
            Role::Container(home, container)
                if self.is_own(home) || merged::is_nested(container) =>
            {
                Some((container, hex_id(key)?))
            }
            Role::Container(..)
            | Role::Homes
            | Role::Home(_)
            | Role::Claim(..)
            | Role::Support(_)
            | Role::Other => None,
        }
    }

    pub(super) fn records_touched(&self, change: ChangeIx) -> Vec<RecordId> {
        let claims = self.touched(&[change]).into_iter();
        let records: BTreeSet<RecordId> = claims
            .filter_map(|claim| match claim.0 {
                Container::Texts => self.claims.owners.get(&TextId(claim.1)).copied(),
                Container::Choices => self.choice_of(claim.1),
                Container::Place => Some(RecordId::Note(NoteId(claim.1))),
                Container::Sections
                | Container::Notes
                | Container::Rules
                | Container::Crosses
                | Container::People
                | Container::Actions
                | Container::Ballots
                | Container::Merges => record_of(claim),
            })
            .map(|record| self.root(record))
            .collect();
        records.into_iter().collect()
    }

    /// Whether a text that is on the screen already is among what was touched, so that patches are worth their cost.
    pub(super) fn edits_known_text(&self, touched: &BTreeSet<Claim>) -> bool {
        touched.iter().any(|(container, id)| {
            *container == Container::Texts && self.view.texts.contains_key(&TextId(*id))
        })
    }

    /// Reads everything, as after loading.
    pub(super) fn read_all(&mut self) -> Delta {
        let mut all: BTreeSet<Claim> = self.claims.objects.keys().copied().collect();
        all.extend(self.all_marks());
        self.refresh(&all, HashMap::new())
    }

    /// Reads again what was touched and brings the view up to date.
    /// `splices` say how texts changed, as far as that is known.
    pub(super) fn refresh(
        &mut self,
        touched: &BTreeSet<Claim>,
        splices: HashMap<ObjId, Vec<Splice>>,
    ) -> Delta {
        let mut stale = BTreeSet::new();
        // What a record proposes or shows depends on its texts, so these come first.
        let texts = self.refresh_texts(touched, splices, &mut stale);
        for claim in touched {
            match claim.0 {
                Container::Texts | Container::Actions | Container::Ballots => {}
                Container::Merges | Container::Choices | Container::Place => {
                    self.read_mark(*claim, &mut stale);
                }
                Container::Sections
                | Container::Notes
                | Container::Rules
                | Container::Crosses
                | Container::People => {
                    if claim.0 == Container::People {
                        self.note_person(*claim);
                    }
                    for (id, claimant) in self.shown_for(*claim) {
                        if let Some(record) = record_of((claim.0, id)) {
                            self.note_copy(record, claimant, &mut stale);
                            stale.insert(record);
                        }
                    }
                }
            }
        }
        self.spread(&mut stale);
        let mut delta = self.refresh_records(&stale);
        delta.texts = texts;
        delta
    }

    fn refresh_texts(
        &mut self,
        touched: &BTreeSet<Claim>,
        mut splices: HashMap<ObjId, Vec<Splice>>,
        stale: &mut BTreeSet<RecordId>,
    ) -> Vec<TextChange> {
        let mut texts = Vec::new();
        for claim in touched.iter().filter(|it| it.0 == Container::Texts) {
            for (id, claimant) in self.shown_for(*claim) {
                let object = self.object_id(claimant.object);
                let known = splices.remove(&object).unwrap_or_default();
                let id = TextId(id);
                if let Some(change) = self.read_text(id, &object, known) {
                    self.view.texts.insert(id, change.now.clone());
                    texts.push(change);
                    let owner = self.claims.owners.get(&id);
                    stale.extend(owner.filter(|it| self.merging.concerns(**it)));
                }
            }
        }
        texts
    }

    /// Brings records up to date whose texts and marks are.
    fn refresh_records(&mut self, stale: &BTreeSet<RecordId>) -> Delta {
        let mut delta = Delta::default();
        let mut conflicts: BTreeMap<RecordId, Vec<Conflict>> = BTreeMap::new();
        for id in stale {
            let old = self.view.record(*id);
            match self.read_record(*id) {
                Some(read) => {
                    conflicts.insert(*id, read.conflicts);
                    if old.as_ref() == Some(&read.record) {
                        continue;
                    }
                    self.siblings.replace(old.as_ref(), &read.record);
                    if let Some(from) = read.from
                        && self.view.origins.get(id) != Some(&from)
                    {
                        delta.origins.push((*id, from));
                    }
                    if let Some(copy) = read.copy
                        && self.view.copies.get(id) != Some(&copy)
                    {
                        delta.copies.push((*id, copy));
                    }
                    delta.records.push(read.record);
                }
                None => {
                    conflicts.insert(*id, Vec::new());
                    if let Some(old) = old {
                        self.siblings.remove(&old);
                        delta.gone.push(*id);
                    }
                }
            }
        }
        delta.merged = self.merged_with(conflicts);
        self.view.apply(&delta);
        delta
    }

    fn read_text(
        &mut self,
        id: TextId,
        object: &ObjId,
        splices: Vec<Splice>,
    ) -> Option<TextChange> {
        let value = self.document.text(object).unwrap_or_default();
        let Some(old) = self.view.texts.get(&id) else {
            let now = TextValue { value, revision: 0 };
            let splices = Vec::new();
            return Some(TextChange { id, now, splices });
        };
        if old.value == value {
            return None;
        }
        let splices = texts::checked(&old.value, &value, splices);
        let revision = old.revision + 1;
        self.text_log.note(id, revision, &splices);
        let now = TextValue { value, revision };
        Some(TextChange { id, now, splices })
    }

    /// A record as it is shown; none if it is not shown by itself.
    fn read_record(&mut self, id: RecordId) -> Option<Read> {
        let claimant = self.claimant(claim_of(id))?;
        let mut fields = Fields::read(&self.document, &self.object_id(claimant.object));
        self.note_texts(id, &fields);
        let from = self.from(claimant)?;
        let copy = fields.copy_of(id);
        if self.root(id) != id {
            return None;
        }
        let copies = self.copies_of(id);
        let conflicts = self.settle(id, &mut fields, &copies);
        if from.is_some() {
            self.hang(id, claimant, &mut fields);
        }
        let record = match id {
            RecordId::Section(id) => Record::Section(fields.section(id)),
            RecordId::Note(id) => Record::Note(fields.note(id)),
            RecordId::Rule(rule) => {
                let rules = [id].into_iter().chain(copies.iter().map(|it| it.id));
                let supporters = rules.flat_map(|it| self.supporters(it)).collect();
                Record::Rule(fields.rule(rule, supporters))
            }
            RecordId::Cross(id) => Record::Cross(fields.cross(id)),
            RecordId::Person(id) => Record::Person(fields.person(id)),
        };
        for text in record.texts() {
            self.claims.owners.insert(text, id);
        }
        Some(Read {
            record,
            from,
            copy,
            conflicts,
        })
    }

    fn supporters(&self, rule: RecordId) -> BTreeSet<PersonId> {
        let rule = self.claimant(claim_of(rule)).map(|it| it.object);
        let maps = rule.map_or(&[] as &[ObjectIx], |rule| self.claims.supports(rule));
        maps.iter()
            .flat_map(|map| Fields::read(&self.document, &self.object_id(*map)).supporters())
            .collect()
    }
}

/// A record as it is shown.
struct Read {
    record: Record,
    /// The source that it came from; none for this board's own.
    from: Option<BoardId>,
    copy: Option<CopyOf>,
    conflicts: Vec<Conflict>,
}
