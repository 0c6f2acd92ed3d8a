//! Opening the database: the folder's lock, a torn snapshot, the format, and what must be there.

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::rows;
use crate::log::LogError;

/// Tells a folder that was written before from a new one, whatever became of the database.
const MARKER: &str = "samsyn-format";

/// How long a folder in use is asked for again, and how often.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// An open database and the file that has to reach the disk.
pub struct Database {
    /// All rows.
    pub tree: sled::Db,
    /// sled's one file, for `fdatasync`.
    pub file: File,
}

/// How the database was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// As it was left.
    Whole,
    /// With a torn index, which was removed and made again from the data.
    TornIndex,
}

/// Opens the database in `folder`, making it if there is none.
pub fn open(folder: &Path, cache_bytes: u64) -> Result<(Database, Found), LogError> {
    fs::create_dir_all(folder).map_err(|error| io_error(folder, &error))?;
    let (tree, found) = match open_free(folder, cache_bytes) {
        Err(LogError::Damaged { what, .. }) => {
            (open_again(folder, cache_bytes, what)?, Found::TornIndex)
        }
        other => (other?, Found::Whole),
    };
    let mut options = fs::OpenOptions::new();
    let file = options.read(true).write(true).open(folder.join("db"));
    let file = file.map_err(|error| io_error(folder, &error))?;
    check_format(folder, &tree)?;
    settle(folder, &tree, &file).map_err(|error| io_error(folder, &error))?;
    Ok((Database { tree, file }, found))
}

/// Whether nobody has the folder. sled takes the same lock; asking first keeps us from copying what is in use.
///
/// # Errors
/// `InUse` if somebody has it and keeps it.
pub fn wait_until_free(folder: &Path) -> Result<(), LogError> {
    let give_up = Instant::now() + LOCK_PATIENCE;
    while is_in_use(folder) {
        if Instant::now() >= give_up {
            let folder = folder.to_owned();
            return Err(LogError::InUse { folder });
        }
        thread::sleep(LOCK_PAUSE);
    }
    Ok(())
}

#[cfg(unix)]
fn is_in_use(folder: &Path) -> bool {
    let locked = |file: File| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock));
    File::open(folder.join("db")).is_ok_and(locked)
}

/// Elsewhere a lock keeps others from reading, so a copy fails by itself.
#[cfg(not(unix))]
fn is_in_use(_: &Path) -> bool {
    false
}

/// Whoever closed the folder just now may still hold its lock: sled lets go of it in a thread of its own.
fn open_free(folder: &Path, cache_bytes: u64) -> Result<sled::Db, LogError> {
    let give_up = Instant::now() + LOCK_PATIENCE;
    loop {
        match open_tree(folder, cache_bytes) {
            Err(LogError::InUse { .. }) if Instant::now() < give_up => thread::sleep(LOCK_PAUSE),
            opened => return opened,
        }
    }
}

/// What opening and the next writes need at least.
const ROOM: usize = 2 << 20;

/// Whether the disk takes anything: closing a database that cannot be opened again would leave nothing to read.
pub fn try_room(folder: &Path) -> Result<(), LogError> {
    let path = folder.join("room");
    let tried = fs::write(&path, vec![0; ROOM]);
    let removed = fs::remove_file(&path);
    let both = tried.and(removed);
    both.map_err(|error| io_error(folder, &error))
}

/// sled answers most damage with an error and some with a panic; both come out as `Damaged`.
fn open_tree(folder: &Path, cache_bytes: u64) -> Result<sled::Db, LogError> {
    let config = sled::Config::new()
        .path(folder)
        .cache_capacity(cache_bytes)
        .use_compression(false)
        .flush_every_ms(None);
    let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
    let what = "the storage engine stopped while opening it".to_owned();
    let opened = opened.map_err(|_| damaged(folder, what))?;
    opened.map_err(|error| opening_error(folder, &error))
}

