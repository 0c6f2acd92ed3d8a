//! `samsyn compare-rules`: two boards' ground rules side by side.

use clap::Args;
use samsyn_shared::compare::{compare, rules};
use samsyn_shared::export::Words;

use super::boards::open;
use super::{Common, Format, LanguageArg, print, print_json};
use crate::client::{Failure, RelayUrl};

pub(super) const HELP: &str = "\
A and B are links, board files or JSON archives. Prints Markdown: the rules that
both have, those in different words, and those that only one has.

Example:
  samsyn compare-rules MANAGEMENT-LINK TEAM-LINK --lang sv";

/// Compares two boards' rules.
#[derive(Debug, Args)]
pub struct CompareRules {
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
    language: LanguageArg,
    #[command(flatten)]
    common: Common,
}

impl CompareRules {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let first = open(&self.first, self.relay.as_ref(), &self.common).await?;
        let second = open(&self.second, self.relay.as_ref(), &self.common).await?;
        let found = compare(rules(first.board.view()), rules(second.board.view()));
        match self.common.format() {
            Format::Text => {
                let words = Words::of(self.language.choose());
                let titles = [first.title.as_str(), second.title.as_str()];
                print(found.markdown(words, titles).trim_end())
            }
            Format::Json => print_json(&serde_json::to_value(&found).unwrap_or_default()),
        }
    }
}
