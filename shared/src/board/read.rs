//! Building the view from the document and keeping it current.
//!
//! What admitted changes touched says what is read again, by object id; patches only tell how a text changed.

mod fields;
mod texts;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use automerge::{ObjId, ReadDoc};
use base16ct::lower as hex;

use super::history::{ChangeIx, History, ObjectIx, Role, What};
use super::home::Container;
use super::{Board, Delta, Record, Splice, TextChange, TextValue, document};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::RecordId;
use fields::Fields;
pub(super) use texts::{TextLog, splices};

/// Sixteen bytes as they are written in keys; anything else is no id.
pub(super) fn hex_id(text: &str) -> Option<[u8; 16]> {
    let bytes = hex::decode_vec(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}

/// A record or text as a container and an id in it.
pub(super) type Claim = (Container, [u8; 16]);

/// Which objects claim which ids. The oldest keeps the id; the others are shown under ids made from their own.
#[derive(Debug, Default)]
pub(super) struct Claims {
    objects: BTreeMap<Claim, Vec<ObjectIx>>,
    /// Ids of those that came second.
    seconds: BTreeMap<Claim, ObjectIx>,
    /// By the place of a rule's object, the maps of who supports it.
    supports: BTreeMap<ObjectIx, Vec<ObjectIx>>,
    /// Which record a text belongs to.
    pub(super) owners: BTreeMap<TextId, RecordId>,
}

impl Claims {
    /// Adds what the objects from `first` on claim.
    pub(super) fn add(&mut self, history: &History, first: ObjectIx) {
        for object in first..history.object_count() {
            match history.object(object).map(|it| it.role) {
                Some(Role::Claim(container, id)) => self.claim(history, (container, id), object),
                Some(Role::Support(rule)) => self.supports.entry(rule).or_default().push(object),
                Some(Role::Homes | Role::Home(_) | Role::Container(_) | Role::Other) | None => {}
            }
        }
    }

    fn claim(&mut self, history: &History, claim: Claim, object: ObjectIx) {
        let claimants = self.objects.entry(claim).or_default();
        claimants.push(object);
        if claimants.len() == 1 {
            return;
        }
        claimants.sort_by_key(|it| operation(history, *it));
        for second in claimants.iter().skip(1) {
            let id = second_id(history, *second);
            self.seconds.insert((claim.0, id), *second);
        }
    }

    /// The objects that claim an id, each with the id that it is shown under.
    fn shown(&self, history: &History, claim: Claim) -> Vec<([u8; 16], ObjectIx)> {
        let claimants = self.objects.get(&claim).into_iter().flatten().enumerate();
        claimants
            .map(|(place, object)| match place {
                0 => (claim.1, *object),
                1.. => (second_id(history, *object), *object),
            })
            .collect()
    }

    /// The object that is shown under an id.
    pub(super) fn object(&self, claim: Claim) -> Option<ObjectIx> {
        let first = self.objects.get(&claim).and_then(|it| it.first());
        first.or_else(|| self.seconds.get(&claim)).copied()
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

/// The id of a record in a container; texts and what is reserved are no records.
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
    /// The object that is shown under a record's or a text's id.
    pub(super) fn object_of(&self, claim: Claim) -> Option<ObjId> {
        self.claims.object(claim).map(|it| self.object_id(it))
    }

    pub(super) fn object_id(&self, object: ObjectIx) -> ObjId {
        let (counter, actor) = operation(&self.history, object).unwrap_or_default();
        document::object_id(counter, &actor)
    }

    /// The claims whose objects some changes touched.
    pub(super) fn touched(&self, changes: &[ChangeIx]) -> BTreeSet<Claim> {
        let entries = changes.iter().filter_map(|it| self.history.entry(*it));
        let runs = entries.flat_map(|entry| &entry.runs);
        let objects: BTreeSet<ObjectIx> = runs
            .map(|run| match run.what {
                What::Made(made) => made,
                What::Put(_) | What::Inserted | What::Deleted => run.object,
            })
            .collect();
        let claims = objects.into_iter().filter_map(|it| self.claim_on(it));
        claims.collect()
    }

    fn claim_on(&self, object: ObjectIx) -> Option<Claim> {
        match self.history.object(object)?.role {
            Role::Claim(container, id) => Some((container, id)),
            Role::Support(rule) => self.claim_on(rule),
            Role::Homes | Role::Home(_) | Role::Container(_) | Role::Other => None,
        }
    }

    pub(super) fn records_touched(&self, change: ChangeIx) -> Vec<RecordId> {
        let claims = self.touched(&[change]).into_iter();
        let records: BTreeSet<RecordId> = claims
            .filter_map(|claim| match claim.0 {
                Container::Texts => self.claims.owners.get(&TextId(claim.1)).copied(),
                Container::Sections
                | Container::Notes
                | Container::Rules
                | Container::Crosses
                | Container::People
                | Container::Actions
                | Container::Ballots
                | Container::Merges
                | Container::Choices
                | Container::Place => record_of(claim),
            })
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
        let all: BTreeSet<Claim> = self.claims.objects.keys().copied().collect();
        self.refresh(&all, HashMap::new())
    }

    /// Reads again what was touched and brings the view up to date.
    /// `splices` say how texts changed, as far as that is known.
    pub(super) fn refresh(
        &mut self,
        touched: &BTreeSet<Claim>,
        mut splices: HashMap<ObjId, Vec<Splice>>,
    ) -> Delta {
        let mut delta = Delta::default();
        for claim in touched {
            for (id, object) in self.claims.shown(&self.history, *claim) {
                let object = self.object_id(object);
                if claim.0 == Container::Texts {
                    let known = splices.remove(&object).unwrap_or_default();
                    delta
                        .texts
                        .extend(self.read_text(TextId(id), &object, known));
                } else {
                    delta
                        .records
                        .extend(self.read_record((claim.0, id), &object));
                }
            }
        }
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

    fn read_record(&mut self, claim: Claim, object: &ObjId) -> Option<Record> {
        let id = record_of(claim)?;
        let fields = Fields::read(&self.document, object);
        let record = match id {
            RecordId::Section(id) => Record::Section(fields.section(id)),
            RecordId::Note(id) => Record::Note(fields.note(id)),
            RecordId::Rule(id) => {
                let supporters = self.supporters(claim);
                Record::Rule(fields.rule(id, supporters))
            }
            RecordId::Cross(id) => Record::Cross(fields.cross(id)),
            RecordId::Person(id) => Record::Person(fields.person(id)),
        };
        let old = self.view.record(id);
        if old.as_ref() == Some(&record) {
            return None;
        }
        self.siblings.replace(old.as_ref(), &record);
        for text in record.texts() {
            self.claims.owners.insert(text, id);
        }
        Some(record)
    }

    fn supporters(&self, rule: Claim) -> BTreeSet<PersonId> {
        let rule = self.claims.object(rule);
        let maps = rule.map_or(&[] as &[ObjectIx], |rule| self.claims.supports(rule));
        maps.iter()
            .flat_map(|map| Fields::read(&self.document, &self.object_id(*map)).supporters())
            .collect()
    }
}
