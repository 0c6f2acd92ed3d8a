//! A button with a drawing alone; its name is read out and shown by the browser.

use leptos::prelude::*;

use super::app::App;
use super::icons::{Icon, icon};
use crate::core::words::Words;

/// See the module.
pub(super) fn button(
    app: App,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    act: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button-icon"
            data-testid=testid
            aria-label=move || word(app.words())
            title=move || word(app.words())
            on:click=move |_| act()
        >
            {icon(drawing)}
        </button>
    }
}
