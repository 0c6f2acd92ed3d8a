//! `samsyn import`: a new board from a file.

use std::path::PathBuf;

use clap::Args;
use samsyn_shared::archive::{Archive, BoardFile, File, import_commands};
use samsyn_shared::board::Board;
use samsyn_shared::registers::Title;

use super::Common;
use super::boards::file;
use super::new::NewBoard;
use crate::client::{Failure, RelayUrl, randomness, wall_clock};

pub(super) const HELP: &str = "\
Prints one link a line: the facilitator's, the participants', the observers'.
The new board has the file's sections, notes, rules and crosses, its trash too,
and links of its own; the board that was archived stays as it is.

Example:
  samsyn import board.json --relay http://localhost:3030";

/// Makes a board from a file.
#[derive(Debug, Args)]
pub struct Import {
    /// A JSON archive or a board file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the relay is
    #[arg(long, value_name = "URL", env = "SAMSYN_RELAY")]
    relay: RelayUrl,
    #[command(flatten)]
    common: Common,
}

impl Import {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let archive = match file(&self.file)? {
            File::Archive(archive) => *archive,
            File::Board(file) => archive_from(&file),
        };
        let commands = import_commands(&mut randomness()?, &archive);
        let board = NewBoard {
            relay: &self.relay,
            title: Title::new(&archive.title),
            commands: &commands,
        };
        board.make(&self.common).await
    }
}

/// What a board file shows, as an archive: its history stays behind.
fn archive_from(file: &BoardFile) -> Archive {
    let mut chunks = vec![file.document.as_slice()];
    chunks.extend(file.waiting.iter().map(Vec::as_slice));
    let (board, _) = Board::load(file.board, &chunks);
    Archive::of(board.view(), &file.title, &file.registers, wall_clock())
}
