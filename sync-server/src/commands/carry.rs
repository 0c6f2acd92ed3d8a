//! `samsyn carry`: the next board, begun from what one has come to.

use clap::Args;
use samsyn_shared::board::merge::{Begun, CarriedAs, CarriedRules, Carry as What, carried};
use samsyn_shared::registers::Title;

use super::Common;
use super::boards::open;
use super::new::NewBoard;
use crate::client::{Failure, RelayUrl, randomness, wall_clock};

pub(super) const HELP: &str = "\
Prints one link a line: the facilitator's, the participants', the observers'.
FROM is a link, a board file or a JSON archive. The agreed ground rules go along,
as proposals to talk about. Nobody's name or support does.

Examples:
  samsyn carry MANAGEMENT-LINK --relay http://localhost:3030 --title \"Team Ek\"
  samsyn carry board.json --relay http://localhost:3030 --rules all --as-they-are --notes --cross";

/// Makes a board from what another one has come to.
#[derive(Debug, Args)]
pub struct Carry {
    /// A link or a file
    #[arg(value_name = "FROM")]
    from: String,
    /// Where the new board's relay is; the other's too, if its link does not say
    #[arg(long, value_name = "URL", env = "SAMSYN_RELAY")]
    relay: RelayUrl,
    /// What the new board is called; as the other one without it
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Which ground rules go along: agreed, all or none
    #[arg(long, value_name = "WHICH", default_value = "agreed", value_parser = rules)]
    rules: CarriedRules,
    /// Rules stay what they are, agreed or proposed
    #[arg(long)]
    as_they_are: bool,
    /// The notes go along too
    #[arg(long)]
    notes: bool,
    /// Scenario crosses' questions and axes go along too
    #[arg(long)]
    cross: bool,
    #[command(flatten)]
    common: Common,
}

fn rules(text: &str) -> Result<CarriedRules, String> {
    match text {
        "agreed" => Ok(CarriedRules::Agreed),
        "all" => Ok(CarriedRules::All),
        "none" => Ok(CarriedRules::None),
        _ => Err("it is agreed, all or none".to_owned()),
    }
}

impl Carry {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let from = match open(&self.from, None, &self.common).await {
            Err(Failure::NoRelay) => open(&self.from, Some(&self.relay), &self.common).await?,
            from => from?,
        };
        let view = from.board.view();
        let noted = view.notes.values().map(|it| it.section);
        let crosses = view.crosses.values().map(|it| it.section);
        let carry = What {
            rules: self.rules,
            standing: if self.as_they_are {
                CarriedAs::TheyAre
            } else {
                CarriedAs::Proposals
            },
            notes: noted.filter(|_| self.notes).collect(),
            crosses: crosses.filter(|_| self.cross).collect(),
        };
        let begun = Begun {
            board: view.board,
            title: from.title.clone(),
            at: wall_clock(),
        };
        let commands = carried(view, &mut randomness()?, begun, &carry);
        let board = NewBoard {
            relay: &self.relay,
            title: Title::new(self.title.as_deref().unwrap_or(&from.title)),
            commands: &commands,
        };
        board.make(&self.common).await
    }
}
