//! However many loose heads somebody makes, everybody else goes on, in small changes that all devices take.

use automerge::ObjType;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::chunk::{self, MAX_DEPENDENCIES, MAX_RAW};
use crate::board::commit::LOOSE_HEADS;
use crate::board::history::MAX_CLOCK_UNITS;
use crate::board::home::{self, Container};
use crate::ids::Actor;
use crate::records::MAX_TEXT;

/// As many as a participant can make within minutes.
const BURST: usize = 3_000;

/// Changes that know nothing of each other, each by an actor of its own and upon the home alone.
fn burst(count: usize) -> Vec<Vec<u8>> {
    let model = foreign(&Device::new(99), 0xee, |change| {
        let notes = home::container(&BOARD, Container::Notes);
        change.put_object(notes, "00", ObjType::Map).unwrap();
    });
    (0..count)
        .map(|number| {
            altered(&model, |it| {
                let mut actor = [0x55; 16];
                actor[..8].copy_from_slice(&(number as u64).to_be_bytes());
                it.actor_id = ActorId::from(actor.as_slice());
                it.operations[0].key = automerge::legacy::Key::Map(format!("{number:04}").into());
            })
        })
        .collect()
}

/// A device that has had a note since before the heads came.
fn under_attack(seed: u64, heads: &[Vec<u8>]) -> Device {
    let mut device = Device::new(seed);
    device.receive(&Device::with_note(1).1);
    let verdicts = device.receive(heads).verdicts;
    assert!(verdicts.iter().all(|it| matches!(it, Verdict::Applied(_))));
    device
}

fn chunks_of(committed: Committed) -> Vec<Vec<u8>> {
    committed.changes.into_iter().map(|it| it.1).collect()
}

fn takes_all(device: &mut Device, chunks: &[Vec<u8>]) {
    let verdicts = device.receive(chunks).verdicts;
    assert!(verdicts.iter().all(|it| matches!(it, Verdict::Applied(_))));
}

fn opens_again(device: &Device) {
    let (again, report) = Board::load(BOARD, &[&device.board.save()]);
    assert_eq!((report.held, report.waiting), (vec![], vec![]));
    assert_eq!(again.heads(), device.board.heads());
    assert_eq!(plain(again.view()), plain(device.board.view()));
    let chunks = device.chunks();
    let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let (again, report) = Board::load(BOARD, &chunks);
    assert_eq!((report.held, report.waiting), (vec![], vec![]));
    assert_eq!(again.heads(), device.board.heads());
}

#[test]
fn a_note_is_written_in_small_changes_however_many_heads_there_are() {
    let heads = burst(BURST);
    let (mut one, mut other) = (under_attack(2, &heads), under_attack(3, &heads));
    let first = chunks_of(one.all(&[add_note(NoteId([4; 16]), "trots allt")]));
    // Each knot takes up all but one of the heads it is upon; the rest goes with the note.
    assert!(first.len() <= BURST / (MAX_DEPENDENCIES - 2) + 2);
    assert!(first.iter().all(|chunk| chunk.len() <= MAX_RAW / 4));
    assert_eq!(one.board.heads().len(), 1);
    takes_all(&mut other, &first);
    // What was tied stays tied: the next note is one change upon one other.
    let second = chunks_of(one.all(&[add_note(NoteId([5; 16]), "och en till")]));
    assert_eq!(second.len(), 1);
    assert_eq!(chunk::read(&second[0]).unwrap().deps.len(), 1);
    takes_all(&mut other, &second);
    assert_eq!(plain(one.board.view()), plain(other.board.view()));
    assert_eq!(one.board.heads(), other.board.heads());
    opens_again(&one);
}

#[test]
fn two_who_tie_the_same_heads_at_once_meet_again() {
    let heads = burst(700);
    let (mut one, mut other) = (under_attack(2, &heads), under_attack(3, &heads));
    let mine = chunks_of(one.all(&[add_note(NoteId([4; 16]), "min")]));
    let yours = chunks_of(other.all(&[add_note(NoteId([5; 16]), "din")]));
    takes_all(&mut one, &yours);
    takes_all(&mut other, &mine);
    assert_eq!(one.board.heads(), other.board.heads());
    assert_eq!(plain(one.board.view()), plain(other.board.view()));
    // More heads come to a device whose own former change is no head any more.
    let more = &burst(1_400)[700..];
    takes_all(&mut one, more);
    let third = chunks_of(one.all(&[add_note(NoteId([6; 16]), "igen")]));
    assert!(third.len() > 1);
    takes_all(&mut other, more);
    takes_all(&mut other, &third);
    assert_eq!(one.board.heads(), other.board.heads());
    opens_again(&one);
    opens_again(&other);
}

#[test]
fn a_room_full_of_people_ties_nothing() {
    let heads = burst(60);
    let mut device = under_attack(2, &heads);
    assert_eq!(
        device.all(&[add_note(NoteId([4; 16]), "en")]).changes.len(),
        1
    );
}

#[test]
fn the_largest_changes_have_room_for_every_head_that_is_left_loose() {
    let heads = burst(LOOSE_HEADS - 1);
    let (mut one, mut other) = (under_attack(2, &heads), under_attack(3, &heads));
    assert_eq!(one.board.heads().len(), LOOSE_HEADS);
    let long = "ö".repeat(MAX_TEXT);
    let chunks = chunks_of(one.all(&[add_note(NoteId([4; 16]), &long)]));
    let first = chunk::read(&chunks[0]).unwrap();
    assert_eq!(first.deps.len(), LOOSE_HEADS);
    assert!(chunks.iter().all(|chunk| chunk.len() <= MAX_RAW));
    takes_all(&mut other, &chunks);
}

#[test]
fn a_change_upon_too_many_others_is_held() {
    let heads = burst(MAX_DEPENDENCIES + 1);
    let mut device = under_attack(2, &heads);
    let upon = |count: usize| {
        let mut deps: Vec<ChangeHash> = heads[..count].iter().map(|it| hash(it)).collect();
        deps.sort_unstable();
        let start = 1 + chunk::read(&heads[0]).unwrap().max_op();
        chunk::knot(&deps, &Actor([9; 16]), 1, start, 0).1
    };
    assert!(held(&mut device, upon(MAX_DEPENDENCIES + 1)).contains("more than 256 others"));
    assert!(held(&mut device, upon(1)).contains("nor ties"));
    takes_all(&mut device, &[upon(MAX_DEPENDENCIES)]);
    device.one(add_note(NoteId([4; 16]), "efter"));
    opens_again(&device);
}

#[test]
fn many_heads_by_many_actors_take_little_memory() {
    let heads = burst(BURST);
    let mut device = under_attack(2, &heads);
    assert!(device.board.history.clock_units() <= MAX_CLOCK_UNITS);
    // What is not kept is computed again: beyond the first of them are the others, the wall and the note.
    let beyond = device.board.changes_after(&[hash(&heads[0])]);
    assert_eq!(beyond.len(), BURST - 1 + 2);
    device.all(&[add_note(NoteId([4; 16]), "efter")]);
    assert_eq!(device.board.changes_after(&device.board.heads()), []);
    assert!(device.board.history.clock_units() <= MAX_CLOCK_UNITS);
}
