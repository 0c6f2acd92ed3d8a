//! `samsyn prune`: takes out boards that nobody has opened or written to for so many days.
//!
//! Boundary: which boards go. The relay must be stopped: what somebody has open now must not vanish under their hands.

use std::path::PathBuf;

use clap::Args;

use crate::data::{self, DataError};
use crate::inspect::bytes;
use crate::log::sled::{self, wait_until_free};
use crate::log::{Day, Log, LogError, Meta, SledLog, Used};

/// What `samsyn prune --help` ends with.
pub const HELP: &str = "\
The relay must be stopped. A board counts as used on each day on which somebody opened it or wrote to it; boards of a
version that did not write that down count as used on the day this one first served them. Of a board that is taken out
a marker stays, its id and the day. A device that still has the board fills the relay again when it is opened there.
Make a backup first. The folder does not get smaller, its room is used again; a backup of it is smaller.

Exit codes:
  0  done
  1  nothing was taken out, or not all
  2  the command was not understood
  7  DATA is damaged; nothing was taken out";

/// Flags of `samsyn prune`.
#[derive(Args, Clone, Debug)]
pub struct PruneArgs {
    /// The relay's data folder
    #[arg(value_name = "DATA", env = "SAMSYN_DATA")]
    pub data: PathBuf,
    /// Boards last used longer ago than this go
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub older_than: u32,
    /// Only say which would go
    #[arg(long)]
    pub dry_run: bool,
}

/// Prunes, and prints which boards.
///
/// # Errors
/// When the folder cannot be opened, or the disk refuses.
pub fn run(args: &PruneArgs) -> Result<(), DataError> {
    let folder = data::log_folder(&args.data)?;
    wait_until_free(&folder).map_err(|_| DataError::StopFirst(args.data.clone()))?;
    let gone = if args.dry_run {
        let copied = data::copy(&folder, &std::env::temp_dir())?;
        old(&copied.opened.log, Day::today(), args.older_than)?
    } else {
        let log = SledLog::open(&folder, sled::CACHE_BYTES)?;
        let old = old(&log, Day::today(), args.older_than)?;
        for (_, board) in &old {
            log.prune(&board.id)?;
        }
        old
    };
    let what = if args.dry_run {
        "would go"
    } else {
        "taken out"
    };
    let size: u64 = gone.iter().map(|(_, board)| board.meta.bytes).sum();
    for (used, board) in &gone {
        let (id, last) = (board.id, used.last);
        println!("{id}  last used {last}  {}", bytes(board.meta.bytes));
    }
    println!("{} boards {what}, {}", gone.len(), bytes(size));
    Ok(())
}

/// A board to take out.
pub struct Old {
    id: samsyn_shared::ids::BoardId,
    meta: Meta,
}

fn old(log: &SledLog, today: Day, days: u32) -> Result<Vec<(Used, Old)>, LogError> {
    let mut old = Vec::new();
    for id in log.boards()? {
        if let (Some(used), Some(meta)) = (log.used(&id)?, log.meta(&id)?)
            && used.last.0.saturating_add(days) < today.0
        {
            old.push((used, Old { id, meta }));
        }
    }
    old.sort_by_key(|(used, old)| (used.last, old.id));
    Ok(old)
}

#[cfg(test)]
mod tests {
    use samsyn_shared::ids::Seq;
    use tempfile::TempDir;

    use super::*;
    use crate::backup::{Damage, backup};
    use crate::log::Placed;
    use crate::log::conformance::{board, entry, register};
    use crate::log::sled::Today;

    const LONG_AGO: Today = || Day(20_000);
    const CACHE: u64 = 8 << 20;

    fn open(data: &TempDir, today: Today) -> SledLog {
        SledLog::open_on(&data.path().join("log"), CACHE, today).unwrap()
    }

    /// Board 1 was used long ago, board 2 today.
    fn data() -> TempDir {
        let data = TempDir::new().unwrap();
        let long = entry(1, &[7; 20_000]);
        let group = [entry(1, b"ett"), long, register(1, 3, b"titel")];
        open(&data, LONG_AGO).append(&group).unwrap();
        open(&data, Day::today).append(&[entry(2, b"ett")]).unwrap();
        data
    }

    fn prune(data: &TempDir, dry_run: bool) {
        let args = PruneArgs {
            data: data.path().to_owned(),
            older_than: 30,
            dry_run,
        };
        run(&args).unwrap();
    }

    #[test]
    fn only_what_nobody_uses_goes_and_a_marker_stays() {
        let data = data();
        prune(&data, true);
        assert_eq!(open(&data, Day::today).boards().unwrap().len(), 2);
        prune(&data, false);
        let log = open(&data, Day::today);
        assert_eq!(log.boards(), Ok(vec![board(2)]));
        assert_eq!(log.read(&board(1), Seq(0), 1_000), Ok(vec![]));
        assert_eq!(log.registers(&board(1)), Ok(vec![]));
        let pruned = log.pruned().unwrap();
        assert_eq!(pruned.len(), 1);
        assert_eq!((pruned[0].board, pruned[0].day), (board(1), Day::today()));
    }

    #[test]
    fn a_board_that_comes_back_is_new_and_keeps_everything() {
        let data = data();
        prune(&data, false);
        let log = open(&data, Day::today);
        // Had its hash stayed behind, this would be acknowledged and not be there.
        let placed = log.append(&[entry(1, b"ett")]).unwrap();
        assert!(matches!(placed[..], [Placed::New { seq: Seq(1), .. }]));
        assert_eq!(log.pruned(), Ok(vec![]));
        drop(log);
        prune(&data, false);
        assert_eq!(open(&data, Day::today).boards().unwrap().len(), 2);
    }

    #[test]
    fn markers_are_in_a_backup() {
        let data = data();
        prune(&data, false);
        let out = data.path().join("copy");
        backup(data.path(), &out, Damage::Refuse).unwrap();
        let copy = SledLog::open(&out.join("log"), CACHE).unwrap();
        assert_eq!(copy.pruned(), open(&data, Day::today).pruned());
    }

    #[test]
    fn a_relay_that_runs_keeps_its_boards() {
        let data = data();
        let _relay = open(&data, Day::today);
        let args = PruneArgs {
            data: data.path().to_owned(),
            older_than: 30,
            dry_run: false,
        };
        let error = run(&args).unwrap_err().to_string();
        assert!(error.contains("stop it first"), "{error}");
    }
}
