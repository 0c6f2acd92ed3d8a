//! The board's menu, and the choice of language and theme that the start screen shows too.

use leptos::prelude::*;
use samsyn_shared::ids::SectionId;
use samsyn_shared::seal::Role;

use super::app::App;
use super::carry;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use super::move_all;
use crate::core::Event;
use crate::core::effect::Part;
use crate::core::event::Theme;
use crate::core::messages::{ExportKind, Phase};
use crate::core::model::{Dialog, Page};
use crate::core::words::{LANGUAGES, Words};

const THEMES: [(Theme, &str); 4] = [
    (Theme::Device, "auto"),
    (Theme::Light, "light"),
    (Theme::Dark, "dark"),
    (Theme::Contrast, "contrast"),
];

/// Language and theme.
pub(super) fn settings(app: App) -> impl IntoView {
    let language = move || app.read(Part::Settings, |model| model.language);
    let theme = move || app.read(Part::Settings, |model| model.theme);
    let languages = LANGUAGES.map(|(value, code, name)| {
        view! { <option value=code lang=code selected=move || language() == value>{name}</option> }
    });
    let themes = THEMES.map(|(value, code)| {
        view! {
            <option value=code selected=move || theme() == value>
                {move || theme_said(app.words(), value)}
            </option>
        }
    });
    view! {
        <div class="settings">
            <label class="setting">
                <span>{move || app.words().language}</span>
                <select data-testid="language" on:change=move |event| language_chosen(app, &event_target_value(&event))>
                    {languages}
                </select>
            </label>
            <label class="setting">
                <span>{move || app.words().theme}</span>
                <select data-testid="theme" on:change=move |event| theme_chosen(app, &event_target_value(&event))>
                    {themes}
                </select>
            </label>
            <button
                type="button"
                class="button-quiet"
                data-testid="accessibility-open"
                on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Accessibility)))
            >
                {icon(Icon::Access)} {move || app.words().accessibility}
            </button>
        </div>
    }
}

const fn theme_said(words: &Words, theme: Theme) -> &'static str {
    match theme {
        Theme::Device => words.theme_device,
        Theme::Light => words.theme_light,
        Theme::Dark => words.theme_dark,
        Theme::Contrast => words.theme_contrast,
    }
}

fn language_chosen(app: App, code: &str) {
    let chosen = LANGUAGES.into_iter().find(|(_, it, _)| *it == code);
    if let Some((language, _, _)) = chosen {
        app.dispatch(Event::LanguageChosen(language));
    }
}

fn theme_chosen(app: App, code: &str) {
    if let Some((theme, _)) = THEMES.into_iter().find(|(_, it)| *it == code) {
        app.dispatch(Event::ThemeChosen(theme));
    }
}

pub(super) fn dialog(app: App) -> impl IntoView {
    let content = view! {
        {carry::begun(app)}
        <nav class="menu" aria-label=move || app.words().menu>
            {group(app, |words| words.menu_groups.look, looking(app))}
            {app.peek_board(|board| board.writes())
                .then(|| group(app, |words| words.menu_groups.work, working(app)))}
            {group(app, |words| words.menu_groups.others, others(app))}
            {group(app, |words| words.menu_groups.take_home, taking_home(app))}
            {leads(app).then(|| group(app, |words| words.menu_groups.lead, deciding(app)))}
            {group(app, |words| words.menu_groups.own, own(app))}
        </nav>
        {settings(app)}
    };
    dialog::dialog(
        app,
        "menu-dialog",
        Shape::Sheet,
        First::Heading,
        move || app.words().menu.to_owned(),
        content,
    )
}

/// What belongs together, under its name.
fn group(
    app: App,
    word: fn(&Words) -> &'static str,
    items: impl IntoView + 'static,
) -> impl IntoView {
    view! {
        <section class="menu-group">
            <h3>{move || word(app.words())}</h3>
            {items}
        </section>
    }
}

fn looking(app: App) -> impl IntoView {
    view! {
        {item(app, "list-view", Icon::List, |words| words.list_view, None, || Event::PageChosen(Page::List))}
        {item(app, "trash", Icon::Trash, |words| words.trash, None, || Event::PageChosen(Page::Trash))}
        {item(app, "history", Icon::Clock, |words| words.history, Some(|words| words.history_hint), || {
            Event::PastWanted(Some(u32::MAX))
        })}
    }
}

