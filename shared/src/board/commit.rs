//! A person's commands become changes: one for each batch, unless the limits of a change force a split.

mod fields;
mod knots;
mod plan;
mod step;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue};
use rand_core::Rng;

use super::history::ChangeIx;
use super::home::{self, Container};
use super::merge::Field;
use super::read::{Claim, claim_of};
use super::undo::Before;
use super::{Board, Command, Deed, Delta, Splice, admission, chunk};
use crate::ids::{Actor, BoardId, ChangeHash, PersonId, RuleId, TextId};
use crate::records::RecordId;
use crate::time::UnixMillis;
pub(super) use fields::fields as fields_of;
#[cfg(test)]
pub(super) use knots::LOOSE_HEADS;
use plan::Plan;
use step::{Budget, Cost, Step};

/// Changes that a person's commands made: already applied, to be stored and then shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The changes with their chunks, dependencies first; none if the commands changed nothing. One, unless the
    /// limits of a change force a split, or heads have to be tied together first (see `knots`).
    pub changes: Vec<(ChangeHash, Vec<u8>)>,
    /// What changed for a screen.
    pub delta: Delta,
    /// The same, to be taken back.
    pub deed: Deed,
}

/// Why a command cannot be done. Then none of its batch was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The record is not on the board.
    #[error("{0:?} is not on the board")]
    Unknown(RecordId),
    /// The record is on the board already.
    #[error("{0:?} is on the board already")]
    Exists(RecordId),
    /// The text is not on the board.
    #[error("{0:?} is not on the board")]
    UnknownText(TextId),
    /// The text is on the board already.
    #[error("{0:?} is on the board already")]
    TextExists(TextId),
    /// A record of this type cannot do that.
    #[error("{0:?} cannot be put in the trash")]
    NotRemovable(RecordId),
    /// A field of this record is nothing to choose, or takes no words.
    #[error("there is nothing to choose for {1:?} of {0:?}")]
    NothingToChoose(RecordId, Field),
    /// A text is longer than it may be.
    #[error("the text has {units} UTF-16 units, and {limit} are the limit")]
    TooLong {
        /// How long it is, in UTF-16 code units.
        units: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The document refuses what every document must take; a fault of this program.
    #[error("the document refuses: {0}")]
    Document(String),
}

impl From<AutomergeError> for CommandError {
    fn from(error: AutomergeError) -> Self {
        Self::Document(error.to_string())
    }
}

impl Board {
    /// Carries out `commands` as one change, or as few as the limits of a change allow. `now` is only a stamp for
    /// people.
    ///
    /// # Errors
    /// The first command that cannot be done; then nothing was.
    pub fn commit(
        &mut self,
        now: UnixMillis,
        rng: &mut impl Rng,
        commands: &[Command],
    ) -> Result<Committed, CommandError> {
        let mut siblings = std::mem::take(&mut self.siblings);
        let planned = Plan::new(self, &mut siblings, now, rng).run(commands);
        self.siblings = siblings;
        let groups = planned?;
        if groups.is_empty() {
            return Ok(Committed::default());
        }
        let actor = self.own_actor(rng);
        let steps = || groups.iter().flatten();
        let before = Before::of(
            &self.view,
            steps().filter_map(Step::record).collect(),
            steps().filter_map(Step::text).collect(),
            &self.merging,
            steps().filter_map(Step::mark).collect(),
        );
        match self.carry_out(now, actor, groups) {
            Ok(done) => Ok(Committed {
                deed: before.deed(&self.view, &self.merging, &done.delta),
                ..done
            }),
            Err(error) => {
                // What was planned is not there, and what nobody would take must not stay here either.
                drop(self.rebuild());
                Err(error)
            }
        }
    }

    fn own_actor(&mut self, rng: &mut impl Rng) -> Actor {
        if let Some(actor) = self.actors.last() {
            return *actor;
        }
        let actor = Actor::random(rng);
        self.actors.push(actor);
        actor
    }

