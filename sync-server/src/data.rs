//! The relay's data folder as those who look after it see it: where the log is, and how to read it without touching it.
//!
//! Boundary: what is served is opened by `serve`; here everything is done on a copy.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::log::sled::{self, Salvaged, copy_folder, wait_until_free};
use crate::log::{Day, LogError, SledLog};

/// The folder of the log in a data folder.
pub const LOG: &str = "log";

/// Why a data folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It is not one.
    #[error(
        "there are no boards in {}: name the folder that `samsyn serve` says boards are kept in",
        .0.display()
    )]
    NoData(PathBuf),
    /// A relay is using it.
    #[error(
        "a relay is using {}. Stop it first, or look at a backup: samsyn backup {} NEW-FOLDER",
        .0.display(), .0.display()
    )]
    InUse(PathBuf),
    /// A relay is using it, and that will not do.
    #[error("a relay is using {}; stop it first, and start it again afterwards", .0.display())]
    StopFirst(PathBuf),
    /// There is no room for a copy, or it may not be read.
    #[error("cannot copy {} to {}: {error}. {advice}", .from.display(), .to.display())]
    Copy {
        /// What was to be copied.
        from: PathBuf,
        /// Where to.
        to: PathBuf,
        /// What the system said.
        error: std::io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// What there is cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl DataError {
    /// Whether it is because the data is damaged.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Log(LogError::Damaged { .. }))
    }
}

/// The folder of the log: `data/log`, or the folder itself if it is one.
///
/// # Errors
/// `NoData`.
pub fn log_folder(data: &Path) -> Result<PathBuf, DataError> {
    let is_log =
        |folder: &Path| folder.join("samsyn-format").exists() || folder.join("db").exists();
    let inner = data.join(LOG);
    if is_log(&inner) {
        return Ok(inner);
    }
    if is_log(data) {
        return Ok(data.to_owned());
    }
    Err(DataError::NoData(data.to_owned()))
}

/// A copy of a log, opened whatever is missing; removed when dropped.
pub struct Copied {
    /// What can be read.
    pub opened: Salvaged,
    // Dropped after the log, which writes into it to the end.
    _copy: TempDir,
}

const ROOM: &str = "Another place for it can be named with the environment variable TMPDIR.";

/// Copies a log that nobody uses to a folder of its own within `beside`, and opens that.
///
/// # Errors
/// When it is in use, there is no room, or nothing in it can be read.
pub fn copy(log: &Path, beside: &Path) -> Result<Copied, DataError> {
    let in_use = |_| DataError::InUse(log.parent().unwrap_or(log).to_owned());
    wait_until_free(log).map_err(in_use)?;
    let failed = |error| DataError::Copy {
        from: log.to_owned(),
        to: beside.to_owned(),
        error,
        advice: ROOM,
    };
    let copy = tempfile::Builder::new()
        .prefix("samsyn-")
        .tempdir_in(beside);
    let copy = copy.map_err(failed)?;
    let place = copy.path().join(LOG);
    copy_folder(log, &place).map_err(failed)?;
    let opened = SledLog::salvage(&place, sled::CACHE_BYTES, Day::today);
    let opened = opened.map_err(|error| error.of(log))?;
    Ok(Copied {
        opened,
        _copy: copy,
    })
}
