//! Opening a log, finding that it is all there, and going on after a write that failed.
//!
//! Boundary: the order of these steps; each is in `open` and `guard`.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use samsyn_shared::ids::Seq;

use super::guard::{Copy, Mark};
use super::open::{self, Found};
use super::{Held, SledLog, Today};
use crate::log::{Day, Log, LogError};

/// After so many new entries the mark is written again. It only ever says how much there must be at least.
const MARK_EVERY: u64 = 1_000;
/// Or with the first new entry after so long: a workshop has a thousand entries in all, and a power cut, which no
/// closing comes before, is what takes the end off a file.
const MARK_AFTER: Duration = Duration::from_secs(2);

/// What was found in a folder that was opened whatever is missing.
pub struct Salvaged {
    /// What can be read.
    pub log: SledLog,
    /// Whether the index was torn, which costs nothing.
    pub found: Found,
    /// How much there should be at least, if that is more than there is.
    pub missing: Option<Missing>,
}

/// What is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What was written down.
    pub expected: Mark,
    /// What there is.
    pub found: Mark,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { expected, found } = self;
        write!(
            f,
            "it held at least {} boards with {} entries, and {} with {} can be read",
            expected.boards, expected.entries, found.boards, found.entries
        )
    }
}

fn holds_anything(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

impl SledLog {
    /// Opens the log in `folder`, which is made if missing. What is damaged or incomplete is left as it was.
    ///
    /// # Errors
    /// When another process has it, it is damaged, less is there than was, it has another format, or the disk refuses.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self, LogError> {
        Self::open_on(folder, cache_bytes, Day::today)
    }

    /// As [`SledLog::open`], by another calendar.
    ///
    /// # Errors
    /// As [`SledLog::open`].
    pub fn open_on(folder: &Path, cache_bytes: u64, today: Today) -> Result<Self, LogError> {
        open::wait_until_free(folder)?;
        // Also without its largest file: sled would make a new one in its place.
        let copy = match holds_anything(folder).then(|| Copy::take(folder)) {
            Some(Ok(copy)) => Some(copy),
            Some(Err(error)) => {
                tracing::warn!(%error, "the data is opened without a copy of it: is the disk almost full?");
                None
            }
            None => None,
        };
        // sled answers some damage with a panic, and some of it only when it is read.
        let checked = || Self::open_checked(folder, cache_bytes, today);
        let checked = catch_unwind(AssertUnwindSafe(checked)).unwrap_or_else(|_| {
            let what = "the storage engine stopped while reading it".to_owned();
            Err(open::damaged(folder, what))
        });
        let salvaged = match checked {
            Ok(salvaged) => salvaged,
            Err(LogError::Damaged { what, .. }) => return Err(undo(folder, copy, what)),
            Err(error) => return Err(error),
        };
        if let (Found::TornIndex, Some(copy)) = (salvaged.found, copy) {
            let kept = copy
                .keep()
                .map_err(|error| open::io_error(folder, &error))?;
            tracing::warn!(
                copy = %kept.display(),
                "a torn index was found, left by a crash; it was rebuilt from the data, a copy of the folder was kept"
            );
        }
        Ok(salvaged.log)
    }

    fn open_checked(folder: &Path, cache: u64, today: Today) -> Result<Salvaged, LogError> {
        let mut salvaged = Self::salvage(folder, cache, today)?;
        if let Some(missing) = salvaged.missing {
            salvaged.log.leave_no_mark();
            return Err(open::damaged(folder, missing.to_string()));
        }
        salvaged.log.check_ends()?;
        salvaged.log.find_trims()?;
        salvaged.log.mark();
        salvaged.log.date_the_undated()?;
        Ok(salvaged)
    }

    /// Opens what is left in a folder, which may spoil more of it: only for a copy.
    ///
    /// # Errors
    /// As [`SledLog::open`], but not because something is missing.
    pub fn salvage(folder: &Path, cache_bytes: u64, today: Today) -> Result<Salvaged, LogError> {
        let expected = Mark::read(folder);
        let (database, found) = open::open(folder, cache_bytes)?;
        let log = Self {
            folder: folder.to_owned(),
            cache_bytes,
            today,
            database: RwLock::new(Some(database)),
            appending: Mutex::new(Held::default()),
            unsettled: Mutex::new(HashMap::new()),
            trims: Mutex::default(),
        };
        let there = log.count()?;
        *log.writer() = Held {
            mark: there,
            unmarked: Some(0),
            marked_at: None,
        };
        let short = expected.filter(|mark| mark.is_more_than(&there));
        let missing = short.map(|expected| Missing {
            expected,
            found: there,
        });
        Ok(Salvaged {
            log,
            found,
            missing,
        })
    }

    fn count(&self) -> Result<Mark, LogError> {
        let mut mark = Mark::default();
        for board in self.boards()? {
            mark.boards += 1;
            mark.entries += self.meta(&board)?.map_or(0, |meta| meta.last.0);
        }
        Ok(mark)
    }

    /// Each board's last entry must be the one its state names.
    fn check_ends(&self) -> Result<(), LogError> {
        for board in self.boards()? {
            let meta = self.meta(&board)?;
            let end = meta.map_or(Seq(0), |meta| meta.last);
            if self.chain_at(&board, end)? != meta.map(|meta| meta.chain) {
                return Err(self.damaged(&board, end));
            }
        }
        Ok(())
    }

    /// Writes down how much there is. A mark that is too low only finds less; so nothing fails for it.
    fn mark(&self) {
        let mut held = self.writer();
        if held.unmarked.is_none() {
            return;
        }
        match held.mark.write(&self.folder) {
            Ok(()) => held.unmarked = Some(0),
            Err(error) => {
                tracing::warn!(%error, "how much the log holds could not be written down");
            }
        }
    }

    /// What is here is not all: the mark must go on saying so.
    fn leave_no_mark(&mut self) {
        self.writer().unmarked = None;
    }

    /// Counts what was appended.
    pub(super) fn grown(&self, held: &mut Held, boards: usize, entries: usize) {
        held.mark.boards += boards as u64;
        held.mark.entries += entries as u64;
        let Some(unmarked) = &mut held.unmarked else {
            return;
        };
        *unmarked += entries as u64;
        let is_old = held.marked_at.is_none_or(|at| at.elapsed() >= MARK_AFTER);
        if *unmarked >= MARK_EVERY || is_old {
            self.write_mark(held);
        }
    }

    /// Writes down what came since it was last written down. A full disk says so where it matters more.
    pub(super) fn write_mark(&self, held: &mut Held) {
        held.marked_at = Some(Instant::now());
        if held.unmarked.is_some_and(|unmarked| unmarked > 0)
            && held.mark.write(&self.folder).is_ok()
        {
            held.unmarked = Some(0);
        }
    }

    /// Goes on after a write that failed, if there is room again.
    pub(super) fn recover(&self) -> Result<(), LogError> {
        open::try_room(&self.folder)?;
        self.reopen()?;
        self.unsettled().clear();
        Ok(())
    }

    /// Drops what sled has in memory only.
    fn reopen(&self) -> Result<(), LogError> {
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        drop(database.take());
        let (opened, _) = open::open(&self.folder, self.cache_bytes)?;
        *database = Some(opened);
        Ok(())
    }
}

impl Drop for SledLog {
    fn drop(&mut self) {
        if self.unsettled().is_empty() {
            self.mark();
        }
    }
}

/// Puts the folder back as it was, and says what is wrong with it.
fn undo(folder: &Path, copy: Option<Copy>, what: String) -> LogError {
    let Some(copy) = copy else {
        let what =
            format!("{what}; there was no room for a copy, so opening it may have changed it");
        return open::damaged(folder, what);
    };
    // sled closes in a thread of its own, and must not write into the folder that comes back.
    let _ = open::wait_until_free(folder);
    match copy.put_back() {
        Ok(()) => open::damaged(folder, what),
        Err(error) => {
            let what =
                format!("{what}; the untouched copy beside it could not be put back: {error}");
            open::damaged(folder, what)
        }
    }
}
