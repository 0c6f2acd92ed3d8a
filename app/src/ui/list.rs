//! The whole board as headings and lists: what a screen reader, a printer and a small screen want. Its notes can be
//! written in, picked and moved here as on a wall.
//!
//! The reading order is `samsyn_shared::export::outline`, which also makes the Markdown.

use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::export::{Block, Fact, ListStyle, item, outline};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{RecordId, SectionKind};

use super::app::App;
use super::board::labels;
use super::icons::{Icon, icon};
use super::note::editor;
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};
use crate::core::model::board::rule_fields;
use crate::core::model::{BoardModel, Dialog, Page};
use crate::core::words::Words;

/// A block, and what tells it from the others: an item that changes must not be drawn anew, or who writes in it would
/// lose the caret.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Row {
    /// A heading, and the section that begins with it.
    Heading(u8, String, Option<SectionId>),
    /// A paragraph.
    Text(Option<&'static str>, String),
    /// A note that is a heading, at a level, and the how manieth list is under it.
    Group(u8, RecordId, usize),
    /// A list: the how manieth, and whether it is numbered.
    List(usize, bool),
}

/// The rows, and the items of each list.
type Rows = (Vec<(usize, Row)>, Vec<Vec<RecordId>>);

pub(super) fn screen(app: App) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let words = labels(app);
        app.read(Part::Outline, |model| {
            let board = model.board();
            let blocks = board.map(|board| outline(&board.view, &board.title, words));
            rows(blocks.unwrap_or_default())
        })
    });
    view! {
        <main class="page" data-testid="list-view-screen">
            <div class="page-head">
                {back(app)}
                <button type="button" class="button-plain no-print" data-testid="print" on:click=move |_| app.dispatch(Event::PrintWanted)>
                    {icon(Icon::Printer)} {move || app.words().print}
                </button>
            </div>
            <article class="outline">
                <For each=move || rows.with(|it| it.0.clone()) key=Clone::clone let:row>{block(app, row.1, rows)}</For>
            </article>
        </main>
    }
}

/// Equal rows are told apart by how many of them came before.
fn rows(blocks: Vec<Block>) -> Rows {
    let mut rows: Vec<(usize, Row)> = Vec::new();
    let mut lists = Vec::new();
    for block in blocks {
        let row = match block {
            Block::Heading {
                level,
                text,
                section,
            } => Row::Heading(level, text, section),
            Block::Text { label, text } => Row::Text(label, text),
            Block::Group {
                level,
                heading,
                items,
            } => {
                lists.push(items.into_iter().map(|item| item.record).collect());
                Row::Group(level, heading.record, lists.len() - 1)
            }
            Block::List { style, items } => {
                lists.push(items.into_iter().map(|item| item.record).collect());
                Row::List(lists.len() - 1, style == ListStyle::Numbered)
            }
        };
        let same = rows.iter().filter(|it| it.1 == row).count();
        rows.push((same, row));
    }
    (rows, lists)
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

fn block(app: App, row: Row, rows: Memo<Rows>) -> AnyView {
    match row {
        Row::Heading(1, text, _) => view! { <h1>{text}</h1> }.into_any(),
        Row::Heading(2, text, section) => {
            view! { <h2>{text}</h2> {section.and_then(|it| add(app, it))} }.into_any()
        }
        Row::Heading(_, text, _) => view! { <h3>{text}</h3> }.into_any(),
        Row::Text(Some(label), text) => {
            view! { <p class="lines"><strong>{label} ": "</strong>{text}</p> }.into_any()
        }
        Row::Text(None, text) => view! { <p class="lines">{text}</p> }.into_any(),
        Row::Group(level, heading, at) => {
            let items = items(app, rows, at);
            view! { {group_heading(app, level, heading)} <ul>{items}</ul> }.into_any()
        }
        Row::List(at, numbered) => {
            let items = items(app, rows, at);
            if numbered {
                view! { <ol>{items}</ol> }.into_any()
            } else {
                view! { <ul>{items}</ul> }.into_any()
            }
        }
    }
}

fn items(app: App, rows: Memo<Rows>, at: usize) -> impl IntoView {
    let items = move || rows.with(|it| it.1.get(at).cloned().unwrap_or_default());
    view! { <For each=items key=|it| *it let:record>{listed(app, record)}</For> }
}

/// A note that others are under: a heading, with the tools of a note.
fn group_heading(app: App, level: u8, record: RecordId) -> impl IntoView {
    let text = Memo::new(move |_| {
        let words = labels(app);
        watch(app, record);
        app.peek_board(|board| item(&board.view, record, words).map(|it| it.text))
    });
    let heading = if level <= 3 {
        view! { <h3 class="lines" data-testid="list-heading">{text}</h3> }.into_any()
    } else {
        view! { <h4 class="lines" data-testid="list-heading">{text}</h4> }.into_any()
    };
    view! { {heading} <ul class="outline-heading">{listed(app, record)}</ul> }
}

/// A new note in a section that has a wall.
fn add(app: App, section: SectionId) -> Option<impl IntoView> {
    let wanted = app.peek_board(|board| {
        let kind = board.view.sections.get(&section).map(|it| it.kind);
        board.writes() && kind == Some(SectionKind::Notes)
    });
    let to = Destination {
        section,
        quadrant: None,
    };
    wanted.then(|| {
        view! {
            <button type="button" class="button-plain no-print" data-testid="list-add-note" on:click=move |_| app.dispatch(Event::NoteWanted(to))>
                {icon(Icon::Plus)} {move || app.words().add_note}
            </button>
        }
    })
}

fn listed(app: App, record: RecordId) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let words = labels(app);
        watch(app, record);
        app.peek_board(|board| item(&board.view, record, words))
    });
    let text = Memo::new(move |_| shown.with(|it| it.as_ref().map(|it| it.text.clone())));
    let (id, note) = match record {
        RecordId::Note(id) => (id.to_string(), Some(id)),
        RecordId::Rule(id) => (id.to_string(), None),
        RecordId::Section(_) | RecordId::Cross(_) | RecordId::Person(_) => (String::new(), None),
    };
    let tools = note.filter(|_| app.peek_board(BoardModel::writes));
    let editing = Memo::new(move |_| {
        tools.is_some_and(|id| app.board(Part::Note(id), |board| board.editing == Some(id)))
    });
    view! {
        <li data-testid="list-item" data-id=id>
            {tools.map(|id| pick(app, id, text))}
            {move || match tools.filter(|_| editing.get()) {
                Some(id) => editor(app, id).into_any(),
                None => view! { <span class="lines outline-words">{text}</span> }.into_any(),
            }}
            <span class="outline-facts">{move || shown.with(|it| it.as_ref().map(|it| short(&it.facts)))}</span>
            {move || shown.with(|it| it.as_ref().map(|it| long(&it.facts)))}
            {tools.map(|id| {
                let write = move || app.dispatch(Event::NoteOpened(id));
                let menu = move || app.dispatch(Event::Dialog(Some(Dialog::Note(id))));
                view! {
                    <span class="outline-tools no-print">
                        {tool(app, "list-edit", Icon::Pencil, |words| words.write, text, write)}
                        {tool(app, "list-menu", Icon::More, |words| words.note_menu, text, menu)}
                    </span>
                }
            })}
        </li>
    }
}

