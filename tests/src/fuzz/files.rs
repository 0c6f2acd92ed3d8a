//! Files that people choose and programs leave: archives, board files, backups, settings, a browser's rows.

use std::path::Path;

use clap::{Args, Command, FromArgMatches};
use postcard::from_bytes;
use samsyn_app::core::messages::{FromWorker, ToWorker};
use samsyn_app::worker::lease::Lease;
use samsyn_app::worker::rows::{self, BoardRow};
use samsyn_app::worker::tabs::TabMessage;
use samsyn_shared::archive::{Archive, BoardFile, import_commands};
use samsyn_shared::board::Board;
use samsyn_sync_server::backup::stream::Frame;
use samsyn_sync_server::config::ServeArgs;
use samsyn_sync_server::file;
use samsyn_sync_server::log::sled::rows as log_rows;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Taken;
use super::forge::{NOW, fixture, rng};

/// An archive: what is read is written and read the same, and makes a board that opens again.
pub(super) fn archive(data: &[u8]) -> Taken {
    let archive = Archive::parse(data);
    if let Ok(archive) = &archive {
        assert_eq!(Archive::parse(&archive.to_json()).as_ref(), Ok(archive));
        let commands = import_commands(&mut rng(), archive);
        let mut board = Board::new(fixture().board);
        if board.commit(NOW.wall, &mut rng(), &commands).is_ok() {
            let (again, report) = Board::load(fixture().board, &[&board.save()]);
            assert!(report.held.is_empty(), "{:?}", report.held);
            let now = NOW.wall;
            let of = |board: &Board| Archive::of(board.view(), "", &[], now).to_json();
            let written = of(&board);
            assert_eq!(of(&again), written);
            Archive::parse(&written).expect("what was imported can be exported");
        }
    }
    Taken::when(&archive)
}

/// A board file: what is read is written and read the same.
pub(super) fn board_file(data: &[u8]) -> Taken {
    let file = BoardFile::read(data);
    if let Ok(file) = &file {
        assert_eq!(BoardFile::read(&file.write()).as_ref(), Ok(file));
    }
    Taken::when(&file)
}

/// The frames of a backup: each is written and read the same.
pub(super) fn backup(data: &[u8]) -> Taken {
    let mut rest = data;
    let mut taken = Taken::No;
    while let Ok(frame) = Frame::read(&mut rest) {
        taken = Taken::Yes;
        let mut again = Vec::new();
        frame.write(&mut again).expect("a vector takes everything");
        assert_eq!(Frame::read(&mut again.as_slice()).ok(), Some(frame));
    }
    taken
}

/// A file of settings.
pub(super) fn config(data: &[u8]) -> Taken {
    let Ok(text) = std::str::from_utf8(data) else {
        return Taken::No;
    };
    let command = ServeArgs::augment_args(Command::new("serve"));
    let Ok(command) = file::defaults_of(command, Path::new("samsyn.toml"), text) else {
        return Taken::No;
    };
    let Ok(matches) = command.try_get_matches_from(["serve"]) else {
        return Taken::No;
    };
    let args = ServeArgs::from_arg_matches(&matches);
    if let Ok(args) = &args {
        drop((args.limits(), args.ceilings(), args.origins(), args.tls()));
    }
    Taken::when(&args)
}

/// Rows of a browser's database, what its tabs and its worker say, and rows of a relay's database.
pub(super) fn rows(data: &[u8]) -> Taken {
    let Some((kind, bytes)) = data.split_first() else {
        return Taken::No;
    };
    let board = fixture().board;
    let key = |bytes| format!("{board}/{}", "ab".repeat(bytes));
    match kind % 12 {
        0 => row::<BoardRow>(bytes),
        1 => row::<Lease>(bytes),
        2 => Taken::when(&rows::frontier(bytes)),
        3 => Taken::when(&rows::outbox(&key(32), bytes)),
        4 => Taken::when(&rows::draft(&key(16), bytes)),
        5 => message::<TabMessage>(bytes),
        6 => message::<ToWorker>(bytes),
        7 => message::<FromWorker>(bytes),
        8 => {
            let (key, value) = bytes.split_at(bytes.len() / 2);
            let key = String::from_utf8_lossy(key);
            let _ = rows::board_of(&key);
            drop(rows::outbox(&key, value));
            drop(rows::draft(&key, value));
            Taken::when(&rows::chunk(&format!("{board}/{key}"), value))
        }
        9 => {
            let starts = log_rows::read_starts(bytes);
            if let Some(starts) = &starts {
                let again = log_rows::write_starts(starts);
                assert_eq!(log_rows::read_starts(&again).as_ref(), Some(starts));
            }
            Taken::when(&starts.ok_or(()))
        }
        10 => {
            let meta = log_rows::read_meta(bytes);
            if let Some(meta) = &meta {
                assert_eq!(log_rows::write_meta(meta), bytes);
            }
            Taken::when(&meta.ok_or(()))
        }
        _ => {
            let _ = (
                log_rows::read_meta_key(bytes),
                log_rows::read_part_key(bytes),
            );
            let _ = (
                log_rows::read_entry_key(bytes),
                log_rows::read_register_key(bytes),
            );
            let _ = (log_rows::read_pruned_key(bytes), log_rows::read_day(bytes));
            let _ = (log_rows::read_used(bytes), log_rows::read_seq(bytes));
            Taken::when(&log_rows::read_head(bytes).ok_or(()))
        }
    }
}

/// A row that is read is written and read the same.
fn row<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Taken {
    let row = rows::decode::<T>(bytes);
    if let Ok(row) = &row {
        assert_eq!(rows::decode::<T>(&rows::encode(row)).as_ref(), Ok(row));
    }
    Taken::when(&row)
}

/// The same of a message between the app's threads.
fn message<T: Serialize + DeserializeOwned + PartialEq>(bytes: &[u8]) -> Taken {
    let message = from_bytes::<T>(bytes);
    if let Ok(message) = &message {
        let again = postcard::to_allocvec(message).expect("a vector takes everything");
        assert!(from_bytes::<T>(&again).is_ok_and(|again| again == *message));
    }
    Taken::when(&message)
}