    fn carry_out(
        &mut self,
        now: UnixMillis,
        actor: Actor,
        groups: Vec<Vec<Step>>,
    ) -> Result<Committed, CommandError> {
        let seconds = now.0.div_euclid(1000).clamp(0, chunk::MAX_TIME);
        self.tie_loose_heads(&actor, seconds)?;
        self.document.set_actor(ActorId::from(actor.0.as_slice()));
        let mut queue: VecDeque<VecDeque<Step>> = groups.into_iter().map(Into::into).collect();
        let mut made = HashMap::new();
        let mut splices = HashMap::new();
        let mut entered: Vec<ChangeIx> = Vec::new();
        let mut changes = Vec::new();
        let mut whole = true;
        while !queue.is_empty() {
            let change = self.one_change(seconds, &mut queue, &mut made, &mut splices);
            match change {
                Ok((change, hash, chunk)) => {
                    entered.push(change);
                    changes.push((hash, chunk));
                }
                // What is committed already must be stored; nothing planned can fail after it.
                Err(_) if !entered.is_empty() => {
                    whole = false;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        let delta = if whole {
            let touched = self.touched(&entered);
            self.refresh(&touched, splices)
        } else {
            self.rebuild().1
        };
        let knots = std::mem::take(&mut self.untold_knots).into_iter();
        let knots = knots.filter(|(hash, _)| self.history().find(hash).is_some());
        let changes = knots.chain(changes).collect();
        Ok(Committed {
            changes,
            delta,
            deed: Deed::default(),
        })
    }

    fn one_change(
        &mut self,
        seconds: i64,
        queue: &mut VecDeque<VecDeque<Step>>,
        made: &mut HashMap<Claim, ObjId>,
        splices: &mut HashMap<ObjId, Vec<Splice>>,
    ) -> Result<Own, CommandError> {
        let objects = self.objects_of(queue, made);
        let writer = Writer {
            board: self.id,
            many_actors: self.history().actor_count() > chunk::MAX_OTHER_ACTORS,
            change: self.document.transaction(),
            made,
            objects,
            splices,
            budget: Budget::full(),
            actors: BTreeSet::new(),
        };
        writer.one_change(queue, seconds)?;
        self.enter_own()
    }

    /// The objects that the steps in the queue work on and that are there already.
    fn objects_of(
        &self,
        queue: &VecDeque<VecDeque<Step>>,
        made: &HashMap<Claim, ObjId>,
    ) -> BTreeMap<Target, ObjId> {
        let targets = queue.iter().flatten().filter_map(Step::target);
        targets
            .filter(|target| !made.contains_key(&target.claim()))
            .filter_map(|target| Some((target, self.target(target)?)))
            .collect()
    }

    fn target(&self, target: Target) -> Option<ObjId> {
        match target {
            Target::Record(_) | Target::Text(_) => self.object_of(target.claim()),
            Target::Support(_) => {
                let rule = self.claimant(target.claim())?;
                self.claims
                    .supports(rule.object)
                    .first()
                    .map(|it| self.object_id(*it))
            }
        }
    }

    fn enter_own(&mut self) -> Result<Own, CommandError> {
        let change = self.document.get_last_local_change();
        let change = change.ok_or_else(|| CommandError::Document("no change".to_owned()))?;
        self.admit_own(change.raw_bytes())
    }

    /// Lets a change just made through our own admission, as everybody else will.
    fn admit_own(&mut self, raw: &[u8]) -> Result<Own, CommandError> {
        let chunk = chunk::read(raw).map_err(|it| CommandError::Document(it.to_string()))?;
        let admitted = admission::check(&self.history, &chunk)
            .map_err(|it| CommandError::Document(it.to_string()))?;
        let (hash, raw) = (chunk.hash, chunk.raw.clone());
        Ok((self.enter(chunk, admitted), hash, raw))
    }
}

/// A change of this device: its place, its hash and its chunk.
type Own = (ChangeIx, ChangeHash, Vec<u8>);

/// What a step works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Record(RecordId),
    Text(TextId),
    Support(RuleId),
}

impl Target {
    const fn claim(self) -> Claim {
        match self {
            Self::Record(id) => claim_of(id),
            Self::Text(id) => (Container::Texts, id.0),
            Self::Support(id) => claim_of(RecordId::Rule(id)),
        }
    }
}

/// Writes steps into one change until it is full.
struct Writer<'a> {
    board: BoardId,
    /// Whether the board has so many actors that one change could name too many.
    many_actors: bool,
    change: Transaction<'a>,
    /// Objects made by this batch, in this change or a former one.
    made: &'a mut HashMap<Claim, ObjId>,
    objects: BTreeMap<Target, ObjId>,
    splices: &'a mut HashMap<ObjId, Vec<Splice>>,
    budget: Budget,
    actors: BTreeSet<ActorId>,
}

impl Writer<'_> {
    fn one_change(
        mut self,
        queue: &mut VecDeque<VecDeque<Step>>,
        seconds: i64,
    ) -> Result<(), CommandError> {
        self.fill(queue)?;
        let options = CommitOptions::default().with_time(seconds);
        self.change.commit_with(options);
        Ok(())
    }

