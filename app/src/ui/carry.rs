//! Beginning the next board from what this one has come to, and saying what a board was begun from.

use leptos::html;
use leptos::prelude::*;
use samsyn_shared::board::merge::{CarriedAs, CarriedRules, Carry};
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::{Cross, CrossField, RuleStatus, SectionKind};

use super::app::App;
use super::board::section_title;
use super::dates;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::model::BoardModel;
use crate::core::words::Words;

/// A section and what of it can go along.
#[derive(Clone, Copy)]
struct Offer {
    section: SectionId,
    kind: SectionKind,
    notes: usize,
    cross: bool,
}

/// How many rules are agreed, and how many apply or are proposed; none without a section for rules.
fn rules(board: &BoardModel) -> Option<[usize; 2]> {
    let sections = board.view.sections_in_order().into_iter();
    let mut sections = sections
        .filter(|it| it.kind == SectionKind::Rules)
        .peekable();
    sections.peek()?;
    let rules: Vec<RuleStatus> = sections
        .flat_map(|it| board.view.rules_of(it.id))
        .map(|it| it.status)
        .filter(|it| *it != RuleStatus::Retired)
        .collect();
    let agreed = rules.iter().filter(|it| **it == RuleStatus::Agreed).count();
    Some([agreed, rules.len()])
}

fn offers(board: &BoardModel) -> Vec<Offer> {
    let sections = board.view.sections_in_order().into_iter();
    let offers = sections.map(|it| Offer {
        section: it.id,
        kind: it.kind,
        notes: board.view.notes_of(it.id).len(),
        cross: board
            .view
            .cross_of(it.id)
            .is_some_and(|it| says_something(board, it)),
    });
    offers.collect()
}

/// Whether a cross has a question, a year or anything on its axes.
fn says_something(board: &BoardModel, cross: &Cross) -> bool {
    let texts = CrossField::ALL.into_iter().filter(|it| {
        !matches!(
            it,
            CrossField::QuadrantName(_) | CrossField::QuadrantStory(_)
        )
    });
    let mut texts = texts.map(|it| board.view.text(cross.text(it)));
    cross.horizon.is_some() || texts.any(|it| !it.trim().is_empty())
}

pub(super) fn dialog(app: App) -> impl IntoView {
    let rules = app.peek_board(rules);
    let carry = RwSignal::new(Carry {
        rules: rules.map_or(CarriedRules::None, |_| CarriedRules::Agreed),
        ..Carry::default()
    });
    let nothing = move || {
        carry.with(|it| {
            it.rules == CarriedRules::None && it.notes.is_empty() && it.crosses.is_empty()
        })
    };
    let suggested = app.peek_board(|board| (app.words().carry.suggested)(&board.title));
    let title = NodeRef::<html::Input>::new();
    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !nothing() {
            let title = title.get_untracked().map(|it| it.value());
            app.dispatch(Event::CarryWanted {
                carry: carry.get_untracked(),
                title: title.unwrap_or_default(),
            });
        }
    };
    let offers = app.peek_board(offers).into_iter();
    let offers = offers.filter(|it| it.cross || it.notes > 0);
    let boxes: Vec<_> = offers.map(|it| also(app, carry, it)).collect();
    let content = view! {
        <form class="dialog-text carry" on:submit=begin>
            <p class="hint">{move || app.words().carry.lead}</p>
            <div class="field-row">
                <label for="carry-title">{move || app.words().board_name}</label>
                <input
                    id="carry-title"
                    node_ref=title
                    type="text"
                    maxlength="120"
                    autocomplete="off"
                    data-testid="carry-title"
                    value=suggested
                />
            </div>
            {rules.map(|counts| which_rules(app, carry, counts))}
            {rules.map(|_| view! {
                <Show when=move || carry.with(|it| it.rules != CarriedRules::None)>{standing(app, carry)}</Show>
            })}
            {(!boxes.is_empty()).then(|| view! {
                <fieldset class="checks">
                    <legend>{move || app.words().carry.also}</legend>
                    {boxes}
                </fieldset>
            })}
            <div class="dialog-actions">
                <button
                    type="submit"
                    class="button-main"
                    data-testid="carry-go"
                    aria-disabled=move || nothing().then_some("true")
                >
                    {icon(Icon::Onward)} {move || app.words().carry.go}
                </button>
            </div>
        </form>
    };
    dialog::dialog(
        app,
        "carry-dialog",
        Shape::Wide,
        First::Heading,
        move || app.words().carry.title.to_owned(),
        content,
    )
}

