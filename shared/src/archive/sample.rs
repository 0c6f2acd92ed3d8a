//! Boards of any size for benchmarks and tests: a wall of Swedish notes, different in wording and alike in length.

use std::collections::BTreeMap;

use rand_core::Rng;

use super::{Archive, ArchivedNote, ArchivedPerson, ArchivedSection, FORMAT, Timestamp, VERSION};
use crate::ids::{BoardId, NoteId, PersonId, SectionId};
use crate::records::{Colour, OrderKey, Position, SectionKind};
use crate::time::UnixMillis;

const WHO: [&str; 8] = [
    "Enhetschefen",
    "Nattpatrullen",
    "Vi i ledningsgruppen",
    "Biståndshandläggaren",
    "De anhöriga",
    "Undersköterskan på Björkgården",
    "Skolan",
    "Kommunens jurist",
];
const DOES: [&str; 8] = [
    "behöver veta i god tid",
    "hinner inte fråga om",
    "vill pröva ett nytt sätt för",
    "har redan löst det här med",
    "undrar vem som ansvarar för",
    "är stolt över arbetet med",
    "kan visa oss siffrorna för",
    "borde få bestämma själv om",
];
const WHAT: [&str; 8] = [
    "introduktionen av nya kollegor",
    "schemat över jul och nyår",
    "överlämningen från sjukhuset",
    "dokumentationen i två system",
    "mötena som alltid drar över tiden",
    "språkstödet på arbetsplatsen",
    "lokalerna vi lämnar i vår",
    "budgeten som redan är spräckt",
];
const WHY: [&str; 8] = [
    "eftersom det märks först på fredag",
    "så att ingen står ensam",
    "fast ingen har frågat än",
    "innan statsbidraget tar slut",
    "trots att det står i målen",
    "och det är bråttom på riktigt",
    "när vikarierna slutar i augusti",
    "för det har medborgarna rätt till",
];

/// An archive of one wall with `count` notes, at most 65,536, of about 110 characters by twelve people.
#[must_use]
pub fn wall(rng: &mut impl Rng, count: u16) -> Archive {
    let section = SectionId::random(rng);
    let people: Vec<ArchivedPerson> = (1..=12).map(|number| person(rng, number)).collect();
    let notes = (0..count).map(|index| note(rng, section, &people, index));
    let notes = notes.collect();
    let mut board = [0; BoardId::LENGTH];
    rng.fill_bytes(&mut board);
    Archive {
        format: FORMAT.into(),
        version: VERSION,
        app: "samsyn sample".into(),
        board_id: BoardId(board),
        title: format!("Vägg med {count} lappar"),
        exported: Timestamp(UnixMillis(1_795_339_800_000)),
        people,
        sections: vec![wall_section(section)],
        notes,
        rules: Vec::new(),
        crosses: Vec::new(),
        merged: Vec::new(),
        begun_from: None,
        registers: Vec::new(),
    }
}

fn person(rng: &mut impl Rng, number: usize) -> ArchivedPerson {
    ArchivedPerson {
        id: PersonId::random(rng),
        name: format!("Deltagare {number}"),
        origin: None,
    }
}

fn wall_section(id: SectionId) -> ArchivedSection {
    ArchivedSection {
        id,
        kind: SectionKind::Notes,
        title: "Lappvägg".into(),
        order: "80-000000".into(),
        removed: false,
        origin: None,
        of: None,
        seen: BTreeMap::new(),
    }
}

fn note(
    rng: &mut impl Rng,
    section: SectionId,
    people: &[ArchivedPerson],
    index: u16,
) -> ArchivedNote {
    let (column, row) = (i32::from(index % 40), i32::from(index / 40));
    ArchivedNote {
        id: NoteId::random(rng),
        section,
        quadrant: None,
        under: None,
        text: sentence(rng, index),
        judged: None,
        tag: None,
        colour: pick(rng, &Colour::ALL).unwrap_or_default(),
        author: pick(rng, people).map(|it| it.id),
        at: Position::clamped(80 + column * 232, 80 + row * 200),
        order: order(rng, index),
        made: Timestamp(UnixMillis(1_795_339_000_000 + i64::from(index) * 1_000)),
        removed: false,
        origin: None,
        of: None,
        seen: BTreeMap::new(),
    }
}

fn sentence(rng: &mut impl Rng, index: u16) -> String {
    let parts = [&WHO, &DOES, &WHAT, &WHY].map(|words| pick(rng, words).unwrap_or_default());
    format!("{} ({})", parts.join(" "), u32::from(index) + 1)
}

/// Keys that all have the same length, so that a large board costs no more a note than a small one.
fn order(rng: &mut impl Rng, index: u16) -> OrderKey {
    format!("81{index:04x}80-{:06x}", rng.next_u32() >> 8)
}

fn pick<T: Clone>(rng: &mut impl Rng, from: &[T]) -> Option<T> {
    let index = usize::try_from(rng.next_u32()).unwrap_or_default();
    from.get(index.checked_rem(from.len())?).cloned()
}
