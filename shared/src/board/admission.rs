//! The rules by which a change may enter a board.
//!
//! They look at the change and its ancestors only, so that all devices agree, and they leave automerge nothing to
//! trip over: every operation that a change refers to exists among its ancestors and is of the kind referred to.

use std::sync::Arc;

use super::chunk::{Action, Chunk, ChunkError, OpRef, Operation, Place};
use super::genesis;
use super::history::{
    ActorIx, Admitted, ChangeIx, History, HomeIx, Kind, Object, ObjectIx, Role, Run, What,
    actor_of, run_at,
};
use super::home::{self, Container};
use super::read::hex_id;
use crate::ids::BoardId;

/// The deepest that objects may lie in each other.
pub const MAX_DEPTH: u8 = 8;

/// Why a change may not enter a board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not a well-formed change.
    #[error(transparent)]
    Chunk(ChunkError),
    /// It builds on a change that was refused.
    #[error("it builds on a change that is held")]
    BuildsOnHeld,
    /// Its actor has made another change with this number.
    #[error("a second change of its actor with this number")]
    Twin,
    /// Its actor's former change is not among its direct dependencies.
    #[error("its actor's former change is not among its direct dependencies")]
    SeqGap,
    /// Its first operation is not one higher than the highest of its dependencies.
    #[error("its operations start at {found}, not at {expected}")]
    StartOp {
        /// Where they start.
        found: u64,
        /// Where they must.
        expected: u64,
    },
    /// It does nothing, and builds on fewer than two changes that it could tie together.
    #[error("it neither does anything nor ties changes together")]
    Idle,
    /// It touches the root or the map of homes, which only the fixed changes do.
    #[error("only the fixed changes touch the root and the homes")]
    FixedOnly,
    /// It puts something in a home other than a new object where nothing was.
    #[error("a home takes only new objects where nothing was")]
    HomeKey,
    /// It deletes a key of a map.
    #[error("keys of maps are never deleted")]
    DeletedKey,
    /// It would cover an object with something else.
    #[error("objects are never covered")]
    CoversObject,
    /// It refers to an operation that is not among its ancestors, or is of another kind.
    #[error("it refers to what is not there: {0}")]
    NotThere(&'static str),
    /// It puts objects too deep into each other.
    #[error("objects lie deeper than {MAX_DEPTH} in each other")]
    TooDeep,
    /// Automerge refuses it.
    #[error("automerge refuses it: {0}")]
    Automerge(String),
}

/// Whether a change is one of the fixed ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Fixed,
    Somebody,
}

/// Checks a change whose dependencies are all in `history`.
///
/// # Errors
/// The first rule that it breaks.
pub(super) fn check(history: &History, chunk: &Chunk) -> Result<Admitted, Refusal> {
    let found = chunk.deps.iter().map(|dep| history.find(dep));
    let deps: Option<Vec<ChangeIx>> = found.collect();
    let deps = deps.ok_or(Refusal::NotThere("a dependency"))?;
    let origin = origin(chunk);
    check_place(history, chunk, &deps, origin)?;
    let clock = history.clock(&deps);
    let mut walk = Walk {
        history,
        chunk,
        origin,
        clock: &clock,
        own: history.actor_ix(&chunk.actor),
        objects: Vec::new(),
        runs: Vec::new(),
        in_homes: Vec::new(),
        home: None,
    };
    for operation in &chunk.operations {
        walk.operation(operation)?;
    }
    let (objects, runs, in_homes, home) = (walk.objects, walk.runs, walk.in_homes, walk.home);
    Ok(Admitted {
        deps,
        clock,
        objects,
        runs,
        in_homes,
        home,
    })
}

/// Genesis, and the home of whichever board the first operation names: known by their bytes.
fn origin(chunk: &Chunk) -> Origin {
    let named = match chunk.operations.first().map(|it| &it.place) {
        Some(Place::Key(key)) => key.parse::<BoardId>().ok(),
        Some(Place::Head | Place::Element(_)) | None => None,
    };
    let is_home = named.is_some_and(|board| home::change(&board).0 == chunk.hash);
    if is_home || chunk.hash == genesis::HASH {
        Origin::Fixed
    } else {
        Origin::Somebody
    }
}

