//! Merging: what comes from each source, what has to be chosen, and where the notes will hang, before anything changes.

use leptos::prelude::*;
use samsyn_shared::board::View;
use samsyn_shared::board::merge::{
    Change, Conflict, Field, FieldValue, PlaceBy, Preview, Proposal, Wanted,
};
use samsyn_shared::ids::BoardId;
use samsyn_shared::records::{AxisPlace, CrossField, RecordId};

use super::app::App;
use super::board::labels;
use super::dialog::{self, First, Shape};
use super::field;
use super::icons::{Icon, icon};
use super::line::{Line, Then, line};
use crate::core::effect::Part;
use crate::core::event::{Event, GroupsEvent};
use crate::core::messages::{MergeOffer, MergeStep, OfferedSource, Watch};
use crate::core::words::{GroupWords, Words};

const PLACES: [(PlaceBy, &str); 3] = [
    (PlaceBy::Lanes, "lanes"),
    (PlaceBy::Overlay, "overlay"),
    (PlaceBy::Flow, "flow"),
];
/// How many piles are listed.
const MOST_PILES: usize = 30;

pub(super) fn dialog(app: App) -> impl IntoView {
    let offer = Memo::new(move |_| {
        app.board(Part::Merge, |board| {
            board.merge.as_ref().and_then(|it| it.offer.clone())
        })
    });
    let busy = move || {
        app.board(Part::Merge, |board| {
            board.merge.as_ref().is_some_and(|it| it.under_way)
        })
    };
    let comes = move || offer.with(|it| it.as_ref().is_some_and(comes));
    let has_groups = move || {
        app.board(Part::Groups, |board| {
            board.groups.as_ref().is_some_and(|it| !it.is_empty())
        })
    };
    // Groups go on writing, and the offer is drawn anew each time.
    let unfolded = RwSignal::new(false);
    let content = view! {
        <div class="merge">
            {move || match offer.get() {
                None => view! { <p class="hint" role="status">{app.words().groups.looking}</p> }.into_any(),
                Some(offer) => offered(app, &offer, unfolded).into_any(),
            }}
            {others(app)}
            <div class="file-row">
                <input
                    id="merge-file"
                    type="file"
                    class="file-input"
                    data-testid="merge-file"
                    multiple=true
                    on:change=move |event| files_chosen(app, &event_target(&event))
                />
                <label for="merge-file" class="button-plain file-label">
                    {icon(Icon::File)} {move || app.words().groups.add_file}
                </label>
                <p class="hint">{move || app.words().groups.add_file_hint}</p>
            </div>
            <Show when=has_groups>
                {follow(app)}
            </Show>
            <div class="dialog-actions">
                <p class="hint merge-undo">{move || app.words().groups.merge_hint}</p>
                <button
                    type="button"
                    class="button-main"
                    data-testid="merge-go"
                    disabled=move || busy() || !comes()
                    on:click=move |_| app.dispatch(Event::Groups(GroupsEvent::Confirmed))
                >
                    {icon(Icon::Check)} {move || app.words().groups.merge}
                </button>
            </div>
        </div>
    };
    dialog::dialog(
        app,
        "merge-dialog",
        Shape::Wide,
        First::Heading,
        move || app.words().groups.merge_title.to_owned(),
        content,
    )
}

