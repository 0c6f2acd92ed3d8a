//! Which board a command works on, and where its relay is.

use clap::Args;
use samsyn_shared::seal::{BoardKeys, Link};
use samsyn_shared::templates::Language;

use super::Common;
use crate::client::{Client, Failure, RelayUrl};

/// The board.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// A link to the board; @FILE reads it from a file, so that it does not show among the running programs
    #[arg(value_name = "LINK")]
    link: String,
    /// Where the relay is, if it is not where the link says
    #[arg(long, value_name = "URL")]
    relay: Option<RelayUrl>,
}

impl Target {
    /// The keys in the link, and the relay.
    ///
    /// # Errors
    /// If the link is damaged or no relay is named.
    pub fn resolve(&self) -> Result<(BoardKeys, RelayUrl), Failure> {
        resolve(&self.link, self.relay.as_ref())
    }

    /// Opens the board and waits until all of it is here.
    ///
    /// # Errors
    /// As `resolve`, and if the relay cannot be reached in time.
    pub async fn open(&self, common: &Common) -> Result<Client, Failure> {
        let (keys, relay) = self.resolve()?;
        let mut client = Client::new(keys, relay, common.patience())?;
        client.caught_up().await?;
        Ok(client)
    }
}

/// The keys in a link, or in a file that is named after an @, and the relay.
///
/// # Errors
/// If the link is damaged or no relay is named.
pub(super) fn resolve(
    link: &str,
    relay: Option<&RelayUrl>,
) -> Result<(BoardKeys, RelayUrl), Failure> {
    let text = match link.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(Failure::io(path.as_ref()))?,
        None => link.to_owned(),
    };
    let link = Link::parse(&text)?;
    let relay = match (relay, link.origin) {
        (Some(relay), _) => relay.clone(),
        (None, Some(origin)) => origin.parse()?,
        (None, None) => return Err(Failure::NoRelay),
    };
    Ok((link.keys, relay))
}

/// The language of what the program itself writes on a board.
#[derive(Clone, Debug, Args)]
pub struct LanguageArg {
    /// The language of headings: sv, da or en; without it, the language of this computer
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
}

impl LanguageArg {
    /// The language asked for, else the computer's, else English.
    #[must_use]
    pub fn choose(&self) -> Language {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        self.lang
            .or_else(|| {
                ["LC_ALL", "LC_MESSAGES", "LANG"]
                    .into_iter()
                    .find_map(set)
                    .and_then(|tag| Language::from_code(&tag))
            })
            .unwrap_or(Language::En)
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_code(text).ok_or_else(|| format!("Samsyn speaks sv, da and en, not “{text}”"))
}
