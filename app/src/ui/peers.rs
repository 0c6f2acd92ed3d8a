//! Who else is here.

use leptos::prelude::*;
use samsyn_shared::ids::PersonId;

use super::app::App;
use super::board::section_title;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::{Event, Others};
use crate::core::messages::Peer;
use crate::core::model::Dialog;
use crate::core::people;

pub(super) fn here(app: App) -> impl IntoView {
    let count = Memo::new(move |_| app.board(Part::Peers, |board| board.peers.len()));
    let said = move || (app.words().peers)(u32::try_from(count.get()).unwrap_or(u32::MAX));
    view! {
        <button
            type="button"
            class="button-icon peers"
            data-testid="peers"
            data-count=move || count.get().to_string()
            title=said
            aria-haspopup="dialog"
            on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Peers)))
        >
            {icon(Icon::People)}
            <span class="peers-count">{move || count.get() + 1}</span>
            <span class="sr-only">{said}</span>
        </button>
    }
}

pub(super) fn dialog(app: App) -> impl IntoView {
    let peers = move || app.board(Part::Peers, |board| board.peers.clone());
    let me = move || {
        let name = app.board(Part::Peers, |board| {
            let me = board.view.people.get(&board.me);
            me.map(|me| me.name.clone()).unwrap_or_default()
        });
        let words = app.words();
        if name.is_empty() {
            words.you.to_owned()
        } else {
            format!("{name} ({})", words.you)
        }
    };
    let own = app.peek_board(|board| {
        let me = board.view.people.get(&board.me);
        Some((board.me, me.map(|me| me.name.clone()).unwrap_or_default()))
    });
    let others = move || app.read(Part::Settings, |model| model.others);
    let content = view! {
        <ul class="people">
            <li data-testid="peer-me">{initials(own)} <span>{me}</span></li>
            {move || peers().into_iter().map(|peer| person(app, peer)).collect_view()}
        </ul>
        <label class="switch">
            <input
                type="checkbox"
                data-testid="others"
                prop:checked=move || others() == Others::Shown
                on:change=move |_| app.dispatch(Event::OthersChosen(match others() {
                    Others::Shown => Others::Hidden,
                    Others::Hidden => Others::Shown,
                }))
            />
            <span>{move || app.words().see_writers}</span>
        </label>
    };
    dialog::dialog(
        app,
        "peers-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().peers_title.to_owned(),
        content,
    )
}

fn person(app: App, peer: Peer) -> impl IntoView {
    let name = peer.name.clone();
    let said = move || {
        if name.is_empty() {
            app.words().nameless.to_owned()
        } else {
            name.clone()
        }
    };
    let at = move || {
        let section = peer.section?;
        let kind = app.board(Part::Sections, |board| {
            board.view.sections.get(&section).map(|it| it.kind)
        })?;
        Some((app.words().looks_at)(&section_title(app, section, kind)))
    };
    let whose = Some((peer.person, peer.name.clone()));
    view! {
        <li data-testid="peer">
            {initials(whose)}
            <span>{said} <span class="hint">{at}</span></span>
        </li>
    }
}

/// A person's initials in their colour.
fn initials(whose: Option<(PersonId, String)>) -> impl IntoView {
    whose.map(|(person, name)| {
        let initials = people::initials(&name);
        view! {
            <span class=format!("initials person-{}", people::colour(person)) aria-hidden="true">
                {if initials.is_empty() { icon(Icon::Person).into_any() } else { initials.into_any() }}
            </span>
        }
    })
}
