//! `samsyn inspect`: what is in a data folder, board by board, and whether it is whole.
//!
//! Boundary: it reads a copy and writes nothing but words. A board's checks are in `check`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use samsyn_shared::registers::BoardState;
use serde_json::{Value, json};

use crate::data::{self, DataError};
use crate::log::sled::{Found, Salvaged};
use crate::log::{Log, LogError, Used};
use crate::metrics::folder_bytes;

mod check;

pub use check::{Board, check};

/// What `samsyn inspect --help` ends with.
pub const HELP: &str = "\
Nothing in DATA is changed: a copy is made in the system's folder for temporary files (TMPDIR) and read.
While a relay runs over DATA, make a backup and inspect that.

Exit codes:
  0  every board is whole
  1  it could not be looked at
  2  the command was not understood
  7  something is damaged or missing; what survives is listed";

/// Flags of `samsyn inspect`.
#[derive(Args, Clone, Debug)]
pub struct InspectArgs {
    /// The relay's data folder, or a backup of it
    #[arg(value_name = "DATA", env = "SAMSYN_DATA")]
    pub data: PathBuf,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// Whether all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every board is whole.
    Whole,
    /// Something is damaged or missing.
    Damaged,
}

/// What there is in a folder.
#[derive(Clone, Debug)]
pub struct Report {
    /// The log's folder.
    pub folder: PathBuf,
    /// Its size on the disk.
    pub disk_bytes: u64,
    /// All boards, by id.
    pub boards: Vec<Board>,
    /// Boards that were taken out.
    pub pruned: usize,
    /// What is wrong with the whole.
    pub problems: Vec<String>,
    /// What is unusual but costs nothing.
    pub notes: Vec<String>,
}

/// Inspects a folder and prints what was found.
///
/// # Errors
/// When it cannot be looked at, or the words cannot be printed.
pub fn run(args: &InspectArgs) -> Result<Verdict, DataError> {
    let folder = data::log_folder(&args.data)?;
    let report = look(&folder, &std::env::temp_dir())?;
    let mut out = io::stdout().lock();
    let printed = if args.json {
        writeln!(out, "{}", report.json())
    } else {
        report.print(&mut out)
    };
    // Whoever reads a pipe may stop reading; the exit code still says what was found.
    drop(printed);
    Ok(report.verdict())
}

/// Looks at a log that nobody uses, by way of a copy within `temp`.
///
/// # Errors
/// When it is in use or cannot be copied.
pub fn look(folder: &Path, temp: &Path) -> Result<Report, DataError> {
    let mut report = Report {
        folder: folder.to_owned(),
        disk_bytes: folder_bytes(folder),
        boards: Vec::new(),
        pruned: 0,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    match data::copy(folder, temp) {
        Ok(copied) => report.take(&copied.opened),
        Err(DataError::Log(LogError::Damaged { what, .. })) => {
            report.problems.push(format!("nothing can be read: {what}"));
        }
        Err(error) => return Err(error),
    }
    Ok(report)
}

impl Report {
    fn take(&mut self, opened: &Salvaged) {
        match opened.found {
            Found::Whole => {}
            Found::TornIndex => self.notes.push(
                "its index was torn, as a crash may leave it; it can be made again from the data"
                    .to_owned(),
            ),
        }
        if let Some(missing) = opened.missing {
            self.problems.push(missing.to_string());
        }
        match opened.log.pruned() {
            Ok(pruned) => self.pruned = pruned.len(),
            Err(error) => self.problems.push(error.to_string()),
        }
        match opened.log.boards() {
            Ok(mut boards) => {
                boards.sort();
                self.boards = boards.iter().map(|id| check(&opened.log, *id)).collect();
            }
            Err(error) => self.problems.push(error.to_string()),
        }
    }

    /// Whether all is well.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let whole = self.problems.is_empty() && self.boards.iter().all(Board::is_whole);
        if whole {
            Verdict::Whole
        } else {
            Verdict::Damaged
        }
    }

    /// One sentence that says what survives and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        let entries: u64 = self.boards.iter().map(|board| board.entries).sum();
        let damaged = self.boards.iter().filter(|board| !board.is_whole()).count();
        let count = self.boards.len();
        match self.verdict() {
            Verdict::Whole if count == 0 => {
                "There are no boards yet; the folder is sound.".to_owned()
            }
            Verdict::Whole => format!("All {count} boards are whole, with {entries} entries."),
            Verdict::Damaged => format!(
                "Damaged: {} of {count} boards that can be read are whole, and {entries} entries survive. \
                 Put back a backup, or move the folder away and start again: devices that have the boards will fill \
                 the relay anew.",
                count - damaged
            ),
        }
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let (folder, size) = (self.folder.display(), bytes(self.disk_bytes));
        writeln!(out, "{folder}: {size} on the disk")?;
        for note in &self.notes {
            writeln!(out, "  note: {note}")?;
        }
        for problem in &self.problems {
            writeln!(out, "  PROBLEM: {problem}")?;
        }
        if self.pruned > 0 {
            writeln!(out, "  {} boards were taken out earlier", self.pruned)?;
        }
        for board in &self.boards {
            writeln!(out, "\nboard {}", board.id)?;
            writeln!(
                out,
                "  {} entries, {}{}, {} registers, {}, {}",
                board.entries,
                bytes(board.bytes),
                snapshot(board.snapshot_bytes),
                board.registers,
                state(board.state.as_ref()),
                used(board.used.as_ref())
            )?;
            for problem in &board.problems {
                writeln!(out, "  PROBLEM: {problem}")?;
            }
        }
        writeln!(out, "\n{}", self.sentence())
    }

    fn json(&self) -> Value {
        let board = |board: &Board| {
            let day = |day: Option<crate::log::Day>| day.map(|day| day.to_string());
            json!({
                "board": board.id.to_string(),
                "entries": board.entries,
                "bytes": board.bytes,
                "snapshot_bytes": board.snapshot_bytes,
                "registers": board.registers,
                "state": state(board.state.as_ref()),
                "first_used": day(board.used.and_then(|used| used.first)),
                "last_used": day(board.used.map(|used| used.last)),
                "whole": board.is_whole(),
                "problems": board.problems,
            })
        };
        json!({
            "folder": self.folder.display().to_string(),
            "disk_bytes": self.disk_bytes,
            "whole": self.verdict() == Verdict::Whole,
            "pruned": self.pruned,
            "problems": self.problems,
            "notes": self.notes,
            "boards": self.boards.iter().map(board).collect::<Vec<_>>(),
            "summary": self.sentence(),
        })
    }
}

fn state(state: Option<&BoardState>) -> &'static str {
    match state {
        None => "unknown",
        Some(BoardState::Open) => "open",
        Some(BoardState::Paused) => "paused",
        Some(BoardState::Frozen { .. }) => "frozen",
        Some(BoardState::Deleted) => "deleted",
    }
}

fn snapshot(size: Option<u64>) -> String {
    size.map_or_else(String::new, |size| {
        format!(", after a snapshot of {}", bytes(size))
    })
}

fn used(used: Option<&Used>) -> String {
    match used {
        None => "use not known".to_owned(),
        Some(Used { first: None, last }) => format!("last used {last}"),
        Some(Used {
            first: Some(first),
            last,
        }) => format!("used {first} to {last}"),
    }
}

/// A size for people, to the tenth of the largest unit that fits.
#[must_use]
pub fn bytes(count: u64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|(_, shift)| count >> shift > 0) {
        None => format!("{count} bytes"),
        Some((unit, shift)) => {
            let tenths = (u128::from(count) * 10) >> shift;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
