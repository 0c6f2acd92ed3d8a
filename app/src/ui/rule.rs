//! One ground rule: its words large, who stands behind it as a count, why and how it shows folded under it.

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::RuleId;
use samsyn_shared::records::{RecordId, Rule, RuleStatus};
use wasm_bindgen::JsCast;

use super::app::App;
use super::button::button;
use super::icons::{Icon, icon};
use super::writing::{Lines, Writing, writing};
use crate::core::effect::Part;
use crate::core::event::{Direction, Event};
use crate::core::words::Words;

/// Whether a rule's why and how it shows begin folded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Until somebody wants them.
    Folded,
    /// Only where nobody wrote any.
    WhereEmpty,
}

pub(super) fn rule(app: App, id: RuleId, fold: Fold) -> impl IntoView {
    let rule =
        Memo::new(move |_| app.board(Part::Rule(id), |board| board.view.rules.get(&id).cloned()));
    let of = move |read: fn(&Rule) -> String| rule.with(|it| it.as_ref().map(read));
    let status =
        Memo::new(move |_| rule.with(|it| it.as_ref().map(|it| it.status).unwrap_or_default()));
    let unshared = move || {
        app.board(Part::Rule(id), |board| {
            board.unshared.contains(&RecordId::Rule(id))
        })
    };
    let writes = app.peek_board(|board| board.writes());
    view! {
        <li
            class="rule"
            data-testid="rule"
            data-id=id.to_string()
            data-status=move || status.get().word()
            data-support=move || of(|it| it.supporters.len().to_string())
            data-unshared=move || unshared().to_string()
        >
            <div class="rule-main">
                {writing(app, Writing {
                    field: TextField::RuleText(id),
                    testid: "rule-text",
                    editor: "rule-editor",
                    class: "rule-text",
                    lines: Lines::One,
                    label: |words| words.rule.to_owned(),
                    hint: |words| words.rule_hint,
                })}
                <div class="rule-facts">
                    <span class="badge">{move || status_said(app.words(), status.get())}</span>
                    <span data-testid="rule-support-count">
                        {move || {
                            let count = rule.with(|it| it.as_ref().map_or(0, |it| it.supporters.len()));
                            (app.words().support_count)(u32::try_from(count).unwrap_or(u32::MAX))
                        }}
                    </span>
                    <Show when=unshared>
                        <span class="note-unshared" role="img" aria-label=move || app.words().not_shared title=move || app.words().not_shared>{icon(Icon::CloudOff)}</span>
                    </Show>
                    {writes.then(|| stands(app, id, rule, status))}
                </div>
                {more(app, id, fold, status)}
            </div>
            {writes.then(|| order(app, id))}
        </li>
    }
}

const fn status_said(words: &Words, status: RuleStatus) -> &'static str {
    match status {
        RuleStatus::Proposed => words.proposed,
        RuleStatus::Agreed => words.agreed,
        RuleStatus::Retired => words.retired,
    }
}

/// Why, and how it shows; and, for who may write, what is seldom done to a rule.
fn more(app: App, id: RuleId, fold: Fold, status: Memo<RuleStatus>) -> impl IntoView {
    let open = fold == Fold::WhereEmpty
        && app.peek_board(|board| {
            let said = |field| !board.shown(field).0.trim().is_empty();
            said(TextField::RuleWhy(id)) || said(TextField::RuleShowsAs(id))
        });
    let field = move |field, testid, editor, label, hint| Writing {
        field,
        testid,
        editor,
        class: "field",
        lines: Lines::Many,
        label,
        hint,
    };
    view! {
        <details class="rule-more" open=open>
            <summary data-testid="rule-more">{move || app.words().rule_more}</summary>
            <div class="rule-field">
                <span class="rule-label" aria-hidden="true">{move || app.words().why}</span>
                {writing(app, field(
                    TextField::RuleWhy(id),
                    "rule-why",
                    "rule-why-editor",
                    |words| words.why.to_owned(),
                    |words| words.why_hint,
                ))}
            </div>
            <div class="rule-field">
                <span class="rule-label" aria-hidden="true">{move || app.words().shows_as}</span>
                {writing(app, field(
                    TextField::RuleShowsAs(id),
                    "rule-shows-as",
                    "rule-shows-as-editor",
                    |words| words.shows_as.to_owned(),
                    |words| words.shows_as_hint,
                ))}
            </div>
            {app.peek_board(|board| board.writes()).then(|| seldom(app, id, status))}
        </details>
    }
}

/// Standing behind a rule, and agreeing on it.
fn stands(
    app: App,
    id: RuleId,
    rule: Memo<Option<Rule>>,
    status: Memo<RuleStatus>,
) -> impl IntoView {
    let me = app.peek_board(|board| Some(board.me));
    let mine = move || {
        rule.with(|it| {
            it.as_ref()
                .zip(me)
                .is_some_and(|(it, me)| it.supporters.contains(&me))
        })
    };
    view! {
        <button
            type="button"
            class="button-plain rule-support"
            data-testid="rule-support"
            aria-pressed=move || mine().to_string()
            on:click=move |_| app.dispatch(Event::SupportToggled(id))
        >
            {icon(Icon::Heart)} {move || app.words().support}
        </button>
        <Show when=move || status.get() == RuleStatus::Proposed>
            <button
                type="button"
                class="button-plain"
                data-testid="rule-agree"
                on:click=move |_| app.dispatch(Event::StatusGiven { rule: id, status: RuleStatus::Agreed })
            >
                {icon(Icon::Check)} {move || app.words().agree}
            </button>
        </Show>
    }
}

