//! An open board: the top bar, the tabs, and what is chosen there.

use leptos::html;
use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::board::undo::Way;
use samsyn_shared::export::Words as Labels;
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::SectionKind;
use samsyn_shared::seal::Role;

use super::app::App;
use super::icons::{Icon, icon};
use super::{
    compare, cross, keys, list, peers, picks, rules, save_state, search, sources, standing, trash,
    wall,
};
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::model::board::Ground;
use crate::core::model::{BoardModel, Dialog, Page};
use crate::core::words::Words;

pub(super) fn screen(app: App) -> impl IntoView {
    let role = app.peek_board(|board| role_word(board.role));
    keys::listen(app);
    let glimpse = move || app.board(Part::Screen, |board| board.ground == Ground::Glimpse);
    let testid = move || {
        if glimpse() {
            "screen-glimpse"
        } else {
            "screen-board"
        }
    };
    view! {
        <div
            class="board"
            data-testid=testid
            data-role=role
            inert=glimpse
            aria-busy=move || glimpse().then_some("true")
        >
            {top(app)}
            {standing::banner(app)}
            {tabs(app)}
            {sources::bar(app)}
            {search::bar(app)}
            <div class="stage">
                {page(app)}
                {picks::bar(app)}
            </div>
        </div>
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Facilitator => "facilitator",
        Role::Participant => "participant",
        Role::Observer => "observer",
    }
}

fn top(app: App) -> impl IntoView {
    let shares =
        app.peek_board(|board| board.links.participant.is_some() || board.links.observer.is_some());
    view! {
        <header class="top">
            <button
                type="button"
                class="button-icon"
                data-testid="top-home"
                aria-label=move || app.words().home
                title=move || app.words().home
                on:click=move |_| app.dispatch(Event::HomeWanted)
            >
                {icon(Icon::Home)}
            </button>
            {title(app)}
            {save_state::state(app)}
            <div class="top-end">
                {app.peek_board(|board| board.writes()).then(|| steps(app))}
                {peers::here(app)}
                {shares.then(|| view! {
                    <button
                        type="button"
                        class="button-plain top-share"
                        data-testid="share"
                        aria-label=move || app.words().share
                        on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Share)))
                    >
                        {icon(Icon::Invite)} <span class="top-word">{move || app.words().share}</span>
                    </button>
                })}
                <button
                    type="button"
                    class="button-icon"
                    data-testid="menu"
                    aria-label=move || app.words().menu
                    aria-haspopup="dialog"
                    on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Menu)))
                >
                    {icon(Icon::Menu)}
                </button>
            </div>
        </header>
    }
}

/// Takes one's own steps back, and does them again.
fn steps(app: App) -> impl IntoView {
    let button = move |testid, drawing, word: fn(&Words) -> &'static str, way| {
        let can = move || {
            app.board(Part::Steps, |board| match way {
                Way::Back => board.steps.back.is_some(),
                Way::Again => board.steps.again.is_some(),
            })
        };
        view! {
            <button
                type="button"
                class="button-icon"
                data-testid=testid
                aria-label=move || word(app.words())
                title=move || word(app.words())
                aria-disabled=move || (!can()).then_some("true")
                on:click=move |_| if can() { app.dispatch(Event::StepWanted(way)) }
            >
                {icon(drawing)}
            </button>
        }
    };
    view! {
        <span class="steps">
            {button("undo-step", Icon::Undo, |words| words.step_back, Way::Back)}
            {button("redo-step", Icon::Redo, |words| words.step_again, Way::Again)}
        </span>
    }
}

/// The board's name: a field for the facilitator, a heading for everyone.
fn title(app: App) -> impl IntoView {
    let title = move || app.board(Part::Title, |board| board.title.clone());
    let leads = app.peek_board(|board| board.role == Role::Facilitator);
    let node = NodeRef::<html::Input>::new();
    let given = move || {
        if let Some(input) = node.get_untracked() {
            app.dispatch(Event::TitleGiven(input.value()));
            input.set_value(&app.peek_board(|board| board.title.clone()));
        }
    };
    view! {
        <h1 class="top-title" class:sr-only=leads data-testid="board-heading">{title}</h1>
        {leads.then(|| view! {
            <span class="top-title top-title-field" data-value=title>
                <input
                    node_ref=node
                    type="text"
                    size="1"
                    maxlength="120"
                    data-testid="title-edit"
                    aria-label=move || app.words().edit_title
                    prop:value=title
                    on:change=move |_| given()
                    on:keydown=move |event| {
                        if event.key() == "Enter" && let Some(input) = node.get_untracked() {
                            let _ = input.blur();
                        }
                    }
                />
            </span>
        })}
    }
}