/// Other boards than the groups': those of this device, and where a link leads.
fn others(app: App) -> impl IntoView {
    let here = app.peek_board(|board| Some(board.view.board));
    let cards = move || {
        let offered = app.board(Part::Merge, |board| {
            let offer = board.merge.as_ref().and_then(|it| it.offer.as_ref());
            let sources = offer.into_iter().flat_map(|it| &it.sources);
            sources.map(|it| it.source.board).collect::<Vec<_>>()
        });
        let cards = app.read(Part::Cards, |model| model.cards.clone());
        let cards = cards.into_iter().flatten();
        let others = cards.filter(|it| Some(it.board) != here && !offered.contains(&it.board));
        others
            .map(|it| (it.board, it.title))
            .collect::<Vec<(BoardId, String)>>()
    };
    let link = Line {
        id: "merge-link",
        label: |words| words.compare.link,
        hint: |words| words.open_link_hint,
        go: |words| words.groups.add,
        mode: "url",
        then: Then::Empties,
    };
    let paste = move |pasted| app.dispatch(Event::Groups(GroupsEvent::Link(pasted)));
    let add = move |board| {
        app.dispatch(Event::Groups(GroupsEvent::Merge(MergeStep::Board(board))));
    };
    view! {
        <details class="merge-others">
            <summary data-testid="merge-others">{move || app.words().groups.add_board}</summary>
            <div class="merge-boards">
                <For each=cards key=|card| card.0 let:card>
                    <button
                        type="button"
                        class="button-plain"
                        data-testid="merge-board"
                        on:click=move |_| add(card.0)
                    >
                        {icon(Icon::Plus)} {named(app.words(), &card.1)}
                    </button>
                </For>
            </div>
            {line(app, link, paste)}
        </details>
    }
}

/// Whether what the groups go on writing is taken in as it comes.
fn follow(app: App) -> impl IntoView {
    let follows = move || {
        app.read(Part::Merge, |model| {
            let board = model.board().map(|it| it.view.board);
            board.is_some_and(|it| model.follows.contains(&it))
        })
    };
    let chosen = move |on: bool| {
        let watch = if on { Watch::On } else { Watch::Off };
        app.dispatch(Event::Groups(GroupsEvent::Follow(watch)));
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                data-testid="merge-follow"
                prop:checked=follows
                on:change=move |event| chosen(event_target_checked(&event))
            />
            <span>{move || app.words().groups.follow}</span>
        </label>
    }
}

fn files_chosen(app: App, input: &web_sys::HtmlInputElement) {
    let Some(files) = input.files() else {
        return;
    };
    for file in (0..files.length()).filter_map(|at| files.get(at)) {
        crate::shell::read_file(file, std::rc::Rc::new(move |event| app.dispatch(event)));
    }
    // So that the same file can be chosen once more.
    input.set_value("");
}

/// Whether there is anything to merge or to choose.
fn comes(offer: &MergeOffer) -> bool {
    offer.sources.iter().any(|it| it.wanted) || !offer.preview.conflicts.is_empty()
}