fn seldom(app: App, id: RuleId, status: Memo<RuleStatus>) -> impl IntoView {
    let give = move |status| app.dispatch(Event::StatusGiven { rule: id, status });
    view! {
        <div class="rule-seldom">
            <Show when=move || status.get() != RuleStatus::Proposed>
                <button type="button" class="button-plain" data-testid="rule-propose" on:click=move |_| give(RuleStatus::Proposed)>
                    {move || app.words().propose_again}
                </button>
            </Show>
            <Show when=move || status.get() != RuleStatus::Retired>
                <button type="button" class="button-plain" data-testid="rule-retire" on:click=move |_| give(RuleStatus::Retired)>
                    {move || app.words().retire}
                </button>
            </Show>
        </div>
    }
}

/// The rule's place in the list, and out of it.
fn order(app: App, id: RuleId) -> impl IntoView {
    view! {
        <div class="rule-order">
            {handle(app, id)}
            {shift(app, id, "rule-up", Icon::Up, |words| words.move_up, Direction::Up)}
            {shift(app, id, "rule-down", Icon::Down, |words| words.move_down, Direction::Down)}
            <button
                type="button"
                class="button-icon"
                data-testid="rule-remove"
                aria-label=move || app.words().remove
                title=move || app.words().remove
                on:click=move |_| app.dispatch(Event::Removed(RecordId::Rule(id)))
            >
                {icon(Icon::Trash)}
            </button>
        </div>
    }
}

fn shift(
    app: App,
    id: RuleId,
    testid: &'static str,
    drawing: Icon,
    word: fn(&Words) -> &'static str,
    direction: Direction,
) -> impl IntoView {
    let shifted = move || {
        app.dispatch(Event::RuleShifted {
            rule: id,
            direction,
        });
    };
    button(app, testid, drawing, word, shifted)
}

/// The handle: carried over another rule, it goes before it.
fn handle(app: App, id: RuleId) -> impl IntoView {
    let carried = StoredValue::new(false);
    let down = move |event: PointerEvent| {
        event.prevent_default();
        let target = event.current_target();
        if let Some(handle) = target.and_then(|it| it.dyn_into::<web_sys::Element>().ok()) {
            let _ = handle.set_pointer_capture(event.pointer_id());
            carried.set_value(true);
            mark(over(&event, id));
        }
    };
    let moved = move |event: PointerEvent| {
        if carried.get_value() {
            mark(over(&event, id));
        }
    };
    let up = move |event: PointerEvent| {
        if carried.try_update_value(std::mem::take) == Some(true) {
            mark(None);
            if let Some(target) = over(&event, id) {
                app.dispatch(Event::RuleDropped {
                    rule: id,
                    before: target.before,
                });
            }
        }
    };
    let cancelled = move |_: PointerEvent| {
        carried.set_value(false);
        mark(None);
    };
    view! {
        <span
            class="button-icon rule-handle"
            data-testid="rule-handle"
            title=move || app.words().drag_rule
            aria-hidden="true"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=cancelled
        >
            {icon(Icon::Grip)}
        </span>
    }
}

/// Where a carried rule would land.
struct Landing {
    element: web_sys::Element,
    before: Option<RuleId>,
}

/// Among the rules of the list that the handle is in.
fn over(event: &PointerEvent, id: RuleId) -> Option<Landing> {
    let handle: web_sys::Element = event.current_target()?.dyn_into().ok()?;
    let list = handle.closest(".rules").ok()??;
    let rules = list.query_selector_all(":scope > .rule").ok()?;
    let y = f64::from(event.client_y());
    let mut last = None;
    for at in 0..rules.length() {
        let element: web_sys::Element = rules.item(at)?.dyn_into().ok()?;
        let frame = element.get_bounding_client_rect();
        let rule = element.get_attribute("data-id")?.parse().ok()?;
        if y < f64::midpoint(frame.top(), frame.bottom()) {
            return Some(Landing {
                element,
                before: Some(rule),
            });
        }
        last = (rule != id).then_some(element).or(last);
    }
    last.map(|element| Landing {
        element,
        before: None,
    })
}

/// Shows where a carried rule would land, in the DOM alone: nothing of it is anybody's state.
fn mark(landing: Option<Landing>) {
    for class in ["drop-before", "drop-after"] {
        if let Ok(Some(old)) = document().query_selector(&format!(".{class}")) {
            let _ = old.class_list().remove_1(class);
        }
    }
    if let Some(landing) = landing {
        let class = if landing.before.is_some() {
            "drop-before"
        } else {
            "drop-after"
        };
        let _ = landing.element.class_list().add_1(class);
    }
}
