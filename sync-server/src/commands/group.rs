//! `samsyn group`: breakout groups of a board.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use samsyn_shared::board::Board;
use samsyn_shared::board::merge::{Notes, copies};
use samsyn_shared::ids::{GroupId, SectionId};
use samsyn_shared::records::Colour;
use samsyn_shared::registers::{Group, MAX_GROUPS, Title};
use samsyn_shared::seal::{BoardKeys, Role};
use serde_json::json;

use super::new::NewBoard;
use super::place::section;
use super::{Common, Format, Target, print, print_json};
use crate::client::{Client, Failure, RelayUrl};

pub(super) const NEW_HELP: &str = "\
Each group gets a board of its own with copies of the sections, and a link that
its participants open. Whoever has the main board's link can pick a group there.
“samsyn merge LINK --groups” brings their work back together.

Examples:
  samsyn group new LINK --count 4
  samsyn group new LINK Björk Ek Asp --section rules --section cross --notes";

pub(super) const LIST_HELP: &str = "\
Prints each group's number, name and link, as far as the link lets you: a
facilitator's and a participant's link give the groups' participants' links, an
observer's link gives links to look.

Example:
  samsyn group list LINK";

/// What to do with groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// Make groups, each with a board of its own
    #[command(after_help = NEW_HELP)]
    New(NewGroups),
    /// Print the groups of a board
    #[command(after_help = LIST_HELP)]
    List(ListGroups),
}

/// Makes groups.
#[derive(Debug, Args)]
pub struct NewGroups {
    #[command(flatten)]
    target: Target,
    /// What the groups are called
    #[arg(value_name = "NAME", required_unless_present = "count")]
    names: Vec<String>,
    /// Make so many groups, named by numbers
    #[arg(long, value_name = "NUMBER", conflicts_with = "names", value_parser = clap::value_parser!(u16).range(1..=30))]
    count: Option<u16>,
    /// A section that the groups get: its heading, its kind (notes, rules, cross) or its id; without it, all
    #[arg(long = "section", value_name = "SECTION")]
    sections: Vec<String>,
    /// The groups start with the notes that hang there now
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    common: Common,
}

/// Prints groups.
#[derive(Debug, Args)]
pub struct ListGroups {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    common: Common,
}

impl GroupCommand {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        match self {
            Self::New(command) => command.run().await,
            Self::List(command) => command.run().await,
        }
    }
}

impl NewGroups {
    async fn run(&self) -> Result<(), Failure> {
        let (_, relay) = self.target.resolve()?;
        let mut client = self.target.open(&self.common).await?;
        if client.keys().role() != Role::Facilitator {
            return Err(Failure::NotFacilitator);
        }
        let groups = self.groups(&mut client)?;
        let sections = self.sections(client.board())?;
        let notes = if self.notes {
            Notes::With
        } else {
            Notes::Without
        };
        for group in &groups {
            let view = client.board().view().clone();
            let commands = copies(&view, client.rng(), &sections, notes);
            let title = format!("{} – {}", client.title(), group.name);
            let board = NewBoard {
                relay: &relay,
                title: Title::new(&title),
                commands: &commands,
            };
            board.put(group.keys.clone(), &self.common).await?;
            client.set_group(group).await?;
        }
        client.shared().await?;
        client.close().await;
        print_groups(&groups, &relay, self.common.format())
    }

    fn groups(&self, client: &mut Client) -> Result<Vec<Group>, Failure> {
        let keys = client.keys().clone();
        let former = client.registers().groups(&keys);
        let first = former.last().map_or(0, |it| it.number.saturating_add(1));
        let names: Vec<String> = match self.count {
            Some(count) => (0..count).map(|it| (first + it + 1).to_string()).collect(),
            None => self.names.clone(),
        };
        if former.len() + names.len() > MAX_GROUPS {
            return Err(Failure::Unfit(format!(
                "a board has at most {MAX_GROUPS} groups, and this one has {} already",
                former.len()
            )));
        }
        let made = (first..).zip(&names).map(|(number, name)| {
            let colour = usize::from(number) % Colour::ALL.len();
            let colour = Colour::ALL.get(colour).copied().unwrap_or_default();
            let id = GroupId::random(client.rng());
            Group::new(&keys, id, name, colour, number).ok_or(Failure::NotFacilitator)
        });
        made.collect()
    }

    fn sections(&self, board: &Board) -> Result<BTreeSet<SectionId>, Failure> {
        let view = board.view();
        if self.sections.is_empty() {
            return Ok(view.sections_in_order().iter().map(|it| it.id).collect());
        }
        let wanted = self.sections.iter();
        wanted
            .map(|it| section(view, it).map(|found| found.id))
            .collect()
    }
}

impl ListGroups {
    async fn run(&self) -> Result<(), Failure> {
        let (_, relay) = self.target.resolve()?;
        let client = self.target.open(&self.common).await?;
        let groups = client.registers().groups(client.keys());
        client.close().await;
        print_groups(&groups, &relay, self.common.format())
    }
}

/// The link that a group's participants open, or that shows the group to whoever may only look.
fn link(keys: &BoardKeys, relay: &RelayUrl) -> Option<String> {
    let code = keys.link(Role::Participant);
    let code = code.or_else(|| keys.link(Role::Observer))?;
    Some(relay.link(&code))
}

fn print_groups(groups: &[Group], relay: &RelayUrl, format: Format) -> Result<(), Failure> {
    match format {
        Format::Text => groups.iter().try_for_each(|it| {
            let link = link(&it.keys, relay).unwrap_or_default();
            print(&format!("{}\t{}\t{link}", it.number + 1, it.name))
        }),
        Format::Json => {
            let groups = groups.iter().map(|it| {
                json!({
                    "id": it.id,
                    "name": it.name,
                    "colour": it.colour,
                    "number": it.number + 1,
                    "board": it.keys.board(),
                    "link": link(&it.keys, relay),
                })
            });
            print_json(&groups.collect::<Vec<_>>().into())
        }
    }
}
