//! Boards that a command reads from: a link to one, or a file of one.

use std::path::{Path, PathBuf};

use samsyn_shared::archive::{File, read_file};
use samsyn_shared::board::Board;
use samsyn_shared::board::merge::SourceBoard;
use samsyn_shared::seal::BoardKeys;

use super::Common;
use super::target::resolve;
use crate::client::{Client, Failure, RelayUrl};

/// A board that was read.
pub(super) struct OpenedBoard {
    pub(super) title: String,
    pub(super) board: Board,
    /// The same, to be merged, with the boards that it had merged itself.
    pub(super) sources: Vec<SourceBoard>,
}

/// What people write for a board: a file if there is one of that name, else a link.
pub(super) async fn open(
    from: &str,
    relay: Option<&RelayUrl>,
    common: &Common,
) -> Result<OpenedBoard, Failure> {
    let path = Path::new(from);
    if path.is_file() {
        return read(path);
    }
    let (keys, relay) = resolve(from, relay)?;
    fetch(keys, relay, common).await
}

/// A board from its relay.
pub(super) async fn fetch(
    keys: BoardKeys,
    relay: RelayUrl,
    common: &Common,
) -> Result<OpenedBoard, Failure> {
    let mut client = Client::new(keys, relay, common.patience())?;
    client.caught_up().await?;
    let title = client.title().to_string();
    let board = client.board().clone();
    client.close().await;
    Ok(OpenedBoard {
        sources: SourceBoard::of_board(&board, &title),
        title,
        board,
    })
}

/// A board from a file.
fn read(path: &Path) -> Result<OpenedBoard, Failure> {
    let file = file(path)?;
    let sources = SourceBoard::of_file(&file)?;
    let (title, board) = file.board()?;
    Ok(OpenedBoard {
        title: title.to_owned(),
        board,
        sources,
    })
}

/// Reads a file of either kind.
pub(super) fn file(path: &Path) -> Result<File, Failure> {
    let bytes = std::fs::read(path).map_err(Failure::io(path))?;
    read_file(&bytes).map_err(|error| Failure::File {
        path: PathBuf::from(path),
        error,
    })
}
