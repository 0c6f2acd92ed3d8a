//! `samsyn archive`: a board as a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use samsyn_shared::archive::{BoardFile, FileKind, file_name};
use serde_json::json;

use super::files::{archive_of, registers, write};
use super::{Common, Format, Target, print, print_json};
use crate::client::{Client, Failure, wall_clock};

pub(super) const HELP: &str = "\
A file that ends in .samsyn is a board file: the board with its history, for
opening it on a device without a network. Any other is a JSON archive. Both can
be read by whoever has them, and neither holds a key to the board.

Examples:
  samsyn archive LINK
  samsyn archive LINK -o board.json
  samsyn archive LINK -o board.samsyn
  samsyn archive LINK -o - | jq .title";

/// Saves a board.
#[derive(Debug, Args)]
pub struct Archive {
    #[command(flatten)]
    target: Target,
    /// Where to save it; - is standard output; without it, a file named after the board
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl Archive {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let client = self.target.open(&self.common).await?;
        let path = self.path(&client);
        let bytes = bytes(&client, &path);
        if path.as_os_str() == "-" {
            client.close().await;
            return std::io::stdout()
                .lock()
                .write_all(&bytes)
                .map_err(Failure::Print);
        }
        write(&path, &bytes)?;
        let notes = client.board().view().notes.len();
        client.close().await;
        self.report(&path, bytes.len(), notes)
    }

    fn path(&self, client: &Client) -> PathBuf {
        let named = || file_name(client.title().as_str(), wall_clock(), FileKind::Archive).into();
        self.output.clone().unwrap_or_else(named)
    }

    fn report(&self, path: &Path, size: usize, notes: usize) -> Result<(), Failure> {
        match self.common.format() {
            Format::Text => print(&path.display().to_string()),
            Format::Json => print_json(&json!({ "file": path, "bytes": size, "notes": notes })),
        }
    }
}

fn bytes(client: &Client, path: &Path) -> Vec<u8> {
    let wanted = FileKind::Board.extension();
    if path
        .extension()
        .is_none_or(|extension| !extension.eq_ignore_ascii_case(wanted))
    {
        return archive_of(client).to_json();
    }
    let file = BoardFile {
        board: client.keys().board(),
        keys: client.keys().verify_keys(),
        title: client.title().to_string(),
        registers: registers(client),
        final_snapshot: None,
        document: client.board().save(),
        waiting: Vec::new(),
    };
    file.write()
}
