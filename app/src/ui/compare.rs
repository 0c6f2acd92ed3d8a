//! The board's rules beside another board's: what to compare with, and what both have, what only one has, and where
//! the words differ.

use leptos::html;
use leptos::prelude::*;
use samsyn_shared::compare::{RuleText, Stretch};

use super::app::App;
use super::board::labels;
use super::icons::{Icon, icon};
use super::line::{Line, Then, line};
use super::list::back;
use super::{dates, start};
use crate::core::effect::Part;
use crate::core::event::{CompareEvent, Event};
use crate::core::messages::{BoardCard, CompareWith, Compared};
use crate::core::words::Words;

pub(super) fn screen(app: App) -> impl IntoView {
    let compare = Memo::new(move |_| app.board(Part::Compare, |board| board.compare.clone()));
    let found = move || compare.with(|it| it.as_ref().and_then(|it| it.found.clone()));
    let is_found = move || compare.with(|it| it.as_ref().is_some_and(|it| it.found.is_some()));
    let looking = move || compare.with(|it| it.as_ref().is_some_and(|it| it.looking));
    let chooser = NodeRef::<html::Details>::new();
    // Once something is chosen the choice folds up, also where a former comparison stays until the new one is there.
    Effect::new(move |_| {
        if let (true, Some(chooser)) = (looking(), chooser.get_untracked()) {
            let _ = chooser.remove_attribute("open");
        }
    });
    view! {
        <main class="page" data-testid="compare-screen">
            <div class="page-head no-print">
                {back(app)}
                <Show when=is_found>
                    <div class="page-tools">
                        {tool(app, "compare-copy", Icon::Copy, |words| words.compare.copy, || {
                            Event::Compare(CompareEvent::Copied)
                        })}
                        {tool(app, "print", Icon::Printer, |words| words.print, || Event::PrintWanted)}
                    </div>
                </Show>
            </div>
            <h2 class="page-title">{move || labels(app).compared}</h2>
            <details node_ref=chooser class="compare-with no-print" open=move || !is_found() && !looking()>
                <summary data-testid="compare-again">
                    {move || if is_found() { app.words().compare.again } else { app.words().compare.choose }}
                </summary>
                {choosing(app)}
            </details>
            <div role="status">
                {move || looking().then(|| view! { <p class="hint">{app.words().compare.looking}</p> })}
                {move || found().map(|it| view! { <p class="sr-only">{summed_up(app, &it)}</p> })}
            </div>
            {move || found().map(|it| result(app, it))}
        </main>
    }
}

fn tool(
    app: App,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    event: fn() -> Event,
) -> impl IntoView {
    view! {
        <button type="button" class="button-plain" data-testid=testid on:click=move |_| app.dispatch(event())>
            {icon(drawing)} {move || word(app.words())}
        </button>
    }
}

/// A board of this device, a link or a file.
fn choosing(app: App) -> impl IntoView {
    let here = app.peek_board(|board| Some(board.view.board));
    let cards = move || {
        let cards = app.read(Part::Cards, |model| model.cards.clone());
        let others = cards
            .into_iter()
            .flatten()
            .filter(|it| Some(it.board) != here);
        others.collect::<Vec<BoardCard>>()
    };
    let link = Line {
        id: "compare-link",
        label: |words| words.compare.link,
        hint: |words| words.open_link_hint,
        go: |words| words.compare.go,
        mode: "url",
        then: Then::Stays,
    };
    let paste = move |pasted| app.dispatch(Event::Compare(CompareEvent::Link(pasted)));
    view! {
        <div class="compare-ways">
            <section aria-labelledby="compare-boards">
                <h3 id="compare-boards">{move || app.words().compare.boards}</h3>
                <Show
                    when=move || !cards().is_empty()
                    fallback=move || view! { <p class="hint">{move || app.words().compare.no_boards}</p> }
                >
                    <ul class="compare-boards">
                        <For each=cards key=|card| card.board let:card>{other(app, card)}</For>
                    </ul>
                </Show>
            </section>
            <div class="compare-others">
                {line(app, link, paste)}
                <p class="hint">{move || app.words().compare.link_hint}</p>
                <div class="file-row">
                    <input
                        id="compare-file"
                        type="file"
                        class="file-input"
                        accept=".json,.samsyn,application/json,application/octet-stream"
                        data-testid="compare-file"
                        aria-describedby="compare-file-hint"
                        on:change=move |event| start::file_chosen(app, &event_target(&event))
                    />
                    <label for="compare-file" class="button-plain file-label">
                        {icon(Icon::File)} {move || app.words().compare.file}
                    </label>
                    <p id="compare-file-hint" class="hint">{move || app.words().open_file_hint}</p>
                </div>
            </div>
        </div>
    }
}

