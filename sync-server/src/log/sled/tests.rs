//! The disk log keeps the suite's promises, and says what it finds when a disk did not.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use samsyn_shared::ids::Seq;
use tempfile::TempDir;

use super::*;
use crate::log::Used;
use crate::log::conformance::{self, Begin, board, entry, register};

const CACHE: u64 = 8 * 1024 * 1024;

fn open(folder: &TempDir) -> Result<SledLog, LogError> {
    SledLog::open(&folder.path().join("log"), CACHE)
}

fn filled(entries: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    let log = open(&folder).unwrap();
    for n in 0..entries {
        log.append(&[entry(1, &n.to_be_bytes())]).unwrap();
    }
    folder
}

#[test]
fn the_disk_log_keeps_every_promise() {
    let mut folders = Vec::new();
    conformance::check(&mut |begin| {
        match begin {
            Begin::Empty => folders.push(TempDir::new().unwrap()),
            Begin::Again(log) => drop::<SledLog>(log),
        }
        open(folders.last().unwrap()).unwrap()
    });
}

#[test]
fn a_folder_in_use_says_what_to_do() {
    let folder = filled(1);
    let _first = open(&folder).unwrap();
    let error = open(&folder).err().unwrap();
    assert!(matches!(error, LogError::InUse { .. }), "{error:?}");
    assert!(error.to_string().contains("--data"));
}

#[test]
fn a_torn_snapshot_costs_no_entry() {
    let folder = filled(300);
    let log = folder.path().join("log");
    let snapshot = fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("snap.")
        })
        .unwrap_or_else(|| log.join("snap.0000000000000000"));
    fs::write(&snapshot, b"torn").unwrap();
    let opened = open(&folder).unwrap();
    assert_eq!(
        opened.read(&board(1), Seq(0), usize::MAX).unwrap().len(),
        300
    );
    let copies = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(copies, 2, "the folder as it was found is kept aside");
}