fn which_rules(app: App, carry: RwSignal<Carry>, [agreed, all]: [usize; 2]) -> impl IntoView {
    let option = move |value, testid, said: fn(&Words, usize) -> String, count| {
        radio(
            "carry-rules",
            testid,
            move || said(app.words(), count),
            move || carry.with(|it| it.rules == value),
            move || carry.update(|it| it.rules = value),
        )
    };
    view! {
        <fieldset class="checks">
            <legend>{move || app.words().carry.rules}</legend>
            {option(CarriedRules::Agreed, "carry-agreed", |words, count| (words.carry.agreed)(count), agreed)}
            {option(CarriedRules::All, "carry-all", |words, count| (words.carry.all)(count), all)}
            {option(CarriedRules::None, "carry-none", |words, _| words.carry.none.to_owned(), 0)}
        </fieldset>
    }
}

fn standing(app: App, carry: RwSignal<Carry>) -> impl IntoView {
    let option = move |value, testid, said: fn(&Words) -> &'static str| {
        radio(
            "carry-standing",
            testid,
            move || said(app.words()).to_owned(),
            move || carry.with(|it| it.standing == value),
            move || carry.update(|it| it.standing = value),
        )
    };
    view! {
        <fieldset class="checks">
            <legend>{move || app.words().carry.standing}</legend>
            {option(CarriedAs::Proposals, "carry-proposals", |words| words.carry.proposals)}
            {option(CarriedAs::TheyAre, "carry-kept", |words| words.carry.as_they_are)}
        </fieldset>
    }
}

fn radio(
    name: &'static str,
    testid: &'static str,
    said: impl Fn() -> String + Send + 'static,
    chosen: impl Fn() -> bool + Send + 'static,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input type="radio" name=name data-testid=testid prop:checked=chosen on:change=move |_| choose() />
            <span>{said}</span>
        </label>
    }
}

/// What else of a section can go along: a cross' question and axes, and notes.
fn also(app: App, carry: RwSignal<Carry>, offer: Offer) -> impl IntoView {
    let Offer {
        section,
        kind,
        notes,
        cross,
    } = offer;
    let option = move |testid: &str,
                       said: fn(&Words, &str, usize) -> String,
                       tick: fn(&mut Carry, SectionId, bool)| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    data-testid=format!("{testid}-{}", kind.word())
                    on:change=move |event| carry.update(|it| tick(it, section, event_target_checked(&event)))
                />
                <span>{move || said(app.words(), &section_title(app, section, kind), notes)}</span>
            </label>
        }
    };
    view! {
        {cross.then(|| option(
            "carry-cross",
            |words, title, _| (words.carry.cross)(title),
            |carry, section, ticked| ticks(&mut carry.crosses, section, ticked),
        ))}
        {(notes > 0).then(|| option(
            "carry-notes",
            |words, title, count| (words.carry.notes)(title, count),
            |carry, section, ticked| ticks(&mut carry.notes, section, ticked),
        ))}
    }
}

fn ticks(set: &mut std::collections::BTreeSet<SectionId>, section: SectionId, ticked: bool) {
    if ticked {
        set.insert(section);
    } else {
        set.remove(&section);
    }
}

/// What the open board was begun from; a way there if this device has it.
pub(super) fn begun(app: App) -> Option<impl IntoView> {
    let begun = app.peek_board(|board| board.view.merged.begun.clone())?;
    let board = begun.board;
    let title = begun.title.clone();
    let said = move || {
        let words = app.words();
        let title = if title.is_empty() {
            words.untitled
        } else {
            &title
        };
        (words.carry.begun)(title, &dates::day(words, begun.at))
    };
    let is_here = move || {
        let has = |cards: &Vec<_>| {
            cards
                .iter()
                .any(|it: &crate::core::messages::BoardCard| it.board == board)
        };
        app.read(Part::Cards, |model| model.cards.as_ref().is_some_and(has))
    };
    let text = said.clone();
    Some(view! {
        <p class="begun" data-testid="begun" data-here=move || is_here().to_string()>
            <Show when=is_here fallback=move || text()>
                {
                    let said = said.clone();
                    view! {
                        <button type="button" class="button-quiet" data-testid="begun-open" on:click=move |_| app.dispatch(Event::BoardChosen(board))>
                            {said}
                        </button>
                    }
                }
            </Show>
        </p>
    })
}
