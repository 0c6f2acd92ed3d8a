//! The folder that a backup becomes: written beside its place, checked as it comes, moved there when it is whole.
//!
//! Boundary: it takes frames, wherever they come from.

use std::fs;
use std::path::{Path, PathBuf};

use samsyn_shared::ids::{BoardId, Chain, Seq};

use super::BackupError;
use super::stream::{Frame, Part};
use crate::data::LOG;
use crate::log::sled::{self, Image, Mark, wait_until_free};
use crate::log::{CHAIN_ZERO, Entry, Log, SledLog, chain_after, envelope_hash};

/// Bytes of envelopes written at a time.
const WRITE: usize = 1 << 20;

/// A backup that is being made. Dropped before its end, nothing of it is left.
pub struct Target {
    out: PathBuf,
    part: tempfile::TempDir,
    log: SledLog,
    current: Option<Current>,
    written: Mark,
    is_whole: bool,
}

struct Current {
    board: BoardId,
    image: Image,
    at: Seq,
    chain: Chain,
    waiting: Vec<Entry>,
    bytes: usize,
}

impl Target {
    /// Begins a backup in `out`, which must not be there, or be an empty folder.
    ///
    /// # Errors
    /// When it is there, or cannot be made.
    pub fn begin(out: &Path) -> Result<Self, BackupError> {
        let is_empty = fs::read_dir(out).map(|mut entries| entries.next().is_none());
        if out.exists() && !is_empty.unwrap_or(false) {
            return Err(BackupError::Exists(out.to_owned()));
        }
        let parent = parent(out);
        let io = |error| BackupError::io(out, error);
        fs::create_dir_all(&parent).map_err(io)?;
        let name = out
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let part = tempfile::Builder::new()
            .prefix(&format!("{name}.part-"))
            .tempdir_in(parent)
            .map_err(io)?;
        let log = SledLog::open(&part.path().join(LOG), sled::CACHE_BYTES)?;
        Ok(Self {
            out: out.to_owned(),
            part,
            log,
            current: None,
            written: Mark::default(),
            is_whole: false,
        })
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// When it does not follow the one before, or cannot be written.
    pub fn take(&mut self, frame: Frame) -> Result<(), BackupError> {
        match frame {
            Frame::Board(board, image) => {
                self.end_board()?;
                let oldest = image.starts.first();
                let (at, chain) = oldest.map_or((Seq(0), CHAIN_ZERO), |it| (it.covers, it.chain));
                self.written.entries += at.0;
                self.current = Some(Current {
                    board,
                    image,
                    at,
                    chain,
                    waiting: Vec::new(),
                    bytes: 0,
                });
                Ok(())
            }
            Frame::Entry(entry) => self.entry(entry),
            Frame::Kept(entry) => {
                let current = self.current.as_ref().ok_or(BackupError::Cut)?;
                Ok(self.log.write_entries(&current.board, &[entry])?)
            }
            Frame::Part(part) => {
                let current = self.current.as_ref().ok_or(BackupError::Cut)?;
                let Part {
                    manifest,
                    index,
                    bytes,
                } = part;
                Ok(self
                    .log
                    .put_part(&current.board, &manifest, index, &bytes)?)
            }
            Frame::Pruned(pruned) => Ok(self.log.write_pruned(&pruned)?),
            Frame::End(said) => {
                self.end_board()?;
                self.is_whole = said == self.written;
                if self.is_whole {
                    Ok(())
                } else {
                    Err(BackupError::Cut)
                }
            }
            Frame::Failed(why) => Err(BackupError::Refused(why)),
        }
    }

    /// A folder on the same disk, for what else is needed on the way.
    pub fn place(&self) -> PathBuf {
        parent(&self.out)
    }

    /// Whether the end has come.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    fn entry(&mut self, entry: Entry) -> Result<(), BackupError> {
        let current = self.current.as_mut().ok_or(BackupError::Cut)?;
        let chain = chain_after(&current.chain, &envelope_hash(&entry.envelope));
        if entry.prev != current.at || entry.chain != chain {
            return Err(BackupError::Cut);
        }
        (current.at, current.chain) = (entry.seq, chain);
        current.bytes += entry.envelope.len();
        current.waiting.push(entry);
        self.written.entries += 1;
        if current.bytes >= WRITE {
            current.bytes = 0;
            self.log
                .write_entries(&current.board, &std::mem::take(&mut current.waiting))?;
        }
        Ok(())
    }

    fn end_board(&mut self) -> Result<(), BackupError> {
        let Some(current) = self.current.take() else {
            return Ok(());
        };
        let meta = &current.image.meta;
        if (current.at, current.chain) != (meta.last, meta.chain) {
            return Err(BackupError::Cut);
        }
        self.log.write_entries(&current.board, &current.waiting)?;
        self.log.settle_image(&current.board, &current.image)?;
        self.written.boards += 1;
        Ok(())
    }

    /// Moves the backup to its place.
    ///
    /// # Errors
    /// When it is not whole, or the disk refuses.
    pub fn finish(self) -> Result<Mark, BackupError> {
        if !self.is_whole {
            return Err(BackupError::Cut);
        }
        let Self {
            out,
            part,
            log,
            written,
            ..
        } = self;
        let io = |error| BackupError::io(&out, error);
        drop(log);
        wait_until_free(&part.path().join(LOG))?;
        // An empty folder may be there; a move onto it is not possible everywhere.
        let _ = fs::remove_dir(&out);
        let part = part.keep();
        fs::rename(&part, &out).map_err(io)?;
        #[cfg(unix)]
        fs::File::open(parent(&out))
            .and_then(|folder| folder.sync_all())
            .map_err(io)?;
        Ok(written)
    }
}

/// The folder that a path is in.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}
