//! A scenario cross: the question on top, two axes with named poles, four scenarios between them.

use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::{CrossId, SectionId};
use samsyn_shared::records::{CrossField, QuadrantPlace};

use super::app::App;
use super::icons::{Icon, icon};
use super::quadrant::{notes, quadrant};
use super::writing::{Lines, Writing, writing};
use super::{field, steps};
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};
use crate::core::steps::CrossStep;
use crate::core::words::Words;

pub(super) fn cross(app: App, section: SectionId) -> impl IntoView {
    let cross = Memo::new(move |_| {
        app.board(Part::Members(section), |board| {
            board.view.cross_of(section).map(|it| it.id)
        })
    });
    move || match cross.get() {
        Some(cross) => drawn(app, section, cross).into_any(),
        None => missing(app, section).into_any(),
    }
}

fn missing(app: App, section: SectionId) -> impl IntoView {
    view! {
        <main class="page">
            <div class="empty">{make(app, section)}</div>
        </main>
    }
}

/// Makes the cross of a section that has none.
pub(super) fn make(app: App, section: SectionId) -> impl IntoView {
    app.peek_board(|board| board.writes()).then(|| view! {
        <button type="button" class="button-main" data-testid="make-cross" on:click=move |_| app.dispatch(Event::CrossWanted(section))>
            {icon(Icon::Plus)} {move || app.words().make_cross}
        </button>
    })
}

fn drawn(app: App, section: SectionId, cross: CrossId) -> impl IntoView {
    let step = Memo::new(move |_| steps::step(app, section));
    view! {
        <main class="page cross-page" data-testid="cross">
            <p id="note-keys" class="sr-only">{move || app.words().note_keys}</p>
            {steps::strip(app, section)}
            <div id="step-panel" role="tabpanel" aria-labelledby=move || format!("step-{}", step.get().word())>
                {move || {
                    let step = step.get();
                    match step {
                        CrossStep::Question => view! { {steps::hint(app, step)} {question(app, section, cross)} }.into_any(),
                        CrossStep::Forces => view! { {steps::asked(app, cross)} {steps::hint(app, step)} {tray(app, section)} }.into_any(),
                        CrossStep::Field => view! { {steps::asked(app, cross)} {steps::hint(app, step)} {field::field(app, section)} }.into_any(),
                        CrossStep::Axes => view! { {steps::asked(app, cross)} {steps::hint(app, step)} {steps::axes(app, section, cross, 2)} }.into_any(),
                        CrossStep::Scenarios => scenarios(app, section, cross).into_any(),
                        CrossStep::Consequences => view! { {steps::asked(app, cross)} {steps::hint(app, step)} {steps::consequences(app, section, cross)} }.into_any(),
                        CrossStep::Actions => view! { {steps::asked(app, cross)} {steps::hint(app, step)} {steps::actions(app, section)} }.into_any(),
                    }
                }}
            </div>
        </main>
    }
}

/// The cross with its question, or one scenario of it that fills the screen.
fn scenarios(app: App, section: SectionId, cross: CrossId) -> impl IntoView {
    let large = Memo::new(move |_| app.board(Part::Quadrant, |board| board.quadrant));
    view! {
        {question(app, section, cross)}
        {move || match large.get() {
            Some(place) => view! {
                <div class="cross-one">{quadrant(app, section, cross, place)}</div>
            }.into_any(),
            None => whole(app, section, cross).into_any(),
        }}
    }
}

fn whole(app: App, section: SectionId, cross: CrossId) -> impl IntoView {
    let four = QuadrantPlace::ALL.map(|place| quadrant(app, section, cross, place));
    view! {
        <div class="cross">
            {axis_name(app, cross, Y)}
            {pole(app, cross, Y_HIGH)}
            {pole(app, cross, X_LOW)}
            <div class="cross-field">{four}</div>
            {pole(app, cross, X_HIGH)}
            {pole(app, cross, Y_LOW)}
            {axis_name(app, cross, X)}
        </div>
        {tray(app, section)}
    }
}

