//! Keys that work wherever the focus is on a board.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use samsyn_shared::board::undo::Way;
use samsyn_shared::records::SectionKind;

use super::app::App;
use super::dialog::{self, First, Shape};
use crate::core::effect::Part;
use crate::core::event::{Destination, Event, Letters};
use crate::core::model::{Dialog, Page};

/// How far an arrow key pushes a wall, in CSS pixels.
const PUSH: f64 = 80.0;
/// How much one press of a key zooms.
const ZOOM: f64 = 1.25;

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
        if let Some(wanted) = wanted(app, &event) {
            event.prevent_default();
            app.dispatch(wanted);
        }
    });
    let pasted = window_event_listener(ev::paste, move |event| {
        if is_in_a_field() || app.peek(|model| model.dialog.is_some()) {
            return;
        }
        let data = event.clipboard_data();
        let text = data.and_then(|it| it.get_data("text/plain").ok());
        if let Some(text) = text.filter(|it| !it.trim().is_empty()) {
            event.prevent_default();
            app.dispatch(Event::Pasted(text));
        }
    });
    on_cleanup(move || {
        heard.remove();
        pasted.remove();
    });
}

fn wanted(app: App, event: &KeyboardEvent) -> Option<Event> {
    if let Some(way) = step(event) {
        return Some(Event::StepWanted(way));
    }
    let picks = app.peek_board(|board| board.picks());
    let control = event.ctrl_key() || event.meta_key();
    match (event.key().as_str(), control) {
        ("a" | "A", true) => picks_here(app).then_some(Event::AllPicked),
        ("c" | "C", true) if !picks.is_empty() && !marks_text() => Some(Event::NotesCopied(picks)),
        ("d" | "D", true) if !picks.is_empty() => Some(Event::NotesDoubled(picks)),
        ("f" | "F", true) => Some(Event::Searched(Some(String::new()))),
        ("/", false) if letters(app) => Some(Event::Searched(Some(String::new()))),
        ("Delete" | "Backspace", false) if !picks.is_empty() => Some(Event::NotesRemoved(picks)),
        ("Escape", _) if !picks.is_empty() => Some(Event::PicksDropped),
        ("?", false) if letters(app) => Some(Event::Dialog(Some(Dialog::Keys))),
        ("n" | "N", false) if letters(app) => new_note(app),
        (key, false) => on_wall(app, key),
        _ => None,
    }
}

/// Pushes and zooms the wall that is on the screen.
fn on_wall(app: App, key: &str) -> Option<Event> {
    let section = app.peek_board(|board| {
        let section = board.section()?;
        let kind = board.view.sections.get(&section)?.kind;
        (kind == SectionKind::Notes).then_some(section)
    })?;
    let push = |dx, dy| Event::WallPanned { section, dx, dy };
    let zoom = |factor| Event::WallZoomed {
        section,
        factor,
        around: None,
    };
    match key {
        "ArrowLeft" => Some(push(PUSH, 0.0)),
        "ArrowRight" => Some(push(-PUSH, 0.0)),
        "ArrowUp" => Some(push(0.0, PUSH)),
        "ArrowDown" => Some(push(0.0, -PUSH)),
        "+" if letters(app) => Some(zoom(ZOOM)),
        "-" if letters(app) => Some(zoom(1.0 / ZOOM)),
        "0" if letters(app) => Some(Event::WallFitted(section)),
        _ => None,
    }
}

/// Whether notes can be picked on the page.
fn picks_here(app: App) -> bool {
    new_note(app).is_some() || app.peek_board(|board| board.at() == Page::List)
}

/// A new note where the person is looking.
fn new_note(app: App) -> Option<Event> {
    let to = app.peek_board(|board| {
        let section = board.section()?;
        let kind = board.view.sections.get(&section)?.kind;
        let quadrant = board.quadrant;
        matches!(kind, SectionKind::Notes | SectionKind::Cross)
            .then_some(Destination { section, quadrant })
    });
    to.map(Event::NoteWanted)
}

/// Whether single letters are commands; who speaks to the device switches that off.
fn letters(app: App) -> bool {
    app.peek(|model| model.letters == Letters::Commands)
}

/// Whether the person has marked words on the page: those are what they copy.
fn marks_text() -> bool {
    let marked = window().get_selection().ok().flatten();
    marked.is_some_and(|it| !it.is_collapsed())
}

/// The keys, for who wants to know them.
pub(super) fn dialog(app: App) -> impl IntoView {
    let rows = move || {
        let keys = app.words().keys;
        keys.iter()
            .map(|(keys, does)| {
                view! { <div class="key"><dt><kbd>{*keys}</kbd></dt><dd>{*does}</dd></div> }
            })
            .collect_view()
    };
    let on = move || app.read(Part::Settings, |model| model.letters == Letters::Commands);
    let other = move || {
        if on() {
            Letters::Words
        } else {
            Letters::Commands
        }
    };
    let content = view! {
        <dl class="keys" data-testid="keys">{rows}</dl>
        <label class="switch">
            <input
                type="checkbox"
                data-testid="letters"
                prop:checked=on
                on:change=move |_| app.dispatch(Event::LettersChosen(other()))
            />
            <span>{move || app.words().letter_keys}</span>
        </label>
    };
    dialog::dialog(
        app,
        "keys-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().keys_title.to_owned(),
        content,
    )
}

/// Whether what is pressed is typed somewhere.
fn is_in_a_field() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|it| it.matches("input, textarea, select").unwrap_or(false))
}
