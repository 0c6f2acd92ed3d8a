//! Files that a board comes from or goes to.

use std::path::Path;

use samsyn_shared::archive::Archive;

use crate::client::{Client, Failure, wall_clock};

/// The board as an archive.
pub(super) fn archive_of(client: &Client) -> Archive {
    let title = client.title();
    Archive::of(
        client.board().view(),
        title.as_str(),
        &registers(client),
        wall_clock(),
    )
}

/// The board's registers, verbatim.
pub(super) fn registers(client: &Client) -> Vec<Vec<u8>> {
    client
        .registers()
        .envelopes()
        .map(|envelope| envelope.to_vec())
        .collect()
}

/// Writes a file whole or not at all: what was there before stays until the new one is complete.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = std::fs::File::create(&part).and_then(|mut file| {
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&part, path));
    if moved.is_err() {
        // The first error is the one that matters.
        drop(std::fs::remove_file(&part));
    }
    moved.map_err(Failure::io(path))
}
