//! The steps of a scenario cross: the strip that leads through them, and what each but the cross itself shows.

use std::collections::BTreeMap;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::{CrossId, NoteId, SectionId};
use samsyn_shared::records::{AxisPlace, CrossField, Judgement, Note, QuadrantPlace, Tag};
use wasm_bindgen::JsCast;

use super::app::App;
use super::cross::{X, X_HIGH, X_LOW, Y, Y_HIGH, Y_LOW, pole};
use super::icons::{Icon, icon};
use super::note::{Surface, brief, note, title};
use super::quadrant::quadrant_title;
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};
use crate::core::model::BoardModel;
use crate::core::steps::CrossStep;

/// The step on the screen.
pub(super) fn step(app: App, section: SectionId) -> CrossStep {
    app.read(Part::Step, |model| model.step(section))
}

/// The id of a step's tab.
fn tab_id(step: CrossStep) -> String {
    format!("step-{}", step.word())
}

pub(super) fn strip(app: App, section: SectionId) -> impl IntoView {
    let tabs = (1..).zip(CrossStep::ALL).map(|(number, it)| {
        let on = move || step(app, section) == it;
        view! {
            <button
                type="button"
                role="tab"
                class="step"
                id=tab_id(it)
                data-testid=tab_id(it)
                aria-selected=move || on().to_string()
                aria-controls="step-panel"
                tabindex=move || if on() { "0" } else { "-1" }
                on:click=move |_| app.dispatch(Event::StepChosen { section, step: it })
            >
                <span class="step-number" aria-hidden="true">{number}</span>
                <span>{move || (app.words().step)(it)}</span>
            </button>
        }
    });
    view! {
        <div class="steps-strip" role="tablist" aria-label=move || app.words().steps on:keydown=move |event| key(app, section, &event)>
            {tabs.collect_view()}
        </div>
    }
}

fn key(app: App, section: SectionId, event: &KeyboardEvent) {
    let now = app.peek(|model| model.step(section));
    let to = match event.key().as_str() {
        "ArrowLeft" | "ArrowUp" => now.beside(-1),
        "ArrowRight" | "ArrowDown" => now.beside(1),
        "Home" => CrossStep::Question,
        "End" => CrossStep::Actions,
        _ => return,
    };
    event.prevent_default();
    app.dispatch(Event::StepChosen { section, step: to });
    if let Some(tab) = document().get_element_by_id(&tab_id(to))
        && let Ok(tab) = tab.dyn_into::<web_sys::HtmlElement>()
    {
        drop(tab.focus());
    }
}

/// What a room does in this step, in a sentence.
pub(super) fn hint(app: App, step: CrossStep) -> impl IntoView {
    view! { <p class="step-hint">{move || (app.words().step_hint)(step)}</p> }
}

/// The question as it stands, where it is not the step's own matter.
pub(super) fn asked(app: App, cross: CrossId) -> impl IntoView {
    let field = TextField::Cross(cross, CrossField::Question);
    let words = move || app.board(Part::Text(field), |board| board.shown(field).0);
    let year = move || {
        app.board(Part::Cross(cross), |board| {
            board.view.crosses.get(&cross)?.horizon
        })
    };
    move || {
        let words = words();
        (!words.trim().is_empty()).then(|| {
            let year = year().map(|year| format!(" ({year})"));
            view! { <p class="step-question">{words}{year}</p> }
        })
    }
}

/// The forces that may become axes: those that matter most first; where none was judged so, all of them.
fn candidates(board: &BoardModel, section: SectionId) -> Vec<NoteId> {
    let forces = board.view.notes_in(section, None);
    let weight = |note: &Note| note.judged.map(|it| it.impact + it.uncertainty);
    let matters = |note: &&&Note| note.judged.is_some_and(Judgement::matters_most);
    let mut most: Vec<&Note> = forces.iter().filter(matters).copied().collect();
    if most.is_empty() {
        most = forces;
    }
    most.sort_by_key(|note| std::cmp::Reverse(weight(note)));
    most.into_iter().map(|note| note.id).collect()
}

