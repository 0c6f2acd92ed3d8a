//! `samsyn pause`, `reopen` and `finish`: what the facilitator decides about a whole board.

use clap::Args;
use samsyn_shared::registers::BoardState;
use serde_json::json;

use super::{Common, Format, Target, print, print_json};
use crate::client::Failure;

pub(super) const PAUSE_HELP: &str = "\
Participants' changes wait until the board is reopened; nothing of them is lost.
Facilitators can go on writing. Needs the facilitator's link.

Example:
  samsyn pause LINK";

pub(super) const REOPEN_HELP: &str = "\
Everybody can write again. What came too late for a finished board is then
shared like any other change. Needs the facilitator's link.

Example:
  samsyn reopen LINK";

pub(super) const FINISH_HELP: &str = "\
Pauses the board, waits until everything is on the relay, seals it as it is and
freezes it: from then on everybody sees the same board, and nobody can change it.
What a tablet without a network has written stays there and comes too late; see
samsyn reopen. Needs the facilitator's link.

Examples:
  samsyn finish LINK
  samsyn finish LINK && samsyn archive LINK -o board.json";

/// Pauses a board.
#[derive(Debug, Args)]
pub struct Pause {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    common: Common,
}

/// Opens a paused or finished board again.
#[derive(Debug, Args)]
pub struct Reopen {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    common: Common,
}

/// Finishes a board.
#[derive(Debug, Args)]
pub struct Finish {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    common: Common,
}

impl Pause {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        set(&self.target, &self.common, &BoardState::Paused).await
    }
}

impl Reopen {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        set(&self.target, &self.common, &BoardState::Open).await
    }
}

impl Finish {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let mut client = self.target.open(&self.common).await?;
        client.finish().await?;
        let state = client.registers().state();
        client.close().await;
        say(&self.common, &state)
    }
}

async fn set(target: &Target, common: &Common, state: &BoardState) -> Result<(), Failure> {
    let mut client = target.open(common).await?;
    client.set_state(state).await?;
    client.close().await;
    say(common, state)
}

/// How a board stands, in a word that `samsyn inspect` uses too.
pub(super) const fn word(state: &BoardState) -> &'static str {
    match state {
        BoardState::Open => "open",
        BoardState::Paused => "paused",
        BoardState::Frozen { .. } => "frozen",
        BoardState::Deleted => "deleted",
    }
}

fn say(common: &Common, state: &BoardState) -> Result<(), Failure> {
    match common.format() {
        Format::Json => print_json(&json!({ "state": word(state) })),
        Format::Text => print(match state {
            BoardState::Open => "The board is open.",
            BoardState::Paused => "The board is paused.",
            BoardState::Frozen { .. } => "The board is finished.",
            BoardState::Deleted => "The board was deleted.",
        }),
    }
}
