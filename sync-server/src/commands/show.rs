//! `samsyn show`: the board in reading order.

use clap::Args;
use samsyn_shared::export::{Words, markdown, outline};

use super::files::archive_of;
use super::{Common, Format, LanguageArg, Target, print};
use crate::client::Failure;

pub(super) const HELP: &str = "\
Prints the board as Markdown, without its trash. With --json it prints what
“samsyn archive” would save, the trash included.

Examples:
  samsyn show LINK
  samsyn show LINK --json | jq -r '.notes[].text'";

/// Prints a board.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    language: LanguageArg,
    #[command(flatten)]
    common: Common,
}

impl Show {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let client = self.target.open(&self.common).await?;
        let text = match self.common.format() {
            Format::Text => {
                let words = Words::of(self.language.choose());
                markdown(&outline(
                    client.board().view(),
                    client.title().as_str(),
                    words,
                ))
            }
            Format::Json => String::from_utf8_lossy(&archive_of(&client).to_json()).into_owned(),
        };
        client.close().await;
        print(text.trim_end())
    }
}