/// A heading at a level, from 2.
fn heading(level: u8, class: &'static str, text: impl Fn() -> String + Send + 'static) -> AnyView {
    match level {
        ..=2 => view! { <h2 class=class>{text}</h2> }.into_any(),
        3 => view! { <h3 class=class>{text}</h3> }.into_any(),
        4.. => view! { <h4 class=class>{text}</h4> }.into_any(),
    }
}

/// Both axes: their names and ends, and the forces they come from; their headings are at a level.
pub(super) fn axes(app: App, section: SectionId, cross: CrossId, level: u8) -> impl IntoView {
    let axis = move |axis: AxisPlace| {
        let (name, low, high) = match axis {
            AxisPlace::X => (X, X_LOW, X_HIGH),
            AxisPlace::Y => (Y, Y_LOW, Y_HIGH),
        };
        let label = name.label;
        let force = move || {
            app.board(Part::Cross(cross), |board| {
                board
                    .view
                    .crosses
                    .get(&cross)
                    .and_then(|it| it.axis(axis).force)
            })
        };
        let forces = Memo::new(move |_| {
            let mut ids = app.board(Part::Members(section), |board| candidates(board, section));
            let taken = force();
            let known = |id: &NoteId| app.peek_board(|board| board.view.notes.contains_key(id));
            ids.extend(taken.filter(|it| known(it) && !ids.contains(it)));
            ids
        });
        let writes = app.peek_board(BoardModel::writes);
        let choice = move |id: NoteId| {
            let on = move || force() == Some(id);
            view! {
                <button
                    type="button"
                    class="axis-force"
                    data-testid="axis-force"
                    aria-pressed=move || on().to_string()
                    disabled=!writes
                    on:click=move |_| {
                        let force = (!on()).then_some(id);
                        app.dispatch(Event::AxisTaken { section, axis, force });
                    }
                >
                    <span class="axis-force-mark" aria-hidden="true">{move || on().then(|| icon(Icon::Check))}</span>
                    {move || title(app, id)}
                </button>
            }
        };
        view! {
            <section class="axis-card" data-testid=match axis { AxisPlace::X => "axis-card-x", AxisPlace::Y => "axis-card-y" }>
                {heading(level, "axis-title", move || label(app.words()))}
                {pole(app, cross, name)}
                <div class="axis-poles">{pole(app, cross, low)} <span aria-hidden="true">"↔"</span> {pole(app, cross, high)}</div>
                {heading(level + 1, "axis-from", move || app.words().axis_from.to_owned())}
                <div class="axis-forces">
                    <For each=move || forces.get() key=|id| *id let:id>{choice(id)}</For>
                </div>
                <Show when=move || forces.with(Vec::is_empty)>
                    <p class="hint">{move || app.words().no_forces}</p>
                </Show>
            </section>
        }
    };
    view! { <div class="axis-cards">{AxisPlace::ALL.map(axis)}</div> }
}

/// The notes of a scenario that are something, or nothing yet.
fn tagged(
    app: App,
    section: SectionId,
    place: QuadrantPlace,
    tag: Option<Tag>,
) -> Memo<Vec<NoteId>> {
    Memo::new(move |_| {
        app.board(Part::Members(section), |board| {
            let notes = board.view.notes_in(section, Some(place)).into_iter();
            notes.filter(|it| it.tag == tag).map(|it| it.id).collect()
        })
    })
}

fn flow(app: App, notes: Memo<Vec<NoteId>>) -> impl IntoView {
    view! {
        <div class="flow">
            <For each=move || notes.get() key=|id| *id let:id>{note(app, id, Surface::Flow)}</For>
        </div>
    }
}

