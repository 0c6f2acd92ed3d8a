//! What is whole is called whole, and each kind of damage is found and said.

use std::fs;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::ids::{BoardId, Epoch, Seq, Slot};
use samsyn_shared::registers::RegisterSet;
use samsyn_shared::seal::BoardKeys;
use tempfile::TempDir;

use super::*;
use crate::log::{Append, Birth, Keys, Place, SledLog, envelope_hash};

const CACHE: u64 = 8 << 20;

pub(crate) fn board(n: u64) -> BoardKeys {
    BoardKeys::generate(&mut ChaCha20Rng::seed_from_u64(n))
}

pub(crate) fn append(keys: &BoardKeys, envelope: Vec<u8>) -> Append {
    let verify = keys.verify_keys().unwrap();
    let place = match verify
        .verify(envelope.clone())
        .map(|it| it.header().kind.clone())
    {
        Ok(samsyn_shared::seal::Kind::Register(header)) => Place::Register(header.slot),
        _ => Place::Stream,
    };
    Append {
        board: keys.board(),
        birth: Birth {
            epoch: Epoch([1; 16]),
            keys: Keys {
                facilitator: verify.facilitator,
                participant: verify.participant,
            },
        },
        hash: envelope_hash(&envelope),
        place,
        parts: 0,
        envelope: Arc::from(envelope),
    }
}

/// A folder with two boards: one of ten changes, one of a change and a state that pauses it.
fn folder() -> (TempDir, [BoardKeys; 2]) {
    let data = TempDir::new().unwrap();
    let keys = [board(1), board(2)];
    let log = SledLog::open(&data.path().join("log"), CACHE).unwrap();
    for n in 0..10 {
        let sealed = keys[0].seal_changes(format!("{n}").as_bytes()).unwrap();
        log.append(&[append(&keys[0], sealed)]).unwrap();
    }
    let registers = RegisterSet::default();
    let paused = registers.seal_state(&keys[1], &BoardState::Paused).unwrap();
    let change = keys[1].seal_changes(b"ett").unwrap();
    log.append(&[append(&keys[1], change), append(&keys[1], paused)])
        .unwrap();
    (data, keys)
}

fn report(data: &TempDir) -> Report {
    let temp = TempDir::new().unwrap();
    let folder = data::log_folder(data.path()).unwrap();
    let report = look(&folder, temp.path()).unwrap();
    assert_eq!(
        fs::read_dir(temp.path()).unwrap().count(),
        0,
        "the copy is gone"
    );
    report
}

fn found<'a>(report: &'a Report, id: &BoardId) -> &'a Board {
    report.boards.iter().find(|board| board.id == *id).unwrap()
}

fn edit(data: &TempDir, edit: impl FnOnce(&::sled::Db)) {
    let folder = data.path().join("log");
    crate::log::sled::wait_until_free(&folder).unwrap();
    let tree = ::sled::open(&folder).unwrap();
    edit(&tree);
    tree.flush().unwrap();
    drop(tree);
    crate::log::sled::wait_until_free(&folder).unwrap();
}

fn key(kind: u8, board: &BoardId, rest: &[u8]) -> Vec<u8> {
    [&[kind], board.as_bytes().as_slice(), rest].concat()
}

#[test]
fn boards_that_are_whole_are_told_with_their_size_and_state() {
    let (data, keys) = folder();
    let report = report(&data);
    assert_eq!(report.verdict(), Verdict::Whole, "{report:?}");
    let paused = found(&report, &keys[1].board());
    assert_eq!((paused.entries, paused.registers), (2, 1));
    assert_eq!(paused.state, Some(BoardState::Paused));
    assert!(paused.used.unwrap().first.is_some());
    assert_eq!(found(&report, &keys[0].board()).entries, 10);
    assert_eq!(report.json()["boards"].as_array().unwrap().len(), 2);
    assert!(report.sentence().contains("All 2 boards"));
}

