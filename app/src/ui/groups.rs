//! The board's groups: how each does, its code for the room, and making new ones.

use leptos::prelude::*;
use samsyn_shared::board::merge::Notes;
use samsyn_shared::ids::SectionId;
use samsyn_shared::registers::MAX_GROUPS;
use samsyn_shared::seal::Role;
use samsyn_shared::time::UnixMillis;

use super::app::App;
use super::board::section_title;
use super::dates;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use super::line::{Line, Then, line};
use super::qr::qr;
use crate::core::effect::Part;
use crate::core::event::{Event, GroupsEvent};
use crate::core::messages::{GroupCard, GroupLink, WantedGroups};
use crate::core::model::Dialog;
use crate::core::words::Words;

/// How many groups are offered at first.
const USUAL: u32 = 4;

pub(super) fn dialog(app: App) -> impl IntoView {
    let groups = Memo::new(move |_| app.board(Part::Groups, |board| board.groups.clone()));
    let leads = app.peek_board(|board| board.role == Role::Facilitator && board.writes());
    let writes = app.peek_board(|board| board.writes());
    let known = move || groups.get().unwrap_or_default();
    let none = move || groups.with(|it| it.as_ref().is_some_and(Vec::is_empty));
    let content = view! {
        <div class="groups">
            <Show when=none>
                <p class="hint" data-testid="no-groups">
                    {move || if leads { app.words().groups.none_yet } else { app.words().groups.none_here }}
                </p>
            </Show>
            <ul class="group-list">
                <For each=known key=|card| (card.id, card.name.clone(), card.code.clone()) let:card>
                    {group(app, card)}
                </For>
            </ul>
            {writes.then(|| view! {
                <Show when=move || !known().is_empty()>
                    <div class="dialog-actions">
                        <button
                            type="button"
                            class="button-main"
                            data-testid="merge-open"
                            on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Merge)))
                        >
                            {icon(Icon::Merge)} {move || app.words().groups.merge_all}
                        </button>
                    </div>
                </Show>
            })}
            {leads.then(|| view! {
                <Show when=move || !known().is_empty()>{calling(app)}</Show>
            })}
            {leads.then(|| making(app, move || known().len()))}
        </div>
    };
    dialog::dialog(
        app,
        "groups-dialog",
        Shape::Wide,
        First::Heading,
        move || app.words().groups.title.to_owned(),
        content,
    )
}

/// A note for all groups.
fn calling(app: App) -> impl IntoView {
    let note = Line {
        id: "call-groups",
        label: |words| words.groups.call,
        hint: |words| words.groups.call_hint,
        go: |words| words.groups.call_go,
        mode: "text",
        then: Then::Empties,
    };
    line(app, note, move |text| {
        app.dispatch(Event::Groups(GroupsEvent::Call(text)));
    })
}

fn group(app: App, card: GroupCard) -> impl IntoView {
    let words = app.words();
    let link = app.peek(|model| model.link(&card.code));
    let code = qr("group-qr", &link, (words.qr_label)(&card.name));
    let id = card.id;
    let live = Memo::new(move |_| {
        app.board(Part::Groups, |board| {
            let groups = board.groups.as_ref()?;
            groups.iter().find(|it| it.id == id).cloned()
        })
    });
    let said = move || {
        let now = app.read(Part::Clock, |model| model.now);
        live.get().map(|card| said(app.words(), now, &card))
    };
    let online = move || live.with(|it| it.as_ref().is_some_and(|it| it.link == GroupLink::Online));
    let name = card.name.clone();
    let heading = format!("group-{}", card.id);
    let (named_by, goes_to) = (heading.clone(), link.clone());
    view! {
        <li class="group-card" data-testid="group" data-name=card.name.clone() data-link=link aria-labelledby=named_by>
            <div class="group-head">
                <span class=format!("group-mark mark-{}", card.colour.word()) aria-hidden="true"></span>
                <h3 id=heading>{name}</h3>
            </div>
            <p class="group-live" data-testid="group-live" data-online=move || online().to_string()>{said}</p>
            <div class="group-actions">
                <button
                    type="button"
                    class="button-plain"
                    data-testid="group-enter"
                    on:click=move |_| app.dispatch(Event::LinkPasted(goes_to.clone()))
                >
                    {move || app.words().groups.enter}
                </button>
                <details class="group-code">
                    <summary data-testid="group-code">{move || app.words().groups.show_code}</summary>
                    {code}
                </details>
            </div>
        </li>
    }
}

