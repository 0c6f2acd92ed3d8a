//! A backup is whole, is what it was made of, and comes from damage only if asked.

use std::fs;

use samsyn_shared::ids::{BoardId, Seq};
use samsyn_shared::registers::{BoardState, RegisterSet};
use tempfile::TempDir;

use super::*;
use crate::inspect::tests::{append, board};
use crate::inspect::{Verdict, look};
use crate::log::sled::wait_until_free;
use crate::log::{Log, SledLog};

const CACHE: u64 = 8 << 20;

fn filled() -> TempDir {
    let data = TempDir::new().unwrap();
    let log = SledLog::open(&data.path().join("log"), CACHE).unwrap();
    for n in 1..=2 {
        let keys = board(n);
        let paused = RegisterSet::default().seal_state(&keys, &BoardState::Paused);
        let long = keys.seal_changes("lång ".repeat(9_000).as_bytes()).unwrap();
        let short = keys.seal_changes(b"kort").unwrap();
        let group = [paused.unwrap(), long, short].map(|sealed| append(&keys, sealed));
        log.append(&group).unwrap();
    }
    data
}

fn remove_entry(data: &TempDir, board: &BoardId, seq: u64) {
    let folder = data.path().join("log");
    wait_until_free(&folder).unwrap();
    let tree = ::sled::open(&folder).unwrap();
    let (seq, part) = (seq.to_be_bytes(), [0, 0]);
    let key = [b"e".as_slice(), board.as_bytes(), &seq, &part].concat();
    tree.remove(key).unwrap().unwrap();
    tree.flush().unwrap();
    drop(tree);
    wait_until_free(&folder).unwrap();
}

fn verdict(out: &Path) -> Verdict {
    look(&out.join("log"), &std::env::temp_dir())
        .unwrap()
        .verdict()
}

#[test]
fn a_backup_of_a_folder_at_rest_is_the_same_log() {
    let data = filled();
    let out = data.path().join("copy");
    let saved = backup(data.path(), &out, Damage::Refuse).unwrap();
    assert_eq!((saved.boards, saved.entries), (2, 6));
    assert_eq!(verdict(&out), Verdict::Whole);
    let names = fs::read_dir(data.path()).unwrap().count();
    assert_eq!(names, 2, "nothing else is left beside it");
    let open = |folder: &Path| SledLog::open(&folder.join("log"), CACHE).unwrap();
    let (before, after) = (open(data.path()), open(&out));
    for id in before.boards().unwrap() {
        assert_eq!(before.image(&id), after.image(&id));
        let all = |log: &SledLog| log.read(&id, Seq(0), usize::MAX).unwrap();
        assert_eq!(all(&before), all(&after));
        assert_eq!(before.registers(&id), after.registers(&id));
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let data = filled();
    let error = backup(data.path(), data.path(), Damage::Refuse).unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)), "{error}");
    let empty = TempDir::new().unwrap();
    backup(data.path(), empty.path(), Damage::Refuse).unwrap();
    assert_eq!(verdict(empty.path()), Verdict::Whole);
}

#[test]
fn damage_leaves_no_backup_unless_the_rest_is_asked_for() {
    let data = filled();
    remove_entry(&data, &board(1).board(), 3);
    // The state names an entry that is gone.
    let out = data.path().join("copy");
    let error = backup(data.path(), &out, Damage::Refuse).unwrap_err();
    assert!(error.is_damage(), "{error:?}");
    assert!(error.to_string().contains("--what-survives"), "{error}");
    assert!(!out.exists());
    let saved = backup(data.path(), &out, Damage::CutOff).unwrap();
    assert_eq!((saved.boards, saved.entries), (2, 5));
    assert_eq!(verdict(&out), Verdict::Whole);
    assert!(
        SledLog::open(&out.join("log"), CACHE).is_ok(),
        "it can be served"
    );
}

#[test]
fn a_stream_without_its_end_is_no_backup() {
    let data = filled();
    let log = SledLog::open(&data.path().join("log"), CACHE).unwrap();
    let mut frames = Vec::new();
    let sent: Result<(), BackupError> = send(&log, Damage::Refuse, |frame| {
        frames.push(frame);
        Ok(())
    });
    sent.unwrap();
    let out = TempDir::new().unwrap();
    let out = out.path().join("copy");
    for left_out in 0..frames.len() {
        let mut target = Target::begin(&out).unwrap();
        let rest = frames.iter().enumerate().filter(|(n, _)| *n != left_out);
        let mut rest = rest.map(|(_, frame)| frame.clone());
        let taken = rest.try_for_each(|frame| target.take(frame));
        assert!(
            taken.is_err() || target.finish().is_err(),
            "without {left_out}"
        );
        assert!(!out.exists());
    }
}