/// What a tab needs to be drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tab {
    section: SectionId,
    kind: SectionKind,
}

fn tabs(app: App) -> impl IntoView {
    let sections = Memo::new(move |_| {
        app.board(Part::Sections, |board| {
            let sections = board.view.sections_in_order().into_iter();
            sections
                .map(|it| Tab {
                    section: it.id,
                    kind: it.kind,
                })
                .collect::<Vec<_>>()
        })
    });
    view! {
        <nav class="tabs" aria-label=move || app.words().sections>
            <For each=move || sections.get() key=|tab| tab.section let:tab>
                {tab_button(app, tab)}
            </For>
            <span class="tabs-end">{search::opener(app)}</span>
        </nav>
    }
}

fn tab_button(app: App, tab: Tab) -> impl IntoView {
    let chosen = move || app.board(Part::Page, |board| board.at() == Page::Section(tab.section));
    view! {
        <button
            type="button"
            class="tab"
            data-testid=format!("tab-{}", tab.kind.word())
            data-id=tab.section.to_string()
            aria-current=move || chosen().then_some("page")
            on:click=move |_| app.dispatch(Event::PageChosen(Page::Section(tab.section)))
        >
            {move || section_title(app, tab.section, tab.kind)}
        </button>
    }
}

/// A section's heading, or what its kind is called where it has none.
pub(super) fn section_title(app: App, section: SectionId, kind: SectionKind) -> String {
    let field = TextField::SectionTitle(section);
    let given = app.board(Part::Text(field), |board| board.shown(field).0);
    if given.trim().is_empty() {
        labels(app).section(kind).to_owned()
    } else {
        given
    }
}

/// The labels that the outline is written with, in the language of the interface.
pub(super) fn labels(app: App) -> &'static Labels {
    Labels::of(app.read(Part::Settings, |model| model.language))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Wall(SectionId),
    Rules(SectionId),
    Cross(SectionId),
    Unknown,
    Nothing,
    List,
    Trash,
    Compare,
}

fn page(app: App) -> impl IntoView {
    let shown = Memo::new(move |_| app.read(Part::Page, |model| model.board().map(shown)));
    move || {
        match shown.get() {
        None => ().into_any(),
        Some(Shown::Wall(section)) => wall::wall(app, section).into_any(),
        Some(Shown::Rules(section)) => rules::rules(app, section).into_any(),
        Some(Shown::Cross(section)) => cross::cross(app, section).into_any(),
        Some(Shown::Unknown) => {
            view! { <main class="page"><p class="empty">{move || app.words().section_unknown}</p></main> }
                .into_any()
        }
        Some(Shown::Nothing) => view! {
            <main class="page">
                <div class="empty" data-testid="fetching">
                    <p class="empty-title">{move || app.words().fetching}</p>
                    <p>{move || app.words().fetching_hint}</p>
                </div>
            </main>
        }
        .into_any(),
        Some(Shown::List) => list::screen(app).into_any(),
        Some(Shown::Trash) => trash::screen(app).into_any(),
        Some(Shown::Compare) => compare::screen(app).into_any(),
    }
    }
}

fn shown(board: &BoardModel) -> Shown {
    let section = match board.at() {
        Page::First => return Shown::Nothing,
        Page::List => return Shown::List,
        Page::Trash => return Shown::Trash,
        Page::Compare => return Shown::Compare,
        Page::Section(section) => section,
    };
    match board.view.sections.get(&section).map(|it| it.kind) {
        Some(SectionKind::Notes) => Shown::Wall(section),
        Some(SectionKind::Rules) => Shown::Rules(section),
        Some(SectionKind::Cross) => Shown::Cross(section),
        Some(SectionKind::Unknown) => Shown::Unknown,
        None => Shown::List,
    }
}
