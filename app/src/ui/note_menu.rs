//! What can be done to a note without dragging it: write, colour, move, remove.

use leptos::prelude::*;
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{
    Colour, Degree, Judgement, Note, QuadrantPlace, RecordId, SectionKind, Tag,
};

use super::app::App;
use super::board::section_title;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use super::note::title;
use super::quadrant::quadrant_title;
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};
use crate::core::words::Words;

pub(super) fn dialog(app: App, id: NoteId) -> impl IntoView {
    let note = move || app.board(Part::Note(id), |board| board.view.notes.get(&id).cloned());
    let many = targets(app, id).len() > 1;
    let content = view! {
        <div class="note-menu">
            {(!many).then(|| act(app, "note-edit", Icon::Pencil, |words| words.write, move || Event::NoteOpened(id)))}
            {colours(app, id)}
            {move || note().and_then(|note| note.quadrant).map(|_| tags(app, id))}
            {move || note().filter(|note| is_force(app, note)).map(|_| judgement(app, id))}
            {move || note().map(|note| headings(app, &note))}
            {move || note().map(|_| destinations(app, id))}
            <hr />
            {(!many).then(|| act(app, "note-pick", Icon::Pick, |words| words.pick, move || Event::NotePicked(id)))}
            {act(app, "notes-double", Icon::Copy, |words| words.double, move || Event::NotesDoubled(targets(app, id)))}
            {act(app, "notes-copy", Icon::Text, |words| words.copy_text, move || Event::NotesCopied(targets(app, id)))}
            {act(app, "note-remove", Icon::Trash, |words| words.remove, move || match targets(app, id) {
                many if many.len() > 1 => Event::NotesRemoved(many),
                _ => Event::Removed(RecordId::Note(id)),
            })}
        </div>
    };
    dialog::dialog(
        app,
        "note-dialog",
        Shape::Card,
        First::Heading,
        move || match targets(app, id).len() {
            0 | 1 => app.words().note_menu.to_owned(),
            many => (app.words().notes_picked)(u32::try_from(many).unwrap_or(u32::MAX)),
        },
        content,
    )
}

/// The notes that the menu works on.
fn targets(app: App, id: NoteId) -> Vec<NoteId> {
    app.peek_board(|board| board.with(id))
}

fn act(
    app: App,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    event: impl Fn() -> Event + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu-item"
            data-testid=testid
            on:click=move |_| {
                let event = event();
                app.dispatch(Event::Dialog(None));
                app.dispatch(event);
            }
        >
            {icon(drawing)} <span>{move || word(app.words())}</span>
        </button>
    }
}

fn colours(app: App, id: NoteId) -> impl IntoView {
    let colour = move || {
        app.board(Part::Note(id), |board| {
            board.view.notes.get(&id).map(|it| it.colour)
        })
    };
    let swatches = Colour::ALL.map(|it| {
        view! {
            <label class=format!("swatch paper-{}", it.word())>
                <input
                    type="radio"
                    name="colour"
                    data-testid=format!("colour-{}", it.word())
                    prop:checked=move || colour() == Some(it)
                    on:change=move |_| app.dispatch(Event::NotesColoured { notes: targets(app, id), colour: it })
                />
                <span>{move || (app.words().colour_name)(it)}</span>
            </label>
        }
    });
    view! {
        <fieldset class="swatches">
            <legend>{move || app.words().colour}</legend>
            {swatches}
        </fieldset>
    }
}

fn is_force(app: App, note: &Note) -> bool {
    let section = note.section;
    note.quadrant.is_none() && app.peek_board(|board| board.view.cross_of(section).is_some())
}

/// One of a few answers.
fn choice(
    app: App,
    group: &'static str,
    testid: String,
    word: Box<dyn Fn(&Words) -> &'static str + Send>,
    on: Box<dyn Fn() -> bool + Send>,
    choose: Box<dyn Fn() -> Event>,
) -> AnyView {
    view! {
        <label class="answer">
            <input type="radio" name=group data-testid=testid prop:checked=on on:change=move |_| app.dispatch(choose()) />
            <span>{move || word(app.words())}</span>
        </label>
    }
    .into_any()
}

