//! `samsyn add`: notes and ground rules from a terminal or a script.

use std::io::BufRead;

use clap::Args;
use samsyn_shared::board::Command;
use samsyn_shared::ids::{NoteId, PersonId, RuleId};
use samsyn_shared::records::{Colour, QuadrantPlace, Section, SectionKind};
use serde_json::json;

use super::place::{free_place, section};
use super::{Common, Format, Target, print, print_json};
use crate::client::{Client, Failure};

pub(super) const HELP: &str = "\
Prints the id of what was added, one a line, once it is on the relay's disk.

Examples:
  samsyn add LINK --section notes \"Kaffet är slut\"
  samsyn add LINK --section rules \"Vi börjar i tid\" --why \"Alla ska hinna\"
  samsyn add LINK --section cross --quadrant top_left \"Bussarna går oftare\"
  grep -v '^$' ideas.txt | samsyn add LINK --section Lappvägg -";

/// Adds a note or a rule.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    target: Target,
    /// Where: notes, rules or cross, a section's heading, or its id
    #[arg(long, value_name = "SECTION")]
    section: String,
    /// What it says; - adds one for each line of standard input
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// A note's paper: yellow, orange, pink, violet, blue, green or white
    #[arg(long, value_name = "COLOUR", value_parser = colour)]
    colour: Option<Colour>,
    /// A note's quadrant in a cross: top_left, top_right, bottom_left or bottom_right
    #[arg(long, value_name = "PLACE", value_parser = quadrant)]
    quadrant: Option<QuadrantPlace>,
    /// Why the room wants a rule
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// How a rule shows when it is kept
    #[arg(long, value_name = "TEXT")]
    shows_as: Option<String>,
    #[command(flatten)]
    common: Common,
}

fn colour(text: &str) -> Result<Colour, String> {
    let words = Colour::ALL.map(Colour::word).join(", ");
    let found = Colour::ALL.into_iter().find(|colour| colour.word() == text);
    found.ok_or_else(|| format!("there is no paper “{text}”; there is {words}"))
}

fn quadrant(text: &str) -> Result<QuadrantPlace, String> {
    let words = QuadrantPlace::ALL.map(QuadrantPlace::word).join(", ");
    QuadrantPlace::from_word(&text.replace('-', "_"))
        .ok_or_else(|| format!("there is no quadrant “{text}”; there are {words}"))
}

/// What was added.
struct Added {
    kind: &'static str,
    id: String,
}

impl Add {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let texts = self.texts()?;
        let mut client = self.target.open(&self.common).await?;
        let mut added = Vec::new();
        // Nobody is named as the author, but what one call adds stands in rows like what one person hangs.
        let hand = PersonId::random(client.rng());
        for text in &texts {
            added.push(self.add(&mut client, hand, text).await?);
        }
        client.shared().await?;
        client.close().await;
        added.iter().try_for_each(|added| self.print(added))
    }

    fn texts(&self) -> Result<Vec<String>, Failure> {
        if self.text != "-" {
            return Ok(vec![self.text.clone()]);
        }
        std::io::stdin()
            .lock()
            .lines()
            .collect::<Result<_, _>>()
            .map_err(Failure::io("standard input".as_ref()))
    }

    async fn add(&self, client: &mut Client, hand: PersonId, text: &str) -> Result<Added, Failure> {
        let section = section(client.board().view(), &self.section)?.clone();
        let (command, added) = match section.kind {
            SectionKind::Notes | SectionKind::Cross => self.note(client, hand, &section, text)?,
            SectionKind::Rules => self.rule(client, &section, text)?,
            SectionKind::Unknown => {
                return Err(Failure::Unfit(
                    "that section was made by a newer version; update this program".into(),
                ));
            }
        };
        client.commit(&[command]).await?;
        Ok(added)
    }

    fn note(
        &self,
        client: &mut Client,
        hand: PersonId,
        section: &Section,
        text: &str,
    ) -> Result<(Command, Added), Failure> {
        if self.why.is_some() || self.shows_as.is_some() {
            return Err(Failure::Unfit(
                "--why and --shows-as belong to rules, and that section holds notes".into(),
            ));
        }
        if self.quadrant.is_some() && section.kind != SectionKind::Cross {
            return Err(Failure::Unfit("only a scenario cross has quadrants".into()));
        }
        let id = NoteId::random(client.rng());
        let command = Command::AddNote {
            id,
            section: section.id,
            quadrant: self.quadrant,
            text: text.to_owned(),
            at: free_place(client.board().view(), section.id, self.quadrant, hand, id),
            colour: self.colour.unwrap_or_default(),
            author: None,
        };
        Ok((
            command,
            Added {
                kind: "note",
                id: id.to_string(),
            },
        ))
    }

    fn rule(
        &self,
        client: &mut Client,
        section: &Section,
        text: &str,
    ) -> Result<(Command, Added), Failure> {
        if self.colour.is_some() || self.quadrant.is_some() {
            return Err(Failure::Unfit(
                "--colour and --quadrant belong to notes, and that section holds rules".into(),
            ));
        }
        let id = RuleId::random(client.rng());
        let command = Command::AddRule {
            id,
            section: section.id,
            text: text.to_owned(),
            why: self.why.clone().unwrap_or_default(),
            shows_as: self.shows_as.clone().unwrap_or_default(),
            author: None,
        };
        Ok((
            command,
            Added {
                kind: "rule",
                id: id.to_string(),
            },
        ))
    }

    fn print(&self, added: &Added) -> Result<(), Failure> {
        match self.common.format() {
            Format::Text => print(&added.id),
            Format::Json => print_json(&json!({ "kind": added.kind, "id": added.id })),
        }
    }
}
