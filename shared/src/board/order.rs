//! Order keys: where a record stands among its siblings, without a list that two people could tear apart.
//!
//! A key is the lower-case hex of a fractional index, `-`, and three random bytes; siblings sort by (key, id), and a
//! key that is none sorts last. The index is ours, because `fractional_index` 2.0.2 underflows in `new_between` where
//! a byte of the upper bound is 0, which anybody can send.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use base16ct::lower as hex;
use rand_core::Rng;

use super::view::Record;
use crate::ids::{NoteId, RuleId, SectionId};
use crate::records::{OrderKey, RecordId};

/// Longer indexes than this, in bytes, make all siblings get new ones; so do hexadecimal digits that are no index.
const LONGEST: usize = 64;

/// Whether `key` is an order key as this module makes them.
#[must_use]
pub fn order_key_is_valid(key: &str) -> bool {
    let hex = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    key.len() <= 256
        && key
            .split_once('-')
            .is_some_and(|(index, random)| hex(index) && hex(random) && random.len() == 6)
}

/// Records that are ordered among each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Sections,
    Notes(SectionId),
    Rules(SectionId),
}

/// How siblings sort: whether the key is malformed, the key, the id.
type Place = (bool, OrderKey, [u8; 16]);

/// All ordered records of a board, the trash included.
#[derive(Clone, Debug, Default)]
pub(super) struct Siblings(BTreeMap<Family, BTreeSet<Place>>);

/// Where a record is to go.
pub(super) struct Placed {
    /// Its key.
    pub(super) key: OrderKey,
    /// Siblings that have to give way, with their new keys.
    pub(super) others: Vec<([u8; 16], OrderKey)>,
}

fn place(record: &Record) -> Option<(Family, Place)> {
    let (family, order, id) = record.family()?;
    Some((family, (!order_key_is_valid(order), order.clone(), id)))
}

impl Family {
    /// The record of this family with an id.
    pub(super) const fn record(self, id: [u8; 16]) -> RecordId {
        match self {
            Self::Sections => RecordId::Section(SectionId(id)),
            Self::Notes(_) => RecordId::Note(NoteId(id)),
            Self::Rules(_) => RecordId::Rule(RuleId(id)),
        }
    }
}

impl Siblings {
    /// Takes note that a record is new or has changed.
    pub(super) fn replace(&mut self, old: Option<&Record>, new: &Record) {
        if let Some(old) = old {
            self.remove(old);
        }
        if let Some((family, place)) = place(new) {
            self.0.entry(family).or_default().insert(place);
        }
    }

    /// Takes note that a record is not there after all.
    pub(super) fn remove(&mut self, record: &Record) {
        if let Some((family, place)) = place(record)
            && let Some(siblings) = self.0.get_mut(&family)
        {
            siblings.remove(&place);
        }
    }

    /// A key behind all siblings, except those whose key is malformed. `moving` is who gets it.
    pub(super) fn last(&self, rng: &mut impl Rng, family: Family, moving: [u8; 16]) -> Placed {
        let siblings = self.0.get(&family).into_iter().flatten().rev();
        let mut others = siblings.filter(|(malformed, _, id)| !malformed && *id != moving);
        let last = others.next();
        let next = match last {
            None => Some(after(None)),
            Some((_, key, _)) => index(key).map(|index| after(Some(&index))),
        };
        match (next, last) {
            (Some(next), _) if next.0.len() <= LONGEST => Placed {
                key: key(rng, &next),
                others: Vec::new(),
            },
            (Some(_) | None, Some(last)) => {
                self.spread(rng, family, &Bound::Excluded(last.clone()), moving)
            }
            (Some(_) | None, None) => self.spread(rng, family, &Bound::Unbounded, moving),
        }
    }

    /// A key right behind the sibling `former`, who has the key `former_key`, or before all. `moving` is who gets it.
    pub(super) fn behind(
        &self,
        rng: &mut impl Rng,
        family: Family,
        former: Option<(&OrderKey, [u8; 16])>,
        moving: [u8; 16],
    ) -> Placed {
        let Some((former_key, former_id)) = former else {
            return self.between(rng, family, Bound::Unbounded, None, moving);
        };
        let from = (
            !order_key_is_valid(former_key),
            former_key.clone(),
            former_id,
        );
        let from = Bound::Excluded(from);
        match index(former_key) {
            Some(left) => self.between(rng, family, from, Some(left), moving),
            // Nothing can be put behind what has no place of its own.
            None => self.spread(rng, family, &from, moving),
        }
    }