fn opening_error(folder: &Path, error: &sled::Error) -> LogError {
    if error.to_string().contains("could not acquire lock") {
        let folder = folder.to_owned();
        return LogError::InUse { folder };
    }
    match error {
        // We ask for what sled can do: if it cannot, its parameters' file says something else than was written there.
        sled::Error::Unsupported(what) => damaged(folder, what.clone()),
        sled::Error::CollectionNotFound(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Io(_)
        | sled::Error::Corruption { .. } => sled_error(folder, error),
    }
}

/// A snapshot is only an index that sled writes now and then; a torn one hides an intact database. Whoever calls this
/// has a copy of the folder.
fn open_again(folder: &Path, cache_bytes: u64, what: String) -> Result<sled::Db, LogError> {
    let torn = snapshots(folder).map_err(|error| io_error(folder, &error))?;
    if torn.is_empty() {
        return Err(damaged(folder, what));
    }
    for path in &torn {
        fs::remove_file(path).map_err(|error| io_error(folder, &error))?;
    }
    open_free(folder, cache_bytes)
}

fn snapshots(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn check_format(folder: &Path, tree: &sled::Db) -> Result<(), LogError> {
    let row = tree.get(rows::FORMAT_KEY);
    let row = row.map_err(|error| sled_error(folder, &error))?;
    match row.as_deref() {
        Some([rows::FORMAT | rows::FORMAT_WITH_GENERATIONS]) => Ok(()),
        Some(other) => Err(LogError::Format {
            folder: folder.to_owned(),
            found: other.first().map_or_else(String::new, u8::to_string),
            expected: rows::FORMAT_WITH_GENERATIONS,
        }),
        None if folder.join(MARKER).exists() || !tree.is_empty() => {
            let what = "the database is empty, but was not when it was last closed";
            Err(damaged(folder, what.to_owned()))
        }
        None => write_format(folder, tree),
    }
}

fn write_format(folder: &Path, tree: &sled::Db) -> Result<(), LogError> {
    let written = tree.insert(rows::FORMAT_KEY, &[rows::FORMAT]);
    written.map_err(|error| sled_error(folder, &error))?;
    let flushed = tree.flush();
    flushed.map_err(|error| sled_error(folder, &error))?;
    Ok(())
}

/// Makes the folder itself last: sled syncs neither its parameters' file nor the folder's entries.
fn settle(folder: &Path, tree: &sled::Db, file: &File) -> io::Result<()> {
    let _ = tree.flush().map_err(io::Error::other)?;
    file.sync_all()?;
    File::options()
        .write(true)
        .open(folder.join("conf"))?
        .sync_all()?;
    let marker = folder.join(MARKER);
    if !marker.exists() {
        fs::write(&marker, format!("{}\n", rows::FORMAT))?;
        File::options().write(true).open(&marker)?.sync_all()?;
    }
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no way to sync a folder, and needs none.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The log's word for an error of sled.
pub fn sled_error(folder: &Path, error: &sled::Error) -> LogError {
    match error {
        sled::Error::Corruption { .. } => damaged(folder, "a checksum is wrong".to_owned()),
        sled::Error::Io(error) => io_error(folder, error),
        sled::Error::ReportableBug(what) => damaged(folder, what.clone()),
        sled::Error::CollectionNotFound(_) => damaged(folder, "the tree is gone".to_owned()),
        sled::Error::Unsupported(what) => LogError::Io {
            folder: folder.to_owned(),
            what: what.clone(),
        },
    }
}

/// The log's word for an error of the system.
pub fn io_error(folder: &Path, error: &io::Error) -> LogError {
    LogError::Io {
        folder: folder.to_owned(),
        what: error.to_string(),
    }
}

/// Bytes on the disk are not what was written.
pub fn damaged(folder: &Path, what: String) -> LogError {
    LogError::Damaged {
        folder: folder.to_owned(),
        what,
    }
}
