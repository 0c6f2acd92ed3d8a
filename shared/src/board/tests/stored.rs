//! What a device stored is what it opens again, whole or in pieces, and a damaged piece costs only itself.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::changes_in;

#[test]
fn a_saved_board_opens_as_it_was() {
    let (device, _) = Device::with_note(1);
    let saved = device.board.save();
    let (again, report) = Board::load(BOARD, &[&saved]);
    assert_eq!((report.applied, report.held.len()), (2, 0));
    assert_eq!(again.heads(), device.board.heads());
    assert_eq!(plain(again.view()), plain(device.board.view()));
}

#[test]
fn chunks_open_in_any_order_and_beside_a_save() {
    let (mut device, mut chunks) = Device::with_note(1);
    let saved = device.board.save();
    chunks.push(device.one(add_note(NoteId([4; 16]), "till")));
    chunks.reverse();
    let all: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let (from_chunks, report) = Board::load(BOARD, &all);
    assert_eq!((report.applied, report.waiting.len()), (3, 0));
    let (from_both, report) = Board::load(BOARD, &[all[0], &saved, all[1]]);
    assert_eq!(
        (report.applied, report.waiting.len(), report.held.len()),
        (3, 0, 0)
    );
    for board in [from_chunks, from_both] {
        assert_eq!(board.heads(), device.board.heads());
        assert_eq!(plain(board.view()), plain(device.board.view()));
    }
}

#[test]
fn an_opened_board_goes_on() {
    let (device, _) = Device::with_note(1);
    let (board, _) = Board::load(BOARD, &[&device.board.save()]);
    let mut again = Device {
        board,
        rng: rng(44),
    };
    let chunk = again.one(add_note(NoteId([4; 16]), "vidare"));
    let mut device = device;
    let verdicts = device.receive(&[chunk.clone()]).verdicts;
    assert_eq!(verdicts, [Verdict::Applied(hash(&chunk))]);
    assert_ne!(device.board.actors(), again.board.actors());
}

#[test]
fn a_damaged_chunk_costs_only_itself() {
    let (_, mut chunks) = Device::with_note(1);
    let at = chunks[1].len() / 2;
    chunks[1][at] ^= 1;
    let all: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let (board, report) = Board::load(BOARD, &all);
    assert_eq!((report.applied, report.held.len()), (1, 1));
    assert!(board.view().sections.contains_key(&WALL));
    let damaged = [0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 0, 1, 2];
    let (_, report) = Board::load(BOARD, &[&damaged]);
    assert_eq!(report.held.len(), 1);
}

#[test]
fn a_saved_document_that_holds_a_poison_is_admitted_without_it() {
    let (device, _) = Device::with_note(1);
    let poison = foreign(&device, 0xee, |change| {
        change.put(automerge::ROOT, "x", 1).unwrap()
    });
    let mut document = document::load(&device.board.save()).unwrap();
    document
        .apply_changes([Change::try_from(poison.as_slice()).unwrap()])
        .unwrap();
    let (board, report) = Board::load(BOARD, &[&document.save()]);
    assert_eq!((report.applied, report.held.len()), (2, 1));
    assert_eq!(board.heads(), device.board.heads());
    assert_eq!(plain(board.view()), plain(device.board.view()));
}

#[test]
fn a_board_file_merges_without_a_network() {
    let (one, _) = Device::with_note(1);
    let mut other = Device::new(2);
    let changes = changes_in(&one.board.save()).unwrap();
    let receipt = other.receive(&changes);
    assert!(
        !receipt
            .verdicts
            .iter()
            .any(|it| matches!(it, Verdict::Held { .. }))
    );
    assert_eq!(plain(one.board.view()), plain(other.board.view()));
    assert!(changes_in(b"nothing").is_err());
}

#[test]
fn the_fixed_changes_are_known_and_never_listed() {
    let (device, chunks) = Device::with_note(1);
    let hashes: Vec<ChangeHash> = chunks.iter().map(|it| hash(it)).collect();
    assert_eq!(device.board.changes_after(&[]), hashes);
    assert_eq!(device.board.changes_after(&hashes[..1]), hashes[1..]);
    assert_eq!(device.board.changes_after(&device.board.heads()), []);
    assert_eq!(device.board.changes_after(&[ChangeHash([9; 32])]), hashes);
    let home = crate::board::home::change(&BOARD).0;
    assert!(device.board.contains(&home));
    assert_eq!(device.board.deps(&hashes[0]), Some(vec![home]));
    assert_eq!(device.board.deps(&ChangeHash([9; 32])), None);
}

#[test]
fn a_change_that_came_too_early_is_released() {
    let (_, chunks) = Device::with_note(1);
    let mut other = Device::new(2);
    let early = other.receive(&[chunks[1].clone()]);
    assert_eq!(early.verdicts, [Verdict::Waiting(hash(&chunks[1]))]);
    assert_eq!(
        other.board.chunk(&hash(&chunks[1])).as_ref(),
        Some(&chunks[1])
    );
    let receipt = other.receive(&[chunks[0].clone()]);
    assert_eq!(receipt.released, [Verdict::Applied(hash(&chunks[1]))]);
    assert!(other.board.view().notes.contains_key(&NOTE));
    let again = other.receive(&chunks);
    assert!(
        again
            .verdicts
            .iter()
            .all(|it| matches!(it, Verdict::Known(_)))
    );
    // Within one call nobody needs to know that it waited.
    let receipt = Device::new(3).receive(&[chunks[1].clone(), chunks[0].clone()]);
    assert!(
        receipt
            .verdicts
            .iter()
            .all(|it| matches!(it, Verdict::Applied(_)))
    );
    assert_eq!(receipt.released, []);
}
