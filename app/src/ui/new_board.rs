//! The dialog for a new board: what it starts with, drawn, and its name.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::app::App;
use super::dialog::{self, First, Shape};
use crate::core::Event;
use crate::core::messages::Template;
use crate::core::words::Words;

fn content(app: App) -> impl IntoView {
    let title = NodeRef::<html::Input>::new();
    let empty = NodeRef::<html::Input>::new();
    let make = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wall = empty.get_untracked().is_some_and(|it| it.checked());
        let title = title.get_untracked().map(|it| it.value());
        app.dispatch(Event::BoardWanted {
            template: if wall {
                Template::Empty
            } else {
                Template::Workshop
            },
            title: title.unwrap_or_default(),
        });
    };
    view! {
        <form class="dialog-text" on:submit=make>
            <div class="field-row">
                <label for="board-title">{move || app.words().board_name}</label>
                <input
                    id="board-title"
                    node_ref=title
                    type="text"
                    autofocus=true
                    maxlength="120"
                    autocomplete="off"
                    data-testid="board-title"
                    placeholder=move || app.words().board_name_hint
                />
            </div>
            <fieldset class="templates">
                <legend>{move || app.words().template_title}</legend>
                <label class="template">
                    <input type="radio" name="template" checked=true data-testid="template-workshop" />
                    {workshop()}
                    {named(app, |words| words.template_workshop, |words| words.template_workshop_hint)}
                </label>
                <label class="template">
                    <input type="radio" name="template" node_ref=empty data-testid="template-empty" />
                    {wall()}
                    {named(app, |words| words.template_empty, |words| words.template_empty_hint)}
                </label>
            </fieldset>
            <div class="dialog-actions">
                <button type="submit" class="button-main button-large" data-testid="create-board">
                    {move || app.words().create}
                </button>
            </div>
        </form>
    }
}

pub(super) fn dialog(app: App) -> impl IntoView {
    dialog::dialog(
        app,
        "new-board-dialog",
        Shape::Wide,
        First::Field,
        move || app.words().new_board.to_owned(),
        content(app),
    )
}

fn named(
    app: App,
    name: fn(&Words) -> &'static str,
    hint: fn(&Words) -> &'static str,
) -> impl IntoView {
    view! {
        <span class="template-words">
            <span class="template-name">{move || name(app.words())}</span>
            <span class="hint">{move || hint(app.words())}</span>
        </span>
    }
}

/// Notes, rules and a cross side by side.
fn workshop() -> impl IntoView {
    view! {
        <svg class="template-drawing" viewBox="0 0 240 110" aria-hidden="true" focusable="false">
            <rect class="t-paper" x="6" y="8" width="70" height="94" rx="4" />
            <rect class="t-yellow" x="14" y="18" width="24" height="20" />
            <rect class="t-blue" x="42" y="26" width="24" height="20" />
            <rect class="t-pink" x="18" y="52" width="24" height="20" />
            <rect class="t-green" x="45" y="62" width="24" height="20" />
            <rect class="t-paper" x="85" y="8" width="70" height="94" rx="4" />
            <path class="t-line" d="M105 26h40M105 44h34M105 62h38M105 80h28" />
            <path class="t-accent" d="M93 26h5M93 44h5M93 62h5M93 80h5" />
            <rect class="t-paper" x="164" y="8" width="70" height="94" rx="4" />
            <path class="t-accent" d="M199 18v74M172 55h54" />
            <path class="t-line" d="M178 30h14M206 30h14M178 72h14M206 72h14" />
        </svg>
    }
}

/// A wall with notes.
fn wall() -> impl IntoView {
    view! {
        <svg class="template-drawing" viewBox="0 0 240 110" aria-hidden="true" focusable="false">
            <rect class="t-paper" x="6" y="8" width="228" height="94" rx="4" />
            <rect class="t-yellow" x="24" y="24" width="38" height="30" />
            <rect class="t-orange" x="74" y="34" width="38" height="30" />
            <rect class="t-green" x="128" y="22" width="38" height="30" />
            <rect class="t-blue" x="180" y="40" width="38" height="30" />
            <rect class="t-pink" x="100" y="70" width="38" height="24" />
        </svg>
    }
}
