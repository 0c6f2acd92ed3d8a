//! What was removed, and the way back.

use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::records::RecordId;

use super::app::App;
use super::icons::{Icon, icon};
use super::list::back;
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::words::Words;

pub(super) fn screen(app: App) -> impl IntoView {
    let gone = Memo::new(move |_| {
        app.board(Part::Trash, |board| {
            let mut gone = board.trash();
            gone.retain(|record| {
                !text_of(*record).is_some_and(|field| board.shown(field).0.trim().is_empty())
            });
            gone
        })
    });
    view! {
        <main class="page" data-testid="trash-screen">
            <div class="page-head">{back(app)}</div>
            <h2 class="page-title">{move || app.words().trash}</h2>
            <p class="hint">{move || app.words().trash_hint}</p>
            <Show
                when=move || !gone.with(Vec::is_empty)
                fallback=move || view! { <p class="empty empty-title">{move || app.words().trash_empty}</p> }
            >
                <ul class="trash">
                    <For each=move || gone.get() key=|record| *record let:record>
                        {item(app, record)}
                    </For>
                </ul>
            </Show>
        </main>
    }
}

const fn text_of(record: RecordId) -> Option<TextField> {
    match record {
        RecordId::Section(id) => Some(TextField::SectionTitle(id)),
        RecordId::Note(id) => Some(TextField::NoteText(id)),
        RecordId::Rule(id) => Some(TextField::RuleText(id)),
        RecordId::Cross(_) | RecordId::Person(_) => None,
    }
}

fn id_of(record: RecordId) -> String {
    match record {
        RecordId::Section(id) => id.to_string(),
        RecordId::Note(id) => id.to_string(),
        RecordId::Rule(id) => id.to_string(),
        RecordId::Cross(id) => id.to_string(),
        RecordId::Person(id) => id.to_string(),
    }
}

const fn kind_said(words: &Words, record: RecordId) -> &'static str {
    match record {
        RecordId::Section(_) | RecordId::Cross(_) => words.kind_section,
        RecordId::Note(_) | RecordId::Person(_) => words.kind_note,
        RecordId::Rule(_) => words.kind_rule,
    }
}

fn item(app: App, record: RecordId) -> impl IntoView {
    let said = app.peek_board(|board| {
        text_of(record)
            .map(|field| board.shown(field).0)
            .unwrap_or_default()
    });
    let writes = app.peek_board(|board| board.writes());
    let label = said.clone();
    view! {
        <li class="trash-item" data-testid="trash-item" data-id=id_of(record)>
            <span class="trash-kind">{move || kind_said(app.words(), record)}</span>
            <span class="trash-words">{said}</span>
            {writes.then(|| view! {
                <button
                    type="button"
                    class="button-plain"
                    data-testid="trash-restore"
                    aria-label=move || format!("{}: {label}", app.words().restore)
                    on:click=move |_| app.dispatch(Event::Restored(record))
                >
                    {icon(Icon::Restore)} {move || app.words().restore}
                </button>
            })}
        </li>
    }
}