fn check_place(
    history: &History,
    chunk: &Chunk,
    deps: &[ChangeIx],
    origin: Origin,
) -> Result<(), Refusal> {
    if deps.is_empty() && origin == Origin::Somebody {
        return Err(Refusal::FixedOnly);
    }
    if chunk.operations.is_empty() && deps.len() < 2 {
        return Err(Refusal::Idle);
    }
    let entries = deps.iter().filter_map(|dep| history.entry(*dep));
    let expected = 1 + entries.map(|dep| dep.max_op).max().unwrap_or_default();
    if chunk.start_op != expected {
        let found = chunk.start_op;
        return Err(Refusal::StartOp { found, expected });
    }
    let own = history.actor_ix(&chunk.actor);
    let own = own.map_or(&[] as &[ChangeIx], |actor| history.changes_of(actor));
    let former = usize::try_from(chunk.seq - 1).unwrap_or(usize::MAX);
    if former < own.len() {
        return Err(Refusal::Twin);
    }
    match own.last() {
        None if former == 0 => Ok(()),
        Some(last) if former == own.len() && deps.contains(last) => Ok(()),
        None | Some(_) => Err(Refusal::SeqGap),
    }
}

struct Walk<'a> {
    history: &'a History,
    chunk: &'a Chunk,
    origin: Origin,
    clock: &'a [u32],
    own: Option<ActorIx>,
    objects: Vec<Object>,
    runs: Vec<Run>,
    in_homes: Vec<(ObjectIx, Arc<str>, ObjectIx)>,
    home: Option<(HomeIx, BoardId)>,
}

