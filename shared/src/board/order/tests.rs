//! Whatever keys are stored, there is always a place between them.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;
use crate::records::{Presence, Section, SectionKind};

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

/// Keys as anybody can store them: ours, with zero bytes, too long, no index at all, and nonsense.
fn any_key() -> impl Strategy<Value = String> {
    let random = proptest::sample::select(vec!["000000", "0a1b2c", "ffffff"]);
    let digits = prop_oneof![Just(0), Just(1), Just(255), any::<u8>()];
    let few = proptest::collection::vec(digits, 0..4);
    let long = (prop_oneof![Just(0_u8), Just(255)], 60_usize..124)
        .prop_map(|(digit, length)| vec![digit; length]);
    let bytes = prop_oneof![4 => few, 1 => long];
    let stored = (bytes, random)
        .prop_map(|(digits, random)| format!("{}-{random}", hex::encode_string(&digits)));
    let same = proptest::sample::select(vec![
        "80-0a1b2c",
        "80-ffffff",
        "8000-0a1b2c",
        "800-0a1b2c",
        "ffffff-0a1b2c",
    ]);
    prop_oneof![
        4 => stored,
        2 => same.prop_map(str::to_owned),
        1 => "[0-9a-f]{0,9}-[0-9a-f]{6}",
        1 => ".{0,12}",
    ]
}

const FAMILY: Family = Family::Sections;

fn section(id: u8, order: String) -> Record {
    Record::Section(Section {
        id: SectionId([id; 16]),
        kind: SectionKind::Notes,
        title: None,
        order,
        presence: Presence::OnBoard,
    })
}

/// The ids of siblings in their order.
fn ids(siblings: &Siblings) -> Vec<u8> {
    let places = siblings.0.get(&FAMILY).into_iter().flatten();
    places.map(|(_, _, id)| id[0]).collect()
}

/// Does what a placing says, and demands that every key in it is one of ours.
fn placed(siblings: &mut Siblings, keys: &[String], moving: u8, placed: Placed) {
    let moved = std::iter::once(([moving; 16], placed.key)).chain(placed.others);
    for (id, order) in moved {
        assert!(
            index(&order).is_some_and(|it| it.0.len() <= LONGEST),
            "{order}"
        );
        let old = keys
            .get(usize::from(id[0]))
            .map(|order| section(id[0], order.clone()));
        siblings.replace(old.as_ref(), &section(id[0], order));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_keys_are_stored_there_is_a_place_behind_each_and_nobody_else_moves(
        keys in proptest::collection::vec(any_key(), 0..7),
        former in proptest::option::of(0_usize..7),
        moving in 0_u8..8,
    ) {
        let mut siblings = Siblings::default();
        for (id, order) in (0..).zip(&keys) {
            siblings.replace(None, &section(id, order.clone()));
        }
        let former = former.filter(|it| *it < keys.len() && *it != usize::from(moving));
        let mut expected = ids(&siblings);
        expected.retain(|id| *id != moving);
        let at = former.map_or(0, |former| 1 + expected.iter().position(|it| usize::from(*it) == former).unwrap());
        expected.insert(at, moving);
        let behind = former.map(|it| (&keys[it], [u8::try_from(it).unwrap(); 16]));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let found = siblings.behind(&mut rng, FAMILY, behind, [moving; 16]);
        placed(&mut siblings, &keys, moving, found);
        prop_assert_eq!(ids(&siblings), expected);
    }

    #[test]
    fn whatever_keys_are_stored_the_last_place_is_behind_all_that_have_one(
        keys in proptest::collection::vec(any_key(), 0..7),
        moving in 0_u8..8,
    ) {
        let mut siblings = Siblings::default();
        for (id, order) in (0..).zip(&keys) {
            siblings.replace(None, &section(id, order.clone()));
        }
        let mut expected = ids(&siblings);
        expected.retain(|id| *id != moving);
        let well_formed = expected.iter().filter(|id| order_key_is_valid(&keys[usize::from(**id)])).count();
        expected.insert(well_formed, moving);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let found = siblings.last(&mut rng, FAMILY, [moving; 16]);
        placed(&mut siblings, &keys, moving, found);
        prop_assert_eq!(ids(&siblings), expected);
    }
}

#[test]
fn a_key_of_nothing_but_the_highest_digit_does_not_make_the_next_ones_grow() {
    let mut siblings = Siblings::default();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    siblings.replace(None, &section(0, format!("{}-000000", "ff".repeat(124))));
    for id in 1..200 {
        let Placed { key, others } = siblings.last(&mut rng, FAMILY, [id; 16]);
        assert!(index(&key).is_some_and(|it| it.0.len() <= LONGEST));
        assert_eq!(others.is_empty(), id > 1);
        siblings.replace(None, &section(id, key));
        for (other, key) in others {
            siblings
                .0
                .get_mut(&FAMILY)
                .unwrap()
                .retain(|(_, _, id)| *id != other);
            siblings.replace(None, &section(other[0], key));
        }
    }
    assert_eq!(ids(&siblings), (0..200).collect::<Vec<u8>>());
}
