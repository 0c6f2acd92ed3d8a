//! From a view to an archive.

use std::collections::BTreeMap;

use super::{
    Archive, ArchivedAxis, ArchivedBegun, ArchivedCross, ArchivedNote, ArchivedPerson,
    ArchivedQuadrant, ArchivedQuadrants, ArchivedRule, ArchivedSection, ArchivedSource, Bytes,
    CopyOf, FORMAT, Timestamp, VERSION,
};
use crate::board::merge::{Begun, Source, Stamp};
use crate::board::{View, order_key_is_valid};
use crate::ids::{BoardId, CrossId, SectionId};
use crate::records::{
    Axis, Cross, Note, OrderKey, Person, Presence, Quadrant, RecordId, Rule, Section,
};
use crate::time::UnixMillis;

impl Archive {
    /// The archive of a board as `view` shows it, with its registers' envelopes as they are.
    #[must_use]
    pub fn of(view: &View, title: &str, registers: &[Vec<u8>], now: UnixMillis) -> Self {
        let mut registers: Vec<Bytes> = registers.iter().cloned().map(Bytes).collect();
        registers.sort();
        Self {
            format: FORMAT.into(),
            version: VERSION,
            app: concat!("samsyn ", env!("CARGO_PKG_VERSION")).into(),
            board_id: view.board,
            title: title.into(),
            exported: Timestamp(now),
            people: view.people.values().map(|it| person(view, it)).collect(),
            sections: sections(view),
            notes: notes(view),
            rules: rules(view),
            crosses: crosses(view),
            merged: view.merged.shown().into_iter().map(source).collect(),
            begun_from: view.merged.begun.as_ref().map(begun),
            registers,
        }
    }

