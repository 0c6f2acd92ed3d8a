//! A board in reading order: headings, paragraphs and lists.
//!
//! The list view, print, Markdown and the command line's `show` are all made from it, so that nothing is said in one
//! and missing in another. What lies in the trash is left out.

use super::Words;
use crate::archive::Timestamp;
use crate::board::View;
use crate::ids::{CrossId, PersonId, SectionId, TextId};
use crate::records::{
    Axis, Cross, Degree, Note, QuadrantPlace, RecordId, Rule, Section, SectionKind,
};

/// A piece of an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 for the board, 2 for a section, 3 within one.
        level: u8,
        /// What it says.
        text: String,
        /// What it is the heading of.
        of: HeadingOf,
    },
    /// A paragraph, which may have several lines.
    Text {
        /// What it is about.
        label: Option<&'static str>,
        /// What it says.
        text: String,
    },
    /// A note that is a heading, and the notes under it.
    Group {
        /// As of a heading.
        level: u8,
        /// The heading, which is a note itself.
        heading: Item,
        /// The notes under it, in order.
        items: Vec<Item>,
    },
    /// A list of notes or rules.
    List {
        /// How its items are marked.
        style: ListStyle,
        /// The items, in order.
        items: Vec<Item>,
    },
}

/// What a heading stands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadingOf {
    /// The whole board.
    Board,
    /// A section.
    Section(SectionId),
    /// The driving forces of a cross.
    Forces(SectionId),
    /// One scenario of a cross.
    Scenario(CrossId, QuadrantPlace),
}

/// How the items of a list are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// Their order means little.
    Bulleted,
    /// From 1.
    Numbered,
}

/// A note or a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which it is.
    pub record: RecordId,
    /// Its words, which may have several lines.
    pub text: String,
    /// What else there is to know about it.
    pub facts: Vec<Fact>,
}

/// Something to know about an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What sort of fact it is.
    pub kind: FactKind,
    /// What it is about, in words.
    pub label: &'static str,
    /// What is so; one value a line where people wrote several.
    pub values: Vec<String>,
}

/// The sorts of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// A note's paper.
    Colour,
    /// What it is in its scenario.
    Tag,
    /// How much impact a driving force has, and how uncertain it is.
    Judgement,
    /// Who wrote it.
    Author,
    /// How far the room has come with a rule.
    Status,
    /// How many support a rule.
    Support,
    /// Why a rule is wanted.
    Why,
    /// How a rule shows.
    ShowsAs,
    /// Which merged board it came from.
    Origin,
}

impl Fact {
    /// Whether it is a word or two, to be said in passing; the others need room of their own.
    #[must_use]
    pub const fn is_short(&self) -> bool {
        match self.kind {
            FactKind::Colour
            | FactKind::Tag
            | FactKind::Judgement
            | FactKind::Author
            | FactKind::Status
            | FactKind::Support
            | FactKind::Origin => true,
            FactKind::Why | FactKind::ShowsAs => false,
        }
    }
}

/// A whole board in reading order.
#[must_use]
pub fn outline(view: &View, title: &str, words: &Words) -> Vec<Block> {
    let mut blocks = vec![Block::Heading {
        level: 1,
        text: or(title, words.untitled),
        of: HeadingOf::Board,
    }];
    if let Some(begun) = &view.merged.begun {
        let day = Timestamp(begun.at).date();
        let begun = format!("{}, {day}", or(&begun.title, words.untitled));
        blocks.extend(labelled(words.begun_from, &begun));
    }
    for section in view.sections_in_order() {
        blocks.extend(section_outline(view, section, words));
    }
    blocks
}

/// One section in reading order, its heading first.
#[must_use]
pub fn section_outline(view: &View, section: &Section, words: &Words) -> Vec<Block> {
    let mut blocks = vec![Block::Heading {
        level: 2,
        text: or(view.text(section.title), words.section(section.kind)),
        of: HeadingOf::Section(section.id),
    }];
    if section.kind == SectionKind::Unknown {
        blocks.push(text(words.unknown_notice));
    }
    let outliner = Outliner { view, words };
    if let Some(origin) = outliner.origin(RecordId::Section(section.id)) {
        blocks.extend(labelled(words.origin, &origin));
    }
    blocks.extend(outliner.rules(section.id));
    match view.cross_of(section.id) {
        Some(cross) => blocks.extend(outliner.cross(cross)),
        None => blocks.extend(outliner.notes(3, view.notes_of(section.id))),
    }
    if blocks.len() == 1 {
        blocks.push(text(words.nothing_here));
    }
    blocks
}