impl Walk<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<(), Refusal> {
        let Some(object) = operation.object else {
            return self.in_root(operation);
        };
        let object = match self.target(object).map(|(_, what)| what) {
            Some(What::Made(object)) => object,
            Some(What::Put(_) | What::Inserted | What::Deleted) | None => {
                return Err(Refusal::NotThere("an object"));
            }
        };
        let (kind, role, depth) = self.about(object).ok_or(Refusal::NotThere("an object"))?;
        match (kind, &operation.place) {
            (Kind::Map, Place::Key(key)) => self.in_map(object, role, depth, key, operation),
            (Kind::Text, Place::Head) => self.in_text(object, None, operation),
            (Kind::Text, Place::Element(at)) => self.in_text(object, Some(*at), operation),
            (Kind::Map, Place::Head | Place::Element(_)) | (Kind::Text, Place::Key(_)) => {
                Err(Refusal::NotThere("a place of this kind"))
            }
        }
    }

    fn in_root(&mut self, operation: &Operation) -> Result<(), Refusal> {
        if self.origin == Origin::Somebody || operation.action != Action::MakeMap {
            return Err(Refusal::FixedOnly);
        }
        let made = self.make(Kind::Map, Role::Homes, 1);
        self.run(made, What::Made(made));
        Ok(())
    }

    fn in_map(
        &mut self,
        object: ObjectIx,
        role: Role,
        depth: u8,
        key: &Arc<str>,
        operation: &Operation,
    ) -> Result<(), Refusal> {
        self.may_touch(object, role, key, operation)?;
        if operation.action == Action::Delete {
            return Err(Refusal::DeletedKey);
        }
        for predecessor in &operation.predecessors {
            self.may_supersede(object, key, *predecessor)?;
        }
        let kind = match operation.action {
            Action::MakeMap => Kind::Map,
            Action::MakeText => Kind::Text,
            Action::Put => {
                self.run(object, What::Put(Arc::clone(key)));
                return Ok(());
            }
            Action::Insert | Action::Delete => return Err(Refusal::NotThere("a text")),
        };
        if depth >= MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        let made = self.history.object_count() + self.objects.len();
        let role_made = self.role_in(object, role, key, made, kind);
        self.make(kind, role_made, depth + 1);
        if let (Role::Home(home), Ok(board)) = (role_made, key.parse()) {
            self.home = Some((home, board));
        }
        if matches!(role, Role::Home(_)) {
            self.in_homes.push((object, Arc::clone(key), made));
        }
        self.run(object, What::Made(made));
        Ok(())
    }

    /// The rules for the homes and what lies directly in one.
    fn may_touch(
        &self,
        object: ObjectIx,
        role: Role,
        key: &Arc<str>,
        operation: &Operation,
    ) -> Result<(), Refusal> {
        match (self.origin, role) {
            (Origin::Somebody, Role::Homes) => Err(Refusal::FixedOnly),
            (Origin::Somebody, Role::Home(_)) => {
                let makes = matches!(operation.action, Action::MakeMap | Action::MakeText);
                let fixed = Container::ALL.iter().any(|it| it.key() == key.as_ref());
                let there = self.history.in_home(object, key).iter();
                let there = there
                    .copied()
                    .any(|it| self.history.made_within(self.clock, it));
                let twice = self
                    .in_homes
                    .iter()
                    .any(|(home, k, _)| *home == object && k == key);
                if makes && !fixed && !there && !twice {
                    Ok(())
                } else {
                    Err(Refusal::HomeKey)
                }
            }
            (Origin::Fixed, _)
            | (
                Origin::Somebody,
                Role::Container(..) | Role::Claim(..) | Role::Support(_) | Role::Other,
            ) => Ok(()),
        }
    }

    fn may_supersede(
        &self,
        object: ObjectIx,
        key: &Arc<str>,
        predecessor: OpRef,
    ) -> Result<(), Refusal> {
        match self.target(predecessor) {
            Some((_, What::Made(_))) => Err(Refusal::CoversObject),
            Some((there, What::Put(old))) if there == object && old == *key => Ok(()),
            Some((_, What::Put(_) | What::Inserted | What::Deleted)) | None => {
                Err(Refusal::NotThere("a predecessor"))
            }
        }
    }

    fn in_text(
        &mut self,
        object: ObjectIx,
        at: Option<OpRef>,
        operation: &Operation,
    ) -> Result<(), Refusal> {
        if let Some(at) = at
            && self.target(at) != Some((object, What::Inserted))
        {
            return Err(Refusal::NotThere("a character"));
        }
        match (operation.action, at, operation.predecessors.as_slice()) {
            (Action::Insert, _, []) => self.text_run(object, What::Inserted),
            (Action::Delete, Some(at), [only]) if *only == at => {
                self.text_run(object, What::Deleted);
            }
            (
                Action::Insert | Action::Delete | Action::Put | Action::MakeMap | Action::MakeText,
                _,
                _,
            ) => return Err(Refusal::NotThere("what a text takes")),
        }
        Ok(())
    }

    /// What an operation left and in which object, if it is an ancestor or an earlier one of this change.
    fn target(&self, reference: OpRef) -> Option<(ObjectIx, What)> {
        let run = match reference.counter.checked_sub(self.chunk.start_op) {
            Some(offset) if reference.actor == 0 => run_at(&self.runs, u32::try_from(offset).ok()?),
            Some(_) | None => {
                let actor = match reference.actor {
                    0 => self.own,
                    1.. => self.history.actor_ix(&actor_of(self.chunk, reference)?),
                };
                self.history.run(self.clock, actor?, reference.counter)
            }
        }?;
        Some((run.object, run.what.clone()))
    }

    fn about(&self, object: ObjectIx) -> Option<(Kind, Role, u8)> {
        let known = self.history.object_count();
        let object = match object.checked_sub(known) {
            Some(new) => self.objects.get(new),
            None => self.history.object(object),
        }?;
        Some((object.kind, object.role, object.depth))
    }

    /// What an object is for that is made under `key` of its parent.
    fn role_in(&self, parent: ObjectIx, role: Role, key: &str, made: ObjectIx, kind: Kind) -> Role {
        match (role, kind) {
            (Role::Homes, Kind::Map) => Role::Home(made),
            (Role::Home(home), Kind::Map) if self.origin == Origin::Fixed => {
                let container = Container::ALL.into_iter().find(|it| it.key() == key);
                container.map_or(Role::Other, |it| Role::Container(home, it))
            }
            (Role::Container(home, container), _) if kind == kind_in(container) => {
                hex_id(key).map_or(Role::Other, |id| Role::Claim(home, container, id))
            }
            (Role::Claim(_, Container::Rules, _), Kind::Map) if key == "support" => {
                Role::Support(parent)
            }
            (
                Role::Homes
                | Role::Home(_)
                | Role::Container(..)
                | Role::Claim(..)
                | Role::Support(_)
                | Role::Other,
                _,
            ) => Role::Other,
        }
    }

    fn next(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.first + run.length)
    }

    fn make(&mut self, kind: Kind, role: Role, depth: u8) -> ObjectIx {
        let made = self.history.object_count() + self.objects.len();
        self.objects.push(Object {
            counter: self.chunk.start_op + u64::from(self.next()),
            actor: 0,
            change: self.history.entries().len(),
            kind,
            role,
            depth,
        });
        made
    }

    fn run(&mut self, object: ObjectIx, what: What) {
        let first = self.next();
        let length = 1;
        self.runs.push(Run {
            first,
            length,
            object,
            what,
        });
    }

    fn text_run(&mut self, object: ObjectIx, what: What) {
        match self.runs.last_mut() {
            Some(run) if run.object == object && run.what == what => run.length += 1,
            Some(_) | None => self.run(object, what),
        }
    }
}

fn kind_in(container: Container) -> Kind {
    match container {
        Container::Texts => Kind::Text,
        Container::Sections
        | Container::Notes
        | Container::Rules
        | Container::Crosses
        | Container::People
        | Container::Actions
        | Container::Ballots
        | Container::Merges
        | Container::Choices
        | Container::Place => Kind::Map,
    }
}
