//! `samsyn diff`: what differs between two boards, or two states of one.

use clap::Args;
use samsyn_shared::board::diff::differences;
use serde_json::json;

use super::boards::open;
use super::merge::{called, id, value};
use super::{Common, Format, print, print_json};
use crate::client::{Failure, RelayUrl};

pub(super) const HELP: &str = "\
A and B are links, board files or JSON archives. Records are told apart by their
ids, so this is for two states of one board; what one has and the other has not
is listed with + and -.

Example:
  samsyn diff before.json LINK";

/// Compares two boards.
#[derive(Debug, Args)]
pub struct Diff {
    /// A link or a file
    #[arg(value_name = "A")]
    first: String,
    /// A link or a file
    #[arg(value_name = "B")]
    second: String,
    /// Where the relay is, if it is not where the links say
    #[arg(long, value_name = "URL")]
    relay: Option<RelayUrl>,
    #[command(flatten)]
    common: Common,
}

impl Diff {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let first = open(&self.first, self.relay.as_ref(), &self.common).await?;
        let second = open(&self.second, self.relay.as_ref(), &self.common).await?;
        let found = differences(&first.board, &second.board);
        let (a, b) = (first.board.view(), second.board.view());
        match self.common.format() {
            Format::Text => {
                let removed = found.removed.iter();
                removed
                    .map(|it| format!("- {}", called(a, *it)))
                    .try_for_each(|it| print(&it))?;
                let added = found.added.iter();
                added
                    .map(|it| format!("+ {}", called(b, *it)))
                    .try_for_each(|it| print(&it))?;
                found.changed.iter().try_for_each(|it| {
                    print(&format!(
                        "~ {}: {} {} → {}",
                        called(b, it.record),
                        it.field.key(),
                        value(&it.from),
                        value(&it.to)
                    ))
                })
            }
            Format::Json => print_json(&json!({
                "added": found.added.iter().map(|it| id(*it)).collect::<Vec<_>>(),
                "removed": found.removed.iter().map(|it| id(*it)).collect::<Vec<_>>(),
                "changed": found.changed.iter().map(|it| json!({
                    "record": id(it.record),
                    "field": it.field.key(),
                    "from": value(&it.from),
                    "to": value(&it.to),
                })).collect::<Vec<_>>(),
            })),
        }
    }
}
