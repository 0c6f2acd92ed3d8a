//! Which screen is shown, and what lies over it.

use leptos::prelude::*;

use super::app::App;
use super::{
    accessibility, board, carry, groups, keys, menu, merge, move_all, new_board, note_menu,
    notices, past, paste, peers, save_state, scan, share, standing, start, welcome,
};
use crate::core::effect::Part;
use crate::core::model::board::Welcome;
use crate::core::model::{Dialog, Model, Screen};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Start,
    Opening,
    Welcome,
    Board(u32),
}

pub(super) fn root(app: App) -> impl IntoView {
    let shown = Memo::new(move |_| app.read(Part::Screen, shown));
    view! {
        {move || match shown.get() {
            Shown::Nothing => ().into_any(),
            Shown::Start => start::screen(app).into_any(),
            Shown::Opening => opening(app).into_any(),
            Shown::Welcome => welcome::screen(app).into_any(),
            Shown::Board(_) => board::screen(app).into_any(),
        }}
        {past::bar(app)}
        {dialogs(app)}
        {notices::region(app)}
        {notices::news(app)}
    }
}

fn shown(model: &Model) -> Shown {
    match &model.screen {
        Screen::Starting => Shown::Nothing,
        Screen::Start => Shown::Start,
        Screen::Opening(_) => Shown::Opening,
        Screen::Board(board) if board.welcome == Welcome::Asking => Shown::Welcome,
        Screen::Board(_) => Shown::Board(model.openings),
    }
}

fn opening(app: App) -> impl IntoView {
    view! {
        <main class="opening" data-testid="screen-opening">
            <div class="opening-paper" aria-hidden="true"></div>
            <p role="status">{move || app.words().opening}</p>
        </main>
    }
}

fn dialogs(app: App) -> impl IntoView {
    let open = Memo::new(move |_| app.read(Part::Dialog, |model| model.dialog));
    move || match open.get() {
        None => ().into_any(),
        Some(Dialog::NewBoard) => new_board::dialog(app).into_any(),
        Some(Dialog::Forget(board)) => start::forget_dialog(app, board).into_any(),
        Some(Dialog::Scan) => scan::dialog(app).into_any(),
        Some(Dialog::Share) => share::dialog(app).into_any(),
        Some(Dialog::Projected(kind)) => share::projected(app, kind).into_any(),
        Some(Dialog::SaveDetails) => save_state::dialog(app).into_any(),
        Some(Dialog::Peers) => peers::dialog(app).into_any(),
        Some(Dialog::Name) => welcome::name_dialog(app).into_any(),
        Some(Dialog::Menu) => menu::dialog(app).into_any(),
        Some(Dialog::Finish) => standing::finish_dialog(app).into_any(),
        Some(Dialog::Groups) => groups::dialog(app).into_any(),
        Some(Dialog::Carry) => carry::dialog(app).into_any(),
        Some(Dialog::Merge) => merge::dialog(app).into_any(),
        Some(Dialog::Paste) => paste::dialog(app).into_any(),
        Some(Dialog::MoveAll(section)) => move_all::dialog(app, section).into_any(),
        Some(Dialog::Accessibility) => accessibility::dialog(app).into_any(),
        Some(Dialog::Keys) => keys::dialog(app).into_any(),
        Some(Dialog::Note(note)) => note_menu::dialog(app, note).into_any(),
    }
}
