//! The operations of a change, put together from its columns.

use std::sync::Arc;

use super::bytes::Bytes;
use super::columns::{differences, flags, runs};
use super::{ChunkError, MAX_KEY, MAX_OPERATIONS, MAX_PREDECESSORS};
use crate::ids::Actor;

/// Names an operation within a change: its counter, and its actor as 0 for the change's own, else 1 + its place
/// among the other actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpRef {
    /// Its counter.
    pub counter: u64,
    /// Its actor.
    pub actor: usize,
}

/// Where in its object an operation works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a key of a map.
    Key(Arc<str>),
    /// At the very beginning of a text.
    Head,
    /// At (or, when it inserts, right after) a character of a text.
    Element(OpRef),
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Makes a map.
    MakeMap,
    /// Makes a text.
    MakeText,
    /// Puts a scalar in a map.
    Put,
    /// Inserts one character in a text.
    Insert,
    /// Deletes.
    Delete,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its object; none for the root.
    pub object: Option<OpRef>,
    /// Where in it.
    pub place: Place,
    /// What it does.
    pub action: Action,
    /// The operations it supersedes, ascending.
    pub predecessors: Vec<OpRef>,
}

/// The columns that Samsyn's changes have, by their specification in the format.
#[derive(Default)]
struct Columns<'a> {
    object_actor: &'a [u8],
    object_counter: &'a [u8],
    key_actor: &'a [u8],
    key_counter: &'a [u8],
    key_text: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    value_meta: &'a [u8],
    value: &'a [u8],
    pred_group: &'a [u8],
    pred_actor: &'a [u8],
    pred_counter: &'a [u8],
}

impl<'a> Columns<'a> {
    fn read(mut data: Bytes<'a>) -> Result<Self, ChunkError> {
        let count = data.unsigned()?;
        let mut layout: Vec<(u64, u64)> = Vec::new();
        for _ in 0..count {
            let (spec, length) = (data.unsigned()?, data.unsigned()?);
            if length == 0 || layout.last().is_some_and(|(last, _)| *last >= spec) {
                return Err(ChunkError::NotCanonical("columns"));
            }
            layout.push((spec, length));
        }
        let mut columns = Self::default();
        for (spec, length) in layout {
            *columns.column(spec)? = data.take(length)?;
        }
        if data.is_empty() {
            Ok(columns)
        } else {
            Err(ChunkError::Forbidden("extra bytes"))
        }
    }

    fn column(&mut self, spec: u64) -> Result<&mut &'a [u8], ChunkError> {
        Ok(match spec {
            0x01 => &mut self.object_actor,
            0x02 => &mut self.object_counter,
            0x11 => &mut self.key_actor,
            0x13 => &mut self.key_counter,
            0x15 => &mut self.key_text,
            0x34 => &mut self.insert,
            0x42 => &mut self.action,
            0x56 => &mut self.value_meta,
            0x57 => &mut self.value,
            0x70 => &mut self.pred_group,
            0x71 => &mut self.pred_actor,
            0x73 => &mut self.pred_counter,
            _ => return Err(ChunkError::Forbidden("an unknown column")),
        })
    }
}

/// A column of `count` values that may be all null, in which case nothing is written of it.
fn sized<T: Clone>(values: Vec<Option<T>>, count: usize) -> Result<Vec<Option<T>>, ChunkError> {
    if values.is_empty() {
        return Ok(vec![None; count]);
    }
    full(values, count)
}

fn full<T>(values: Vec<T>, count: usize) -> Result<Vec<T>, ChunkError> {
    if values.len() == count {
        Ok(values)
    } else {
        Err(ChunkError::Malformed("columns of different lengths"))
    }
}

fn reference(actor: Option<u64>, counter: Option<u64>) -> Result<Option<OpRef>, ChunkError> {
    match (actor, counter) {
        (None, None) => Ok(None),
        (Some(actor), Some(counter)) if counter > 0 => Ok(Some(OpRef {
            counter,
            actor: usize::try_from(actor).map_err(|_| ChunkError::Malformed("actor"))?,
        })),
        (Some(_), Some(_)) | (None, Some(_)) | (Some(_), None) => {
            Err(ChunkError::Malformed("operation id"))
        }
    }
}