fn offered(app: App, offer: &MergeOffer, unfolded: RwSignal<bool>) -> impl IntoView {
    let preview = &offer.preview;
    let sources = offer.sources.iter().map(|it| source(app, it, preview));
    let sources: Vec<_> = sources.collect();
    let conflicts = preview.conflicts.iter();
    let conflicts = conflicts
        .enumerate()
        .map(|(at, it)| conflict(app, at, it, offer));
    let conflicts: Vec<_> = conflicts.collect();
    let words = app.words();
    let nothing = offer.sources.is_empty();
    view! {
        {nothing.then(|| view! { <p class="hint">{words.groups.no_sources}</p> })}
        <ul class="merge-sources">{sources}</ul>
        {(!conflicts.is_empty()).then(|| view! {
            <section class="merge-choices" aria-labelledby="merge-choices">
                <h3 id="merge-choices">{icon(Icon::Warning)} {(words.groups.to_choose)(count(preview.conflicts.len()))}</h3>
                <p class="hint">{words.groups.to_choose_hint}</p>
                {conflicts}
            </section>
        })}
        {(!nothing).then(|| placing(app, offer.place))}
        {(!preview.piles.is_empty()).then(|| piles(app, preview, unfolded))}
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn source(app: App, offered: &OfferedSource, preview: &Preview) -> impl IntoView {
    let words = app.words();
    let board = offered.source.board;
    let group = preview.groups.iter().find(|it| it.board == board);
    let news = group.map(|group| {
        let of =
            |kind: fn(&RecordId) -> bool| count(group.new.iter().filter(|it| kind(it)).count());
        let notes = of(|it| matches!(it, RecordId::Note(_)));
        let rules = of(|it| matches!(it, RecordId::Rule(_)));
        let parts = [
            (notes, words.groups.new_notes),
            (rules, words.groups.new_rules),
            (count(group.changed.len()), words.groups.changed),
            (count(group.removed.len()), words.groups.removed),
            (count(group.refused), words.groups.refused),
        ];
        let said = parts.into_iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = said.map(|(count, say)| say(count)).collect();
        if said.is_empty() {
            words.groups.nothing_new.to_owned()
        } else {
            said.join(" · ")
        }
    });
    let changes = group.map(|group| {
        let removed = group.removed.iter().map(|id| {
            let said = (words.groups.removed_there)(&called(words, &preview.view, *id));
            view! { <li>{said}</li> }
        });
        let changed = group
            .changed
            .iter()
            .map(|it| changed(app, &preview.view, it));
        let changed: Vec<_> = changed.collect();
        let removed: Vec<_> = removed.collect();
        let empty = changed.is_empty() && removed.is_empty();
        (!empty).then(|| {
            view! {
                <details class="merge-changes">
                    <summary data-testid="merge-changes">{words.groups.what_changes}</summary>
                    <ul>{changed}{removed}</ul>
                </details>
            }
        })
    });
    let step = move |wanted: bool| {
        let step = if wanted {
            MergeStep::With(board)
        } else {
            MergeStep::Without(board)
        };
        app.dispatch(Event::Groups(GroupsEvent::Merge(step)));
    };
    let name = named(words, &offered.source.name);
    let testname = name.clone();
    view! {
        <li class="merge-source" data-testid="merge-source" data-name=testname data-wanted=offered.wanted.to_string()>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=offered.wanted
                    on:change=move |event| step(event_target_checked(&event))
                />
                <span class=format!("group-mark mark-{}", offered.source.colour.word()) aria-hidden="true"></span>
                <span class="merge-name">{name}</span>
            </label>
            <p data-testid="merge-news">{news}</p>
            {changes}
        </li>
    }
}

fn named(words: &Words, name: &str) -> String {
    if name.trim().is_empty() {
        words.untitled.to_owned()
    } else {
        name.to_owned()
    }
}

fn changed(app: App, view: &View, change: &Change) -> impl IntoView {
    let words = app.words();
    let what = (words.groups.field_of)(
        &field_said(app, change.field),
        &called(words, view, change.record),
    );
    let (from, to) = (value(app, view, &change.from), value(app, view, &change.to));
    view! { <li><span class="merge-what">{what}</span> <del>{from}</del> " → " <ins>{to}</ins></li> }
}

/// A record as people would name it: its first words.
fn called(words: &Words, view: &View, record: RecordId) -> String {
    let text = match record {
        RecordId::Section(id) => view.sections.get(&id).and_then(|it| it.title),
        RecordId::Note(id) => view.notes.get(&id).and_then(|it| it.text),
        RecordId::Rule(id) => view.rules.get(&id).and_then(|it| it.text),
        RecordId::Cross(id) => view.crosses.get(&id).and_then(|it| it.question),
        RecordId::Person(_) => None,
    };
    let short: String = view.text(text).chars().take(48).collect();
    if short.trim().is_empty() {
        match record {
            RecordId::Cross(_) => words.groups.the_cross.to_owned(),
            RecordId::Section(_) | RecordId::Note(_) | RecordId::Rule(_) | RecordId::Person(_) => {
                words.empty_note.to_owned()
            }
        }
    } else {
        format!("“{}”", short.trim())
    }
}

/// What a field is, before the name of what it is of: a phrase that leads to it, or a word and a comma.
fn field_said(app: App, field: Field) -> String {
    let words: &GroupWords = &app.words().groups;
    let labels = labels(app);
    let word = match field {
        Field::Title => return words.field_title.to_owned(),
        Field::Text => return words.field_text.to_owned(),
        Field::Section => return words.field_section.to_owned(),
        Field::Under => return words.field_under.to_owned(),
        Field::Judged => return words.field_judged.to_owned(),
        Field::Tag => return words.field_tag.to_owned(),
        Field::Cross(CrossField::QuadrantName(_)) => return words.field_scenario.to_owned(),
        Field::Cross(CrossField::QuadrantStory(_)) => return words.field_story.to_owned(),
        Field::Why => labels.why,
        Field::ShowsAs => labels.shows_as,
        Field::Status => labels.status,
        Field::Colour => labels.colour,
        Field::Quadrant => labels.place,
        Field::Horizon => labels.horizon,
        Field::Cross(CrossField::Question) => labels.question,
        Field::Cross(CrossField::XName | CrossField::XLow | CrossField::XHigh)
        | Field::Force(AxisPlace::X) => labels.x_axis,
        Field::Cross(CrossField::YName | CrossField::YLow | CrossField::YHigh)
        | Field::Force(AxisPlace::Y) => labels.y_axis,
    };
    format!("{word},")
}

fn value(app: App, view: &View, value: &FieldValue) -> String {
    let words = app.words();
    match value {
        FieldValue::Text(text) if text.trim().is_empty() => words.groups.nothing.to_owned(),
        FieldValue::Text(text) => text.clone(),
        FieldValue::Status(status) => labels(app).status_name(*status).to_owned(),
        FieldValue::Colour(colour) => (words.colour_name)(*colour).to_owned(),
        FieldValue::Section(section) => {
            let section = section.and_then(|it| view.sections.get(&it));
            section.map_or_else(String::new, |it| view.text(it.title).to_owned())
        }
        FieldValue::Quadrant(None) => words.forces.to_owned(),
        FieldValue::Quadrant(Some(place)) => (words.quadrant_place)(*place).to_owned(),
        FieldValue::Note(Some(note)) => called(words, view, RecordId::Note(*note)),
        FieldValue::Judged(judged) => field::said(words, *judged),
        FieldValue::Tag(tag) => tag.map_or(words.no_tag, words.tag).to_owned(),
        FieldValue::Note(None) | FieldValue::Year(None) => words.groups.nothing.to_owned(),
        FieldValue::Year(Some(year)) => year.to_string(),
    }
}

/// The values that there are for one field, to choose from.
fn conflict(app: App, at: usize, conflict: &Conflict, offer: &MergeOffer) -> impl IntoView {
    let words = app.words();
    let view = &offer.preview.view;
    let (record, field) = (conflict.record, conflict.field);
    let what = (words.groups.field_of)(&field_said(app, field), &called(words, view, record));
    let chosen = move || {
        app.board(Part::Merge, |board| {
            let merge = board.merge.as_ref()?;
            merge.choices.get(&(record, field)).cloned()
        })
    };
    let choose = move |wanted: Option<Wanted>| {
        app.dispatch(Event::Groups(GroupsEvent::Choose {
            record,
            field,
            wanted,
        }));
    };
    let group = format!("choice-{at}");
    let option =
        move |from: String, words: String, wanted: Option<Wanted>, testid: &'static str| {
            let name = group.clone();
            let own = wanted.clone();
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        name=name
                        data-testid=testid
                        prop:checked=move || chosen() == own
                        on:change=move |_| choose(wanted.clone())
                    />
                    <span class="choice-from">{from}</span>
                    <span class="choice-value">{words}</span>
                </label>
            }
        };
    let from = |proposal: &Proposal| {
        let names = proposal.from.iter().map(|it| name_of(words, offer, it));
        names.collect::<Vec<String>>().join(", ")
    };
    let shown = value(app, view, &conflict.shown);
    let proposals = conflict.proposals.iter().filter_map(|it| {
        let wanted = Wanted::Of(*it.from.first()?);
        let said = value(app, view, &it.value);
        Some(option(from(it), said, Some(wanted), "choice-of"))
    });
    let proposals: Vec<_> = proposals.collect();
    let joined = joined(conflict);
    view! {
        <fieldset class="merge-conflict" data-testid="merge-conflict" data-field=field.key()>
            <legend>{what}</legend>
            {option(words.groups.later.to_owned(), String::new(), None, "choice-later")}
            {option(words.groups.as_here.to_owned(), shown, Some(Wanted::Shown), "choice-shown")}
            {proposals}
            {joined.map(|all| option(words.groups.all_of_them.to_owned(), all.clone(), Some(Wanted::Words(all)), "choice-all"))}
        </fieldset>
    }
}