#[test]
fn an_emptied_database_is_damage_and_not_a_new_one() {
    let folder = filled(10);
    let log = folder.path().join("log");
    for name in fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if name.is_file() && !name.ends_with("samsyn-format") {
            fs::remove_file(name).unwrap();
        }
    }
    let error = open(&folder).err().unwrap();
    assert!(matches!(error, LogError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_later_format_is_left_alone() {
    let folder = filled(1);
    let path = folder.path().join("log");
    open::wait_until_free(&path).unwrap();
    let tree = sled::open(&path).unwrap();
    tree.insert(rows::FORMAT_KEY, &[9]).unwrap();
    tree.flush().unwrap();
    drop(tree);
    let error = open(&folder).err().unwrap();
    assert!(error.to_string().contains("format 9"), "{error}");
}

fn spoil(folder: &TempDir, key: &[u8], value: Option<&[u8]>) {
    let path = folder.path().join("log");
    open::wait_until_free(&path).unwrap();
    let tree = sled::open(&path).unwrap();
    match value {
        Some(value) => drop(tree.insert(key, value).unwrap()),
        None => drop(tree.remove(key).unwrap()),
    }
    tree.flush().unwrap();
}

#[test]
fn a_missing_entry_is_never_passed_over() {
    let folder = filled(10);
    spoil(&folder, &rows::entry_key(&board(1), Seq(5), 0), None);
    let log = open(&folder).unwrap();
    let error = log.read(&board(1), Seq(0), usize::MAX).unwrap_err();
    assert!(error.to_string().contains("entry 6"), "{error}");
}

#[test]
fn a_lost_tail_is_found_at_the_start() {
    let folder = filled(10);
    spoil(&folder, &rows::entry_key(&board(1), Seq(10), 0), None);
    assert!(matches!(open(&folder), Err(LogError::Damaged { .. })));
}

#[test]
fn a_changed_byte_is_found() {
    let folder = filled(3);
    let key = rows::entry_key(&board(1), Seq(2), 0);
    let (_, row) = rows::write_entry(Seq(1), &CHAIN_ZERO, b"annat")
        .next()
        .unwrap();
    spoil(&folder, &key, Some(&row));
    let log = open(&folder).unwrap();
    assert!(log.read(&board(1), Seq(0), usize::MAX).is_err());
    spoil_cut(log, &folder, &key);
}

/// A row too short to read is damage as well, not a panic.
fn spoil_cut(log: SledLog, folder: &TempDir, key: &[u8]) {
    drop(log);
    spoil(folder, key, Some(b"kort"));
    let log = open(folder).unwrap();
    assert!(log.read(&board(1), Seq(0), usize::MAX).is_err());
    assert!(log.chain_at(&board(1), Seq(2)).is_err());
}

/// Opens a folder with this as its database; then all is there, or nothing was touched.
fn open_spoilt(whole: &TempDir, db: &[u8], entries: usize) -> Option<LogError> {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    copy_folder(&whole.path().join("log"), &log).unwrap();
    fs::write(log.join("db"), db).unwrap();
    match open(&folder) {
        Ok(log) => {
            let all = log.read(&board(1), Seq(0), usize::MAX);
            assert!(all.is_err() || all.unwrap().len() == entries);
            None
        }
        Err(error) => {
            assert!(fs::read(log.join("db")).unwrap() == db, "it was changed");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            Some(error)
        }
    }
}

/// Large enough for several of sled's segments.
fn filled_well() -> (TempDir, Vec<u8>) {
    let folder = TempDir::new().unwrap();
    let log = open(&folder).unwrap();
    for n in 0..1_000u32 {
        log.append(&[entry(1, &n.to_be_bytes().repeat(400))])
            .unwrap();
    }
    drop(log);
    open::wait_until_free(&folder.path().join("log")).unwrap();
    let db = fs::read(folder.path().join("log").join("db")).unwrap();
    (folder, db)
}

#[test]
fn a_database_cut_short_is_refused_and_left_as_it_was() {
    let (whole, db) = filled_well();
    for eighth in 0..8 {
        let cut = &db[..db.len() * eighth / 8];
        let error = open_spoilt(&whole, cut, 1_000).unwrap();
        assert!(matches!(error, LogError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("samsyn inspect"), "{error}");
    }
}

#[test]
fn damaged_files_are_refused_and_left_as_they_were_or_all_is_there() {
    let (whole, db) = filled_well();
    let mut refused = 0;
    for at in (0..db.len()).step_by(db.len() / 12) {
        let mut damaged = db.clone();
        let spot = damaged[at..].iter_mut().take(4_096);
        spot.for_each(|byte| *byte ^= 0x5a);
        refused += usize::from(open_spoilt(&whole, &damaged, 1_000).is_some());
    }
    assert!(refused > 0);
}

#[test]
fn less_than_was_written_down_is_damage() {
    let folder = filled(10);
    let (path, mark) = (folder.path().join("log"), |entries| Mark {
        boards: 1,
        entries,
    });
    assert_eq!(Mark::read(&path), Some(mark(10)));
    mark(11).write(&path).unwrap();
    let error = open(&folder).err().unwrap().to_string();
    assert!(
        error.contains("at least 1 boards with 11 entries"),
        "{error}"
    );
    mark(10).write(&path).unwrap();
    assert!(open(&folder).is_ok());
}

const MONDAY: Today = || Day(20_000);
const TUESDAY: Today = || Day(20_001);

#[test]
fn the_day_of_use_is_remembered_and_reading_is_no_use() {
    let folder = TempDir::new().unwrap();
    let on = |day| SledLog::open_on(&folder.path().join("log"), CACHE, day).unwrap();
    let used = |first, last| {
        let (first, last) = (Some(Day(first)), Day(last));
        Ok(Some(Used { first, last }))
    };
    let log = on(MONDAY);
    log.append(&[entry(1, b"ett")]).unwrap();
    log.touch(&board(2)).unwrap();
    assert_eq!(log.used(&board(2)), Ok(None), "nobody's board");
    drop(log);
    let log = on(TUESDAY);
    log.read(&board(1), Seq(0), 1_000).unwrap();
    assert_eq!(log.used(&board(1)), used(20_000, 20_000));
    log.touch(&board(1)).unwrap();
    assert_eq!(log.used(&board(1)), used(20_000, 20_001));
    drop(log);
    spoil(&folder, &rows::used_key(&board(1)), None);
    let used = on(TUESDAY).used(&board(1)).unwrap().unwrap();
    assert_eq!((used.first, used.last), (None, Day(20_001)));
}

#[test]
fn a_reader_never_meets_half_an_entry() {
    let folder = TempDir::new().unwrap();
    let log = Arc::new(open(&folder).unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let (reads, finished) = (log.clone(), done.clone());
    let reader = thread::spawn(move || {
        let mut longest = 0;
        while !finished.load(Ordering::Acquire) {
            let from = Seq(longest);
            let read = reads.read(&board(1), from, usize::MAX).unwrap();
            longest += read.len() as u64;
            let end = reads.chain_at(&board(1), Seq(longest)).unwrap();
            assert_eq!(end.is_some(), longest > 0);
        }
        longest
    });
    for n in 0..50u32 {
        let part = |k: u32| [n.to_be_bytes(), k.to_be_bytes()].concat().repeat(8_000);
        let group: Vec<_> = (0..3).map(|k| entry(1, &part(k))).collect();
        log.append(&group).unwrap();
    }
    done.store(true, Ordering::Release);
    assert!(reader.join().unwrap() > 0);
}

/// Runs only where somebody has mounted a small disk:
/// `mount -t tmpfs -o size=6m tmpfs DIR && SAMSYN_SMALL_DISK=DIR cargo test … -- --ignored full_disk`.
#[test]
#[ignore = "needs a small disk of its own"]
fn a_full_disk_refuses_stays_readable_and_goes_on_when_there_is_room() {
    let disk = std::env::var("SAMSYN_SMALL_DISK").unwrap();
    let (filler, folder) = (format!("{disk}/filler"), format!("{disk}/log"));
    let folder = Path::new(&folder);
    let log = SledLog::open(folder, CACHE).unwrap();
    fs::write(&filler, vec![0; 3 << 20]).unwrap();
    let group = |n: u64| {
        [
            register(1, 1, &n.to_be_bytes()),
            entry(1, &[n.to_be_bytes(); 900].concat()),
        ]
    };
    let kept = (0..).find(|n| log.append(&group(*n)).is_err()).unwrap() * 2;
    let read = |log: &SledLog| log.read(&board(1), Seq(0), usize::MAX).unwrap().len() as u64;
    for _ in 0..3 {
        assert!(log.append(&group(1_000_000)).is_err());
        assert_eq!(log.meta(&board(1)).unwrap().unwrap().last, Seq(kept));
        assert_eq!(read(&log), kept);
    }
    fs::remove_file(&filler).unwrap();
    log.append(&group(2_000_000)).unwrap();
    assert!((kept + 2..=kept + 4).contains(&read(&log)));
    drop(log);
    let log = SledLog::open(folder, CACHE).unwrap();
    assert!((kept + 2..=kept + 4).contains(&read(&log)));
}
