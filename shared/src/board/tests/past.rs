//! A board is played from its first change to its last.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::Draft;
use crate::board::past::{Past, Turn};

/// A board with a wall and three notes by two people; the second wrote while the first one's clock was behind.
fn board() -> Device {
    let (mut device, chunks) = Device::with_note(1);
    let mut other = Device::new(2);
    other.receive(&chunks);
    let now = UnixMillis(NOW.0 + 60_000);
    let note = add_note(NoteId([7; 16]), "från den andra");
    let made = other.board.commit(now, &mut other.rng, &[note]).unwrap();
    let made: Vec<Vec<u8>> = made.changes.into_iter().map(|(_, chunk)| chunk).collect();
    device.receive(&made);
    let text = device.board.view().notes[&NOTE].text.unwrap();
    device.one(Command::CommitDraft(Draft {
        text,
        base_revision: None,
        base: "hej".into(),
        own: "hej då".into(),
        edits: Vec::new(),
    }));
    device
}

#[test]
fn played_forward_step_by_step_it_becomes_the_board() {
    let device = board();
    let mut past = Past::of(&device.board);
    assert_eq!((past.steps(), past.at(), past.when()), (4, 0, None));
    let mut page = View::empty(BOARD);
    let mut notes = Vec::new();
    for at in 1..=past.steps() {
        let Turn::Forward(delta) = past.go(at) else {
            panic!("forward needs no whole board")
        };
        page.apply(&delta);
        notes.push(page.notes.len());
    }
    assert_eq!(notes, [0, 1, 2, 2]);
    assert_eq!(plain(&page), plain(device.board.view()));
}

#[test]
fn it_can_be_seen_at_any_time() {
    let device = board();
    let mut past = Past::of(&device.board);
    past.go(usize::MAX);
    assert_eq!(past.at(), 4);
    let Turn::Whole(view) = past.go(2) else {
        panic!("backward is whole")
    };
    assert_eq!(view.text(view.notes[&NOTE].text), "hej");
    assert_eq!(view.notes.len(), 1);
    let Turn::Forward(delta) = past.go(4) else {
        panic!("forward")
    };
    let mut view = *view;
    view.apply(&delta);
    assert_eq!(plain(&view), plain(device.board.view()));
}

#[test]
fn nothing_comes_before_what_it_builds_on_whatever_clocks_say() {
    let device = board();
    let mut past = Past::of(&device.board);
    let mut last = UnixMillis(0);
    for at in 1..=past.steps() {
        past.go(at);
        assert!(past.when().unwrap() >= last);
        last = past.when().unwrap();
    }
    // The last step builds on the other's note, whose clock was a minute ahead.
    assert_eq!(last, UnixMillis(NOW.0 + 60_000));
}