/// All texts under each other; none for what is no text.
fn joined(conflict: &Conflict) -> Option<String> {
    let values = conflict.proposals.iter().map(|it| &it.value);
    let values = [&conflict.shown].into_iter().chain(values);
    let mut texts: Vec<&str> = Vec::new();
    for value in values {
        let FieldValue::Text(text) = value else {
            return None;
        };
        let text = text.trim();
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    }
    Some(texts.join("\n"))
}

fn name_of(words: &Words, offer: &MergeOffer, board: &BoardId) -> String {
    let sources = &offer.preview.view.merged.sources;
    match sources.get(board) {
        Some(source) => named(words, &source.name),
        None => words.groups.this_board.to_owned(),
    }
}

fn placing(app: App, place: PlaceBy) -> impl IntoView {
    let options = PLACES.map(|(value, code)| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="placing"
                    data-testid=format!("place-{code}")
                    prop:checked=value == place
                    on:change=move |_| app.dispatch(Event::Groups(GroupsEvent::Merge(MergeStep::Place(value))))
                />
                <span>{move || place_said(&app.words().groups, value)}</span>
            </label>
        }
    });
    view! {
        <fieldset class="merge-placing">
            <legend>{move || app.words().groups.placing}</legend>
            {options}
        </fieldset>
    }
}

