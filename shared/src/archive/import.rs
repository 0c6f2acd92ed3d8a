//! From an archive to the commands that make the same board again.

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Archive, ArchivedAxis, ArchivedCross, ArchivedNote, ArchivedPerson, ArchivedQuadrant,
    ArchivedRule, ArchivedSection, CopyOf,
};
use crate::board::merge::{self, Begun, Field, MAX_NAME, Placement, Source, SourceBoard, Stamp};
use crate::board::{Board, Command, CommandError, Record, Restored};
use crate::ids::{BoardId, NoteId, TextId};
use crate::records::{
    Axis, Colour, Cross, Judgement, Note, OrderKey, Person, Position, Presence, Quadrant, RecordId,
    Rule, Section,
};
use crate::registers::Title;
use crate::sync::ChangeStore;
use crate::time::UnixMillis;

/// The commands that make the archived board again on an empty one: record ids, order, supporters, stamps and trash
/// are kept, texts get new objects. The title is a register, which the facilitator sets.
#[must_use]
pub fn import_commands(rng: &mut impl Rng, archive: &Archive) -> Vec<Command> {
    let begun = archive.begun_from.as_ref().map(|it| {
        Command::Begin(Begun {
            board: it.board_id,
            title: short(&it.title, Title::LIMIT),
            at: it.at.0,
        })
    });
    let records = Import::new(rng).board(archive, |_| true);
    begun.into_iter().chain(records).collect()
}

/// The boards that an archive holds, for merging: the archived one, and each that had been merged into it. Their
/// records say that they come from an archive of that time, so that the boards themselves go before them. The same
/// archive gives the same changes.
///
/// # Errors
/// As `Board::commit`.
pub fn source_boards(archive: &Archive) -> Result<Vec<SourceBoard>, CommandError> {
    let own = Source {
        board: archive.board_id,
        name: short(&archive.title, MAX_NAME),
        colour: Colour::default(),
        number: u16::MAX,
        placement: Placement::default(),
        shown: true,
    };
    let merged = archive.merged.iter().map(|it| Source {
        board: it.board_id,
        name: short(&it.name, MAX_NAME),
        colour: it.colour,
        number: it.number,
        placement: Placement::default(),
        shown: true,
    });
    let sources = [own].into_iter().chain(merged);
    sources
        .map(|source| source_board(archive, source))
        .collect()
}

fn source_board(archive: &Archive, source: Source) -> Result<SourceBoard, CommandError> {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"samsyn archive")
        .update(source.board.as_bytes());
    hasher.update(&archive.to_json());
    let mut rng = ChaCha20Rng::from_seed(*hasher.finalize().as_bytes());
    let is_own = source.board == archive.board_id;
    let mut import = Import::new(&mut rng);
    import.archived = Some(archive.exported.0);
    let commands = import.board(archive, |origin| match origin {
        Some(origin) => origin == source.board,
        None => is_own,
    });
    let mut board = Board::new(source.board);
    board.commit(archive.exported.0, &mut rng, &commands)?;
    let hashes = board.changes_after(&[]);
    Ok(SourceBoard {
        source,
        changes: hashes.iter().filter_map(|it| board.chunk(it)).collect(),
    })
}

impl<R: Rng> Import<'_, R> {
    /// The commands for what is of the wanted origin.
    fn board(
        mut self,
        archive: &Archive,
        wanted: impl Fn(Option<BoardId>) -> bool,
    ) -> Vec<Command> {
        let import = &mut self;
        let people = archive.people.iter().filter(|it| wanted(it.origin));
        let mut commands: Vec<Command> = people.map(|it| import.person(it)).collect();
        let sections = keyed_first(&archive.sections, |it| &it.order);
        let sections = sections.filter(|it| wanted(it.origin));
        commands.extend(sections.map(|it| import.section(it)));
        let crosses = archive.crosses.iter().filter(|it| wanted(it.origin));
        commands.extend(crosses.map(|it| import.cross(it)));
        let notes = keyed_first(&archive.notes, |it| &it.order).filter(|it| wanted(it.origin));
        commands.extend(notes.map(|it| import.note(it)));
        let rules = keyed_first(&archive.rules, |it| &it.order).filter(|it| wanted(it.origin));
        commands.extend(rules.map(|it| import.rule(it)));
        commands
    }
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
            force: it.force,
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
    archived: Option<UnixMillis>,
}

impl<'a, R: Rng> Import<'a, R> {
    const fn new(rng: &'a mut R) -> Self {
        let archived = None;
        Self { rng, archived }
    }

    fn restore(
        &mut self,
        copy: Option<(&CopyOf, &BTreeMap<String, String>)>,
        record: impl FnOnce(&mut Texts<'_, R>) -> Record,
    ) -> Command {
        let mut texts = Texts {
            rng: self.rng,
            texts: Vec::new(),
        };
        let record = record(&mut texts);
        Command::Restore(Box::new(Restored {
            copy: copy.and_then(|(of, seen)| copied(record.id(), of, seen)),
            record,
            texts: texts.texts,
            archived: self.archived,
        }))
    }

    fn person(&mut self, it: &ArchivedPerson) -> Command {
        self.restore(None, |_| {
            Record::Person(Person {
                id: it.id,
                name: short_name(&it.name),
            })
        })
    }

    fn section(&mut self, it: &ArchivedSection) -> Command {
        self.restore(copy(it.of.as_ref(), &it.seen), |texts| {
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
        let judged = it.judged;
        self.restore(copy(it.of.as_ref(), &it.seen), |texts| {
            Record::Note(Note {
                id: it.id,
                section: it.section,
                quadrant: it.quadrant,
                under: it.under,
                text: texts.add(&it.text),
                at: Position::clamped(it.at.x, it.at.y),
                order: it.order.clone(),
                colour: it.colour,
                judged: judged.map(|it| Judgement::clamped(it.impact, it.uncertainty)),
                tag: it.tag,
                author: it.author,
                made: it.made.0,
                presence: presence(it.removed),
            })
        })
    }

    fn rule(&mut self, it: &ArchivedRule) -> Command {
        self.restore(copy(it.of.as_ref(), &it.seen), |texts| {
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
        self.restore(copy(it.of.as_ref(), &it.seen), |texts| {
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

/// What a copy says of its original; nothing where that does not read.
fn copied(copy: RecordId, of: &CopyOf, seen: &BTreeMap<String, String>) -> Option<merge::CopyOf> {
    let id: NoteId = of.id.parse().ok()?;
    let seen = seen.iter().filter_map(|(key, stamp)| {
        let field = Field::of_key(copy, key)?;
        let stamp = base16ct::lower::decode_vec(stamp).ok()?;
        Some((field, Stamp(stamp.try_into().ok()?)))
    });
    Some(merge::CopyOf {
        home: of.home,
        record: copy.with_bytes(id.0),
        seen: seen.collect(),
    })
}

fn short(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

fn copy<'a>(
    of: Option<&'a CopyOf>,
    seen: &'a BTreeMap<String, String>,
) -> Option<(&'a CopyOf, &'a BTreeMap<String, String>)> {
    of.map(|of| (of, seen))
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
