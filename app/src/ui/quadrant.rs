//! One scenario of a cross: its name, its story and its notes.

use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::{CrossId, SectionId};
use samsyn_shared::records::{CrossField, QuadrantPlace};

use super::app::App;
use super::icons::{Icon, icon};
use super::note::{Surface, note};
use super::writing::{Lines, Writing, writing};
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};

/// The place's number in reading order, from 0.
const fn index(place: QuadrantPlace) -> &'static str {
    match place {
        QuadrantPlace::TopLeft => "0",
        QuadrantPlace::TopRight => "1",
        QuadrantPlace::BottomLeft => "2",
        QuadrantPlace::BottomRight => "3",
    }
}

/// A scenario's name, or where it is as long as it has none.
pub(super) fn quadrant_title(app: App, section: SectionId, place: QuadrantPlace) -> String {
    let cross = app.board(Part::Members(section), |board| {
        board.view.cross_of(section).map(|it| it.id)
    });
    let name = cross.map(|cross| {
        let field = TextField::Cross(cross, CrossField::QuadrantName(place));
        app.board(Part::Text(field), |board| board.shown(field).0)
    });
    let there = (app.words().quadrant_place)(place);
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("{name} ({})", there.to_lowercase()),
        None => there.to_owned(),
    }
}

pub(super) fn quadrant(
    app: App,
    section: SectionId,
    cross: CrossId,
    place: QuadrantPlace,
) -> impl IntoView {
    let large = move || app.board(Part::Quadrant, |board| board.quadrant == Some(place));
    let to = Destination {
        section,
        quadrant: Some(place),
    };
    view! {
        <section
            class=format!("quadrant quadrant-{}", place.word())
            data-testid="quadrant"
            data-quadrant=index(place)
            data-drop=place.word()
            aria-label=move || quadrant_title(app, section, place)
        >
            <header class="quadrant-head">
                <span class="eyebrow" aria-hidden="true">{move || (app.words().quadrant_place)(place)}</span>
                <button
                    type="button"
                    class="button-icon"
                    data-testid="quadrant-open"
                    aria-label=move || {
                        let words = app.words();
                        if large() { words.scenario_close } else { words.scenario_open }
                    }
                    on:click=move |_| {
                        let now = app.peek_board(|board| board.quadrant);
                        let next = (now != Some(place)).then_some(place);
                        app.dispatch(Event::QuadrantOpened(next));
                    }
                >
                    {move || icon(if large() { Icon::Shrink } else { Icon::Expand })}
                </button>
            </header>
            {words(app, cross, place)}
            {notes(app, section, Some(place))}
            {app.peek_board(|board| board.writes()).then(|| view! {
                <button
                    type="button"
                    class="button-quiet quadrant-add"
                    data-testid="quadrant-add-note"
                    on:click=move |_| app.dispatch(Event::NoteWanted(to))
                >
                    {icon(Icon::Plus)} {move || app.words().add_note}
                </button>
            })}
        </section>
    }
}

/// What a scenario is called, and its story.
pub(super) fn words(app: App, cross: CrossId, place: QuadrantPlace) -> impl IntoView {
    view! {
        {writing(app, Writing {
            field: TextField::Cross(cross, CrossField::QuadrantName(place)),
            testid: "quadrant-name",
            editor: "quadrant-name-editor",
            class: "quadrant-name",
            lines: Lines::One,
            label: |words| words.scenario_name.to_owned(),
            hint: |words| words.scenario_name,
        })}
        {writing(app, Writing {
            field: TextField::Cross(cross, CrossField::QuadrantStory(place)),
            testid: "quadrant-story",
            editor: "quadrant-story-editor",
            class: "quadrant-story",
            lines: Lines::Many,
            label: |words| words.story.to_owned(),
            hint: |words| words.story_hint,
        })}
    }
}

/// The notes of a quadrant, or of the tray.
pub(super) fn notes(
    app: App,
    section: SectionId,
    quadrant: Option<QuadrantPlace>,
) -> impl IntoView {
    let notes = Memo::new(move |_| {
        app.board(Part::Members(section), |board| {
            let grouped = board.view.grouped(board.view.notes_in(section, quadrant));
            let loose = grouped.loose.iter().map(|note| note.id);
            let groups = grouped.groups.iter().flat_map(|group| {
                let notes = group.notes.iter().map(|note| note.id);
                [group.heading.id].into_iter().chain(notes)
            });
            loose.chain(groups).collect::<Vec<_>>()
        })
    });
    view! {
        <div class="flow">
            <For each=move || notes.get() key=|id| *id let:id>
                {note(app, id, Surface::Flow)}
            </For>
        </div>
    }
}
