//! Which of the two files some bytes are, and what such a file is called.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Archive, ArchiveError, BoardFile, BoardFileError, Timestamp, import_commands};
use crate::board::{Board, CommandError};
use crate::time::UnixMillis;

/// The two files of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// The JSON archive.
    Archive,
    /// The board file.
    Board,
}

impl FileKind {
    /// How the file's name ends.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Archive => "json",
            Self::Board => "samsyn",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Archive => "application/json",
            Self::Board => "application/octet-stream",
        }
    }
}

/// A file that somebody chose to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// A JSON archive.
    Archive(Box<Archive>),
    /// A board file.
    Board(Box<BoardFile>),
}

impl File {
    /// The title and the board, to be looked at and not to be merged or written on: what had been merged into an archived
    /// board is its own here.
    ///
    /// # Errors
    /// As `Board::commit`.
    pub fn board(&self) -> Result<(&str, Board), CommandError> {
        match self {
            Self::Archive(archive) => {
                // The ids of its texts are seen by nobody.
                let mut rng = ChaCha20Rng::from_seed(archive.board_id.0);
                let commands = import_commands(&mut rng, archive);
                let mut board = Board::new(archive.board_id);
                board.commit(archive.exported.0, &mut rng, &commands)?;
                Ok((&archive.title, board))
            }
            Self::Board(file) => {
                let waiting = file.waiting.iter().map(Vec::as_slice);
                let chunks = [file.document.as_slice()].into_iter().chain(waiting);
                let chunks: Vec<&[u8]> = chunks.collect();
                Ok((&file.title, Board::load(file.board, &chunks).0))
            }
        }
    }
}

/// Why a chosen file cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Read as an archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Read as a board file.
    #[error(transparent)]
    Board(#[from] BoardFileError),
}

/// Reads a file of either kind; its first bytes tell which it is.
///
/// # Errors
/// Those of the kind that it looks like.
pub fn read_file(bytes: &[u8]) -> Result<File, FileError> {
    if BoardFile::looks_like(bytes) {
        return Ok(File::Board(Box::new(BoardFile::read(bytes)?)));
    }
    Ok(File::Archive(Box::new(Archive::parse(bytes)?)))
}

/// A name for a file of the board called `title`, such as `Ledningsgruppen 2026-11-22.json`: no character that a
/// file system refuses, at most 80 characters before the date.
#[must_use]
pub fn file_name(title: &str, now: UnixMillis, kind: FileKind) -> String {
    let spaced = title.replace(
        |it: char| it.is_control() || "/\\:*?\"<>|".contains(it),
        " ",
    );
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(80).collect();
    let name = match short.trim_matches([' ', '.']) {
        "" => "Samsyn",
        name => name,
    };
    let date = Timestamp(now).date();
    format!("{name} {date}.{}", kind.extension())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn check(title: &str, expected: &str) {
        let now = UnixMillis(1_795_339_800_123);
        assert_eq!(file_name(title, now, FileKind::Archive), expected);
    }

    #[test]
    fn a_file_is_called_what_the_board_is_called() {
        check(
            "Ledningsgruppen höst",
            "Ledningsgruppen höst 2026-11-22.json",
        );
        check("", "Samsyn 2026-11-22.json");
        check("../../etc/passwd", "etc passwd 2026-11-22.json");
        check("Mål: vård/omsorg?\n", "Mål vård omsorg 2026-11-22.json");
    }
}
