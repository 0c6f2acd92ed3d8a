//! Finding words on the whole board.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use super::app::App;
use super::button::button;
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::Event;

/// The button that opens the search.
pub(super) fn opener(app: App) -> impl IntoView {
    let open = move || app.dispatch(Event::Searched(Some(String::new())));
    button(app, "search-open", Icon::Search, |words| words.search, open)
}

/// The search, while it is open.
pub(super) fn bar(app: App) -> impl IntoView {
    let open = Memo::new(move |_| app.board(Part::Search, |board| board.search.is_some()));
    view! {
        <div class="search-place">
            <Show when=move || open.get()>{field(app)}</Show>
        </div>
    }
}

fn field(app: App) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    node.on_load(|input| {
        let _ = input.focus();
    });
    let step = move |forward| app.dispatch(Event::SearchStepped { forward });
    let close = move || app.dispatch(Event::Searched(None));
    let key = move |event: KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Escape" => close(),
            "Enter" if event.shift_key() => {
                event.prevent_default();
                step(false);
            }
            _ => {}
        }
    };
    let found = move || {
        let words = app.words();
        app.board(Part::Search, |board| {
            let search = board.search.as_ref()?;
            let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let typed = !search.query.trim().is_empty();
            typed.then(|| {
                (words.found)(
                    search.at.map(|at| number(at + 1)),
                    number(search.hits.len()),
                )
            })
        })
    };
    view! {
        <form
            class="search"
            role="search"
            data-testid="search"
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                step(true);
            }
        >
            {icon(Icon::Search)}
            <input
                node_ref=node
                type="search"
                data-testid="search-field"
                aria-label=move || app.words().search
                placeholder=move || app.words().search
                autocomplete="off"
                enterkeyhint="search"
                on:input=move |event| app.dispatch(Event::Searched(Some(event_target_value(&event))))
                on:keydown=key
            />
            <span class="search-found" role="status" data-testid="search-found">{found}</span>
            {button(app, "search-former", Icon::Up, |words| words.search_former, move || step(false))}
            {button(app, "search-next", Icon::Down, |words| words.search_next, move || step(true))}
            {button(app, "search-close", Icon::Close, |words| words.close, close)}
        </form>
    }
}
