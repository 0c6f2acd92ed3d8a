//! Picked notes: the bar that says what can be done to them, and the switch that lets a finger pick.

use leptos::prelude::*;
use samsyn_shared::ids::NoteId;

use super::app::App;
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::{Event, Picking};
use crate::core::model::Dialog;
use crate::core::words::Words;

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
    let menu = |notes: Vec<NoteId>| Event::Dialog(notes.first().copied().map(Dialog::Note));
    view! {
        <Show when=move || some.get()>
            <div class="picks" role="toolbar" aria-label=said data-testid="picks">
                <span class="picks-count" data-testid="picks-count">{said}</span>
                <span class="picks-number" aria-hidden="true">{move || picks.with(Vec::len)}</span>
                {act(app, picks, "picks-menu", Icon::Palette, |words| words.colour_and_move, menu)}
                {act(app, picks, "picks-arrange", Icon::Grid, |words| words.arrange, Event::NotesArranged)}
                {act(app, picks, "picks-double", Icon::Copy, |words| words.double, Event::NotesDoubled)}
                {act(app, picks, "picks-copy", Icon::Text, |words| words.copy_text, Event::NotesCopied)}
                {act(app, picks, "picks-remove", Icon::Trash, |words| words.remove, Event::NotesRemoved)}
                {act(app, picks, "picks-drop", Icon::Close, |words| words.drop_picks, |_| Event::PicksDropped)}
            </div>
        </Show>
        <p class="sr-only" role="status" aria-live="polite">{move || some.get().then(said)}</p>
    }
}

fn act(
    app: App,
    picks: Memo<Vec<NoteId>>,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    event: fn(Vec<NoteId>) -> Event,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button-icon"
            data-testid=testid
            aria-label=move || word(app.words())
            title=move || word(app.words())
            on:click=move |_| app.dispatch(event(picks.get_untracked()))
        >
            {icon(drawing)}
        </button>
    }
}
