//! What protects the data while it is opened: a copy of the folder, and a mark of how much there must be.
//!
//! Boundary: files only. It is needed because sled repairs what it opens: of a file that was cut short it kept a
//! twentieth, threw the rest away and said that all was well. So a folder is copied before it is opened (on file systems
//! that share blocks that costs nothing), what came out is compared with the mark, and a loss is undone by putting the
//! copy back.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How much a log held at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Boards.
    pub boards: u64,
    /// Entries of all boards.
    pub entries: u64,
}

const MARK: &str = "samsyn-mark";

impl Mark {
    /// What the folder was last known to hold; none if that was never written down or cannot be read.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(MARK)).ok()?;
        let mut numbers = text.split_whitespace().map(str::parse);
        let mark = Self {
            boards: numbers.next()?.ok()?,
            entries: numbers.next()?.ok()?,
        };
        numbers.next().is_none().then_some(mark)
    }

    /// Writes it down, whole or not at all.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let part = folder.join("samsyn-mark.part");
        fs::write(&part, format!("{} {}\n", self.boards, self.entries))?;
        File::options().write(true).open(&part)?.sync_all()?;
        fs::rename(&part, folder.join(MARK))
    }

    /// Whether a log that was found holds less.
    pub const fn is_more_than(&self, found: &Self) -> bool {
        self.boards > found.boards || self.entries > found.entries
    }
}

/// A copy of a folder for as long as it is being opened. Dropped, it is removed.
pub struct Copy {
    folder: PathBuf,
    copy: Option<PathBuf>,
}

impl Copy {
    /// Copies the folder, which nobody else may be using.
    ///
    /// # Errors
    /// When there is no room, or something cannot be read.
    pub fn take(folder: &Path) -> io::Result<Self> {
        let copy = beside(folder, "before-opening");
        if copy.exists() {
            // An opening that did not come to its end: whatever it did to the folder, this is how it was before.
            fs::rename(&copy, repair_name(folder))?;
        }
        let guard = Self {
            folder: folder.to_owned(),
            copy: Some(copy.clone()),
        };
        copy_folder(folder, &copy)?;
        Ok(guard)
    }

    /// Makes the folder what it was.
    ///
    /// # Errors
    /// When the disk refuses; the copy stays.
    pub fn put_back(mut self) -> io::Result<()> {
        let Some(copy) = self.copy.take() else {
            return Ok(());
        };
        sync_files(&copy)?;
        let spoilt = beside(&self.folder, "spoilt");
        fs::rename(&self.folder, &spoilt)?;
        fs::rename(&copy, &self.folder)?;
        fs::remove_dir_all(spoilt)
    }

    /// Keeps the copy for good and says where.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep(mut self) -> io::Result<PathBuf> {
        let kept = repair_name(&self.folder);
        if let Some(copy) = self.copy.take() {
            fs::rename(copy, &kept)?;
        }
        Ok(kept)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Some(copy) = &self.copy
            && let Err(error) = fs::remove_dir_all(copy)
        {
            tracing::warn!(%error, copy = %copy.display(), "a copy that is not needed any more could not be removed");
        }
    }
}

fn beside(folder: &Path, what: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!("{name}.{what}"))
}

fn repair_name(folder: &Path) -> PathBuf {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let stamp = now.map_or(0, |since| since.as_millis());
    beside(folder, &format!("before-repair-{stamp}"))
}

/// Copies all files of a folder and of the folders in it.
///
/// # Errors
/// When something cannot be read, or written.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn sync_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_files(&path)?;
        } else {
            File::options().write(true).open(path)?.sync_all()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_cannot_be_read_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mark = Mark {
            boards: 2,
            entries: 30,
        };
        assert_eq!(Mark::read(folder.path()), None);
        mark.write(folder.path()).unwrap();
        assert_eq!(Mark::read(folder.path()), Some(mark));
        for torn in ["", "2", "2 x", "2 30 4"] {
            fs::write(folder.path().join(MARK), torn).unwrap();
            assert_eq!(Mark::read(folder.path()), None, "{torn}");
        }
    }

    #[test]
    fn a_copy_puts_back_what_was_there_and_leaves_nothing_beside_it() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("log");
        fs::create_dir_all(folder.join("blobs")).unwrap();
        fs::write(folder.join("db"), b"whole").unwrap();
        let copy = Copy::take(&folder).unwrap();
        fs::write(folder.join("db"), b"spoilt").unwrap();
        fs::write(folder.join("new"), b"x").unwrap();
        copy.put_back().unwrap();
        assert_eq!(fs::read(folder.join("db")).unwrap(), b"whole");
        assert!(!folder.join("new").exists());
        drop(Copy::take(&folder).unwrap());
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_copy_of_an_opening_that_was_cut_off_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("log");
        fs::create_dir_all(&folder).unwrap();
        std::mem::forget(Copy::take(&folder).unwrap());
        drop(Copy::take(&folder).unwrap());
        let names = fs::read_dir(data.path()).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names: Vec<_> = names.map(name).collect();
        let kept = |name: &std::ffi::OsString| name.to_string_lossy().contains("before-repair");
        assert!(names.len() == 2 && names.iter().any(kept), "{names:?}");
    }
}