    fn fill(&mut self, queue: &mut VecDeque<VecDeque<Step>>) -> Result<(), CommandError> {
        while let Some(group) = queue.front_mut() {
            // What one command does stays in one change wherever it fits into one.
            let whole: Cost = group.iter().map(Step::cost).sum();
            if Budget::full().takes(whole) && !self.budget.takes(whole) {
                return Ok(());
            }
            while let Some(step) = group.pop_front() {
                let (step, rest) = step.split(self.budget);
                if let Some(rest) = rest {
                    group.push_front(rest);
                }
                let Some(step) = step else {
                    return Ok(());
                };
                if let Some(step) = self.without_room_for_actors(step)? {
                    group.push_front(step);
                    return Ok(());
                }
            }
            queue.pop_front();
        }
        Ok(())
    }

    /// Writes a step, in halves if it names many actors; gives back what would name too many in one change.
    fn without_room_for_actors(&mut self, step: Step) -> Result<Option<Step>, CommandError> {
        let mut actors = self.actors.clone();
        if self.many_actors {
            actors.extend(self.actors_named(&step)?);
        }
        if actors.len() <= chunk::MAX_OTHER_ACTORS {
            self.actors = actors;
            self.budget.spend(step.cost());
            self.write(step)?;
            return Ok(None);
        }
        match step.halves() {
            (first, Some(second)) => Ok(match self.without_room_for_actors(first)? {
                None => self.without_room_for_actors(second)?,
                Some(rest) => Some(rest.joined(second)),
            }),
            (whole, None) => Ok(Some(whole)),
        }
    }

    fn object(&self, target: Target) -> Result<ObjId, CommandError> {
        let made = match target {
            Target::Record(_) | Target::Text(_) => self.made.get(&target.claim()),
            Target::Support(_) => None,
        };
        let object = made.or_else(|| self.objects.get(&target)).cloned();
        object.ok_or_else(|| CommandError::Document(format!("{target:?} has no object")))
    }

    /// The actors whose operations a step refers to.
    fn actors_named(&self, step: &Step) -> Result<BTreeSet<ActorId>, CommandError> {
        let mut named = BTreeSet::new();
        let mut name = |object: &ObjId| {
            if let ObjId::Id(_, actor, _) = object {
                named.insert(actor.clone());
            }
        };
        name(&home::object(&self.board));
        match step {
            Step::MakeRecord { .. } | Step::MakeText { .. } => {}
            Step::Mark { mark, .. } => {
                let container = home::container(&self.board, mark.0);
                let key = base16ct::lower::encode_string(&mark.1);
                let values = self.change.get_all(&container, key)?;
                values.iter().for_each(|(_, value)| name(value));
            }
            Step::Put { record, key, .. } => {
                let object = self.object(Target::Record(*record))?;
                let values = self.change.get_all(&object, *key)?;
                values.iter().for_each(|(_, value)| name(value));
                name(&object);
            }
            Step::Support { rule, person, .. } => {
                if let Ok(object) = self.object(Target::Support(*rule)) {
                    let values = self.change.get_all(&object, person.to_string())?;
                    values.iter().for_each(|(_, value)| name(value));
                    name(&object);
                }
                name(&self.object(Target::Record(RecordId::Rule(*rule)))?);
            }
            Step::Splice { text, splice } => {
                let object = self.object(Target::Text(*text))?;
                let at = usize::try_from(splice.at).unwrap_or(usize::MAX);
                let end = at.saturating_add(usize::try_from(splice.delete).unwrap_or(usize::MAX));
                for unit in at.saturating_sub(1)..end {
                    if let Some((_, element)) = self.change.get(&object, unit)? {
                        name(&element);
                    }
                }
                name(&object);
            }
        }
        Ok(named)
    }

