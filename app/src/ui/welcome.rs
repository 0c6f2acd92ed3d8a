//! Who followed a link says a first name, or none, and is on the board.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::app::App;
use super::dialog::{self, First, Shape};
use super::icons::mark;
use super::menu;
use crate::core::Event;
use crate::core::effect::Part;
use crate::core::words::Words;

pub(super) fn screen(app: App) -> impl IntoView {
    let title = move || app.board(Part::Title, |board| board.title.clone());
    view! {
        <div class="welcome" data-testid="screen-welcome">
            <header class="start-head">
                <div class="brand">{mark()} <span>{move || app.words().product}</span></div>
                {menu::settings(app)}
            </header>
            <main class="welcome-card">
                <h1>
                    <span class="welcome-to">{move || app.words().welcome_to}</span>
                    <span class="welcome-title" data-testid="board-heading">{title}</span>
                </h1>
                {name_form(app, "join-name", "join-go", |words| words.enter)}
            </main>
        </div>
    }
}

/// Changes the name later.
pub(super) fn name_dialog(app: App) -> impl IntoView {
    let content = view! {
        <div class="dialog-text">
            {name_form(app, "own-name", "own-name-save", |words| words.save_name)}
        </div>
    };
    dialog::dialog(
        app,
        "name-dialog",
        Shape::Card,
        First::Field,
        move || app.words().your_name.to_owned(),
        content,
    )
}

fn name_form(
    app: App,
    input: &'static str,
    button: &'static str,
    word: fn(&Words) -> &'static str,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let name = app.peek_board(|board| {
        let me = board.view.people.get(&board.me);
        me.map(|me| me.name.clone()).unwrap_or_default()
    });
    let given = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let name = node.get_untracked().map(|it| it.value());
        app.dispatch(Event::NameGiven(name.unwrap_or_default()));
    };
    view! {
        <form class="name-form" on:submit=given>
            <div class="field-row">
                <label for=input>{move || app.words().first_name}</label>
                <input
                    id=input
                    node_ref=node
                    type="text"
                    autofocus=true
                    maxlength="40"
                    autocomplete="given-name"
                    value=name
                    data-testid=input
                    aria-describedby="name-hint"
                />
                <p id="name-hint" class="hint">{move || app.words().first_name_hint}</p>
            </div>
            <button type="submit" class="button-main button-large" data-testid=button>
                {move || word(app.words())}
            </button>
        </form>
    }
}
