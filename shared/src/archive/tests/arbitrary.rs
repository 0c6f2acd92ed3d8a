//! Random boards, written as people write: Swedish, emoji, combining marks, and what is no text at all.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::archive::{
    Archive, ArchivedAxis, ArchivedBegun, ArchivedCross, ArchivedNote, ArchivedPerson,
    ArchivedQuadrant, ArchivedQuadrants, ArchivedRule, ArchivedSection, FORMAT, Timestamp, VERSION,
};
use crate::ids::{BoardId, CrossId, NoteId, PersonId, RuleId, SectionId};
use crate::records::{Colour, Judgement, Position, QuadrantPlace, RuleStatus, SectionKind, Tag};
use crate::time::UnixMillis;

type Id = [u8; 16];

/// Records refer to sections and people by small numbers, so that most references hit and some do not.
fn reference() -> impl Strategy<Value = Id> {
    (0_u8..6).prop_map(|number| [number; 16])
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-ZÅÄÖa-zåäö ,.?!–]{0,40}",
        2 => "[a-zåäö\n\t🌲👏é0-9\"\\\\/<>&{}]{0,30}",
        1 => "\\PC{0,20}",
        1 => select(vec![
            "A\u{30a}sa bor i O\u{308}rebro", "👩‍👩‍👧‍👦 och 🇸🇪🇩🇰", "e\u{301}\u{327}\u{328}", "\u{200d}\u{feff}\u{200f}",
            "rad ett\r\nrad två\n\n", "\u{0}\u{1}\u{7f}", "{\"text\": \"inte JSON\"}", "ﷺ 漢字 עברית", " ",
        ]).prop_map(String::from),
    ]
}

fn order() -> impl Strategy<Value = String> {
    "[0-9a-f]{2}([0-9a-f]{2}){0,3}80-[0-9a-f]{6}"
}

fn made() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_102_444_800_000).prop_map(|millis| Timestamp(UnixMillis(millis)))
}

fn person() -> impl Strategy<Value = (Id, String)> {
    (reference(), "[A-ZÅÄÖa-zåäö 🌲]{0,20}")
}

fn people() -> impl Strategy<Value = Vec<ArchivedPerson>> {
    vec(person(), 0..5).prop_map(|people| {
        let people: BTreeMap<Id, String> = people.into_iter().collect();
        let people = people.into_iter().map(|(id, name)| ArchivedPerson {
            id: PersonId(id),
            name,
            origin: None,
        });
        people.collect()
    })
}

fn section() -> impl Strategy<Value = ArchivedSection> {
    use SectionKind::{Cross, Notes, Rules, Unknown};
    let kind = select(vec![Notes, Rules, Cross, Unknown]);
    (kind, text(), order(), any::<bool>()).prop_map(|(kind, title, order, removed)| {
        ArchivedSection {
            id: SectionId([0; 16]),
            kind,
            title,
            order,
            removed,
            origin: None,
            of: None,
            seen: BTreeMap::new(),
        }
    })
}

fn sections() -> impl Strategy<Value = Vec<ArchivedSection>> {
    vec(section(), 0..5).prop_map(|mut sections| {
        for (number, section) in (0_u8..).zip(&mut sections) {
            section.id = SectionId([number; 16]);
        }
        sections
    })
}

fn note() -> impl Strategy<Value = ArchivedNote> {
    let quadrant = option::of(select(QuadrantPlace::ALL.to_vec()));
    let where_it_is = (reference(), quadrant, option::of(any::<Id>()));
    let at = (-1_000_000..=1_000_000, -1_000_000..=1_000_000);
    let judged = (0..=Judgement::MOST, 0..=Judgement::MOST);
    let judged = judged.prop_map(|(impact, uncertainty)| Judgement {
        impact,
        uncertainty,
    });
    let tag = option::of(select(Tag::ALL.to_vec()));
    let colour = select(Colour::ALL.to_vec());
    let look = (at, colour, any::<bool>(), option::of(judged), tag);
    let rest = (option::of(reference()), order(), made());
    (where_it_is, text(), look, rest).prop_map(|(place, text, look, rest)| ArchivedNote {
        id: NoteId([0; 16]),
        section: SectionId(place.0),
        quadrant: place.1,
        under: place.2.map(NoteId),
        text,
        colour: look.1,
        judged: look.3,
        tag: look.4,
        author: rest.0.map(PersonId),
        at: Position {
            x: look.0.0,
            y: look.0.1,
        },
        order: rest.1,
        made: rest.2,
        removed: look.2,
        origin: None,
        of: None,
        seen: BTreeMap::new(),
    })
}

