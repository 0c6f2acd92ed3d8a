//! `samsyn backup`: a consistent copy of every board, from a relay that runs or from a folder at rest.
//!
//! Boundary: where the boards come from and how it ends. What is copied is in `send`, what is written in `target`.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::data::{self, DataError};
use crate::inspect::bytes;
use crate::log::LogError;
use crate::log::sled::Mark;
use crate::metrics::folder_bytes;

#[cfg(unix)]
pub mod door;
mod send;
pub mod stream;
mod target;

pub use send::Damage;
use send::send;
#[cfg(unix)]
use stream::Frame;
use target::Target;

/// What `samsyn backup --help` ends with.
pub const HELP: &str = "\
A relay may go on running over DATA: it hands its boards out through a socket in DATA that only its own user (and
root) can open. Everything that was acknowledged before the backup began is in it. OUT appears when it is whole.
To restore, serve OUT: samsyn serve --data OUT. Keys of certificates are not copied.

Exit codes:
  0  the backup is whole
  1  there is no backup
  2  the command was not understood
  7  DATA is damaged; with --what-survives the rest is saved";

/// Flags of `samsyn backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    /// The relay's data folder
    #[arg(value_name = "DATA", env = "SAMSYN_DATA")]
    pub data: PathBuf,
    /// The folder to make; it must not be there, or be empty
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Of damaged data, save the entries before the damage; the relay must be stopped
    #[arg(long)]
    pub what_survives: bool,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is where it should go.
    #[error("{} is there already and not an empty folder; name a new one", .0.display())]
    Exists(PathBuf),
    /// The boards cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The boards cannot be read, or the backup not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The relay said why not.
    #[error("the relay could not go on: {0}")]
    Refused(String),
    /// The stream ended early or does not fit together.
    #[error("the backup broke off and was thrown away; is the relay still running? Try again")]
    Cut,
    /// The relay's socket cannot be used.
    #[error("the relay over {} cannot be asked: {error}. Run this as the relay's user or as root", .data.display())]
    Door {
        /// The data folder.
        data: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The disk refused.
    #[error("cannot write {}: {error}", .path.display())]
    Io {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl BackupError {
    fn io(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, error }
    }

    /// The same of another folder, when what was read is a copy of that.
    fn of(self, folder: &Path) -> Self {
        match self {
            Self::Log(error) => Self::Log(error.of(folder)),
            Self::Exists(_)
            | Self::Data(_)
            | Self::Refused(_)
            | Self::Cut
            | Self::Door { .. }
            | Self::Io { .. } => self,
        }
    }

    /// Whether it is because the data is damaged.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Log(LogError::Damaged { .. })
                | Self::Data(DataError::Log(LogError::Damaged { .. }))
        )
    }
}

/// Makes a backup and says what is in it.
///
/// # Errors
/// When there is none.
pub fn run(args: &BackupArgs) -> Result<(), BackupError> {
    let damage = if args.what_survives {
        Damage::CutOff
    } else {
        Damage::Refuse
    };
    let saved = backup(&args.data, &args.out, damage)?;
    println!(
        "Saved {} boards with {} entries to {}, {}. To restore: samsyn serve --data {}",
        saved.boards,
        saved.entries,
        args.out.display(),
        bytes(folder_bytes(&args.out)),
        args.out.display()
    );
    Ok(())
}

/// Makes a backup of `data` in `out`.
///
/// # Errors
/// When there is none.
pub fn backup(data: &Path, out: &Path, damage: Damage) -> Result<Mark, BackupError> {
    let mut target = Target::begin(out)?;
    if !from_relay(data, &mut target)? {
        from_folder(data, &mut target, damage)?;
    }
    target.finish()
}

/// False if no relay runs over the folder.
#[cfg(unix)]
fn from_relay(data: &Path, target: &mut Target) -> Result<bool, BackupError> {
    let asked = door::ask(data).map_err(|error| {
        let data = data.to_owned();
        BackupError::Door { data, error }
    })?;
    let Some(mut stream) = asked else {
        return Ok(false);
    };
    while !target.is_whole() {
        let frame = Frame::read(&mut stream).map_err(|_| BackupError::Cut)?;
        target.take(frame)?;
    }
    Ok(true)
}

#[cfg(not(unix))]
fn from_relay(_: &Path, _: &mut Target) -> Result<bool, BackupError> {
    Ok(false)
}

fn from_folder(data: &Path, target: &mut Target, damage: Damage) -> Result<(), BackupError> {
    let folder = data::log_folder(data)?;
    let copied = data::copy(&folder, &target.place())?;
    if let (Damage::Refuse, Some(missing)) = (damage, copied.opened.missing) {
        let what = missing.to_string();
        return Err(LogError::Damaged { folder, what }.into());
    }
    let sent = send(&copied.opened.log, damage, |frame| target.take(frame));
    sent.map_err(|error| error.of(&folder))
}

#[cfg(test)]
mod tests;