pub(super) fn consequences(app: App, section: SectionId, cross: CrossId) -> impl IntoView {
    let writes = app.peek_board(BoardModel::writes);
    let scenario = move |place: QuadrantPlace| {
        let to = Destination {
            section,
            quadrant: Some(place),
        };
        let part = move |tag: Tag| {
            view! {
                <h3>{move || (app.words().tags)(tag)}</h3>
                {flow(app, tagged(app, section, place, Some(tag)))}
                {writes.then(|| view! {
                    <button
                        type="button"
                        class="button-quiet"
                        data-testid=format!("add-{}", tag.word())
                        aria-label=move || format!("{}: {}", (app.words().add_tagged)(tag), quadrant_title(app, section, place))
                        on:click=move |_| app.dispatch(Event::TaggedWanted { to, tag })
                    >
                        {icon(Icon::Plus)} {move || (app.words().add_tagged)(tag)}
                    </button>
                })}
            }
        };
        let others = tagged(app, section, place, None);
        view! {
            <section class="scenario" data-testid="scenario" data-drop=place.word() aria-label=move || quadrant_title(app, section, place)>
                <h2>{move || quadrant_title(app, section, place)}</h2>
                {story(app, cross, place)}
                {Tag::ALL.map(part)}
                <Show when=move || !others.with(Vec::is_empty)>
                    <h3>{move || app.words().untagged}</h3>
                    {flow(app, others)}
                </Show>
            </section>
        }
    };
    view! { <div class="scenarios">{QuadrantPlace::ALL.map(scenario)}</div> }
}

fn story(app: App, cross: CrossId, place: QuadrantPlace) -> impl IntoView {
    let field = TextField::Cross(cross, CrossField::QuadrantStory(place));
    let words = move || app.board(Part::Text(field), |board| board.shown(field).0);
    move || {
        let words = words();
        (!words.trim().is_empty()).then(|| view! { <p class="scenario-story lines">{words}</p> })
    }
}

/// Words as they are compared: without case, spaces and marks.
fn plain(words: &str) -> String {
    let words = words.to_lowercase();
    let words = words.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Strategies that stand in several scenarios, each in the words of the first, with those scenarios.
fn common(board: &BoardModel, section: SectionId) -> Vec<(String, Vec<QuadrantPlace>)> {
    let mut found: BTreeMap<String, (String, Vec<QuadrantPlace>)> = BTreeMap::new();
    for place in QuadrantPlace::ALL {
        let notes = board.view.notes_in(section, Some(place)).into_iter();
        for note in notes.filter(|it| it.tag == Some(Tag::Strategy)) {
            let words = board.words(note).trim();
            let (_, places) = found
                .entry(plain(words))
                .or_insert_with(|| (words.to_owned(), Vec::new()));
            if !words.is_empty() && !places.contains(&place) {
                places.push(place);
            }
        }
    }
    let mut several: Vec<_> = found.into_values().filter(|it| it.1.len() > 1).collect();
    several.sort_by_key(|it| std::cmp::Reverse(it.1.len()));
    several
}

pub(super) fn actions(app: App, section: SectionId) -> impl IntoView {
    let several = Memo::new(move |_| app.board(Part::Outline, |board| common(board, section)));
    let item = move |(words, places): (String, Vec<QuadrantPlace>)| {
        let all = places.len() == QuadrantPlace::ALL.len();
        let names = places
            .into_iter()
            .map(|place| quadrant_title(app, section, place));
        let where_it_is = match all {
            true => app.words().in_all.to_owned(),
            false => names.collect::<Vec<_>>().join(" · "),
        };
        view! {
            <li data-testid="common-strategy">
                <strong>{brief(app.words(), &words)}</strong>
                <span class="hint">{where_it_is}</span>
            </li>
        }
    };
    let scenario = move |place: QuadrantPlace| {
        let notes = tagged(app, section, place, Some(Tag::Strategy));
        view! {
            <section class="scenario" data-testid="scenario" data-drop=place.word() aria-label=move || quadrant_title(app, section, place)>
                <h2>{move || quadrant_title(app, section, place)}</h2>
                {flow(app, notes)}
                <Show when=move || notes.with(Vec::is_empty)>
                    <p class="hint">{move || app.words().no_strategies}</p>
                </Show>
            </section>
        }
    };
    view! {
        <section class="common" aria-labelledby="common">
            <h2 id="common">{move || app.words().in_several}</h2>
            {move || several.with(|several| if several.is_empty() {
                view! { <p class="hint">{app.words().none_in_several}</p> }.into_any()
            } else {
                view! { <ul>{several.iter().cloned().map(item).collect_view()}</ul> }.into_any()
            })}
        </section>
        <div class="scenarios">{QuadrantPlace::ALL.map(scenario)}</div>
    }
}