/// A note or a rule as an outline has it; nothing else is an item.
#[must_use]
pub fn item(view: &View, record: RecordId, words: &Words) -> Option<Item> {
    let outliner = Outliner { view, words };
    match record {
        RecordId::Note(id) => Some(outliner.note(view.notes.get(&id)?)),
        RecordId::Rule(id) => Some(outliner.rule(view.rules.get(&id)?)),
        RecordId::Section(_) | RecordId::Cross(_) | RecordId::Person(_) => None,
    }
}

/// What every part of an outline needs.
struct Outliner<'a> {
    view: &'a View,
    words: &'a Words,
}

impl Outliner<'_> {
    /// Notes under no heading first, or they would be read as under the one before them.
    fn notes(&self, level: u8, notes: Vec<&Note>) -> Vec<Block> {
        let grouped = self.view.grouped(notes);
        let items = |notes: Vec<&Note>| notes.into_iter().map(|it| self.note(it)).collect();
        let mut blocks = Vec::new();
        blocks.extend(list(ListStyle::Bulleted, items(grouped.loose)));
        blocks.extend(grouped.groups.into_iter().map(|group| Block::Group {
            level,
            heading: self.note(group.heading),
            items: items(group.notes),
        }));
        blocks
    }

    fn note(&self, note: &Note) -> Item {
        let colour = self.words.colour_name(note.colour).to_owned();
        let mut facts = vec![fact(FactKind::Colour, self.words.colour, colour)];
        // A tag means nothing outside a scenario, and a judgement nothing in one.
        let in_cross = self.view.cross_of(note.section).is_some();
        if let (Some(tag), Some(_)) = (note.tag, note.quadrant) {
            let tag = self.words.tag_name(tag).to_owned();
            facts.push(fact(FactKind::Tag, self.words.tag, tag));
        }
        if let (Some(judged), None, true) = (note.judged, note.quadrant, in_cross) {
            let both = [
                (self.words.impact, judged.impact),
                (self.words.uncertainty, judged.uncertainty),
            ];
            facts.extend(both.map(|(label, value)| {
                let degree = self.words.degree_name(Degree::of(value)).to_owned();
                fact(FactKind::Judgement, label, degree)
            }));
        }
        facts.extend(self.from(RecordId::Note(note.id)));
        facts.extend(self.author(note.author));
        Item {
            record: RecordId::Note(note.id),
            text: or(self.view.text(note.text), self.words.no_words),
            facts,
        }
    }

    fn rules(&self, section: SectionId) -> Option<Block> {
        let rules = self.view.rules_of(section).into_iter();
        list(ListStyle::Numbered, rules.map(|it| self.rule(it)).collect())
    }

    fn rule(&self, rule: &Rule) -> Item {
        let status = self.words.status_name(rule.status).to_owned();
        let mut facts = vec![fact(FactKind::Status, self.words.status, status)];
        if !rule.supporters.is_empty() {
            let people = self.words.people(rule.supporters.len());
            facts.push(fact(FactKind::Support, self.words.support, people));
        }
        facts.extend(self.from(RecordId::Rule(rule.id)));
        facts.extend(self.author(rule.author));
        facts.extend(self.lines(FactKind::Why, self.words.why, rule.why));
        facts.extend(self.lines(FactKind::ShowsAs, self.words.shows_as, rule.shows_as));
        Item {
            record: RecordId::Rule(rule.id),
            text: or(self.view.text(rule.text), self.words.no_words),
            facts,
        }
    }

    fn cross(&self, cross: &Cross) -> Vec<Block> {
        let mut blocks = Vec::new();
        blocks.extend(labelled(
            self.words.question,
            self.view.text(cross.question),
        ));
        let year = cross.horizon.map(|year| year.to_string());
        blocks.extend(labelled(self.words.horizon, &year.unwrap_or_default()));
        blocks.extend(labelled(
            self.words.x_axis,
            &self.axis(&cross.x, self.words.x_poles),
        ));
        blocks.extend(labelled(
            self.words.y_axis,
            &self.axis(&cross.y, self.words.y_poles),
        ));
        let forces = self.notes(4, self.view.notes_in(cross.section, None));
        if !forces.is_empty() {
            blocks.push(heading(
                self.words.forces.into(),
                HeadingOf::Forces(cross.section),
            ));
            blocks.extend(forces);
        }
        for place in QuadrantPlace::ALL {
            blocks.extend(self.quadrant(cross, place));
        }
        blocks
    }

    fn quadrant(&self, cross: &Cross, place: QuadrantPlace) -> Vec<Block> {
        let quadrant = cross.quadrant(place);
        let where_it_is = self.words.place_name(place);
        let unnamed = self.words.scenario.replace("{}", where_it_is);
        let name = self.view.text(quadrant.name).trim();
        let of = HeadingOf::Scenario(cross.id, place);
        let mut blocks = vec![heading(or(name, &unnamed), of)];
        if !name.is_empty() {
            blocks.extend(labelled(self.words.place, where_it_is));
        }
        let story = self.view.text(quadrant.story).trim();
        if !story.is_empty() {
            blocks.push(text(story));
        }
        blocks.extend(self.notes(4, self.view.notes_in(cross.section, Some(place))));
        blocks
    }

    /// An axis in words: “Ekonomi · till vänster: knapp · till höger: god”; empty when nothing of it is named.
    fn axis(&self, axis: &Axis, [low, high]: [&str; 2]) -> String {
        let text = |id| self.view.text(id).trim();
        let pole = |side: &str, id| match text(id) {
            "" => String::new(),
            pole => format!("{side}: {pole}"),
        };
        let name = text(axis.name);
        let mut parts = vec![name.to_owned()];
        parts.extend([pole(low, axis.low), pole(high, axis.high)]);
        let force = axis.force.and_then(|id| self.view.notes.get(&id));
        let force = force.map(|it| text(it.text)).unwrap_or_default();
        if !force.is_empty() && force != name {
            parts.push(format!("{}: {force}", self.words.from_force));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    fn author(&self, author: Option<PersonId>) -> Option<Fact> {
        let name = self.view.people.get(&author?)?.name.trim();
        (!name.is_empty()).then(|| fact(FactKind::Author, self.words.author, name.to_owned()))
    }

    /// The name of the merged board that a record came from.
    fn origin(&self, record: RecordId) -> Option<String> {
        let board = self.view.origins.get(&record)?;
        let name = self.view.merged.sources.get(board)?.name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn from(&self, record: RecordId) -> Option<Fact> {
        let name = self.origin(record)?;
        Some(fact(FactKind::Origin, self.words.origin, name))
    }

    fn lines(&self, kind: FactKind, label: &'static str, id: Option<TextId>) -> Option<Fact> {
        let lines = self.view.text(id).lines().map(str::trim);
        let values: Vec<String> = lines.filter(|it| !it.is_empty()).map(Into::into).collect();
        (!values.is_empty()).then_some(Fact {
            kind,
            label,
            values,
        })
    }
}

fn heading(text: String, of: HeadingOf) -> Block {
    Block::Heading { level: 3, text, of }
}

fn text(text: &str) -> Block {
    Block::Text {
        label: None,
        text: text.into(),
    }
}

fn labelled(label: &'static str, text: &str) -> Option<Block> {
    let text = text.trim();
    (!text.is_empty()).then(|| Block::Text {
        label: Some(label),
        text: text.into(),
    })
}

fn list(style: ListStyle, items: Vec<Item>) -> Option<Block> {
    (!items.is_empty()).then_some(Block::List { style, items })
}

fn fact(kind: FactKind, label: &'static str, value: String) -> Fact {
    Fact {
        kind,
        label,
        values: vec![value],
    }
}

/// The text without the space around it, or what stands for an empty one.
fn or(text: &str, empty: &str) -> String {
    match text.trim() {
        "" => empty.into(),
        text => text.into(),
    }
}