const fn place_said(words: &GroupWords, place: PlaceBy) -> &'static str {
    match place {
        PlaceBy::Overlay => words.place_overlay,
        PlaceBy::Lanes => words.place_lanes,
        PlaceBy::Flow => words.place_flow,
    }
}

fn is_open(event: &leptos::ev::Event) -> bool {
    event_target::<web_sys::Element>(event).has_attribute("open")
}

fn piles(app: App, preview: &Preview, unfolded: RwSignal<bool>) -> impl IntoView {
    let words = app.words();
    let shown = preview.piles.iter().take(MOST_PILES).map(|pile| {
        let notes = pile.iter().filter_map(|it| preview.view.notes.get(it));
        let texts = notes.map(|it| {
            let text = preview.view.text(it.text).to_owned();
            view! { <span class="pile-note">{text}</span> }
        });
        let first = pile.first().copied();
        let piled = move || {
            app.board(Part::Merge, |board| {
                let merge = board.merge.as_ref()?;
                Some(merge.piled.contains(&first?))
            })
        };
        let chosen = move |together: bool| {
            if let Some(first) = first {
                app.dispatch(Event::Groups(GroupsEvent::Piled { first, together }));
            }
        };
        view! {
            <li class="pile">
                <label class="check pile-check">
                    <input
                        type="checkbox"
                        data-testid="pile"
                        prop:checked=move || piled().unwrap_or_default()
                        on:change=move |event| chosen(event_target_checked(&event))
                    />
                    <span class="pile-notes">{texts.collect::<Vec<_>>()}</span>
                </label>
            </li>
        }
    });
    view! {
        <details
            class="merge-piles"
            open=unfolded.get_untracked()
            on:toggle=move |event| unfolded.set(is_open(&event))
        >
            <summary data-testid="merge-piles">{(words.groups.piles)(count(preview.piles.len()))}</summary>
            <p class="hint">{words.groups.piles_hint}</p>
            <ul>{shown.collect::<Vec<_>>()}</ul>
        </details>
    }
}
