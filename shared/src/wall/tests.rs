//! New notes are seen, cover nothing, and do not cover each other even where nobody hears of anybody.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

const SEEN: Area = Area {
    left: 0.0,
    top: 0.0,
    right: 1000.0,
    bottom: 600.0,
};

const HAND: PersonId = PersonId([1; 16]);

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Notes that one person hangs one after the other.
fn fill(seed: u64, count: usize) -> Vec<Footprint> {
    let mut rng = rng(seed);
    let hand = PersonId::random(&mut rng);
    let mut taken = Vec::new();
    for _ in 0..count {
        let at = free_place(SEEN, &taken, hand, NoteId::random(&mut rng));
        assert!(!taken.iter().any(|other: &Footprint| other.meets(at)));
        taken.push(Footprint::of(at, "kort"));
    }
    taken
}

#[test]
fn new_notes_are_seen_as_long_as_there_is_room_where_one_looks() {
    for seed in 0..50 {
        assert!(
            fill(seed, 8).iter().all(|note| SEEN.holds(note.at)),
            "{seed}"
        );
    }
}

#[test]
fn one_person_s_notes_stand_in_rows() {
    let notes = fill(1, 8);
    let columns: BTreeSet<i32> = notes.iter().map(|it| it.at.x.rem_euclid(COLUMN)).collect();
    let rows: BTreeSet<i32> = notes.iter().map(|it| it.at.y.rem_euclid(ROW)).collect();
    assert_eq!((columns.len(), rows.len()), (1, 1));
}

#[test]
fn a_hundred_notes_in_a_row_never_cover_each_other() {
    assert_eq!(fill(1, 100).len(), 100);
}

#[test]
fn a_long_note_is_not_covered_at_its_end() {
    let long = Footprint::of(Position { x: 396, y: 40 }, &"lång text ".repeat(20));
    assert!(long.height > 2 * NOTE_HEIGHT);
    for seed in 0..50 {
        let at = free_place(SEEN, &[long], HAND, NoteId::random(&mut rng(seed)));
        assert!(!long.meets(at));
    }
}

#[test]
fn the_same_note_has_the_same_place() {
    let place = || free_place(SEEN, &fill(1, 3), HAND, NoteId([2; 16]));
    assert_eq!(place(), place());
}

#[test]
fn a_window_too_small_for_a_note_and_a_wall_at_its_end_have_places_too() {
    let small = Area {
        right: 90.0,
        bottom: 40.0,
        ..SEEN
    };
    let limit = f64::from(Position::LIMIT);
    let end = Area {
        left: limit,
        top: limit,
        right: limit + 900.0,
        bottom: limit + 500.0,
    };
    let nowhere = Area {
        left: f64::NAN,
        top: f64::NEG_INFINITY,
        right: f64::INFINITY,
        bottom: 0.0,
    };
    let from_afar = Area {
        left: -limit,
        top: -limit,
        right: limit,
        bottom: limit,
    };
    for seen in [small, end, nowhere, from_afar] {
        let mut places = BTreeSet::new();
        for seed in 0..20 {
            places.insert(free_place(seen, &[], HAND, NoteId::random(&mut rng(seed))));
        }
        assert!(places.len() > 1 || seen == end);
    }
}

/// In how many of 400 rooms ten tablets that see the same wall, and hear nothing of each other, hang their notes in
/// ten different places.
fn rooms_without_a_hidden_note(taken: &[Footprint]) -> usize {
    let different = |seed: &u64| {
        let mut rng = rng(*seed);
        let places: BTreeSet<Position> = (0..10)
            .map(|_| {
                let hand = PersonId::random(&mut rng);
                free_place(SEEN, taken, hand, NoteId::random(&mut rng))
            })
            .collect();
        assert!(places.iter().all(|at| SEEN.holds(*at)));
        places.len() == 10
    };
    (0..400).filter(different).count()
}

#[test]
fn tablets_that_do_not_hear_each_other_hang_their_first_notes_in_different_places() {
    let rooms = rooms_without_a_hidden_note(&[]);
    assert!(rooms >= 376, "{rooms} of 400");
}

#[test]
fn they_do_so_on_a_wall_with_notes_as_well() {
    let rooms = rooms_without_a_hidden_note(&fill(3, 3));
    assert!(rooms >= 340, "{rooms} of 400");
}

#[test]
fn lines_break_between_words_and_within_what_is_too_long() {
    for (line, lines) in [
        ("", 1),
        ("Kön till kulturskolan", 1),
        (
            "Eleverna vill ha lugnare matsal, men bara om vi får göra det ihop",
            4,
        ),
        ("kommunfullmäktigesammanträdesprotokollsjustering", 3),
        ("a kommunfullmäktigesammanträde", 3),
    ] {
        assert_eq!(wrapped(line, LINE_LETTERS), lines, "{line:?}");
    }
}

#[test]
fn what_a_group_has_come_to_lie_on_goes_to_its_right_where_it_is_free() {
    let area = |x: i32, y: i32| Footprint::of(Position { x, y }, "").area();
    let over = Area {
        bottom: 400.0,
        ..area(0, 0)
    };
    let right = NOTE_WIDTH + GAP;
    assert_eq!(
        aside(over, area(10, 200), &[]),
        Some(Position { x: right, y: 200 })
    );
    let taken = [area(right, 180)];
    let Some(below) = aside(over, area(10, 200), &taken) else {
        panic!("it is covered");
    };
    assert!(below.x == right && below.y >= 180 + NOTE_HEIGHT);
    assert_eq!(
        aside(over, area(NOTE_WIDTH - 8, 200), &[]),
        None,
        "hardly covered"
    );
    assert_eq!(aside(over, area(0, 401), &[]), None);
}