/// Watches what an item is made of.
fn watch(app: App, record: RecordId) {
    let watch = |part| app.read(part, |_| ());
    match record {
        RecordId::Note(id) => {
            watch(Part::Note(id));
            watch(Part::Text(TextField::NoteText(id)));
        }
        RecordId::Rule(id) => {
            watch(Part::Rule(id));
            for field in rule_fields(id) {
                watch(Part::Text(field));
            }
        }
        RecordId::Section(_) | RecordId::Cross(_) | RecordId::Person(_) => {}
    }
}

fn pick(app: App, id: NoteId, text: Memo<Option<String>>) -> impl IntoView {
    let picked = move || app.board(Part::Note(id), |board| board.picked.contains(&id));
    view! {
        <label class="outline-pick no-print">
            <input
                type="checkbox"
                data-testid="list-pick"
                aria-label=move || named(app.words().pick, text)
                prop:checked=picked
                on:change=move |_| app.dispatch(Event::NotePicked(id))
            />
        </label>
    }
}

fn tool(
    app: App,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    text: Memo<Option<String>>,
    act: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button-icon"
            data-testid=testid
            title=move || word(app.words())
            aria-label=move || named(word(app.words()), text)
            on:click=move |_| act()
        >
            {icon(drawing)}
        </button>
    }
}

/// What a tool does, and to which note.
fn named(word: &str, text: Memo<Option<String>>) -> String {
    text.with(|text| format!("{word}: {}", text.as_deref().unwrap_or_default()))
}

fn short(facts: &[Fact]) -> String {
    let short = facts.iter().filter(|fact| fact.is_short());
    let short: Vec<String> = short
        .map(|fact| format!("{}: {}", fact.label, fact.values.join(", ")))
        .collect();
    short.join(" · ")
}

fn long(facts: &[Fact]) -> impl IntoView + use<> {
    let long = facts.iter().filter(|fact| !fact.is_short()).cloned();
    long.map(|fact| {
        view! {
            <span class="outline-long"><strong>{fact.label}</strong> {fact.values.into_iter().map(|value| view! { <span class="lines">{value}</span> }).collect_view()}</span>
        }
    })
    .collect_view()
}
