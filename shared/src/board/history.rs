//! Which changes the document holds: who made them, upon what, and which objects and values they made.
//!
//! Admission asks here whether what a change refers to is among its ancestors, and reading asks what a change
//! touched. Nothing here knows the rules; automerge is never asked.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::chunk::{Chunk, OpRef};
use super::home::Container;
use crate::ids::{Actor, BoardId, ChangeHash};

/// A change's place in order of arrival, dependencies first.
pub(super) type ChangeIx = usize;
/// An actor's place in order of appearance.
pub(super) type ActorIx = usize;
/// An object's place in order of appearance.
pub(super) type ObjectIx = usize;

/// What kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Map,
    Text,
}

/// A board's home: the place of its map.
pub(super) type HomeIx = ObjectIx;

/// What an object is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The map of all homes.
    Homes,
    /// A home.
    Home(HomeIx),
    /// A fixed container of a home.
    Container(HomeIx, Container),
    /// A record or a text of a home, under the id it claims.
    Claim(HomeIx, Container, [u8; 16]),
    /// Who supports the rule that the object with this place is.
    Support(ObjectIx),
    /// Anything else, of a newer version.
    Other,
}

/// An object that some change made.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) counter: u64,
    pub(super) actor: ActorIx,
    pub(super) change: ChangeIx,
    pub(super) kind: Kind,
    pub(super) role: Role,
    /// How many objects it is inside of.
    pub(super) depth: u8,
}

/// What an operation left that a later one may refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Made(ObjectIx),
    Put(Arc<str>),
    Inserted,
    Deleted,
}

/// Consecutive operations of one change on one object; one operation unless they insert or delete in a text.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The counter of the first, less the change's `start_op`.
    pub(super) first: u32,
    pub(super) length: u32,
    pub(super) object: ObjectIx,
    pub(super) what: What,
}

/// The highest seq of each actor among a change and its ancestors, by `ActorIx`; actors that are missing have none.
pub(super) type Clock = Arc<[u32]>;

/// A change in the document.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) hash: ChangeHash,
    pub(super) raw: Vec<u8>,
    pub(super) deps: Vec<ChangeIx>,
    pub(super) max_op: u64,
    pub(super) runs: Vec<Run>,
    actor: ActorIx,
    seq: u32,
    start_op: u64,
    /// Kept for heads and every so often below them as long as there is room, else computed anew.
    clock: Option<Clock>,
    /// The longest way down to changes that keep their clock.
    gap: usize,
}

/// What admission found out about a change on its way.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) deps: Vec<ChangeIx>,
    pub(super) clock: Vec<u32>,
    /// The objects it makes; their `ObjectIx` begin where the history's end, their `actor` is set by `append`.
    pub(super) objects: Vec<Object>,
    pub(super) runs: Vec<Run>,
    /// Objects that it makes in homes, where nothing else may be made after.
    pub(super) in_homes: Vec<(ObjectIx, Arc<str>, ObjectIx)>,
    /// The home that it makes.
    pub(super) home: Option<(HomeIx, BoardId)>,
}

#[derive(Clone, Debug)]
struct ActorEntry {
    id: Actor,
    /// By seq, from 1.
    changes: Vec<ChangeIx>,
}

/// How many changes may follow each other without a kept clock, at least.
const CLOCK_EVERY: usize = 32;
/// How many numbers all kept clocks hold together, at most: 4 MiB. A clock names every actor and every head has one,
/// so without a bound those who make many of both could fill a tablet's memory with few bytes of their own.
pub(super) const MAX_CLOCK_UNITS: usize = 1 << 20;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    actors: Vec<ActorEntry>,
    actor_index: HashMap<Actor, ActorIx>,
    entries: Vec<Entry>,
    by_hash: HashMap<ChangeHash, ChangeIx>,
    objects: Vec<Object>,
    in_homes: HashMap<(ObjectIx, Arc<str>), Vec<ObjectIx>>,
    homes: BTreeMap<HomeIx, BoardId>,
    keys: HashSet<Arc<str>>,
    heads: BTreeSet<ChangeIx>,
    /// The changes that keep their clock, and how many numbers these hold together.
    clocked: BTreeSet<ChangeIx>,
    clock_units: usize,
}

impl History {
    pub(super) fn find(&self, hash: &ChangeHash) -> Option<ChangeIx> {
        self.by_hash.get(hash).copied()
    }

