//! From an archive to the commands that make the same board again.

use rand_core::Rng;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Archive, ArchivedAxis, ArchivedCross, ArchivedNote, ArchivedPerson, ArchivedQuadrant,
    ArchivedRule, ArchivedSection,
};
use crate::board::{Command, Record, Restored};
use crate::ids::TextId;
use crate::records::{
    Axis, Cross, Note, OrderKey, Person, Position, Presence, Quadrant, Rule, Section,
};

/// The commands that make the archived board again on an empty one: record ids, order, supporters, stamps and trash
/// are kept, texts get new objects. The title is a register, which the facilitator sets.
#[must_use]
pub fn import_commands(rng: &mut impl Rng, archive: &Archive) -> Vec<Command> {
    let mut import = Import { rng };
    let mut commands: Vec<Command> = archive.people.iter().map(person).collect();
    let sections = keyed_first(&archive.sections, |it| &it.order);
    commands.extend(sections.map(|it| import.section(it)));
    commands.extend(archive.crosses.iter().map(|it| import.cross(it)));
    let notes = keyed_first(&archive.notes, |it| &it.order);
    commands.extend(notes.map(|it| import.note(it)));
    let rules = keyed_first(&archive.rules, |it| &it.order);
    commands.extend(rules.map(|it| import.rule(it)));
    commands
}

/// The board puts a record without an order key last, so that those come after all others and stay in the file's order.
fn keyed_first<T>(records: &[T], order: impl Fn(&T) -> &OrderKey) -> impl Iterator<Item = &T> {
    let (keyed, others): (Vec<&T>, Vec<&T>) = records.iter().partition(|it| !order(it).is_empty());
    keyed.into_iter().chain(others)
}

/// Gathers the texts of one record while its fields are filled in.
struct Texts<'a, R> {
    rng: &'a mut R,
    texts: Vec<(TextId, String)>,
}

impl<R: Rng> Texts<'_, R> {
    fn add(&mut self, text: &str) -> Option<TextId> {
        let id = TextId::random(self.rng);
        self.texts.push((id, text.to_owned()));
        Some(id)
    }

    fn axis(&mut self, it: &ArchivedAxis) -> Axis {
        Axis {
            name: self.add(&it.name),
            low: self.add(&it.low),
            high: self.add(&it.high),
        }
    }

    fn quadrant(&mut self, it: &ArchivedQuadrant) -> Quadrant {
        Quadrant {
            name: self.add(&it.name),
            story: self.add(&it.story),
        }
    }
}

struct Import<'a, R> {
    rng: &'a mut R,
}

impl<R: Rng> Import<'_, R> {
    fn restore(&mut self, record: impl FnOnce(&mut Texts<'_, R>) -> Record) -> Command {
        let mut texts = Texts {
            rng: self.rng,
            texts: Vec::new(),
        };
        let record = record(&mut texts);
        Command::Restore(Box::new(Restored {
            record,
            texts: texts.texts,
        }))
    }

    fn section(&mut self, it: &ArchivedSection) -> Command {
        self.restore(|texts| {
            Record::Section(Section {
                id: it.id,
                kind: it.kind,
                title: texts.add(&it.title),
                order: it.order.clone(),
                presence: presence(it.removed),
            })
        })
    }

    fn note(&mut self, it: &ArchivedNote) -> Command {
        self.restore(|texts| {
            Record::Note(Note {
                id: it.id,
                section: it.section,
                quadrant: it.quadrant,
                text: texts.add(&it.text),
                at: Position::clamped(it.at.x, it.at.y),
                order: it.order.clone(),
                colour: it.colour,
                author: it.author,
                made: it.made.0,
                presence: presence(it.removed),
            })
        })
    }

    fn rule(&mut self, it: &ArchivedRule) -> Command {
        self.restore(|texts| {
            Record::Rule(Rule {
                id: it.id,
                section: it.section,
                text: texts.add(&it.text),
                why: texts.add(&it.why),
                shows_as: texts.add(&it.shows_as),
                status: it.status,
                order: it.order.clone(),
                supporters: it.supporters.iter().copied().collect(),
                author: it.author,
                made: it.made.0,
                presence: presence(it.removed),
            })
        })
    }

    fn cross(&mut self, it: &ArchivedCross) -> Command {
        let four = &it.quadrants;
        self.restore(|texts| {
            Record::Cross(Cross {
                id: it.id,
                section: it.section,
                question: texts.add(&it.question),
                horizon: it.horizon,
                x: texts.axis(&it.x),
                y: texts.axis(&it.y),
                quadrants: [
                    texts.quadrant(&four.top_left),
                    texts.quadrant(&four.top_right),
                    texts.quadrant(&four.bottom_left),
                    texts.quadrant(&four.bottom_right),
                ],
                made: it.made.0,
                presence: presence(it.removed),
            })
        })
    }
}

fn person(it: &ArchivedPerson) -> Command {
    Command::Restore(Box::new(Restored {
        record: Record::Person(Person {
            id: it.id,
            name: short_name(&it.name),
        }),
        texts: Vec::new(),
    }))
}

const fn presence(removed: bool) -> Presence {
    if removed {
        Presence::InTrash
    } else {
        Presence::OnBoard
    }
}

/// As much of a name as a board takes, cut between graphemes.
fn short_name(name: &str) -> String {
    let mut units = 0;
    name.graphemes(true)
        .take_while(|grapheme| {
            units += grapheme.encode_utf16().count();
            units <= Person::MAX_NAME
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_long_name_is_cut_between_what_people_see_as_letters() {
        let name = format!("{}👩‍👩‍👧‍👦", "å".repeat(Person::MAX_NAME - 1));
        assert_eq!(short_name(&name), "å".repeat(Person::MAX_NAME - 1));
        assert_eq!(short_name("Åsa Ek"), "Åsa Ek");
    }
}
