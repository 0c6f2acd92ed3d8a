//! Many notes at once, typed or pasted one a line.

use leptos::prelude::*;

use super::app::App;
use super::dialog::{self, First, Shape};
use crate::core::event::Event;
use crate::core::tsv;

pub(super) fn dialog(app: App) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let too_much = Memo::new(move |_| text.with(|text| tsv::notes(text).len() > tsv::MOST));
    let content = view! {
        <form
            class="paste"
            on:submit=move |event| {
                event.prevent_default();
                if !too_much.get_untracked() {
                    app.dispatch(Event::Pasted(text.get_untracked()));
                }
            }
        >
            <label class="field">
                <span>{move || app.words().paste_hint}</span>
                <textarea
                    rows="8"
                    data-testid="paste-text"
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                ></textarea>
            </label>
            <p class="limit" role="status" data-testid="paste-limit">
                {move || too_much.get().then(|| app.words().too_much)}
            </p>
            <div class="dialog-actions">
                <button
                    type="submit"
                    class="button-main"
                    data-testid="paste-go"
                    aria-disabled=move || too_much.get().then_some("true")
                >
                    {move || app.words().paste_go}
                </button>
            </div>
        </form>
    };
    dialog::dialog(
        app,
        "paste-dialog",
        Shape::Card,
        First::Field,
        move || app.words().paste.to_owned(),
        content,
    )
}
