//! `samsyn watch`: what happens on a board, as it happens.

use std::collections::BTreeMap;

use clap::Args;
use samsyn_shared::board::{Delta, Record, View};
use samsyn_shared::ids::{SectionId, TextId};
use samsyn_shared::records::{Cross, CrossField, Presence, RecordId};
use samsyn_shared::sync::session::LinkStatus;
use serde_json::{Value, json};

use super::{Common, Format, Target, print, print_json};
use crate::client::{Client, Event, Failure};

pub(super) const HELP: &str = "\
Prints a line for each change from now on: what happened (added, changed,
removed, restored), to what, in which section, and its words. With --json, one
object a line. What the connection does is told on standard error.

Examples:
  samsyn watch LINK
  samsyn watch LINK --json | jq -r 'select(.change == \"added\") | .text'";

/// Follows a board.
#[derive(Debug, Args)]
pub struct Watch {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    common: Common,
}

/// What is said of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    kind: &'static str,
    id: String,
    section: Option<SectionId>,
    text: String,
    presence: Presence,
}

impl Watch {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let mut client = self.target.open(&self.common).await?;
        eprintln!("samsyn: watching; Ctrl-C ends it");
        let mut known = Known::of(client.board().view());
        let mut link = LinkStatus::Online;
        loop {
            let events = tokio::select! {
                events = client.step() => events?,
                _ = tokio::signal::ctrl_c() => break,
            };
            for event in events {
                self.tell(&client, &mut known, &mut link, event)?;
            }
        }
        client.close().await;
        Ok(())
    }

    fn tell(
        &self,
        client: &Client,
        known: &mut Known,
        link: &mut LinkStatus,
        event: Event,
    ) -> Result<(), Failure> {
        match event {
            Event::Board(delta) => self.tell_delta(client.board().view(), known, &delta),
            Event::Registers(_) => self.tell_title(client, known),
            Event::Status(status) => {
                tell_link(std::mem::replace(link, status.link), status.link);
                Ok(())
            }
            Event::Warning(words) => {
                eprintln!("samsyn: {words}");
                Ok(())
            }
        }
    }

    fn tell_delta(&self, view: &View, known: &mut Known, delta: &Delta) -> Result<(), Failure> {
        for id in known.touched(view, delta) {
            let Some(seen) = see(view, id) else { continue };
            let before = known.records.insert(id, seen.clone());
            if let Some(change) = what_happened(before.as_ref(), &seen) {
                self.print(change, &seen, section_name(view, &seen))?;
            }
        }
        Ok(())
    }

    fn tell_title(&self, client: &Client, known: &mut Known) -> Result<(), Failure> {
        let text = client.title().to_string();
        if known.title.replace(text.clone()).as_ref() == Some(&text) {
            return Ok(());
        }
        let id = client.keys().board().to_string();
        let seen = Seen {
            kind: "title",
            id,
            section: None,
            text,
            presence: Presence::OnBoard,
        };
        self.print("changed", &seen, "")
    }

    fn print(&self, change: &str, seen: &Seen, section: &str) -> Result<(), Failure> {
        match self.common.format() {
            Format::Text => print(&format!(
                "{change}\t{}\t{section}\t{}",
                seen.kind,
                seen.text.replace(['\n', '\t'], " ")
            )),
            Format::Json => print_json(&seen.json(change)),
        }
    }
}

impl Seen {
    fn json(&self, change: &str) -> Value {
        json!({
            "change": change,
            "kind": self.kind,
            "id": self.id,
            "section": self.section,
            "text": self.text,
        })
    }
}

/// What was printed last of each record, and whose text each text is.
#[derive(Default)]
struct Known {
    records: BTreeMap<RecordId, Seen>,
    owners: BTreeMap<TextId, RecordId>,
    title: Option<String>,
}

impl Known {
    fn of(view: &View) -> Self {
        let mut known = Self::default();
        let records = view
            .sections
            .values()
            .cloned()
            .map(Record::Section)
            .chain(view.notes.values().cloned().map(Record::Note))
            .chain(view.rules.values().cloned().map(Record::Rule))
            .chain(view.crosses.values().cloned().map(Record::Cross))
            .chain(view.people.values().cloned().map(Record::Person));
        for record in records {
            let id = known.own(&record);
            known.records.extend(see(view, id).map(|seen| (id, seen)));
        }
        known
    }

