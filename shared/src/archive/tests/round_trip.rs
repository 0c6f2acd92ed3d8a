//! Out and back: the same board again, but for its id and the time of the export.

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::arbitrary;
use crate::archive::{Archive, Bytes, import_commands, sample};
use crate::board::Board;
use crate::export::{Words, markdown, outline};
use crate::ids::BoardId;
use crate::templates::Language;
use crate::time::UnixMillis;

const LEDNINGSGRUPP: &str = include_str!("../../../../tests/fixtures/ledningsgrupp.json");

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([11; 32])
}

/// A board made from an archive, under another id and at another time.
fn imported(archive: &Archive) -> Board {
    let mut board = Board::new(BoardId([9; 32]));
    let commands = import_commands(&mut rng(), archive);
    board.commit(UnixMillis(5), &mut rng(), &commands).unwrap();
    board
}

/// The archive of `board` as if it were `archive`'s: with its id, its time and its program.
fn archived_as(board: &Board, archive: &Archive) -> Archive {
    Archive {
        board_id: archive.board_id,
        app: archive.app.clone(),
        ..Archive::of(board.view(), &archive.title, &[], archive.exported.0)
    }
}

/// The same records in the order of their ids.
fn by_id(mut archive: Archive) -> Archive {
    archive.people.sort_by_key(|it| it.id);
    archive.sections.sort_by_key(|it| it.id);
    archive.notes.sort_by_key(|it| it.id);
    archive.rules.sort_by_key(|it| it.id);
    archive.crosses.sort_by_key(|it| it.id);
    archive
}

fn check_round_trip(archive: Archive) {
    let again = archived_as(&imported(&archive), &archive);
    let twice = archived_as(&imported(&again), &archive);
    assert_same(&again, &twice);
    assert_same(&by_id(again), &by_id(archive));
}

/// Shows the first line that differs, because a whole archive is more than anyone reads.
fn assert_same(left: &Archive, right: &Archive) {
    let [left, right] = [left, right].map(|it| String::from_utf8(it.to_json()).unwrap());
    for (left, right) in left.lines().zip(right.lines()) {
        assert_eq!(left, right);
    }
    assert_eq!(left.lines().count(), right.lines().count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(target_arch = "wasm32") { 8 } else { 64 }))]

    #[test]
    fn an_imported_board_is_archived_as_the_same_board(archive in arbitrary::archive()) {
        check_round_trip(archive);
    }

    #[test]
    fn an_archive_is_read_as_it_was_written(archive in arbitrary::archive()) {
        prop_assert_eq!(Archive::parse(&archive.to_json()), Ok(archive));
    }
}

#[test]
fn the_management_group_comes_back_byte_for_byte() {
    let archive = Archive::parse(LEDNINGSGRUPP.as_bytes()).unwrap();
    assert_eq!(archive.notes.len(), 60);
    let again = archived_as(&imported(&archive), &archive);
    assert_eq!(String::from_utf8(again.to_json()).unwrap(), LEDNINGSGRUPP);
}

#[test]
fn a_board_stored_after_its_import_is_the_same_board_when_it_is_opened() {
    let archive = Archive::parse(LEDNINGSGRUPP.as_bytes()).unwrap();
    let saved = imported(&archive).save();
    let (board, _) = Board::load(BoardId([9; 32]), &[&saved]);
    assert_eq!(archived_as(&board, &archive), archive);
}

#[test]
fn records_without_an_order_key_come_last_and_stay_in_the_order_of_the_file() {
    let mut archive = sample::wall(&mut rng(), 12);
    let keyed = archive.notes.pop().unwrap();
    for note in &mut archive.notes {
        note.order = String::new();
    }
    archive.notes.push(keyed);
    let ids = |archive: &Archive| archive.notes.iter().map(|it| it.id).collect::<Vec<_>>();
    let mut expected = ids(&archive);
    expected.rotate_right(1);
    assert_eq!(ids(&archived_as(&imported(&archive), &archive)), expected);
}

#[test]
fn a_text_too_long_for_one_change_comes_through_whole() {
    let mut archive = sample::wall(&mut rng(), 1);
    archive.notes[0].text = "Åsa 👩‍👩‍👧‍👦 bor i O\u{308}rebro.\n".repeat(1_500);
    check_round_trip(archive);
}

#[test]
fn registers_are_carried_verbatim_and_in_one_order() {
    let envelopes = [vec![3, 0, 255], vec![1; 300], Vec::new()];
    let board = Board::new(BoardId([9; 32]));
    let archive = Archive::of(board.view(), "", &envelopes, UnixMillis(0));
    let parsed = Archive::parse(&archive.to_json()).unwrap();
    let expected = [Vec::new(), vec![1; 300], vec![3, 0, 255]].map(Bytes);
    assert_eq!(parsed.registers, expected);
}

#[test]
fn what_a_newer_program_adds_within_the_version_is_passed_over() {
    let marked = LEDNINGSGRUPP
        .replace(
            "\"people\": [",
            "\"mood\": {\"weather\": [1, 2, {}]},\n\"people\": [",
        )
        .replace("\"colour\": \"pink\"", "\"colour\": \"pink\", \"votes\": 3");
    assert_ne!(marked, LEDNINGSGRUPP);
    assert_eq!(
        Archive::parse(marked.as_bytes()),
        Archive::parse(LEDNINGSGRUPP.as_bytes())
    );
}

#[test]
fn the_list_of_the_management_group_reads_from_top_to_bottom() {
    let archive = Archive::parse(LEDNINGSGRUPP.as_bytes()).unwrap();
    let words = Words::of(Language::Sv);
    let blocks = outline(imported(&archive).view(), &archive.title, words);
    let committed = include_str!("../../../../tests/fixtures/ledningsgrupp.md");
    assert_eq!(markdown(&blocks), committed);
}
