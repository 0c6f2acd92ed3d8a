//! `samsyn new`: a board, and the three links to it.

use clap::Args;
use samsyn_shared::board::Command;
use samsyn_shared::registers::Title;
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::templates::Template;
use serde_json::json;

use super::{Common, Format, LanguageArg, print, print_json};
use crate::client::{Client, Failure, RelayUrl, randomness};

pub(super) const HELP: &str = "\
Prints one link a line: the facilitator's, the participants', the observers'.
Keep the first for yourself: who has it decides. A link cannot be taken back.

Examples:
  samsyn new --relay http://localhost:3030
  samsyn new --relay https://tavla.example.se --template workshop --lang sv --title \"Ledningsgruppen\"";

/// Makes a board.
#[derive(Debug, Args)]
pub struct New {
    /// Where the relay is
    #[arg(long, value_name = "URL", env = "SAMSYN_RELAY")]
    relay: RelayUrl,
    /// What to start with: workshop (notes, ground rules, scenario cross) or empty (notes)
    #[arg(long, value_name = "NAME", default_value = "workshop", value_parser = template)]
    template: Template,
    #[command(flatten)]
    language: LanguageArg,
    /// What the board is called
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    common: Common,
}

fn template(text: &str) -> Result<Template, String> {
    let words = Template::ALL.map(Template::word).join(", ");
    Template::from_word(text)
        .ok_or_else(|| format!("there is no template “{text}”; there are {words}"))
}

impl New {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let language = self.language.choose();
        let commands = self.template.commands(&mut randomness()?, language);
        let title = self
            .title
            .as_deref()
            .unwrap_or_else(|| self.template.title(language));
        let board = NewBoard {
            relay: &self.relay,
            title: Title::new(title),
            commands: &commands,
        };
        board.make(&self.common).await
    }
}

/// A board that is to be made on a relay.
pub(super) struct NewBoard<'a> {
    pub(super) relay: &'a RelayUrl,
    pub(super) title: Title,
    pub(super) commands: &'a [Command],
}

impl NewBoard<'_> {
    /// Makes it, waits until the relay has it, and prints its links.
    pub(super) async fn make(&self, common: &Common) -> Result<(), Failure> {
        let keys = BoardKeys::generate(&mut randomness()?);
        self.put(keys.clone(), common).await?;
        self.print_links(&keys, common.format())
    }

    /// Makes it under given keys, and waits until the relay has it.
    pub(super) async fn put(&self, keys: BoardKeys, common: &Common) -> Result<(), Failure> {
        let mut client = Client::new(keys, self.relay.clone(), common.patience())?;
        client.caught_up().await?;
        client.commit(self.commands).await?;
        client.set_title(&self.title).await?;
        client.shared().await?;
        client.close().await;
        Ok(())
    }

    fn print_links(&self, keys: &BoardKeys, format: Format) -> Result<(), Failure> {
        let link = |role| keys.link(role).map(|code| self.relay.link(&code));
        match format {
            Format::Text => Role::ALL
                .into_iter()
                .filter_map(link)
                .try_for_each(|link| print(&link)),
            Format::Json => print_json(&json!({
                "board": keys.board(),
                "title": self.title.as_str(),
                "facilitator": link(Role::Facilitator),
                "participant": link(Role::Participant),
                "observer": link(Role::Observer),
            })),
        }
    }
}
