//! Keys that work wherever the focus is on a board.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use samsyn_shared::board::undo::Way;

use super::app::App;
use crate::core::event::Event;

/// Ctrl+Z takes the last step back; Ctrl+Shift+Z and Ctrl+Y do it again (with Command on a Mac).
pub(super) fn step(event: &KeyboardEvent) -> Option<Way> {
    if event.alt_key() || !(event.ctrl_key() || event.meta_key()) {
        return None;
    }
    match (event.key().to_lowercase().as_str(), event.shift_key()) {
        ("z", false) => Some(Way::Back),
        ("z", true) | ("y", false) => Some(Way::Again),
        _ => None,
    }
}

/// Listens until the board's screen goes.
pub(super) fn listen(app: App) {
    let heard = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || is_in_a_field() || app.peek(|model| model.dialog.is_some())
        {
            return;
        }
        if let Some(way) = step(&event) {
            event.prevent_default();
            app.dispatch(Event::StepWanted(way));
        }
    });
    on_cleanup(move || heard.remove());
}

/// Whether what is pressed is typed somewhere.
fn is_in_a_field() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|it| it.matches("input, textarea, select").unwrap_or(false))
}
