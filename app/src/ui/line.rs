//! A field of one line with its button: what is written there goes with the button or with Enter.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::app::App;
use crate::core::words::Words;

/// What becomes of the line once it has gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It stays, so that it can be put right.
    Stays,
    /// The next one can be written.
    Empties,
}

/// Such a field.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// The field's id, also for tests; the button's has `-go` behind it.
    pub(super) id: &'static str,
    /// Its name.
    pub(super) label: fn(&Words) -> &'static str,
    /// What it says while it is empty.
    pub(super) hint: fn(&Words) -> &'static str,
    /// The button.
    pub(super) go: fn(&Words) -> &'static str,
    /// The keyboard that a screen shows for it: `url` for links, `text` for words.
    pub(super) mode: &'static str,
    /// See there.
    pub(super) then: Then,
}

pub(super) fn line(app: App, it: Line, went: impl Fn(String) + 'static) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let link = it.mode == "url";
    let go = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = node.get_untracked() {
            went(field.value());
            if it.then == Then::Empties {
                field.set_value("");
            }
        }
    };
    view! {
        <form class="field-row" on:submit=go>
            <label for=it.id>{move || (it.label)(app.words())}</label>
            <div class="field-line">
                <input
                    id=it.id
                    node_ref=node
                    type="text"
                    inputmode=it.mode
                    autocomplete="off"
                    autocapitalize=link.then_some("off")
                    spellcheck=link.then_some("false")
                    maxlength="2000"
                    data-testid=it.id
                    placeholder=move || (it.hint)(app.words())
                />
                <button type="submit" class="button-plain" data-testid=format!("{}-go", it.id)>
                    {move || (it.go)(app.words())}
                </button>
            </div>
        </form>
    }
}