    /// The records that a delta speaks of, by themselves or by their texts.
    fn touched(&mut self, view: &View, delta: &Delta) -> Vec<RecordId> {
        let mut ids: Vec<RecordId> = delta
            .records
            .iter()
            .map(|record| self.own(record))
            .collect();
        ids.extend(
            delta
                .texts
                .iter()
                .filter_map(|text| self.owners.get(&text.id)),
        );
        ids.sort();
        ids.dedup();
        ids.retain(|id| see(view, *id).is_some());
        ids
    }

    fn own(&mut self, record: &Record) -> RecordId {
        let (id, texts) = texts_of(record);
        self.owners
            .extend(texts.into_iter().flatten().map(|text| (text, id)));
        id
    }
}

fn texts_of(record: &Record) -> (RecordId, Vec<Option<TextId>>) {
    match record {
        Record::Section(it) => (RecordId::Section(it.id), vec![it.title]),
        Record::Note(it) => (RecordId::Note(it.id), vec![it.text]),
        Record::Rule(it) => (RecordId::Rule(it.id), vec![it.text, it.why, it.shows_as]),
        Record::Cross(it) => (
            RecordId::Cross(it.id),
            CrossField::ALL
                .iter()
                .map(|field| it.text(*field))
                .collect(),
        ),
        Record::Person(it) => (RecordId::Person(it.id), Vec::new()),
    }
}

fn see(view: &View, id: RecordId) -> Option<Seen> {
    let words = |texts: &[Option<TextId>]| {
        let texts: Vec<&str> = texts
            .iter()
            .map(|text| view.text(*text))
            .filter(|text| !text.is_empty())
            .collect();
        texts.join(" · ")
    };
    let seen = |kind, id: String, section, text, presence| {
        Some(Seen {
            kind,
            id,
            section,
            text,
            presence,
        })
    };
    match id {
        RecordId::Section(id) => {
            let it = view.sections.get(&id)?;
            seen(
                "section",
                id.to_string(),
                Some(id),
                words(&[it.title]),
                it.presence,
            )
        }
        RecordId::Note(id) => {
            let it = view.notes.get(&id)?;
            seen(
                "note",
                id.to_string(),
                Some(it.section),
                words(&[it.text]),
                it.presence,
            )
        }
        RecordId::Rule(id) => {
            let it = view.rules.get(&id)?;
            seen(
                "rule",
                id.to_string(),
                Some(it.section),
                words(&[it.text, it.why, it.shows_as]),
                it.presence,
            )
        }
        RecordId::Cross(id) => {
            let it = view.crosses.get(&id)?;
            seen(
                "cross",
                id.to_string(),
                Some(it.section),
                words(&cross_texts(it)),
                it.presence,
            )
        }
        RecordId::Person(id) => {
            let it = view.people.get(&id)?;
            seen(
                "person",
                id.to_string(),
                None,
                it.name.clone(),
                Presence::OnBoard,
            )
        }
    }
}

fn cross_texts(cross: &Cross) -> Vec<Option<TextId>> {
    CrossField::ALL
        .iter()
        .map(|field| cross.text(*field))
        .collect()
}

fn what_happened(before: Option<&Seen>, now: &Seen) -> Option<&'static str> {
    match (before.map(|seen| seen.presence), now.presence) {
        (None, _) => Some("added"),
        (Some(Presence::OnBoard), Presence::InTrash) => Some("removed"),
        (Some(Presence::InTrash), Presence::OnBoard) => Some("restored"),
        (Some(_), _) => (before != Some(now)).then_some("changed"),
    }
}

fn section_name<'a>(view: &'a View, seen: &Seen) -> &'a str {
    let section = seen.section.and_then(|id| view.sections.get(&id));
    section.map_or("", |section| view.text(section.title))
}

fn tell_link(before: LinkStatus, now: LinkStatus) {
    let online = LinkStatus::Online;
    if before == online && now != online {
        eprintln!("samsyn: the connection is lost; trying again");
    } else if before != online && now == online {
        eprintln!("samsyn: connected again");
    }
}