    fn write(&mut self, step: Step) -> Result<(), CommandError> {
        match step {
            Step::MakeRecord {
                record,
                fields,
                supporters,
            } => {
                let object = self.make(claim_of(record), ObjType::Map)?;
                for (key, value) in fields {
                    self.change.put(&object, key, value)?;
                }
                if let RecordId::Rule(_) = record {
                    let support = self.change.put_object(&object, "support", ObjType::Map)?;
                    for person in supporters {
                        self.change.put(&support, person.to_string(), true)?;
                    }
                }
            }
            Step::Put { record, key, value } => {
                let object = self.object(Target::Record(record))?;
                self.change.put(&object, key, value)?;
            }
            Step::Support {
                rule,
                person,
                given,
            } => self.support(rule, person, given)?,
            Step::MakeText { text, value } => {
                let object = self.make((Container::Texts, text.0), ObjType::Text)?;
                self.change.splice_text(&object, 0, 0, &value)?;
            }
            Step::Splice { text, splice } => self.splice(text, splice)?,
            Step::Mark { mark, value } => {
                let container = home::container(&self.board, mark.0);
                let key = base16ct::lower::encode_string(&mark.1);
                let value = value.map_or(ScalarValue::Null, ScalarValue::Bytes);
                self.change.put(&container, key, value)?;
            }
        }
        Ok(())
    }

    fn make(&mut self, claim: Claim, kind: ObjType) -> Result<ObjId, CommandError> {
        let container = home::container(&self.board, claim.0);
        let key = base16ct::lower::encode_string(&claim.1);
        let object = self.change.put_object(&container, key, kind)?;
        self.made.insert(claim, object.clone());
        Ok(object)
    }

    fn support(&mut self, rule: RuleId, person: PersonId, given: bool) -> Result<(), CommandError> {
        let known = match self.object(Target::Support(rule)) {
            Ok(object) => Some(object),
            Err(_) => self.support_made_now(rule)?,
        };
        let object = match known {
            Some(object) => object,
            None => {
                let rule = self.object(Target::Record(RecordId::Rule(rule)))?;
                self.change.put_object(&rule, "support", ObjType::Map)?
            }
        };
        self.change.put(&object, person.to_string(), given)?;
        Ok(())
    }

    fn support_made_now(&self, rule: RuleId) -> Result<Option<ObjId>, CommandError> {
        let rule = self.object(Target::Record(RecordId::Rule(rule)))?;
        let found = self.change.get(&rule, "support")?;
        Ok(found
            .filter(|(value, _)| value.is_object())
            .map(|(_, object)| object))
    }

    fn splice(&mut self, text: TextId, splice: Splice) -> Result<(), CommandError> {
        let object = self.object(Target::Text(text))?;
        let wrong = |_| CommandError::Document("a splice beyond all texts".to_owned());
        let at = usize::try_from(splice.at).map_err(wrong)?;
        let delete = isize::try_from(splice.delete).map_err(wrong)?;
        self.change
            .splice_text(&object, at, delete, &splice.insert)?;
        self.splices.entry(object).or_default().push(splice);
        Ok(())
    }
}