    fn between(
        &self,
        rng: &mut impl Rng,
        family: Family,
        from: Bound<Place>,
        left: Option<Index>,
        moving: [u8; 16],
    ) -> Placed {
        let mut equal = Vec::new();
        let mut right = None;
        let siblings = self.0.get(&family);
        let later = siblings
            .into_iter()
            .flat_map(|it| it.range((from.clone(), Bound::Unbounded)));
        for (malformed, sibling, id) in later.filter(|(_, _, id)| *id != moving) {
            match index(sibling) {
                Some(index) if Some(&index) == left.as_ref() => equal.push(*id),
                Some(index) => {
                    right = Some(index);
                    break;
                }
                // All malformed keys come last, so there is no bound.
                None if *malformed => break,
                // It sorts here and has no index to go before.
                None => return self.spread(rng, family, &from, moving),
            }
        }
        let mut at = left;
        let mut keys = Vec::new();
        for _ in 0..=equal.len() {
            let next = step(at.as_ref(), right.as_ref());
            if next.0.len() > LONGEST {
                return self.spread(rng, family, &from, moving);
            }
            keys.push(key(rng, &next));
            at = Some(next);
        }
        let mut keys = keys.into_iter();
        Placed {
            key: keys.next().unwrap_or_default(),
            others: equal.into_iter().zip(keys).collect(),
        }
    }

    /// Gives all siblings short keys again, in the order they are in, with `moving` right behind `from`.
    fn spread(
        &self,
        rng: &mut impl Rng,
        family: Family,
        from: &Bound<Place>,
        moving: [u8; 16],
    ) -> Placed {
        let siblings = self.0.get(&family).into_iter().flatten();
        let siblings: Vec<&Place> = siblings.filter(|(_, _, id)| *id != moving).collect();
        let before = siblings
            .iter()
            .take_while(|place| match from {
                Bound::Excluded(from) | Bound::Included(from) => **place <= from,
                Bound::Unbounded => false,
            })
            .count();
        let mut index = None;
        let mut own = String::new();
        let mut others = Vec::new();
        for at in 0..=siblings.len() {
            let next = after(index.as_ref());
            if at == before {
                own = key(rng, &next);
            } else {
                let sibling = siblings.get(if at < before { at } else { at - 1 });
                others.extend(sibling.map(|(_, _, id)| (*id, key(rng, &next))));
            }
            index = Some(next);
        }
        Placed { key: own, others }
    }
}

/// Digits of base 256 after the point, the last of them not 0: between any two there is another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Index(Vec<u8>);

fn index(key: &str) -> Option<Index> {
    let (index, _) = key.split_once('-').filter(|_| order_key_is_valid(key))?;
    let digits = hex::decode_vec(index.as_bytes()).ok()?;
    let proper = digits.last().is_some_and(|digit| *digit > 0);
    proper.then_some(Index(digits))
}

fn key(rng: &mut impl Rng, index: &Index) -> OrderKey {
    let mut random = [0; 3];
    rng.fill_bytes(&mut random);
    let index = hex::encode_string(&index.0);
    format!("{index}-{}", hex::encode_string(&random))
}

fn step(left: Option<&Index>, right: Option<&Index>) -> Index {
    let nothing = Index(Vec::new());
    match right {
        None => after(left),
        Some(right) => between(left.unwrap_or(&nothing), right).unwrap_or_else(|| after(left)),
    }
}

/// The shortest index between two, in their middle. None if there is nothing between.
fn between(left: &Index, right: &Index) -> Option<Index> {
    let mut digits = Vec::new();
    let mut bounded = true;
    for at in 0..=left.0.len().max(right.0.len()) {
        let low = u16::from(left.0.get(at).copied().unwrap_or_default());
        let high = match right.0.get(at) {
            Some(digit) if bounded => u16::from(*digit),
            None if bounded => 0,
            Some(_) | None => 256,
        };
        let digit = low + high.checked_sub(low)? / 2;
        bounded &= low == high;
        digits.push(u8::try_from(digit).ok()?);
        if digit > low {
            return Some(Index(digits));
        }
    }
    None
}

/// Behind `last`, counting in the three digits after the middle: eight million appended siblings keep four-byte
/// indexes, where halving would grow by a byte for every eight.
fn after(last: Option<&Index>) -> Index {
    const FIRST: u32 = 0x81_0000;
    const MIDDLE: u8 = 0x80;
    let Some(Index(last)) = last else {
        return Index(vec![MIDDLE]);
    };
    let digit = |at: usize| u32::from(last.get(at).copied().unwrap_or_default());
    let number = digit(0) << 16 | digit(1) << 8 | digit(2);
    if number < 0xff_ffff {
        let [_, high, middle, low] = (number + 1).max(FIRST).to_be_bytes();
        return Index(vec![high, middle, low, MIDDLE]);
    }
    Index([last.as_slice(), &[MIDDLE]].concat())
}

#[cfg(test)]
mod tests;