fn working(app: App) -> impl IntoView {
    view! {
        {item(app, "paste", Icon::Text, |words| words.paste, Some(|words| words.paste_menu_hint), || {
            Event::Dialog(Some(Dialog::Paste))
        })}
        {emptied(app).map(|section| {
            item(app, "move-all", Icon::Merge, |words| words.groups.move_all, Some(|words| words.groups.move_all_menu_hint), move || {
                Event::Dialog(Some(Dialog::MoveAll(section)))
            })
        })}
    }
}

fn others(app: App) -> impl IntoView {
    view! {
        {item(app, "groups-open", Icon::People, |words| words.groups.title, Some(|words| words.groups.menu_hint), || {
            Event::Dialog(Some(Dialog::Groups))
        })}
        {app.peek_board(|board| board.writes()).then(|| {
            item(app, "merge-files", Icon::Merge, |words| words.groups.merge_title, Some(|words| words.groups.merge_menu_hint), || {
                Event::Dialog(Some(Dialog::Merge))
            })
        })}
        {item(app, "compare-open", Icon::Columns, |words| words.compare.title, Some(|words| words.compare.menu_hint), || {
            Event::PageChosen(Page::Compare)
        })}
        {item(app, "carry-open", Icon::Onward, |words| words.carry.title, Some(|words| words.carry.menu_hint), || {
            Event::Dialog(Some(Dialog::Carry))
        })}
    }
}

fn taking_home(app: App) -> impl IntoView {
    view! {
        {item(
            app,
            "export-archive",
            Icon::Download,
            |words| words.export_archive,
            Some(|words| words.export_archive_hint),
            || Event::ExportWanted(ExportKind::Archive),
        )}
        {item(
            app,
            "export-board-file",
            Icon::File,
            |words| words.export_file,
            Some(|words| words.export_file_hint),
            || Event::ExportWanted(ExportKind::BoardFile),
        )}
    }
}

fn own(app: App) -> impl IntoView {
    view! {
        {app.peek_board(|board| board.writes()).then(|| {
            item(app, "own-name-open", Icon::Person, |words| words.your_name, None, || {
                Event::Dialog(Some(Dialog::Name))
            })
        })}
        {item(app, "keys-open", Icon::Keyboard, |words| words.keys_title, None, || Event::Dialog(Some(Dialog::Keys)))}
        {item(app, "go-home", Icon::Home, |words| words.home, None, || Event::HomeWanted)}
    }
}

/// The section on the screen, if all that is in it can go to another one.
fn emptied(app: App) -> Option<SectionId> {
    app.peek_board(|board| {
        let section = board.section().filter(|_| board.writes())?;
        (!move_all::targets(board, section).is_empty()).then_some(section)
    })
}

/// Whether the person decides about the board as a whole.
fn leads(app: App) -> bool {
    app.peek_board(|it| it.role == Role::Facilitator && it.standing.phase != Phase::Deleted)
}

/// What only the facilitator decides.
fn deciding(app: App) -> impl IntoView {
    let standing = app.peek_board(|it| it.standing);
    let open = matches!(standing.phase, Phase::Open);
    let takes = matches!(standing.phase, Phase::Open | Phase::Paused);
    let closed = matches!(standing.phase, Phase::Paused | Phase::Finished);
    view! {
        {open.then(|| item(
            app,
            "pause",
            Icon::Clock,
            |words| words.pause,
            Some(|words| words.pause_hint),
            || Event::PauseWanted,
        ))}
        {closed.then(|| item(
            app,
            "reopen",
            Icon::Restore,
            |words| words.reopen,
            Some(|words| words.reopen_hint),
            || Event::ReopenWanted,
        ))}
        {takes.then(|| item(
            app,
            "finish",
            Icon::Lock,
            |words| words.finish,
            Some(|words| words.finish_hint),
            || Event::Dialog(Some(Dialog::Finish)),
        ))}
    }
}

fn item(
    app: App,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    hint: Option<fn(&Words) -> &'static str>,
    event: impl Fn() -> Event + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="menu-item" data-testid=testid on:click=move |_| app.dispatch(event())>
            {icon(drawing)}
            <span class="menu-words">
                <span>{move || word(app.words())}</span>
                {hint.map(|hint| view! { <span class="hint">{move || hint(app.words())}</span> })}
            </span>
        </button>
    }
}
