//! The whole board as headings and lists: what a screen reader, a printer and a small screen want. Its notes can be
//! written in, picked and moved here as on a wall; its rules and crosses have the fields and buttons of their own pages.
//!
//! The reading order is `samsyn_shared::export::outline`, which also makes the Markdown.

use std::collections::HashMap;

use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::export::{Block, Fact, HeadingOf, Item, ListStyle, item, outline};
use samsyn_shared::ids::{CrossId, NoteId, RuleId, SectionId};
use samsyn_shared::records::{QuadrantPlace, RecordId, SectionKind};

use super::app::App;
use super::board::labels;
use super::focus;
use super::icons::{Icon, icon};
use super::note::editor;
use super::rule::{Fold, rule};
use super::{cross, quadrant, rules as rule_list, steps};
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};
use crate::core::model::board::rule_fields;
use crate::core::model::{BoardModel, Dialog, Page};
use crate::core::words::Words;

/// A block, and what tells it from the others: an item that changes must not be drawn anew, or who writes in it would
/// lose the caret.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Row {
    /// A heading, and what it stands over.
    Heading(u8, String, HeadingOf),
    /// A paragraph.
    Text(Option<&'static str>, String),
    /// A paragraph of a cross: who may write has fields instead, and it is for paper only.
    Printed(Option<&'static str>, String),
    /// The question and the axes of a section's cross.
    Cross(SectionId, CrossId),
    /// Makes the cross that a section has not got.
    NoCross(SectionId),
    /// A new driving force.
    NewForce(SectionId),
    /// What a scenario is called, its story, and a new note in it.
    Scenario(SectionId, CrossId, QuadrantPlace),
    /// A note that is a heading, at a level, and the list under it.
    Group(u8, RecordId, List),
    /// A list of notes or rules.
    List(List),
}

/// Which list: what its heading stands over, and what is in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct List {
    of: HeadingOf,
    holds: Holds,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holds {
    Rules,
    /// Notes that are under no other note.
    LooseNotes,
    NotesUnder(RecordId),
}

/// The rows, and the items of each list.
type Rows = (Vec<(usize, Row)>, HashMap<List, Vec<RecordId>>);

pub(super) fn screen(app: App) -> impl IntoView {
    let rows = Memo::new(move |_| {
        focus::keep();
        let words = labels(app);
        app.read(Part::Outline, |model| {
            let board = model.board();
            board
                .map(|board| rows(board, outline(&board.view, &board.title, words)))
                .unwrap_or_default()
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

/// The rows of an outline, with those that only who may write has.
fn rows(board: &BoardModel, blocks: Vec<Block>) -> Rows {
    let mut rows = Vec::new();
    let mut lists = HashMap::new();
    let mut written = None;
    let mut under = HeadingOf::Board;
    let records = |items: Vec<Item>| items.into_iter().map(|item| item.record).collect();
    for block in blocks {
        match block {
            Block::Heading { level, text, of } => {
                under = of;
                let heading = Row::Heading(level, text, of);
                written = match of {
                    HeadingOf::Board => None,
                    HeadingOf::Section(section) => cross_of(board, section),
                    HeadingOf::Forces(_) | HeadingOf::Scenario(..) => written,
                };
                rows.extend(with_fields(board, heading, of, written));
            }
            Block::Text { label, text } if written.is_some() => {
                rows.push(Row::Printed(label, text))
            }
            Block::Text { label, text } => rows.push(Row::Text(label, text)),
            Block::Group {
                level,
                heading,
                items,
            } => {
                let list = List {
                    of: under,
                    holds: Holds::NotesUnder(heading.record),
                };
                lists.insert(list, records(items));
                rows.push(Row::Group(level, heading.record, list));
            }
            Block::List { style, items } => {
                let holds = match style {
                    ListStyle::Numbered => Holds::Rules,
                    ListStyle::Bulleted => Holds::LooseNotes,
                };
                let list = List { of: under, holds };
                lists.insert(list, records(items));
                rows.push(Row::List(list));
            }
        }
    }
    (told_apart(rows), lists)
}

/// Equal rows are told apart by how many of them came before.
fn told_apart(rows: Vec<Row>) -> Vec<(usize, Row)> {
    let mut before: HashMap<Row, usize> = HashMap::new();
    let numbered = rows.into_iter().map(|row| {
        let count = before.entry(row.clone()).or_default();
        *count += 1;
        (*count, row)
    });
    numbered.collect()
}

/// The cross of a section, for who may write in it.
fn cross_of(board: &BoardModel, section: SectionId) -> Option<CrossId> {
    let cross = board.view.cross_of(section).map(|it| it.id);
    cross.filter(|_| board.writes())
}

/// A heading with what can be written right under it. The button for a new force stands behind the forces, right before
/// the first scenario: the first force is then one piece of rows before it, and no row moves against another (a field
/// that is moved in the page loses the focus).
fn with_fields(
    board: &BoardModel,
    heading: Row,
    of: HeadingOf,
    written: Option<CrossId>,
) -> Vec<Row> {
    let kind = |section| board.view.sections.get(&section).map(|it| it.kind);
    match (of, written) {
        (HeadingOf::Section(section), Some(cross)) => vec![heading, Row::Cross(section, cross)],
        (HeadingOf::Section(section), None)
            if board.writes() && kind(section) == Some(SectionKind::Cross) =>
        {
            vec![heading, Row::NoCross(section)]
        }
        (HeadingOf::Scenario(_, place), Some(cross)) => {
            let section = board.view.crosses.get(&cross).map(|it| it.section);
            let first = section.filter(|_| place == QuadrantPlace::TopLeft);
            let scenario = section.map(|section| Row::Scenario(section, cross, place));
            let before = first.map(Row::NewForce).into_iter().chain([heading]);
            before.chain(scenario).collect()
        }
        (HeadingOf::Board | HeadingOf::Section(_) | HeadingOf::Forces(_), _)
        | (HeadingOf::Scenario(..), None) => vec![heading],
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

fn block(app: App, row: Row, rows: Memo<Rows>) -> AnyView {
    let writes = app.peek_board(BoardModel::writes);
    match row {
        Row::Heading(1, text, _) => view! { <h1>{text}</h1> }.into_any(),
        Row::Heading(2, text, of) => {
            view! { <h2>{text}</h2> {section_add(app, of)} }.into_any()
        }
        Row::Heading(_, text, HeadingOf::Scenario(..)) if writes => {
            view! { <h3 class="print-only">{text}</h3> }.into_any()
        }
        Row::Heading(_, text, _) => view! { <h3>{text}</h3> }.into_any(),
        Row::Text(label, text) => paragraph("lines", label, text).into_any(),
        Row::Printed(label, text) => paragraph("lines print-only", label, text).into_any(),
        Row::Cross(section, cross) => view! {
            <div class="outline-cross no-print">
                {cross::question(app, section, cross)} {steps::axes(app, section, cross, 3)}
            </div>
        }
        .into_any(),
        Row::NoCross(section) => {
            view! { <div class="no-print">{cross::make(app, section)}</div> }.into_any()
        }
        Row::NewForce(section) => add(app, section, None, |words| words.add_force).into_any(),
        Row::Scenario(section, cross, place) => view! {
            <div class="outline-scenario no-print" data-testid="list-scenario" data-quadrant=place.word()>
                <h3 class="eyebrow" aria-label=move || quadrant::quadrant_title(app, section, place)>
                    {move || (app.words().quadrant_place)(place)}
                </h3>
                {quadrant::words(app, cross, place)}
                {add(app, section, Some(place), |words| words.add_note)}
            </div>
        }
        .into_any(),
        Row::Group(level, heading, list) => {
            let items = items(app, rows, list);
            view! { {group_heading(app, level, heading)} <ul>{items}</ul> }.into_any()
        }
        Row::List(list) => {
            let items = items(app, rows, list);
            match (list.holds, writes) {
                (Holds::Rules, true) => view! {
                    <ol class="rules no-print">{workable(app, rows, list)}</ol>
                    <ol class="print-only">{items}</ol>
                }
                .into_any(),
                (Holds::Rules, false) => view! { <ol>{items}</ol> }.into_any(),
                (Holds::LooseNotes | Holds::NotesUnder(_), _) => {
                    view! { <ul>{items}</ul> }.into_any()
                }
            }
        }
    }
}

fn paragraph(class: &'static str, label: Option<&'static str>, text: String) -> impl IntoView {
    let label = label.map(|label| view! { <strong>{label} ": "</strong> });
    view! { <p class=class>{label} {text}</p> }
}

/// Rules as on their own page.
fn workable(app: App, rows: Memo<Rows>, list: List) -> impl IntoView {
    let ids = move || {
        rows.with(|it| {
            let records = it.1.get(&list).into_iter().flatten();
            records.copied().filter_map(rule_id).collect::<Vec<_>>()
        })
    };
    view! { <For each=ids key=|id| *id let:id>{rule(app, id, Fold::WhereEmpty)}</For> }
}

const fn rule_id(record: RecordId) -> Option<RuleId> {
    match record {
        RecordId::Rule(id) => Some(id),
        RecordId::Note(_) | RecordId::Section(_) | RecordId::Cross(_) | RecordId::Person(_) => None,
    }
}

fn items(app: App, rows: Memo<Rows>, list: List) -> impl IntoView {
    let items = move || rows.with(|it| it.1.get(&list).cloned().unwrap_or_default());
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

/// A new note or rule in a section that has a wall or rules.
fn section_add(app: App, of: HeadingOf) -> Option<AnyView> {
    let HeadingOf::Section(section) = of else {
        return None;
    };
    let kind = app.peek_board(|board| {
        let kind = board.view.sections.get(&section).map(|it| it.kind);
        kind.filter(|_| board.writes())
    });
    match kind? {
        SectionKind::Notes => Some(add(app, section, None, |words| words.add_note).into_any()),
        SectionKind::Rules => Some(rule_list::add(app, section, "button-plain").into_any()),
        SectionKind::Cross | SectionKind::Unknown => None,
    }
}

fn add(
    app: App,
    section: SectionId,
    quadrant: Option<QuadrantPlace>,
    word: fn(&Words) -> &'static str,
) -> impl IntoView {
    let to = Destination { section, quadrant };
    view! {
        <button type="button" class="button-plain no-print" data-testid="list-add-note" on:click=move |_| app.dispatch(Event::NoteWanted(to))>
            {icon(Icon::Plus)} {move || word(app.words())}
        </button>
    }
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
