//! Order keys: where a record stands among its siblings, without a list that two people could tear apart.
//!
//! A key is the lower-case hex of a fractional index, `-`, and three random bytes; siblings sort by (key, id), and a
//! key that is none sorts last. The index is ours, because `fractional_index` 2.0.2 underflows in `new_between` where
//! a byte of the upper bound is 0, which anybody can send.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use data_encoding::HEXLOWER;
use rand_core::Rng;

use super::view::Record;
use crate::ids::{NoteId, RuleId, SectionId};
use crate::records::{OrderKey, RecordId};

/// Longer indexes than this, in bytes, make all siblings get new ones.
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

    /// A key behind all siblings.
    pub(super) fn last(&self, rng: &mut impl Rng, family: Family) -> OrderKey {
        let siblings = self.0.get(&family).into_iter().flatten().rev();
        let last = siblings.filter_map(|(_, key, _)| index(key)).next();
        key(rng, &after(last.as_ref()))
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
        let Some(left) = index(former_key) else {
            // Behind a malformed key is behind everything: it sorts last already.
            let key = self.last(rng, family);
            let others = Vec::new();
            return Placed { key, others };
        };
        let from = (false, former_key.clone(), former_id);
        self.between(rng, family, Bound::Excluded(from), Some(left), moving)
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
        for (_, sibling, id) in later.filter(|(_, _, id)| *id != moving) {
            match index(sibling) {
                Some(index) if Some(&index) == left.as_ref() => equal.push(*id),
                Some(index) => {
                    right = Some(index);
                    break;
                }
                None => {}
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
    let digits = HEXLOWER.decode(index.as_bytes()).ok()?;
    let proper = digits.last().is_some_and(|digit| *digit > 0);
    proper.then_some(Index(digits))
}

fn key(rng: &mut impl Rng, index: &Index) -> OrderKey {
    let mut random = [0; 3];
    rng.fill_bytes(&mut random);
    let index = HEXLOWER.encode(&index.0);
    format!("{index}-{}", HEXLOWER.encode(&random))
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
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use proptest::prelude::*;

    use super::*;

    fn any_index() -> impl Strategy<Value = Index> {
        let digits = prop_oneof![Just(0), Just(1), Just(255), any::<u8>()];
        proptest::collection::vec(digits, 0..6).prop_map(|mut digits| {
            digits.push(digits.last().copied().unwrap_or_default().max(1));
            Index(digits)
        })
    }

    proptest! {
        #[test]
        fn between_any_two_there_is_another(a in any_index(), b in any_index()) {
            prop_assume!(a != b);
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            let found = between(&low, &high).unwrap();
            prop_assert!(low < found && found < high);
            prop_assert!(found.0.last() > Some(&0));
            prop_assert_eq!(between(&high, &low), None);
            prop_assert_eq!(between(&low, &low), None);
        }

        #[test]
        fn behind_any_there_is_another(a in any_index()) {
            let found = after(Some(&a));
            prop_assert!(a < found && found.0.last() > Some(&0));
            let before = between(&Index(Vec::new()), &a).unwrap();
            prop_assert!(before < a);
        }
    }

    #[test]
    fn appending_keeps_keys_short() {
        let mut last = None;
        for _ in 0..10_000 {
            last = Some(after(last.as_ref()));
        }
        assert_eq!(last.map(|it| it.0.len()), Some(4));
    }

    #[test]
    fn only_keys_of_our_making_are_valid() {
        assert!(order_key_is_valid("80-0a1b2c"));
        for wrong in [
            "",
            "80",
            "80-",
            "-0a1b2c",
            "80-0A1B2C",
            "80-0a1b2",
            "xy-0a1b2c",
        ] {
            assert!(!order_key_is_valid(wrong), "{wrong}");
        }
        assert!(!order_key_is_valid(&format!("{}-0a1b2c", "8".repeat(250))));
    }
}
