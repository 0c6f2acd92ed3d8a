//! Where all that is in a section goes: one press on another section of its kind.

use leptos::prelude::*;
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::SectionKind;

use super::app::App;
use super::board::section_title;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use crate::core::event::Event;
use crate::core::model::BoardModel;

/// The sections to which all that is in one can go; empty for a cross, whose texts have no other place.
pub(super) fn targets(board: &BoardModel, from: SectionId) -> Vec<(SectionId, SectionKind)> {
    let kind = board.view.sections.get(&from).map(|it| it.kind);
    let sections = board.view.sections_in_order().into_iter();
    let others = sections.filter(|it| {
        it.id != from
            && Some(it.kind) == kind
            && matches!(it.kind, SectionKind::Notes | SectionKind::Rules)
    });
    others.map(|it| (it.id, it.kind)).collect()
}

pub(super) fn dialog(app: App, from: SectionId) -> impl IntoView {
    let targets = app.peek_board(|board| targets(board, from));
    let targets = targets.into_iter().map(|(to, kind)| {
        view! {
            <button
                type="button"
                class="menu-item"
                data-testid="move-all-to"
                on:click=move |_| app.dispatch(Event::AllMoved { from, to })
            >
                {icon(Icon::Merge)}
                <span class="menu-words">{move || section_title(app, to, kind)}</span>
            </button>
        }
    });
    let targets: Vec<_> = targets.collect();
    let content = view! {
        <p class="hint">{move || app.words().groups.move_all_hint}</p>
        <nav class="menu">{targets}</nav>
    };
    dialog::dialog(
        app,
        "move-all-dialog",
        Shape::Sheet,
        First::Heading,
        move || app.words().groups.move_all.to_owned(),
        content,
    )
}