/// What a note is in its scenario.
fn tags(app: App, id: NoteId) -> impl IntoView {
    let now = move || {
        app.board(Part::Note(id), |board| {
            board.view.notes.get(&id).and_then(|it| it.tag)
        })
    };
    let answer = move |tag: Option<Tag>| {
        let testid = format!("tag-{}", tag.map_or("none", Tag::word));
        let word = move |words: &Words| tag.map_or(words.no_tag, words.tag);
        let notes = move || targets(app, id);
        choice(
            app,
            "tag",
            testid,
            Box::new(word),
            Box::new(move || now() == tag),
            Box::new(move || {
                let notes = notes();
                Event::NotesTagged { notes, tag }
            }),
        )
    };
    view! {
        <fieldset class="ways">
            <legend>{move || app.words().is_a}</legend>
            {Tag::ALL.map(|tag| answer(Some(tag)))}
            {answer(None)}
        </fieldset>
    }
}

/// How a driving force is judged, in words instead of by hand.
fn judgement(app: App, id: NoteId) -> impl IntoView {
    let now = move || {
        app.board(Part::Note(id), |board| {
            board.view.notes.get(&id).and_then(|it| it.judged)
        })
    };
    let judge = move |judged| Event::ForceJudged { note: id, judged };
    let impact = move |degree: Degree| {
        let testid = format!("impact-{}", degree_word(degree));
        let on = move || now().is_some_and(|it| Degree::of(it.impact) == degree);
        choice(
            app,
            "impact",
            testid,
            Box::new(move |words| (words.degree)(degree)),
            Box::new(on),
            Box::new(move || {
                let uncertainty = now().map_or(500, |it| it.uncertainty);
                judge(Some(Judgement::clamped(degree.middle(), uncertainty)))
            }),
        )
    };
    let uncertainty = move |degree: Degree| {
        let testid = format!("uncertainty-{}", degree_word(degree));
        let on = move || now().is_some_and(|it| Degree::of(it.uncertainty) == degree);
        choice(
            app,
            "uncertainty",
            testid,
            Box::new(move |words| (words.degree)(degree)),
            Box::new(on),
            Box::new(move || {
                let impact = now().map_or(500, |it| it.impact);
                judge(Some(Judgement::clamped(impact, degree.middle())))
            }),
        )
    };
    view! {
        <fieldset class="ways">
            <legend>{move || app.words().impact}</legend>
            {Degree::ALL.map(impact)}
        </fieldset>
        <fieldset class="ways">
            <legend>{move || app.words().uncertainty}</legend>
            {Degree::ALL.map(uncertainty)}
        </fieldset>
        <Show when=move || now().is_some()>
            <button type="button" class="menu-item" data-testid="unjudge" on:click=move |_| app.dispatch(judge(None))>
                {icon(Icon::Undo)} <span>{move || app.words().unjudge}</span>
            </button>
        </Show>
    }
}

const fn degree_word(degree: Degree) -> &'static str {
    match degree {
        Degree::Low => "low",
        Degree::Middle => "middle",
        Degree::High => "high",
    }
}