#[test]
fn nothing_is_changed_and_a_torn_index_costs_nothing() {
    let (data, _) = folder();
    let log = data.path().join("log");
    fs::write(log.join("snap.0000000000000000"), b"torn").unwrap();
    let listing = |folder: &std::path::Path| {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let path = entry.unwrap().path();
            let bytes = if path.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            (path, bytes)
        };
        let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(entry).collect();
        all.sort();
        all
    };
    let before = listing(&log);
    let report = report(&data);
    assert_eq!(report.verdict(), Verdict::Whole);
    assert_eq!(report.notes.len(), 1);
    assert!(listing(&log) == before);
}

#[test]
fn a_folder_without_boards_is_said_and_not_called_whole() {
    let data = TempDir::new().unwrap();
    let error = data::log_folder(data.path()).unwrap_err();
    assert!(error.to_string().contains("there are no boards"));
}

#[test]
fn what_is_in_use_is_left_alone() {
    let (data, _) = folder();
    let log = data.path().join("log");
    let _relay = SledLog::open(&log, CACHE).unwrap();
    let error = look(&log, data.path()).unwrap_err().to_string();
    assert!(error.contains("samsyn backup"), "{error}");
}

#[test]
fn a_database_cut_short_is_damage_with_a_sentence() {
    let (data, _) = folder();
    let db = data.path().join("log").join("db");
    let bytes = fs::read(&db).unwrap();
    fs::write(&db, &bytes[..bytes.len() / 2]).unwrap();
    let report = report(&data);
    assert_eq!(report.verdict(), Verdict::Damaged);
    assert!(
        report.sentence().contains("Put back a backup"),
        "{report:?}"
    );
    assert!(fs::read(&db).unwrap().len() == bytes.len() / 2);
}

#[test]
fn a_missing_entry_leaves_what_is_before_it() {
    let (data, keys) = folder();
    let id = keys[0].board();
    edit(&data, |tree| {
        let seq = [7u64.to_be_bytes().as_slice(), &[0, 0]].concat();
        tree.remove(key(b'e', &id, &seq)).unwrap();
    });
    let report = report(&data);
    let board = found(&report, &id);
    assert_eq!(board.entries, 6);
    assert!(
        board.problems.iter().any(|it| it.contains("up to 6 of 10")),
        "{board:?}"
    );
    assert!(found(&report, &keys[1].board()).is_whole());
    assert!(report.sentence().contains("1 of 2 boards"));
}

#[test]
fn a_slot_that_points_elsewhere_is_found() {
    let (data, keys) = folder();
    let id = keys[1].board();
    edit(&data, |tree| {
        tree.insert(
            key(b'r', &id, Slot([9; 32]).as_bytes()),
            &Seq(1).0.to_be_bytes(),
        )
        .unwrap();
    });
    let report = report(&data);
    assert!(
        found(&report, &id).problems[0].contains("slots"),
        "{report:?}"
    );
}

#[test]
fn an_entry_that_no_key_signed_or_no_hash_finds_is_counted() {
    let (data, keys) = folder();
    let log = data.path().join("log");
    let mut forged = keys[0].seal_changes(b"x").unwrap();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    {
        let log = SledLog::open(&log, CACHE).unwrap();
        log.append(&[append(&keys[0], forged)]).unwrap();
    }
    let id = keys[1].board();
    edit(&data, |tree| {
        let row = tree
            .scan_prefix(key(b'h', &id, &[]))
            .next()
            .unwrap()
            .unwrap();
        tree.remove(row.0).unwrap();
    });
    let report = report(&data);
    let said = |keys: &BoardKeys| found(&report, &keys.board()).problems.join(" ");
    assert!(
        said(&keys[0]).contains("1 entries are not signed"),
        "{report:?}"
    );
    assert!(
        said(&keys[1]).contains("1 entries are missing from the index"),
        "{report:?}"
    );
}

#[test]
fn sizes_are_for_people() {
    assert_eq!(bytes(999), "999 bytes");
    assert_eq!(bytes(1_536), "1.5 KiB");
    assert_eq!(bytes(3 << 30), "3.0 GiB");
}
