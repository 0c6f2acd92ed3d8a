//! `samsyn merge`: boards brought together on one.

use clap::{Args, ValueEnum};
use samsyn_shared::board::merge::{FieldValue, PlaceBy, Preview, SourceBoard, settle_sources};
use samsyn_shared::board::{Command, View};
use samsyn_shared::ids::BoardId;
use samsyn_shared::records::RecordId;
use serde_json::{Value, json};

use super::boards::{fetch, open};
use super::target::resolve;
use super::{Common, Format, print, print_json};
use crate::client::{Client, Failure, RelayUrl};

pub(super) const HELP: &str = "\
FROM is a link to a board, a board file or a JSON archive. Merging the same board
again brings only what is new. Where several have changed the same field, nothing
is overwritten: it is listed, and people choose on the board.

Examples:
  samsyn merge LINK --groups
  samsyn merge LINK group.samsyn other.json --place flow
  samsyn merge LINK OTHER-LINK --dry-run --json";

/// Merges boards.
#[derive(Debug, Args)]
pub struct Merge {
    /// A link to the board that the others come into; @FILE reads it from a file
    #[arg(value_name = "INTO")]
    into: String,
    /// Links or files of the boards that come in
    #[arg(value_name = "FROM", required_unless_present = "groups")]
    from: Vec<String>,
    /// Merge all groups of the board
    #[arg(long)]
    groups: bool,
    /// Where the notes of the others hang
    #[arg(long, value_enum, default_value = "lanes")]
    place: Place,
    /// Only say what a merge would do
    #[arg(long)]
    dry_run: bool,
    /// Where the relay is, if it is not where the links say
    #[arg(long, value_name = "URL")]
    relay: Option<RelayUrl>,
    #[command(flatten)]
    common: Common,
}

/// Where notes hang.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Place {
    /// In a lane for each board
    Lanes,
    /// Where each board put them
    Overlay,
    /// In one field of rows
    Flow,
}

impl Merge {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let (keys, relay) = resolve(&self.into, self.relay.as_ref())?;
        let mut client = Client::new(keys, relay.clone(), self.common.patience())?;
        client.caught_up().await?;
        let sources = self.sources(&client, &relay).await?;
        let preview = client.preview(&sources)?;
        if !self.dry_run {
            let merges = sources.iter().map(|it| Command::Merge(it.source.clone()));
            let merges: Vec<Command> = merges.collect();
            client.import(&sources).await?;
            client.commit(&merges).await?;
            client.shared().await?;
        }
        client.close().await;
        match self.common.format() {
            Format::Text => text(&preview, &sources).lines().try_for_each(print),
            Format::Json => print_json(&as_json(&preview, &sources)),
        }
    }

    async fn sources(
        &self,
        client: &Client,
        relay: &RelayUrl,
    ) -> Result<Vec<SourceBoard>, Failure> {
        let groups = client.registers().groups(client.keys());
        let mut sources = Vec::new();
        for from in &self.from {
            sources.extend(open(from, self.relay.as_ref(), &self.common).await?.sources);
        }
        if self.groups {
            for group in &groups {
                let keys = group.keys.clone();
                sources.extend(fetch(keys, relay.clone(), &self.common).await?.sources);
            }
        }
        let place = match self.place {
            Place::Lanes => PlaceBy::Lanes,
            Place::Overlay => PlaceBy::Overlay,
            Place::Flow => PlaceBy::Flow,
        };
        settle_sources(client.board().view(), &groups, place, &mut sources);
        Ok(sources)
    }
}

fn name(sources: &[SourceBoard], board: &BoardId) -> String {
    let found = sources.iter().find(|it| it.source.board == *board);
    found.map_or_else(|| board.to_string(), |it| it.source.name.clone())
}