fn key(bytes: &mut Bytes<'_>) -> Result<Arc<str>, ChunkError> {
    match bytes.text()? {
        text if (1..=MAX_KEY).contains(&text.len()) => Ok(text.into()),
        _ => Err(ChunkError::Forbidden("an empty or overlong key")),
    }
}

/// Reads the columns in `data`, which must be all of it.
pub(super) fn read(
    data: Bytes<'_>,
    start_op: u64,
    own: &Actor,
    others: &[Actor],
) -> Result<Vec<Operation>, ChunkError> {
    let columns = Columns::read(data)?;
    let cap = MAX_OPERATIONS;
    let actions = runs(columns.action, cap, Bytes::unsigned)?;
    let count = actions.len();
    let objects = pairs(
        sized(runs(columns.object_actor, cap, Bytes::unsigned)?, count)?,
        sized(runs(columns.object_counter, cap, Bytes::unsigned)?, count)?,
    )?;
    let places = places(&columns, count)?;
    let inserts = full(flags(columns.insert, cap)?, count)?;
    let values = values(&columns, count)?;
    let predecessors = predecessors(&columns, count)?;
    let parts = actions.into_iter().zip(inserts).zip(values);
    let actions = parts
        .map(|((action, insert), value)| what(action, insert, value))
        .collect::<Result<Vec<_>, _>>()?;
    let operations: Vec<Operation> = actions
        .into_iter()
        .zip(objects)
        .zip(places)
        .zip(predecessors)
        .map(|(((action, object), place), predecessors)| Operation {
            object,
            place,
            action,
            predecessors,
        })
        .collect();
    check_references(&operations, start_op, own, others)?;
    Ok(operations)
}

fn pairs(
    actors: Vec<Option<u64>>,
    counters: Vec<Option<u64>>,
) -> Result<Vec<Option<OpRef>>, ChunkError> {
    let pairs = actors.into_iter().zip(counters);
    pairs
        .map(|(actor, counter)| reference(actor, counter))
        .collect()
}

fn places(columns: &Columns<'_>, count: usize) -> Result<Vec<Place>, ChunkError> {
    let keys = sized(runs(columns.key_text, MAX_OPERATIONS, key)?, count)?;
    let actors = sized(
        runs(columns.key_actor, MAX_OPERATIONS, Bytes::unsigned)?,
        count,
    )?;
    let counters = sized(differences(columns.key_counter, MAX_OPERATIONS)?, count)?;
    keys.into_iter()
        .zip(actors)
        .zip(counters)
        .map(|((key, actor), counter)| match (key, actor, counter) {
            (Some(key), None, None) => Ok(Place::Key(key)),
            (None, None, Some(0)) => Ok(Place::Head),
            (None, actor, counter) => reference(actor, counter)?
                .map(Place::Element)
                .ok_or(ChunkError::Malformed("place")),
            (Some(_), _, _) => Err(ChunkError::Malformed("place")),
        })
        .collect()
}

/// What a value is, as far as admission needs to know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Null,
    Character,
    Scalar,
}

fn values(columns: &Columns<'_>, count: usize) -> Result<Vec<Value>, ChunkError> {
    let meta = full(
        runs(columns.value_meta, MAX_OPERATIONS, Bytes::unsigned)?,
        count,
    )?;
    let mut bytes = Bytes(columns.value);
    let values = meta
        .into_iter()
        .map(|meta| {
            let meta = meta.ok_or(ChunkError::Malformed("value"))?;
            value(meta & 0xf, bytes.take(meta >> 4)?)
        })
        .collect::<Result<Vec<_>, _>>()?;
    if bytes.is_empty() {
        Ok(values)
    } else {
        Err(ChunkError::Malformed("values"))
    }
}