fn other(app: App, card: BoardCard) -> impl IntoView {
    let (board, opened) = (card.board, card.opened);
    let when = move || {
        let now = app.read(Part::Clock, |model| model.now);
        (app.words().opened_at)(&dates::said(app.words(), opened, now))
    };
    let title = named(app, &card.title);
    view! {
        <li>
            <button
                type="button"
                class="card-open"
                data-testid="compare-board"
                data-id=board.to_string()
                on:click=move |_| app.dispatch(Event::Compare(CompareEvent::With(CompareWith::Board(board))))
            >
                <span class="card-title">{title}</span>
                <span class="card-facts">{when}</span>
            </button>
        </li>
    }
}

fn named(app: App, title: &str) -> String {
    if title.trim().is_empty() {
        app.words().untitled.to_owned()
    } else {
        title.to_owned()
    }
}

/// The four groups: their headings and how many rules each has.
fn headings(app: App, compared: &Compared) -> [(String, usize); 4] {
    let labels = labels(app);
    let [first, second] = [0, 1].map(|at| compared.titles.get(at).map(|it| named(app, it)));
    let only = |title: Option<String>| labels.only_in.replace("{}", &title.unwrap_or_default());
    let found = &compared.found;
    [
        (labels.in_both.to_owned(), found.shared.len()),
        (labels.worded_differently.to_owned(), found.different.len()),
        (only(first), found.only_first.len()),
        (only(second), found.only_second.len()),
    ]
}

/// All of it in one sentence, for who hears the screen.
fn summed_up(app: App, compared: &Compared) -> String {
    let parts = headings(app, compared).map(|(heading, count)| format!("{heading}: {count}"));
    parts.join(", ")
}

fn result(app: App, compared: Compared) -> impl IntoView {
    let headings = headings(app, &compared);
    let [first, second] = compared.titles.map(|it| named(app, &it));
    let found = compared.found;
    let cell = |rule: RuleText| view! { <p class="compare-cell">{rule.text}</p> }.into_any();
    let worded = compared.worded.into_iter();
    let different = worded.map(|[ours, theirs]| {
        vec![
            marked("compare-cell", &first, ours).into_any(),
            marked("compare-cell compare-right", &second, theirs).into_any(),
        ]
    });
    let lists = [
        (
            "shared",
            found.shared.into_iter().map(|it| vec![cell(it)]).collect(),
        ),
        ("different", different.collect::<Vec<_>>()),
        (
            "only-first",
            found
                .only_first
                .into_iter()
                .map(|it| vec![cell(it)])
                .collect(),
        ),
        (
            "only-second",
            found
                .only_second
                .into_iter()
                .map(|it| vec![cell(it)])
                .collect(),
        ),
    ];
    let groups = headings.into_iter().zip(lists).map(|((heading, count), (code, rows))| {
        let rows = rows.into_iter().map(|cells| view! { <li class="compare-row">{cells}</li> });
        let rows: Vec<_> = rows.collect();
        let id = format!("compare-{code}");
        view! {
            <section class=format!("compare-group {id}") data-testid=id.clone() data-count=count.to_string() aria-labelledby=id.clone()>
                <h3 id=id.clone()>{heading} " " <span class="compare-count">{count}</span></h3>
                {(count > 0).then(|| view! { <ul>{rows}</ul> })}
            </section>
        }
    });
    view! {
        <article class="compare" data-testid="compared">
            <div class="compare-heads">
                <p class="compare-head" data-testid="compare-first">{first.clone()}</p>
                <p class="compare-head" data-testid="compare-second">{second.clone()}</p>
            </div>
            {groups.collect::<Vec<_>>()}
        </article>
    }
}

/// A rule in the words of one board; what the other one says otherwise is marked.
fn marked(class: &'static str, title: &str, stretches: Vec<Stretch>) -> impl IntoView {
    let last = stretches.len().saturating_sub(1);
    let words = stretches.into_iter().enumerate().map(|(at, stretch)| {
        let space = if at < last { " " } else { "" };
        match stretch {
            Stretch::Both(text) => view! { <span>{text}</span> {space} }.into_any(),
            Stretch::Own(text) => view! { <mark>{text}</mark> {space} }.into_any(),
        }
    });
    view! {
        <div class=class>
            <p class="compare-whose">{title.to_owned()}</p>
            <p>{words.collect::<Vec<_>>()}</p>
        </div>
    }
}
