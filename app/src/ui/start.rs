//! The start screen: the boards of this device, a new one, a link or a file.

use leptos::prelude::*;
use samsyn_shared::ids::BoardId;
use samsyn_shared::seal::Role;

use super::app::App;
use super::dialog::{First, Shape, dialog};
use super::icons::{Icon, icon, mark};
use super::line::{Line, Then, line};
use super::{dates, menu};
use crate::core::Event;
use crate::core::effect::Part;
use crate::core::event::Context;
use crate::core::messages::{BoardCard, Storage};
use crate::core::model::{Camera, Dialog};
use crate::core::words::Words;

pub(super) fn screen(app: App) -> impl IntoView {
    view! {
        <div class="start" data-testid="screen-start">
            <header class="start-head">
                <div class="brand">{mark()} <span>{move || app.words().product}</span></div>
                {menu::settings(app)}
            </header>
            <main class="start-main">
                <div class="start-lead">
                    <h1>{move || app.words().tagline}</h1>
                    <button
                        type="button"
                        class="button-main button-large"
                        data-testid="new-board"
                        on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::NewBoard)))
                    >
                        {icon(Icon::Plus)} {move || app.words().new_board}
                    </button>
                    {ways_in(app)}
                    {limits(app)}
                </div>
                {boards(app)}
            </main>
        </div>
    }
}

fn ways_in(app: App) -> impl IntoView {
    let reads_codes = move || app.read(Part::Settings, |model| model.camera == Camera::ReadsCodes);
    let link = Line {
        id: "open-link",
        label: |words| words.open_link,
        hint: |words| words.open_link_hint,
        go: |words| words.open,
        mode: "url",
        then: Then::Stays,
    };
    view! {
        {line(app, link, move |pasted| app.dispatch(Event::LinkPasted(pasted)))}
        <Show when=reads_codes>
            <div class="file-row">
                <button
                    type="button"
                    class="button-plain"
                    data-testid="scan"
                    on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Scan)))
                >
                    {icon(Icon::Scan)} {move || app.words().scan}
                </button>
            </div>
        </Show>
        <div class="file-row">
            <input
                id="import-file"
                type="file"
                class="file-input"
                accept=".json,.samsyn,application/json,application/octet-stream"
                data-testid="import-file"
                aria-describedby="import-hint"
                on:change=move |event| file_chosen(app, &event_target(&event))
            />
            <label for="import-file" class="button-plain file-label">{icon(Icon::File)} {move || app.words().open_file}</label>
            <p id="import-hint" class="hint">{move || app.words().open_file_hint}</p>
        </div>
    }
}

pub(super) fn file_chosen(app: App, input: &web_sys::HtmlInputElement) {
    if let Some(file) = input.files().and_then(|files| files.get(0)) {
        crate::shell::read_file(file, std::rc::Rc::new(move |event| app.dispatch(event)));
    }
    input.set_value("");
}

/// What this browser or this address cannot do, said before anyone relies on it.
fn limits(app: App) -> impl IntoView {
    let plain = move || app.read(Part::Settings, |model| model.context == Context::Plain);
    let storage = move || {
        app.read(Part::Settings, |model| match &model.storage {
            Some(Storage::Impossible { why }) => Some(*why),
            Some(Storage::Saved | Storage::Saving) | None => None,
        })
    };
    view! {
        <Show when=plain>
            <p class="limit" data-testid="plain-http">{icon(Icon::Warning)} <span>{move || app.words().plain_http}</span></p>
        </Show>
        {move || storage().map(|why| {
            view! {
                <p class="limit" data-testid="storage-impossible">
                    {icon(Icon::Warning)}
                    <span>{move || app.words().detail_device_no} " " {move || (app.words().storage_failure)(why)}</span>
                </p>
            }
        })}
    }
}

fn boards(app: App) -> impl IntoView {
    let cards = move || app.read(Part::Cards, |model| model.cards.clone());
    view! {
        <section class="my-boards" aria-labelledby="my-boards">
            <h2 id="my-boards">{move || app.words().my_boards}</h2>
            {move || match cards() {
                None => ().into_any(),
                Some(cards) if cards.is_empty() => nothing_yet(app).into_any(),
                Some(cards) => {
                    let cards = cards.into_iter().map(|it| card(app, it)).collect_view();
                    view! {
                        <p class="hint">{move || app.words().my_boards_hint}</p>
                        <ul class="cards">{cards}</ul>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}

fn nothing_yet(app: App) -> impl IntoView {
    view! {
        <div class="empty">
            {mark()}
            <p class="empty-title">{move || app.words().no_boards}</p>
            <p>{move || app.words().no_boards_hint}</p>
        </div>
    }
}

fn card(app: App, card: BoardCard) -> impl IntoView {
    let board = card.board;
    let opened = card.opened;
    let unshared = card.unshared;
    let when = move || {
        let now = app.read(Part::Clock, |model| model.now);
        let words = app.words();
        (words.opened_at)(&dates::said(words, opened, now))
    };
    let state = move || match unshared {
        0 => app.words().all_shared.to_owned(),
        n => (app.words().only_here)(n),
    };
    let role = card.role;
    let title = card.title.clone();
    view! {
        <li class="card" data-testid="board-card" data-id=board.to_string()>
            <button type="button" class="card-open" data-testid="board-open" on:click=move |_| app.dispatch(Event::BoardChosen(board))>
                <span class="card-title">{card.title}</span>
                <span class="card-facts">{when} " · " {move || role_said(app.words(), role)}</span>
                <span class="card-state" class:card-pending=(unshared > 0) data-testid="board-card-state">
                    {icon(if unshared > 0 { Icon::CloudOff } else { Icon::CheckAll })} {state}
                </span>
            </button>
            <button
                type="button"
                class="button-icon card-forget"
                data-testid="board-forget"
                aria-label=move || format!("{}: {title}", app.words().forget)
                on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Forget(board))))
            >
                {icon(Icon::Trash)}
            </button>
        </li>
    }
}

pub(super) const fn role_said(words: &Words, role: Role) -> &'static str {
    match role {
        Role::Facilitator => words.role_facilitator,
        Role::Participant => words.role_participant,
        Role::Observer => words.role_observer,
    }
}

/// Asks before a board is removed from this device, and says what would be lost.
pub(super) fn forget_dialog(app: App, board: BoardId) -> impl IntoView {
    let unshared = app.peek(|model| {
        let cards = model.cards.as_deref().unwrap_or_default();
        let card = cards.iter().find(|card| card.board == board);
        card.map_or(0, |card| card.unshared)
    });
    let lost = move || (unshared > 0).then(|| (app.words().only_here)(unshared));
    let means = move || match unshared {
        0 => app.words().forget_shared,
        _ => app.words().forget_unshared,
    };
    let content = view! {
        <div class="dialog-text">
            {move || lost().map(|lost| view! { <p class="limit">{icon(Icon::Warning)} <span>{lost}</span></p> })}
            <p>{means}</p>
        </div>
        <div class="dialog-actions">
            <button type="button" class="button-plain" data-testid="forget-cancel" on:click=move |_| app.dispatch(Event::Dialog(None))>
                {move || app.words().cancel}
            </button>
            <button type="button" class="button-danger" data-testid="forget-confirm" on:click=move |_| app.dispatch(Event::BoardForgotten(board))>
                {move || app.words().forget}
            </button>
        </div>
    };
    dialog(
        app,
        "forget-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().forget_title.to_owned(),
        content,
    )
}
