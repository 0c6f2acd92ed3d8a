//! The whole board as headings and lists: what a screen reader, a printer and a small screen want.
//!
//! The reading order is `samsyn_shared::export::outline`, which also makes the Markdown.

use leptos::prelude::*;
use samsyn_shared::export::{Block, Fact, Item, ListStyle, outline};

use super::app::App;
use super::board::labels;
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::model::{BoardModel, Page};

pub(super) fn screen(app: App) -> impl IntoView {
    let blocks = move || {
        let words = labels(app);
        app.read(Part::Outline, |model| {
            model
                .board()
                .map(|board| outline(&board.view, &board.title, words))
        })
        .unwrap_or_default()
    };
    view! {
        <main class="page" data-testid="list-view-screen">
            <div class="page-head">
                {back(app)}
                <button type="button" class="button-plain no-print" data-testid="print" on:click=move |_| app.dispatch(Event::PrintWanted)>
                    {icon(Icon::Printer)} {move || app.words().print}
                </button>
            </div>
            <article class="outline">{move || blocks().into_iter().map(block).collect_view()}</article>
        </main>
    }
}

/// Back to the section that was on the screen first.
pub(super) fn back(app: App) -> impl IntoView {
    let go = move |_| {
        let page = app.peek_board(first_page);
        app.dispatch(Event::PageChosen(page.unwrap_or(Page::List)));
    };
    view! {
        <button type="button" class="button-quiet no-print" data-testid="screen-back" on:click=go>
            {icon(Icon::Back)} {move || app.words().back}
        </button>
    }
}

fn first_page(board: &BoardModel) -> Option<Page> {
    board.former.or(Some(Page::First))
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Heading { level: 1, text, .. } => view! { <h1>{text}</h1> }.into_any(),
        Block::Heading { level: 2, text, .. } => view! { <h2>{text}</h2> }.into_any(),
        Block::Heading { text, .. } => view! { <h3>{text}</h3> }.into_any(),
        Block::Group {
            level,
            heading,
            items,
        } => {
            let facts = brief(heading.facts.iter());
            let items = items.into_iter().map(item).collect_view();
            let words = heading.text;
            view! {
                {match level {
                    0..=3 => view! { <h3 class="lines" data-testid="list-heading">{words}</h3> }.into_any(),
                    4.. => view! { <h4 class="lines" data-testid="list-heading">{words}</h4> }.into_any(),
                }}
                <p class="outline-facts">{facts}</p>
                <ul>{items}</ul>
            }
            .into_any()
        }
        Block::Text {
            label: Some(label),
            text,
        } => view! { <p class="lines"><strong>{label} ": "</strong>{text}</p> }.into_any(),
        Block::Text { label: None, text } => view! { <p class="lines">{text}</p> }.into_any(),
        Block::List {
            style: ListStyle::Bulleted,
            items,
        } => view! { <ul>{items.into_iter().map(item).collect_view()}</ul> }.into_any(),
        Block::List {
            style: ListStyle::Numbered,
            items,
        } => view! { <ol>{items.into_iter().map(item).collect_view()}</ol> }.into_any(),
    }
}

fn brief<'a>(facts: impl Iterator<Item = &'a Fact>) -> String {
    let facts = facts.map(|fact| format!("{}: {}", fact.label, fact.values.join(", ")));
    facts.collect::<Vec<_>>().join(" · ")
}

fn item(item: Item) -> impl IntoView {
    let (short, long): (Vec<Fact>, Vec<Fact>) = item.facts.into_iter().partition(Fact::is_short);
    let short = brief(short.iter());
    view! {
        <li data-testid="list-item">
            <span class="lines outline-words">{item.text}</span>
            <span class="outline-facts">{short}</span>
            {long.into_iter().map(|fact| view! {
                <span class="outline-long"><strong>{fact.label}</strong> {fact.values.into_iter().map(|value| view! { <span class="lines">{value}</span> }).collect_view()}</span>
            }).collect_view()}
        </li>
    }
}
