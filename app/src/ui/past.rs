//! The board as it was: a bar to step through it and to play it, over the board without its tools.

use leptos::prelude::*;

use super::app::App;
use super::dates;
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::model::board::PastModel;

/// What the bar says.
#[derive(Clone, Default, PartialEq)]
struct Shown {
    at: u32,
    of: u32,
    when: Option<samsyn_shared::time::UnixMillis>,
    playing: bool,
}

impl Shown {
    fn of(past: &PastModel) -> Self {
        Self {
            at: past.at,
            of: past.of,
            when: past.when,
            playing: past.playing,
        }
    }
}

/// The bar, while the person looks at the past.
pub(super) fn bar(app: App) -> impl IntoView {
    let open = Memo::new(move |_| app.board(Part::Past, |board| board.past.is_some()));
    view! { <Show when=move || open.get()>{tools(app)}</Show> }
}

fn tools(app: App) -> impl IntoView {
    let shown = Memo::new(move |_| {
        app.board(Part::Past, |board| board.past.as_ref().map(Shown::of))
            .unwrap_or_default()
    });
    let said = move || {
        let words = app.words();
        let now = app.read(Part::Clock, |model| model.now);
        shown.with(|it| {
            let when = it.when.map(|when| dates::said(words, when, now));
            (words.past_at)(when.as_deref().unwrap_or_default(), it.at, it.of)
        })
    };
    let playing = move || shown.with(|it| it.playing);
    let go = move |event| {
        if let Ok(at) = event_target_value(&event).parse() {
            app.dispatch(Event::PastWanted(Some(at)));
        }
    };
    view! {
        <section class="past" aria-label=move || app.words().history data-testid="past">
            <button
                type="button"
                class="button-icon"
                data-testid="past-play"
                aria-label=move || if playing() { app.words().stop } else { app.words().play }
                on:click=move |_| app.dispatch(Event::PlayToggled)
            >
                {move || icon(if playing() { Icon::Stop } else { Icon::Play })}
            </button>
            <input
                type="range"
                min="0"
                max=move || shown.with(|it| it.of)
                prop:value=move || shown.with(|it| it.at)
                data-testid="past-slider"
                aria-label=move || app.words().history
                aria-valuetext=said
                on:input=go
            />
            <span class="past-said" data-testid="past-said">{said}</span>
            <button
                type="button"
                class="button-main"
                data-testid="past-leave"
                on:click=move |_| app.dispatch(Event::PastWanted(None))
            >
                {move || app.words().to_now}
            </button>
        </section>
    }
}