    /// The file: pretty-printed JSON with a newline at its end.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // No map here has keys that are not strings, so that serde_json has nothing to refuse.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Where a record stands: a malformed key sorts last.
type Place = (bool, OrderKey, [u8; 16]);

/// A malformed key sorts last whatever it says, so that an archive leaves it out.
fn order(key: &OrderKey) -> OrderKey {
    if order_key_is_valid(key) {
        key.clone()
    } else {
        OrderKey::new()
    }
}

fn place(key: &OrderKey, id: [u8; 16]) -> Place {
    (!order_key_is_valid(key), order(key), id)
}

/// Where the section of a record stands; records of a section that is not there come last.
fn section_place(view: &View, id: SectionId) -> (bool, Place) {
    match view.sections.get(&id) {
        Some(section) => (false, place(&section.order, id.0)),
        None => (true, place(&OrderKey::new(), id.0)),
    }
}

fn sections(view: &View) -> Vec<ArchivedSection> {
    let mut sections: Vec<&Section> = view.sections.values().collect();
    sections.sort_by_cached_key(|it| place(&it.order, it.id.0));
    sections.into_iter().map(|it| section(view, it)).collect()
}

fn notes(view: &View) -> Vec<ArchivedNote> {
    let mut notes: Vec<&Note> = view.notes.values().collect();
    notes.sort_by_cached_key(|it| (section_place(view, it.section), place(&it.order, it.id.0)));
    notes.into_iter().map(|it| note(view, it)).collect()
}

fn rules(view: &View) -> Vec<ArchivedRule> {
    let mut rules: Vec<&Rule> = view.rules.values().collect();
    rules.sort_by_cached_key(|it| (section_place(view, it.section), place(&it.order, it.id.0)));
    rules.into_iter().map(|it| rule(view, it)).collect()
}

fn crosses(view: &View) -> Vec<ArchivedCross> {
    let mut crosses: Vec<&Cross> = view.crosses.values().collect();
    crosses.sort_by_cached_key(|it| -> (_, CrossId) { (section_place(view, it.section), it.id) });
    crosses.into_iter().map(|it| cross(view, it)).collect()
}

fn removed(presence: Presence) -> bool {
    presence == Presence::InTrash
}

fn source(it: &Source) -> ArchivedSource {
    ArchivedSource {
        board_id: it.board,
        name: it.name.clone(),
        colour: it.colour,
        number: it.number,
    }
}

fn begun(it: &Begun) -> ArchivedBegun {
    ArchivedBegun {
        board_id: it.board,
        title: it.title.clone(),
        at: Timestamp(it.at),
    }
}

/// Where a record came from.
fn origin(view: &View, id: RecordId) -> Option<BoardId> {
    view.origins.get(&id).copied()
}

fn of(view: &View, id: RecordId) -> Option<CopyOf> {
    view.copies.get(&id).map(|copy| CopyOf {
        home: copy.home,
        id: base16ct::lower::encode_string(&copy.record.bytes()),
    })
}

fn seen(view: &View, id: RecordId) -> BTreeMap<String, String> {
    let seen = view.copies.get(&id).into_iter().flat_map(|it| &it.seen);
    let hex = |stamp: &Stamp| base16ct::lower::encode_string(&stamp.0);
    seen.map(|(field, stamp)| (field.key().to_owned(), hex(stamp)))
        .collect()
}

fn person(view: &View, it: &Person) -> ArchivedPerson {
    ArchivedPerson {
        id: it.id,
        name: it.name.clone(),
        origin: origin(view, RecordId::Person(it.id)),
    }
}

fn section(view: &View, it: &Section) -> ArchivedSection {
    ArchivedSection {
        id: it.id,
        kind: it.kind,
        title: view.text(it.title).into(),
        order: order(&it.order),
        removed: removed(it.presence),
        origin: origin(view, RecordId::Section(it.id)),
        of: of(view, RecordId::Section(it.id)),
        seen: seen(view, RecordId::Section(it.id)),
    }
}

fn note(view: &View, it: &Note) -> ArchivedNote {
    ArchivedNote {
        id: it.id,
        section: it.section,
        quadrant: it.quadrant,
        under: it.under,
        text: view.text(it.text).into(),
        colour: it.colour,
        judged: it.judged,
        tag: it.tag,
        author: it.author,
        at: it.at,
        order: order(&it.order),
        made: Timestamp(it.made),
        removed: removed(it.presence),
        origin: origin(view, RecordId::Note(it.id)),
        of: of(view, RecordId::Note(it.id)),
        seen: seen(view, RecordId::Note(it.id)),
    }
}

fn rule(view: &View, it: &Rule) -> ArchivedRule {
    ArchivedRule {
        id: it.id,
        section: it.section,
        text: view.text(it.text).into(),
        why: view.text(it.why).into(),
        shows_as: view.text(it.shows_as).into(),
        status: it.status,
        supporters: it.supporters.iter().copied().collect(),
        author: it.author,
        order: order(&it.order),
        made: Timestamp(it.made),
        removed: removed(it.presence),
        origin: origin(view, RecordId::Rule(it.id)),
        of: of(view, RecordId::Rule(it.id)),
        seen: seen(view, RecordId::Rule(it.id)),
    }
}

fn cross(view: &View, it: &Cross) -> ArchivedCross {
    let [top_left, top_right, bottom_left, bottom_right] =
        it.quadrants.map(|it| quadrant(view, it));
    ArchivedCross {
        id: it.id,
        section: it.section,
        question: view.text(it.question).into(),
        horizon: it.horizon,
        x: axis(view, it.x),
        y: axis(view, it.y),
        quadrants: ArchivedQuadrants {
            top_left,
            top_right,
            bottom_left,
            bottom_right,
        },
        made: Timestamp(it.made),
        removed: removed(it.presence),
        origin: origin(view, RecordId::Cross(it.id)),
        of: of(view, RecordId::Cross(it.id)),
        seen: seen(view, RecordId::Cross(it.id)),
    }
}

fn axis(view: &View, it: Axis) -> ArchivedAxis {
    ArchivedAxis {
        name: view.text(it.name).into(),
        low: view.text(it.low).into(),
        high: view.text(it.high).into(),
        force: it.force,
    }
}

fn quadrant(view: &View, it: Quadrant) -> ArchivedQuadrant {
    ArchivedQuadrant {
        name: view.text(it.name).into(),
        story: view.text(it.story).into(),
    }
}