    pub(super) fn entry(&self, change: ChangeIx) -> Option<&Entry> {
        self.entries.get(change)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn object(&self, object: ObjectIx) -> Option<&Object> {
        self.objects.get(object)
    }

    pub(super) fn object_count(&self) -> usize {
        self.objects.len()
    }

    pub(super) const fn actor_count(&self) -> usize {
        self.actors.len()
    }

    pub(super) fn actor_ix(&self, actor: &Actor) -> Option<ActorIx> {
        self.actor_index.get(actor).copied()
    }

    pub(super) fn actor(&self, actor: ActorIx) -> Option<&Actor> {
        self.actors.get(actor).map(|it| &it.id)
    }

    /// How many changes of an actor there are.
    pub(super) fn changes_of(&self, actor: ActorIx) -> &[ChangeIx] {
        self.actors.get(actor).map_or(&[], |it| &it.changes)
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = &Entry> {
        self.heads.iter().filter_map(|head| self.entries.get(*head))
    }

    /// The places of the heads, the oldest first.
    pub(super) const fn head_places(&self) -> &BTreeSet<ChangeIx> {
        &self.heads
    }

    #[cfg(test)]
    pub(super) fn clock_units(&self) -> usize {
        let clocks = self.entries.iter().filter_map(|it| it.clock.as_ref());
        clocks.map(|clock| clock.len()).sum()
    }

    pub(super) fn in_home(&self, home: ObjectIx, key: &Arc<str>) -> &[ObjectIx] {
        let found = self.in_homes.get(&(home, Arc::clone(key)));
        found.map_or(&[], Vec::as_slice)
    }

    /// The board whose home it is.
    pub(super) fn board_of(&self, home: HomeIx) -> Option<BoardId> {
        self.homes.get(&home).copied()
    }

    /// The run that operation `counter` of `actor` is in, if its change is within `clock`.
    pub(super) fn run(&self, clock: &[u32], actor: ActorIx, counter: u64) -> Option<&Run> {
        let changes = self.changes_of(actor);
        let at = changes
            .partition_point(|it| self.entries.get(*it).is_some_and(|it| it.max_op < counter));
        let entry = self.entries.get(*changes.get(at)?)?;
        let offset = u32::try_from(counter.checked_sub(entry.start_op)?).ok()?;
        if entry.seq > seq_in(clock, actor) {
            return None;
        }
        run_at(&entry.runs, offset)
    }

    /// Whether the change that made `object` is within `clock`.
    pub(super) fn made_within(&self, clock: &[u32], object: ObjectIx) -> bool {
        let change = self.object(object).and_then(|it| self.entry(it.change));
        change.is_some_and(|change| change.seq <= seq_in(clock, change.actor))
    }

    /// The clock of everything that `changes` are or build on.
    pub(super) fn clock(&self, changes: &[ChangeIx]) -> Vec<u32> {
        let mut clock = vec![0; self.actors.len()];
        let mut seen: HashSet<ChangeIx> = changes.iter().copied().collect();
        let mut open = changes.to_vec();
        while let Some(entry) = open.pop().and_then(|next| self.entries.get(next)) {
            if let Some(kept) = &entry.clock {
                for (own, other) in clock.iter_mut().zip(kept.iter()) {
                    *own = (*own).max(*other);
                }
                continue;
            }
            raise(&mut clock, entry.actor, entry.seq);
            open.extend(entry.deps.iter().filter(|dep| seen.insert(**dep)));
        }
        clock
    }

    /// The changes beyond `clock`, dependencies first.
    pub(super) fn beyond(&self, clock: &[u32]) -> Vec<ChangeIx> {
        let mut beyond: Vec<ChangeIx> = Vec::new();
        for (actor, entry) in self.actors.iter().enumerate() {
            let known = usize::try_from(seq_in(clock, actor)).unwrap_or(usize::MAX);
            beyond.extend(entry.changes.get(known..).unwrap_or_default());
        }
        beyond.sort_unstable();
        beyond
    }

    /// Adds an admitted change and says which place it has.
    pub(super) fn append(&mut self, chunk: Chunk, admitted: Admitted) -> ChangeIx {
        let change = self.entries.len();
        let actor = self.actor_or_new(chunk.actor);
        let seq = u32::try_from(chunk.seq).unwrap_or(u32::MAX);
        self.add_objects(admitted.objects, actor);
        for (home, key, object) in admitted.in_homes {
            self.in_homes.entry((home, key)).or_default().push(object);
        }
        self.homes.extend(admitted.home);
        let mut clock = admitted.clock;
        raise(&mut clock, actor, seq);
        for dep in &admitted.deps {
            self.cover(*dep);
        }
        let gap = admitted
            .deps
            .iter()
            .filter_map(|dep| self.entries.get(*dep));
        let gap = gap
            .map(|dep| dep.clock.as_ref().map_or(dep.gap, |_| 0))
            .max();
        if let Some(it) = self.actors.get_mut(actor) {
            it.changes.push(change);
        }
        self.by_hash.insert(chunk.hash, change);
        self.heads.insert(change);
        let max_op = chunk.max_op();
        let runs = self.with_shared_keys(admitted.runs);
        self.entries.push(Entry {
            hash: chunk.hash,
            raw: chunk.raw,
            deps: admitted.deps,
            max_op,
            runs,
            actor,
            seq,
            start_op: chunk.start_op,
            clock: None,
            gap: gap.unwrap_or_default() + 1,
        });
        self.keep_clock(change, clock.into());
        change
    }

    /// Keeps a change's clock, and lets those of the oldest changes go where there is no room: they are the least
    /// likely to be asked for, and can be computed again.
    fn keep_clock(&mut self, change: ChangeIx, clock: Clock) {
        let Some(entry) = self.entries.get_mut(change) else {
            return;
        };
        self.clock_units += clock.len();
        entry.clock = Some(clock);
        self.clocked.insert(change);
        while self.clock_units > MAX_CLOCK_UNITS
            && self.clocked.len() > 1
            && let Some(oldest) = self.clocked.first().copied()
        {
            self.drop_clock(oldest);
        }
    }

    fn drop_clock(&mut self, change: ChangeIx) {
        self.clocked.remove(&change);
        let entry = self.entries.get_mut(change);
        let clock = entry.and_then(|it| it.clock.take());
        self.clock_units -= clock.map_or(0, |it| it.len());
    }

    fn actor_or_new(&mut self, id: Actor) -> ActorIx {
        *self.actor_index.entry(id).or_insert_with(|| {
            let changes = Vec::new();
            self.actors.push(ActorEntry { id, changes });
            self.actors.len() - 1
        })
    }

    fn add_objects(&mut self, objects: Vec<Object>, actor: ActorIx) {
        let objects = objects.into_iter();
        self.objects
            .extend(objects.map(|object| Object { actor, ..object }));
    }

    /// A change that something builds on is no head, and keeps its clock only where the next kept one is far.
    fn cover(&mut self, change: ChangeIx) {
        if !self.heads.remove(&change) {
            return;
        }
        let every = CLOCK_EVERY.max(self.actors.len() / 8);
        if self.entries.get(change).is_some_and(|it| it.gap < every) {
            self.drop_clock(change);
        }
    }

    /// Keys are few and occur often: each is kept once.
    fn with_shared_keys(&mut self, mut runs: Vec<Run>) -> Vec<Run> {
        for run in &mut runs {
            if let What::Put(key) = &mut run.what {
                match self.keys.get(key) {
                    Some(known) => *key = Arc::clone(known),
                    None => drop(self.keys.insert(Arc::clone(key))),
                }
            }
        }
        runs.shrink_to_fit();
        runs
    }
}

/// The run that holds the operation `offset` operations after a change's first.
pub(super) fn run_at(runs: &[Run], offset: u32) -> Option<&Run> {
    let at = runs
        .partition_point(|run| run.first <= offset)
        .checked_sub(1)?;
    runs.get(at).filter(|run| offset - run.first < run.length)
}

fn seq_in(clock: &[u32], actor: ActorIx) -> u32 {
    clock.get(actor).copied().unwrap_or_default()
}

fn raise(clock: &mut Vec<u32>, actor: ActorIx, seq: u32) {
    if clock.len() <= actor {
        clock.resize(actor + 1, 0);
    }
    if let Some(known) = clock.get_mut(actor) {
        *known = (*known).max(seq);
    }
}

/// The actor that a reference within `chunk` names.
pub(super) fn actor_of(chunk: &Chunk, reference: OpRef) -> Option<Actor> {
    match reference.actor.checked_sub(1) {
        None => Some(chunk.actor),
        Some(other) => chunk.other_actors.get(other).copied(),
    }
}
