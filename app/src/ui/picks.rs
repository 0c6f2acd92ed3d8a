//! Picked notes: the bar that says what can be done to them, and the switch that lets a finger pick.

use leptos::prelude::*;
use samsyn_shared::ids::NoteId;

use super::app::App;
use super::button::button;
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::{Event, Picking};
use crate::core::model::Dialog;

/// Lets a finger or pen pick notes, by taps or a frame, instead of pushing the wall.
pub(super) fn mode(app: App) -> impl IntoView {
    let on = move || app.board(Part::Picks, |board| board.picking == Picking::On);
    let other = move || if on() { Picking::Off } else { Picking::On };
    view! {
        <button
            type="button"
            class="button-icon pick-mode"
            data-testid="pick-mode"
            aria-label=move || app.words().pick_mode
            title=move || app.words().pick_mode
            aria-pressed=move || on().to_string()
            on:click=move |_| app.dispatch(Event::PickingChosen(other()))
        >
            {icon(Icon::Pick)}
        </button>
    }
}

/// What can be done to what is picked; there while anything is.
pub(super) fn bar(app: App) -> impl IntoView {
    let picks = Memo::new(move |_| app.board(Part::Picks, |board| board.picks()));
    let some = Memo::new(move |_| picks.with(|picks| !picks.is_empty()));
    let said = move || {
        let count = picks.with(Vec::len);
        (app.words().notes_picked)(u32::try_from(count).unwrap_or(u32::MAX))
    };
    let on_surface = move || app.board(Part::Page, |board| board.section().is_some());
    let menu = |notes: Vec<NoteId>| Event::Dialog(notes.first().copied().map(Dialog::Note));
    let to =
        move |event: fn(Vec<NoteId>) -> Event| move || app.dispatch(event(picks.get_untracked()));
    view! {
        <Show when=move || some.get()>
            <div class="picks" role="toolbar" aria-label=said data-testid="picks">
                <span class="picks-count" data-testid="picks-count">{said}</span>
                <span class="picks-number" aria-hidden="true">{move || picks.with(Vec::len)}</span>
                {button(app, "picks-menu", Icon::Palette, |words| words.colour_and_move, to(menu))}
                {move || on_surface().then(|| button(app, "picks-group", Icon::Stack, |words| words.group, to(|notes| Event::NotesGrouped { notes, heading: None })))}
                {move || on_surface().then(|| button(app, "picks-arrange", Icon::Grid, |words| words.arrange, to(Event::NotesArranged)))}
                {button(app, "picks-double", Icon::Copy, |words| words.double, to(Event::NotesDoubled))}
                {button(app, "picks-copy", Icon::Text, |words| words.copy_text, to(Event::NotesCopied))}
                {button(app, "picks-remove", Icon::Trash, |words| words.remove, to(Event::NotesRemoved))}
                {button(app, "picks-drop", Icon::Close, |words| words.drop_picks, to(|_| Event::PicksDropped))}
            </div>
        </Show>
        <p class="sr-only" role="status" aria-live="polite">{move || some.get().then(said)}</p>
    }
}