fn text(preview: &Preview, sources: &[SourceBoard]) -> String {
    let mut out = String::new();
    for group in &preview.groups {
        out.push_str(&format!(
            "{}: {} new, {} changed, {} removed there",
            name(sources, &group.board),
            group.new.len(),
            group.changed.len(),
            group.removed.len()
        ));
        if group.refused > 0 {
            out.push_str(&format!(
                ", {} refused (damaged, or of a newer version)",
                group.refused
            ));
        }
        out.push('\n');
    }
    for conflict in &preview.conflicts {
        out.push_str(&format!(
            "To choose: {} of {}: {}",
            conflict.field.key(),
            called(&preview.view, conflict.record),
            value(&conflict.shown)
        ));
        for proposal in &conflict.proposals {
            let from: Vec<String> = proposal.from.iter().map(|it| name(sources, it)).collect();
            out.push_str(&format!(
                " | {}: {}",
                from.join(", "),
                value(&proposal.value)
            ));
        }
        out.push('\n');
    }
    for pile in &preview.piles {
        let words = pile.iter().filter_map(|it| preview.view.notes.get(it));
        let words: Vec<String> = words
            .map(|it| format!("“{}”", preview.view.text(it.text)))
            .collect();
        out.push_str(&format!("Nearly the same: {}\n", words.join(" | ")));
    }
    out
}

/// What a value is, in one line.
pub(super) fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            format!("“{}”", words.join(" "))
        }
        FieldValue::Status(status) => status.word().to_owned(),
        FieldValue::Colour(colour) => colour.word().to_owned(),
        FieldValue::Section(section) => {
            section.map_or_else(|| "none".to_owned(), |it| it.to_string())
        }
        FieldValue::Quadrant(quadrant) => quadrant.map_or("none", |it| it.word()).to_owned(),
        FieldValue::Note(note) => note.map_or_else(|| "none".to_owned(), |it| it.to_string()),
        FieldValue::Judged(judged) => judged.map_or_else(
            || "none".to_owned(),
            |it| format!("impact {}, uncertainty {}", it.impact, it.uncertainty),
        ),
        FieldValue::Tag(tag) => tag.map_or("none", |it| it.word()).to_owned(),
        FieldValue::Year(year) => year.map_or_else(|| "none".to_owned(), |it| it.to_string()),
    }
}

/// A record as people would name it: what it is and its first words.
pub(super) fn called(view: &View, record: RecordId) -> String {
    let (kind, text) = match record {
        RecordId::Section(id) => ("section", view.sections.get(&id).and_then(|it| it.title)),
        RecordId::Note(id) => ("note", view.notes.get(&id).and_then(|it| it.text)),
        RecordId::Rule(id) => ("rule", view.rules.get(&id).and_then(|it| it.text)),
        RecordId::Cross(id) => ("cross", view.crosses.get(&id).and_then(|it| it.question)),
        RecordId::Person(_) => ("person", None),
    };
    let words: String = view.text(text).chars().take(60).collect();
    if words.trim().is_empty() {
        kind.to_owned()
    } else {
        format!("{kind} “{}”", words.trim())
    }
}

/// The id of a record as text.
pub(super) fn id(record: RecordId) -> String {
    record
        .bytes()
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect()
}

fn as_json(preview: &Preview, sources: &[SourceBoard]) -> Value {
    let ids = |records: &[RecordId]| -> Vec<String> { records.iter().map(|it| id(*it)).collect() };
    let groups = preview.groups.iter().map(|it| {
        json!({
            "board": it.board,
            "name": name(sources, &it.board),
            "new": ids(&it.new),
            "changed": it.changed.iter().map(|it| json!({
                "record": id(it.record),
                "field": it.field.key(),
                "from": value(&it.from),
                "to": value(&it.to),
            })).collect::<Vec<_>>(),
            "removed": ids(&it.removed),
            "refused": it.refused,
        })
    });
    let conflicts = preview.conflicts.iter().map(|it| {
        json!({
            "record": id(it.record),
            "field": it.field.key(),
            "shown": value(&it.shown),
            "proposals": it.proposals.iter().map(|it| json!({
                "value": value(&it.value),
                "from": it.from.iter().map(|it| name(sources, it)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "groups": groups.collect::<Vec<_>>(),
        "conflicts": conflicts.collect::<Vec<_>>(),
        "nearly_the_same": preview.piles,
    })
}
