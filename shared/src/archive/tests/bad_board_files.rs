//! Board files: whole ones come back as they were, and every other one says what is wrong.

use minicbor::Encoder;
use minicbor::data::Tag;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::archive::board_file::{MAX_BYTES, MAX_ITEMS};
use crate::archive::{BoardFile, BoardFileError};
use crate::ids::BoardId;
use crate::seal::VerifyKeys;

fn whole() -> BoardFile {
    let keys = VerifyKeys {
        facilitator: [1; 32],
        participant: [2; 32],
    };
    BoardFile {
        board: keys.board(),
        keys: Some(keys),
        title: "Vård och omsorg 🌲".into(),
        registers: vec![vec![1; 200], vec![2; 9]],
        final_snapshot: Some(vec![4; 70]),
        document: vec![5; 300],
        waiting: vec![vec![6; 10]],
    }
}

/// A key of the map and what writes its value.
type Entry<'a> = (u32, &'a dyn Fn(&mut Encoder<&mut Vec<u8>>));

/// A file with these entries, written as anyone could write it.
fn file(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut to = Encoder::new(&mut bytes);
    let count = u64::try_from(entries.len()).unwrap();
    to.tag(Tag::new(55_799)).unwrap().map(count).unwrap();
    for (key, value) in entries {
        to.u32(*key).unwrap();
        value(&mut to);
    }
    bytes
}

const FORMAT: Entry<'static> = (0, &|to| drop(to.str("samsyn-board")));

fn damaged_field(bytes: &[u8]) -> &'static str {
    match BoardFile::read(bytes) {
        Err(BoardFileError::Damaged { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_board_file_is_read_as_it_was_written() {
    let bare = BoardFile {
        board: BoardId([7; 32]),
        keys: None,
        title: String::new(),
        registers: Vec::new(),
        final_snapshot: None,
        document: Vec::new(),
        waiting: Vec::new(),
    };
    for file in [whole(), bare] {
        assert_eq!(BoardFile::read(&file.write()), Ok(file));
    }
}

#[test]
fn the_bytes_of_version_1_never_change() {
    let hash = blake3::hash(&whole().write());
    assert_eq!(
        hash.to_hex().as_str(),
        "eec8ac4aeb87696cb712a58dd94e608e3c1d97cfcf10fe931b95e04afb55773d"
    );
}

#[test]
fn a_board_file_cut_anywhere_is_refused() {
    let bytes = whole().write();
    for length in 0..bytes.len() {
        assert!(BoardFile::read(&bytes[..length]).is_err(), "{length}");
    }
    let longer = [bytes, vec![0]].concat();
    assert_eq!(damaged_field(&longer), "the end");
}

#[test]
fn keys_of_another_board_are_refused() {
    let forged = BoardFile {
        board: BoardId([7; 32]),
        ..whole()
    };
    assert_eq!(
        BoardFile::read(&forged.write()),
        Err(BoardFileError::KeysOfAnotherBoard)
    );
}

#[test]
fn a_board_file_of_a_future_version_is_named_whatever_else_it_holds() {
    let newer = file(&[
        FORMAT,
        (1, &|to| drop(to.u32(2))),
        (2, &|to| drop(to.bool(true))),
    ]);
    let error = BoardFile::read(&newer).unwrap_err();
    assert_eq!(
        error,
        BoardFileError::FutureVersion {
            version: 2,
            known: 1
        }
    );
    assert!(error.to_string().contains("version 2"));
}

#[test]
fn fields_of_later_programs_are_passed_over() {
    let bytes = file(&[
        (99, &|to| {
            drop(
                to.array(1)
                    .unwrap()
                    .map(1)
                    .unwrap()
                    .bool(true)
                    .unwrap()
                    .null(),
            )
        }),
        FORMAT,
        (1, &|to| drop(to.u32(1))),
        (2, &|to| drop(to.bytes(&[7; 32]))),
        (6, &|to| drop(to.bytes(b"dokument"))),
        (u32::MAX, &|to| drop(to.str("?"))),
    ]);
    let read = BoardFile::read(&bytes).unwrap();
    assert_eq!(
        (read.board, read.document),
        (BoardId([7; 32]), b"dokument".to_vec())
    );
}

#[test]
fn what_is_missing_or_of_the_wrong_shape_is_named() {
    let version: Entry<'_> = (1, &|to| drop(to.u32(1)));
    assert_eq!(damaged_field(&file(&[FORMAT])), "version");
    assert_eq!(damaged_field(&file(&[FORMAT, version])), "board_id");
    assert_eq!(
        damaged_field(&file(&[
            FORMAT,
            version,
            (2, &|to| drop(to.bytes(&[7; 31])))
        ])),
        "board_id"
    );
    assert_eq!(
        damaged_field(&file(&[
            FORMAT,
            version,
            (2, &|to| drop(to.bytes(&[7; 32])))
        ])),
        "document"
    );
    assert_eq!(
        damaged_field(&file(&[FORMAT, version, (4, &|to| drop(to.u32(3)))])),
        "registers"
    );
    assert_eq!(
        damaged_field(&file(&[
            FORMAT,
            version,
            (3, &|to| drop(to.array(1).unwrap().u8(1)))
        ])),
        "keys"
    );
}

#[test]
fn a_file_that_would_fill_the_device_is_refused() {
    let mut bytes = vec![0; MAX_BYTES + 1];
    bytes[..3].copy_from_slice(&[0xd9, 0xd9, 0xf7]);
    assert!(matches!(
        BoardFile::read(&bytes),
        Err(BoardFileError::TooLarge { .. })
    ));
    let crowded = BoardFile {
        waiting: vec![Vec::new(); MAX_ITEMS + 1],
        ..whole()
    };
    assert_eq!(damaged_field(&crowded.write()), "waiting");
    let lying = [&[0xd9, 0xd9, 0xf7, 0xbb][..], &[0xff; 8]].concat();
    assert!(BoardFile::read(&lying).is_err());
}

#[test]
fn nesting_without_end_is_an_error_and_not_a_crash() {
    for opening in [0x81, 0x9f, 0xa1, 0xbf, 0xc1] {
        let deep = vec![opening; 1_000_000];
        let bytes = [&[0xd9, 0xd9, 0xf7, 0xa1, 0x18, 99][..], &deep].concat();
        assert!(BoardFile::read(&bytes).is_err());
    }
}

#[test]
fn other_files_are_no_board_files() {
    for bytes in [
        &b""[..],
        b"{}",
        b"\x89PNG",
        b"\xd9\xd9\xf6\xa0",
        b"\xd9\xd9\xf7\xa0",
        b"\xd9\xd9\xf7\x80",
    ] {
        assert_eq!(BoardFile::read(bytes), Err(BoardFileError::NotABoardFile));
    }
}

proptest! {
    #[test]
    fn a_flipped_bit_never_crashes_the_reader(at in 0_usize..700, bit in 0_u8..8) {
        let mut bytes = whole().write();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let _ = BoardFile::read(&bytes);
    }
}