/// How a group does, in one line.
fn said(all: &Words, now: UnixMillis, card: &GroupCard) -> String {
    let words = &all.groups;
    let live = &card.live;
    let mut parts = vec![match card.link {
        GroupLink::Opening => words.opening.to_owned(),
        GroupLink::Offline => words.offline.to_owned(),
        GroupLink::Online => (words.people)(live.people),
    }];
    if card.link != GroupLink::Opening {
        parts.push((words.notes)(live.notes));
        parts.push((words.rules)(live.rules));
    }
    if !live.section.is_empty() {
        parts.push((words.looks_at)(&live.section));
    }
    if let Some(at) = live.written {
        parts.push((words.written_at)(&dates::said(all, at, now)));
    }
    // A line does not begin with what parts it from the one before.
    parts.join("\u{a0}· ")
}

/// The form that makes groups.
fn making(app: App, count: impl Fn() -> usize + Copy + Send + Sync + 'static) -> impl IntoView {
    let names = RwSignal::new(String::new());
    let number = RwSignal::new(USUAL);
    let with_notes = RwSignal::new(false);
    let left_out = RwSignal::new(Vec::<SectionId>::new());
    let sections = app.peek_board(|board| {
        let sections = board.view.sections_in_order().into_iter();
        sections.map(|it| (it.id, it.kind)).collect::<Vec<_>>()
    });
    let all: Vec<SectionId> = sections.iter().map(|it| it.0).collect();
    let room = move || u32::try_from(MAX_GROUPS.saturating_sub(count())).unwrap_or_default();
    let boxes = sections.into_iter().map(move |(section, kind)| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    checked=true
                    data-testid=format!("group-section-{}", kind.word())
                    on:change=move |event| left_out.update(|it| {
                        it.retain(|known| *known != section);
                        if !event_target_checked(&event) {
                            it.push(section);
                        }
                    })
                />
                <span>{move || section_title(app, section, kind)}</span>
            </label>
        }
    });
    let boxes: Vec<_> = boxes.collect();
    let make = move || {
        let written = names.get_untracked();
        let mut names: Vec<String> = written
            .split([',', '\n'])
            .map(|it| it.trim().to_owned())
            .filter(|it| !it.is_empty())
            .collect();
        if names.is_empty() {
            let (first, wanted) = (
                u32::try_from(count()).unwrap_or_default() + 1,
                number.get_untracked().min(room()),
            );
            let words = app.words();
            names = (first..first + wanted)
                .map(|it| (words.groups.numbered)(it))
                .collect();
        }
        let left_out = left_out.get_untracked();
        let sections = all.iter().copied().filter(|it| !left_out.contains(it));
        app.dispatch(Event::Groups(GroupsEvent::Made(WantedGroups {
            names,
            sections: sections.collect(),
            notes: if with_notes.get_untracked() {
                Notes::With
            } else {
                Notes::Without
            },
        })));
    };
    view! {
        <details class="group-making" open=move || count() == 0>
            <summary data-testid="groups-new">{move || app.words().groups.new}</summary>
            <form
                class="group-form"
                on:submit=move |event| {
                    event.prevent_default();
                    make();
                }
            >
                <label class="field">
                    <span>{move || app.words().groups.how_many}</span>
                    <input
                        type="number"
                        min="1"
                        max=move || room().to_string()
                        data-testid="groups-count"
                        prop:value=move || number.get().to_string()
                        on:input=move |event| {
                            if let Ok(wanted) = event_target_value(&event).parse() {
                                number.set(wanted);
                            }
                        }
                    />
                </label>
                <label class="field">
                    <span>{move || app.words().groups.names}</span>
                    <textarea
                        rows="2"
                        data-testid="groups-names"
                        on:input=move |event| names.set(event_target_value(&event))
                    ></textarea>
                </label>
                <fieldset class="checks">
                    <legend>{move || app.words().groups.sections}</legend>
                    {boxes}
                </fieldset>
                <label class="check">
                    <input
                        type="checkbox"
                        data-testid="groups-with-notes"
                        on:change=move |event| with_notes.set(event_target_checked(&event))
                    />
                    <span>{move || app.words().groups.with_notes}</span>
                </label>
                <p class="hint">{move || app.words().groups.new_hint}</p>
                <div class="dialog-actions">
                    <button type="submit" class="button-main" data-testid="groups-make">
                        {icon(Icon::Plus)} {move || app.words().groups.make}
                    </button>
                </div>
            </form>
        </details>
    }
}