fn value(kind: u64, bytes: &[u8]) -> Result<Value, ChunkError> {
    let mut rest = Bytes(bytes);
    match kind {
        0 if bytes.is_empty() => return Ok(Value::Null),
        1 | 2 if bytes.is_empty() => {}
        3 => drop(rest.unsigned()?),
        4 | 9 => drop(rest.signed()?),
        5 if f64::from_le_bytes(rest.array()?).is_finite() => {}
        6 => {
            let text = std::str::from_utf8(bytes).map_err(|_| ChunkError::Malformed("text"))?;
            let single = text.chars().take(2).count() == 1;
            return Ok(if single {
                Value::Character
            } else {
                Value::Scalar
            });
        }
        7 => return Ok(Value::Scalar),
        _ => return Err(ChunkError::Forbidden("a value of this type")),
    }
    if rest.is_empty() {
        Ok(Value::Scalar)
    } else {
        Err(ChunkError::Malformed("value"))
    }
}

fn predecessors(columns: &Columns<'_>, count: usize) -> Result<Vec<Vec<OpRef>>, ChunkError> {
    let groups = full(
        runs(columns.pred_group, MAX_OPERATIONS, Bytes::unsigned)?,
        count,
    )?;
    let actors = runs(columns.pred_actor, MAX_PREDECESSORS, Bytes::unsigned)?;
    let counters = full(
        differences(columns.pred_counter, MAX_PREDECESSORS)?,
        actors.len(),
    )?;
    let mut all = pairs(actors, counters)?.into_iter();
    let groups = groups
        .into_iter()
        .map(|length| {
            let length = length.ok_or(ChunkError::Malformed("predecessors"))?;
            (0..length)
                .map(|_| {
                    all.next()
                        .flatten()
                        .ok_or(ChunkError::Malformed("predecessors"))
                })
                .collect()
        })
        .collect::<Result<Vec<Vec<OpRef>>, _>>()?;
    if all.next().is_some() {
        return Err(ChunkError::Malformed("predecessors"));
    }
    Ok(groups)
}

fn what(action: Option<u64>, insert: bool, value: Value) -> Result<Action, ChunkError> {
    match (action, insert, value) {
        (Some(0), false, Value::Null) => Ok(Action::MakeMap),
        (Some(4), false, Value::Null) => Ok(Action::MakeText),
        (Some(3), false, Value::Null) => Ok(Action::Delete),
        (Some(1), false, Value::Null | Value::Character | Value::Scalar) => Ok(Action::Put),
        (Some(1), true, Value::Character) => Ok(Action::Insert),
        _ => Err(ChunkError::Forbidden("an operation of this kind")),
    }
}

/// Every reference names an actor of the change and an earlier operation; every other actor is named by some; and
/// predecessors ascend, as automerge's encoder demands.
fn check_references(
    operations: &[Operation],
    start_op: u64,
    own: &Actor,
    others: &[Actor],
) -> Result<(), ChunkError> {
    let mut named = vec![false; others.len() + 1];
    if let Some(first) = named.first_mut() {
        *first = true;
    }
    for (operation, counter) in operations.iter().zip(start_op..) {
        for reference in operation.references() {
            let known = named
                .get_mut(reference.actor)
                .ok_or(ChunkError::Malformed("actor"))?;
            *known = true;
            if reference.counter >= counter {
                return Err(ChunkError::Malformed("a reference to a later operation"));
            }
        }
        let order = |it: &OpRef| {
            let actor = it.actor.checked_sub(1).and_then(|at| others.get(at));
            (it.counter, *actor.unwrap_or(own))
        };
        if !operation
            .predecessors
            .is_sorted_by(|a, b| order(a) < order(b))
        {
            return Err(ChunkError::NotCanonical("predecessors"));
        }
    }
    if named.into_iter().all(|it| it) {
        Ok(())
    } else {
        Err(ChunkError::NotCanonical("an actor that no operation names"))
    }
}

impl Operation {
    fn references(&self) -> impl Iterator<Item = OpRef> + '_ {
        let element = match &self.place {
            Place::Element(element) => Some(*element),
            Place::Key(_) | Place::Head => None,
        };
        let predecessors = self.predecessors.iter().copied();
        self.object.into_iter().chain(element).chain(predecessors)
    }
}
