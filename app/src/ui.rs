//! The components: they read the model and dispatch events, and decide nothing.
//!
//! Boundary: no component changes state. `web_sys` is used for pointers, focus and sizes only, in `gesture`,
//! `writing`, `dialog`, `wall`, `focus` and `app`.

mod accessibility;
mod app;
mod board;
mod button;
mod carets;
mod carry;
mod compare;
mod cross;
mod dates;
mod dialog;
mod field;
mod focus;
mod gesture;
mod groups;
mod icons;
mod keys;
mod line;
mod list;
mod menu;
mod merge;
mod move_all;
mod new_board;
mod note;
mod note_menu;
mod notices;
mod overview;
mod past;
mod paste;
mod peers;
mod picks;
mod qr;
mod quadrant;
mod root;
mod rule;
mod rules;
mod save_state;
mod scan;
mod search;
mod share;
mod sources;
mod standing;
mod start;
mod steps;
mod trash;
mod wall;
mod welcome;
mod writing;

use std::rc::Rc;

use crate::core::{Effect, Event};

/// Takes an event into the model.
pub type Dispatch = Rc<dyn Fn(Event)>;
/// Carries out an effect that is not the screen's own.
pub type Run = Rc<dyn Fn(Effect)>;

/// Puts the app on the page. `shell` is given the way in for events and gives the way out for effects.
pub fn mount(shell: impl FnOnce(Dispatch) -> Run + 'static) {
    leptos::mount::mount_to_body(move || {
        let app = app::App::new();
        focus::follow();
        app.connect(shell(Rc::new(move |event| app.dispatch(event))));
        root::root(app)
    });
}
