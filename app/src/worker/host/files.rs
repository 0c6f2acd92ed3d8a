//! Files out and in: the JSON archive and the board file.

use samsyn_shared::archive::{
    self, Archive, ArchiveError, BoardFile, BoardFileError, File, FileError, FileKind, file_name,
};
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::time::Now;

use super::{Host, failed};
use crate::core::messages::{ExportKind, Failure, FromWorker};
use crate::worker::desk::{Desk, Start};
use crate::worker::io::Output;

impl Host {
    /// Hands the open board to the person; what is being typed is in it.
    pub(super) fn export(&mut self, now: Now, out: &mut Vec<Output>, kind: ExportKind) {
        self.on_desk(now, out, |desk, turn| {
            desk.all_drafts_end(turn);
            let title = desk.title_text();
            let (kind, bytes) = match kind {
                ExportKind::Archive => (FileKind::Archive, archived(desk, now)),
                ExportKind::BoardFile => (FileKind::Board, board_file(desk)),
            };
            turn.page(FromWorker::Exported {
                name: file_name(title, now.wall, kind),
                media_type: kind.media_type().to_owned(),
                bytes,
            });
        });
    }

    /// Takes a file: an archive becomes a new board; a board file is merged into its board.
    pub(super) fn import(&mut self, now: Now, out: &mut Vec<Output>, bytes: &[u8]) {
        match archive::read_file(bytes) {
            Ok(File::Archive(archive)) => self.import_archive(now, out, &archive),
            Ok(File::Board(file)) if self.is_open(file.board) => {
                self.on_desk(now, out, |desk, turn| desk.merge(turn, &file));
            }
            Ok(File::Board(file)) => self.open(now, out, file.board, Start::File(file)),
            Err(error) => out.push(failed(failure(&error))),
        }
    }

    fn import_archive(&mut self, now: Now, out: &mut Vec<Output>, archive: &Archive) {
        let keys = Box::new(BoardKeys::generate(&mut self.rng));
        let commands = archive::import_commands(&mut self.rng, archive);
        let title = archive.title.clone();
        self.open(
            now,
            out,
            keys.board(),
            Start::New {
                keys,
                title,
                commands,
            },
        );
    }
}

fn archived(desk: &Desk, now: Now) -> Vec<u8> {
    let view = desk.shown().view();
    Archive::of(view, desk.title_text(), &registers(desk), now.wall).to_json()
}

fn registers(desk: &Desk) -> Vec<Vec<u8>> {
    let registers = desk.session().registers();
    registers
        .envelopes()
        .map(|envelope| envelope.to_vec())
        .collect()
}

fn board_file(desk: &Desk) -> Vec<u8> {
    let file = BoardFile {
        board: desk.board(),
        keys: desk.keys().verify_keys(),
        title: desk.title_text().to_owned(),
        registers: registers(desk),
        final_snapshot: None,
        document: desk.document().save(),
        waiting: Vec::new(),
    };
    file.write()
}

pub(super) fn failure(error: &FileError) -> Failure {
    if let Some(version) = newer(error) {
        return Failure::FileNewer {
            version: u32::try_from(version).unwrap_or(u32::MAX),
        };
    }
    if is_of_another_kind(error) {
        return Failure::FileUnknown;
    }
    let detail = error.to_string();
    Failure::FileDamaged { detail }
}

fn newer(error: &FileError) -> Option<u64> {
    if let FileError::Archive(ArchiveError::FutureVersion { version, .. })
    | FileError::Board(BoardFileError::FutureVersion { version, .. }) = error
    {
        return Some(*version);
    }
    None
}

const fn is_of_another_kind(error: &FileError) -> bool {
    matches!(
        error,
        FileError::Archive(ArchiveError::NotAnArchive | ArchiveError::NotJson { .. })
            | FileError::Board(BoardFileError::NotABoardFile)
    )
}