/// The question and its year.
pub(super) fn question(app: App, section: SectionId, cross: CrossId) -> impl IntoView {
    let year = move || {
        app.board(Part::Cross(cross), |board| {
            let year = board.view.crosses.get(&cross).and_then(|it| it.horizon);
            year.map(|year| year.to_string()).unwrap_or_default()
        })
    };
    let writes = app.peek_board(|board| board.writes());
    view! {
        <section class="question">
            <div class="question-words">
                <span class="eyebrow" aria-hidden="true">{move || app.words().question}</span>
                {writing(app, Writing {
                    field: TextField::Cross(cross, CrossField::Question),
                    testid: "cross-question",
                    editor: "cross-question-editor",
                    class: "question-text",
                    lines: Lines::Many,
                    label: |words| words.question.to_owned(),
                    hint: |words| words.question_hint,
                })}
            </div>
            <label class="horizon">
                <span class="eyebrow">{move || app.words().horizon}</span>
                <input
                    type="text"
                    inputmode="numeric"
                    size="4"
                    maxlength="4"
                    readonly=!writes
                    data-testid="horizon"
                    prop:value=year
                    on:change=move |event| {
                        app.dispatch(Event::HorizonGiven { section, year: event_target_value(&event) });
                        event_target::<web_sys::HtmlInputElement>(&event)
                            .set_value(&app.peek_board(|board| {
                                let year = board.view.crosses.get(&cross).and_then(|it| it.horizon);
                                year.map(|year| year.to_string()).unwrap_or_default()
                            }));
                    }
                />
            </label>
        </section>
    }
}

/// An end or the middle of an axis.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    field: CrossField,
    testid: &'static str,
    editor: &'static str,
    class: &'static str,
    pub(super) label: fn(&Words) -> String,
    hint: fn(&Words) -> &'static str,
}

pub(super) const X: Mark = Mark {
    field: CrossField::XName,
    testid: "axis-x-name",
    editor: "axis-x-name-editor",
    class: "axis axis-x",
    label: |words| words.axis_x.to_owned(),
    hint: |words| words.axis_hint,
};
pub(super) const Y: Mark = Mark {
    field: CrossField::YName,
    testid: "axis-y-name",
    editor: "axis-y-name-editor",
    class: "axis axis-y",
    label: |words| words.axis_y.to_owned(),
    hint: |words| words.axis_hint,
};
pub(super) const X_LOW: Mark = Mark {
    field: CrossField::XLow,
    testid: "axis-x-low",
    editor: "axis-x-low-editor",
    class: "pole pole-left",
    label: |words| format!("{}: {}", words.axis_x, words.pole_left),
    hint: |words| words.pole_left,
};
pub(super) const X_HIGH: Mark = Mark {
    field: CrossField::XHigh,
    testid: "axis-x-high",
    editor: "axis-x-high-editor",
    class: "pole pole-right",
    label: |words| format!("{}: {}", words.axis_x, words.pole_right),
    hint: |words| words.pole_right,
};
pub(super) const Y_LOW: Mark = Mark {
    field: CrossField::YLow,
    testid: "axis-y-low",
    editor: "axis-y-low-editor",
    class: "pole pole-low",
    label: |words| format!("{}: {}", words.axis_y, words.pole_low),
    hint: |words| words.pole_low,
};
pub(super) const Y_HIGH: Mark = Mark {
    field: CrossField::YHigh,
    testid: "axis-y-high",
    editor: "axis-y-high-editor",
    class: "pole pole-high",
    label: |words| format!("{}: {}", words.axis_y, words.pole_high),
    hint: |words| words.pole_high,
};

pub(super) fn pole(app: App, cross: CrossId, mark: Mark) -> impl IntoView {
    writing(
        app,
        Writing {
            field: TextField::Cross(cross, mark.field),
            testid: mark.testid,
            editor: mark.editor,
            class: mark.class,
            lines: Lines::One,
            label: mark.label,
            hint: mark.hint,
        },
    )
}

/// An axis' name, with its direction said beside it.
fn axis_name(app: App, cross: CrossId, mark: Mark) -> impl IntoView {
    view! {
        <div class=format!("axis-row {}-row", mark.testid)>
            <span class="eyebrow" aria-hidden="true">{move || (mark.label)(app.words())}</span>
            {pole(app, cross, mark)}
        </div>
    }
}

/// The driving forces: notes that are in no scenario.
fn tray(app: App, section: SectionId) -> impl IntoView {
    let to = Destination {
        section,
        quadrant: None,
    };
    view! {
        <section class="tray" data-drop="forces" data-testid="forces" aria-labelledby="forces">
            <div class="tray-head">
                <div>
                    <h2 id="forces">{move || app.words().forces}</h2>
                    <p class="hint">{move || app.words().forces_hint}</p>
                </div>
                {app.peek_board(|board| board.writes()).then(|| view! {
                    <button type="button" class="button-plain" data-testid="add-force" on:click=move |_| app.dispatch(Event::NoteWanted(to))>
                        {icon(Icon::Plus)} {move || app.words().add_force}
                    </button>
                })}
            </div>
            {notes(app, section, None)}
        </section>
    }
}