/// The headings that notes can be put under: a new one, those there are, any other note beside them.
fn headings(app: App, note: &Note) -> AnyView {
    let (id, section, quadrant) = (note.id, note.section, note.quadrant);
    let (candidates, sorted) = app.peek_board(|board| {
        let notes = board.with_members(&board.with(id));
        let sorted = notes.iter().any(|it| board.headings.heading(*it).is_some());
        let mut own: Vec<NoteId> = notes
            .iter()
            .filter_map(|it| board.headings.heading(*it))
            .collect();
        own.dedup();
        let grouped = board.view.grouped(board.view.notes_in(section, quadrant));
        let headings = grouped.groups.iter().map(|group| group.heading);
        let all = headings.chain(grouped.loose).map(|it| it.id);
        let free = all.filter(|it| !notes.contains(it) && own != [*it]);
        (free.collect::<Vec<NoteId>>(), sorted)
    });
    let chosen = RwSignal::new(String::new());
    let options = candidates.into_iter().map(|heading| {
        view! { <option value=heading.to_string()>{title(app, heading)}</option> }
    });
    view! {
        <fieldset class="ways">
            <legend>{move || app.words().group}</legend>
            <select
                class="heading-choice"
                data-testid="heading-choice"
                aria-label=move || app.words().group
                on:change=move |event| chosen.set(event_target_value(&event))
            >
                <option value="">{move || app.words().new_heading}</option>
                {options.collect_view()}
            </select>
            <button
                type="button"
                class="button-plain"
                data-testid="note-group"
                on:click=move |_| {
                    let (notes, heading) = (targets(app, id), chosen.get_untracked().parse().ok());
                    app.dispatch(Event::Dialog(None));
                    app.dispatch(Event::NotesGrouped { notes, heading });
                }
            >
                {move || app.words().group_go}
            </button>
            {sorted.then(|| act(app, "note-loosen", Icon::Expand, |words| words.loosen, move || Event::NotesLoosened(targets(app, id))))}
        </fieldset>
    }
    .into_any()
}

/// A place a note can be sent to.
#[derive(Clone, Copy)]
struct Way {
    section: SectionId,
    kind: SectionKind,
    quadrant: Option<QuadrantPlace>,
}

fn destinations(app: App, id: NoteId) -> AnyView {
    let here: Vec<_> = app.peek_board(|board| {
        let notes = board.with(id).into_iter();
        let notes = notes.filter_map(|id| board.view.notes.get(&id));
        notes.map(|it| (it.section, it.quadrant)).collect()
    });
    let ways: Vec<Way> = app.board(Part::Sections, |board| {
        let sections = board.view.sections_in_order();
        sections
            .into_iter()
            .flat_map(|it| ways_to(it.id, it.kind))
            .collect()
    });
    let buttons: Vec<_> = ways
        .into_iter()
        .filter(|way| here.iter().any(|it| *it != (way.section, way.quadrant)))
        .map(|way| send(app, id, way))
        .collect();
    if buttons.is_empty() {
        return ().into_any();
    }
    view! {
        <fieldset class="ways">
            <legend>{move || app.words().move_to}</legend>
            {buttons}
        </fieldset>
    }
    .into_any()
}

fn ways_to(section: SectionId, kind: SectionKind) -> Vec<Way> {
    let way = |quadrant| Way {
        section,
        kind,
        quadrant,
    };
    match kind {
        SectionKind::Notes => vec![way(None)],
        SectionKind::Cross => {
            let quadrants = QuadrantPlace::ALL.into_iter().map(|place| way(Some(place)));
            quadrants.chain([way(None)]).collect()
        }
        SectionKind::Rules | SectionKind::Unknown => Vec::new(),
    }
}

fn send(app: App, id: NoteId, way: Way) -> impl IntoView {
    let to = Destination {
        section: way.section,
        quadrant: way.quadrant,
    };
    let testid = way.quadrant.map_or_else(
        || format!("note-move-{}", way.kind.word()),
        |place| format!("note-move-{}", place.word()),
    );
    let said = move || match (way.kind, way.quadrant) {
        (SectionKind::Cross, Some(place)) => quadrant_title(app, way.section, place),
        (SectionKind::Cross, None) => app.words().forces.to_owned(),
        (SectionKind::Notes | SectionKind::Rules | SectionKind::Unknown, _) => {
            section_title(app, way.section, way.kind)
        }
    };
    view! {
        <button
            type="button"
            class="button-plain"
            data-testid=testid
            on:click=move |_| {
                let notes = targets(app, id);
                app.dispatch(Event::Dialog(None));
                app.dispatch(Event::NotesSent { notes, to });
            }
        >
            {said}
        </button>
    }
}
