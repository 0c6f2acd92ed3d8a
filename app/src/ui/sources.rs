//! The boards that were merged into this one: whose notes are shown clearly, and what is left to choose.

use leptos::prelude::*;
use samsyn_shared::records::{Colour, RecordId};

use super::app::App;
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::{Event, GroupsEvent};
use crate::core::model::{BoardModel, Dialog};

/// The mark of a record that came from another board: its name and colour.
#[derive(Clone, PartialEq)]
pub(super) struct Mark {
    /// The source's name.
    pub(super) name: String,
    /// Its colour.
    pub(super) colour: Colour,
}

pub(super) fn mark_of(board: &BoardModel, record: RecordId) -> Option<Mark> {
    let source = board.source_of(record)?;
    Some(Mark {
        name: source.name.clone(),
        colour: source.colour,
    })
}

/// The mark as it stands on a note or a rule.
pub(super) fn mark(mark: Mark) -> impl IntoView {
    view! {
        <span class="origin" data-testid="origin">
            <span class=format!("group-mark mark-{}", mark.colour.word()) aria-hidden="true"></span>
            {mark.name}
        </span>
    }
}

/// Nothing on a board into which nothing was merged.
pub(super) fn bar(app: App) -> impl IntoView {
    let merged = Memo::new(move |_| {
        app.board(Part::Merged, |board| {
            let shown = board.view.merged.shown();
            let shown = shown
                .into_iter()
                .map(|it| (it.board, it.name.clone(), it.colour));
            (shown.collect::<Vec<_>>(), board.view.merged.conflicts.len())
        })
    });
    let follows = move || {
        app.read(Part::Merged, |model| {
            let board = model.board().map(|it| it.view.board);
            board.is_some_and(|it| model.follows.contains(&it))
        })
    };
    let only = move || app.board(Part::Merged, |board| board.only);
    let chip = move |board, name: String, colour: Option<Colour>| {
        let testname = name.clone();
        view! {
            <button
                type="button"
                class="source-chip"
                data-testid="source-chip"
                data-name=testname
                aria-pressed=move || (only() == board).to_string()
                on:click=move |_| app.dispatch(Event::Groups(GroupsEvent::Only(board)))
            >
                {colour.map(|it| view! { <span class=format!("group-mark mark-{}", it.word()) aria-hidden="true"></span> })}
                {name}
            </button>
        }
    };
    let content = move || {
        let (sources, open) = merged.get();
        (!sources.is_empty()).then(|| {
            let chips = sources.into_iter().map(|(board, name, colour)| chip(Some(board), name, Some(colour)));
            let chips: Vec<_> = chips.collect();
            view! {
                <div class="source-bar" role="group" aria-label=move || app.words().groups.whose data-testid="source-bar">
                    {chip(None, app.words().groups.everybody.to_owned(), None)}
                    {chips}
                    <Show when=follows>
                        <button
                            type="button"
                            class="source-chip source-follows"
                            data-testid="follows"
                            on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Merge)))
                        >
                            {icon(Icon::Restore)}
                            {move || app.words().groups.follows}
                        </button>
                    </Show>
                    {(open > 0 && app.peek_board(|board| board.writes())).then(|| view! {
                        <button
                            type="button"
                            class="source-chip source-open"
                            data-testid="choices-open"
                            on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Merge)))
                        >
                            {icon(Icon::Warning)}
                            {(app.words().groups.to_choose)(u32::try_from(open).unwrap_or(u32::MAX))}
                        </button>
                    })}
                </div>
            }
        })
    };
    // Always there: the board's rows count on it.
    view! { <div class="source-place">{content}</div> }
}