fn rule() -> impl Strategy<Value = ArchivedRule> {
    use RuleStatus::{Agreed, Proposed, Retired};
    let status = select(vec![Proposed, Agreed, Retired]);
    let people = (btree_set(reference(), 0..6), option::of(reference()));
    let rest = (reference(), order(), made(), any::<bool>());
    (text(), text(), text(), status, people, rest).prop_map(
        |(text, why, shows_as, status, people, rest)| ArchivedRule {
            id: RuleId([0; 16]),
            section: SectionId(rest.0),
            text,
            why,
            shows_as,
            status,
            supporters: people.0.into_iter().map(PersonId).collect(),
            author: people.1.map(PersonId),
            order: rest.1,
            made: rest.2,
            removed: rest.3,
            origin: None,
            of: None,
            seen: BTreeMap::new(),
        },
    )
}

fn axis() -> impl Strategy<Value = ArchivedAxis> {
    let force = option::of(any::<Id>());
    (text(), text(), text(), force).prop_map(|(name, low, high, force)| ArchivedAxis {
        name,
        low,
        high,
        force: force.map(NoteId),
    })
}

fn quadrant() -> impl Strategy<Value = ArchivedQuadrant> {
    (text(), text()).prop_map(|(name, story)| ArchivedQuadrant { name, story })
}

fn quadrants() -> impl Strategy<Value = ArchivedQuadrants> {
    (quadrant(), quadrant(), quadrant(), quadrant()).prop_map(|four| ArchivedQuadrants {
        top_left: four.0,
        top_right: four.1,
        bottom_left: four.2,
        bottom_right: four.3,
    })
}

fn cross() -> impl Strategy<Value = ArchivedCross> {
    let question = (text(), option::of(-9_999..99_999));
    let rest = (reference(), made(), any::<bool>());
    (question, axis(), axis(), quadrants(), rest).prop_map(|(question, x, y, quadrants, rest)| {
        ArchivedCross {
            id: CrossId([0; 16]),
            section: SectionId(rest.0),
            question: question.0,
            horizon: question.1,
            x,
            y,
            quadrants,
            made: rest.1,
            removed: rest.2,
            origin: None,
            of: None,
            seen: BTreeMap::new(),
        }
    })
}

/// Gives each value an id of its own.
fn by_id<T: std::fmt::Debug>(
    values: impl Strategy<Value = T>,
    most: usize,
    set: impl Fn(&mut T, Id),
) -> impl Strategy<Value = Vec<T>> {
    btree_map(any::<Id>(), values, 0..most).prop_map(move |values| {
        let values = values.into_iter().map(|(id, mut value)| {
            set(&mut value, id);
            value
        });
        values.collect()
    })
}

/// Where a note names a heading, it mostly is one of the others.
fn under_each_other(mut notes: Vec<ArchivedNote>) -> Vec<ArchivedNote> {
    let ids: Vec<NoteId> = notes.iter().map(|it| it.id).collect();
    for note in &mut notes {
        if let Some(NoteId([first, second, ..])) = note.under
            && second > 60
        {
            note.under = ids.get(usize::from(first) % ids.len()).copied();
        }
    }
    notes
}

/// Any board that people could have made, and some that only a faulty program could.
pub(super) fn archive() -> impl Strategy<Value = Archive> {
    let begun = (any::<[u8; 32]>(), text(), made()).prop_map(|it| ArchivedBegun {
        board_id: BoardId(it.0),
        title: it.1,
        at: it.2,
    });
    let head = (any::<[u8; 32]>(), text(), made(), option::of(begun));
    let notes = by_id(note(), 12, |it, id| it.id = NoteId(id)).prop_map(under_each_other);
    let rules = by_id(rule(), 6, |it, id| it.id = RuleId(id));
    let crosses = by_id(cross(), 3, |it, id| it.id = CrossId(id));
    (head, people(), sections(), notes, rules, crosses).prop_map(
        |(head, people, sections, notes, rules, crosses)| Archive {
            format: FORMAT.into(),
            version: VERSION,
            app: "samsyn test".into(),
            board_id: BoardId(head.0),
            title: head.1,
            exported: head.2,
            people,
            sections,
            notes,
            rules,
            crosses,
            merged: Vec::new(),
            begun_from: head.3,
            registers: Vec::new(),
        },
    )
}
