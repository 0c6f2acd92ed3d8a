//! The field of impact and uncertainty: where a driving force lies in it is how it was judged.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Judgement, RecordId};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::app::App;
use super::gesture::{pens, place};
use super::icons::{Icon, icon};
use super::note::brief;
use crate::core::camera::Place;
use crate::core::effect::Part;
use crate::core::event::{Direction, Event, Stride};
use crate::core::model::{BoardModel, Dialog};
use crate::core::words::Words;

type FieldRef = NodeRef<html::Div>;

pub(super) fn field(app: App, section: SectionId) -> impl IntoView {
    let node = FieldRef::new();
    let forces = move |judged: bool| {
        Memo::new(move |_| {
            app.board(Part::Members(section), |board| {
                let forces = board.view.notes_in(section, None).into_iter();
                let these = forces.filter(|it| it.judged.is_some() == judged);
                these.map(|it| it.id).collect::<Vec<_>>()
            })
        })
    };
    let (waiting, judged) = (forces(false), forces(true));
    view! {
        <p id="force-keys" class="sr-only">{move || app.words().force_keys}</p>
        <div class="judging">
            <section class="judging-waiting" aria-labelledby="unjudged">
                <h2 id="unjudged">{move || app.words().unjudged}</h2>
                <For each=move || waiting.get() key=|id| *id let:id>{force(app, id, node)}</For>
                <Show when=move || waiting.with(Vec::is_empty)>
                    <p class="hint">{move || if judged.with(Vec::is_empty) { app.words().no_forces } else { app.words().all_judged }}</p>
                </Show>
            </section>
            <div class="judging-frame">
                <span class="judging-up" aria-hidden="true">{move || app.words().impact} " ↑"</span>
                <div class="judging-field" node_ref=node data-testid="judging-field" role="group" aria-label=move || app.words().field>
                    <span class="judging-corner" aria-hidden="true">{move || app.words().matters_most}</span>
                    <For each=move || judged.get() key=|id| *id let:id>{force(app, id, node)}</For>
                </div>
                <span class="judging-across" aria-hidden="true">{move || app.words().uncertainty} " →"</span>
            </div>
        </div>
    }
}

/// A judgement in words: “stor påverkan, mycket osäker”.
pub(super) fn said(words: &Words, judged: Option<Judgement>) -> String {
    judged.map_or_else(|| words.not_judged.to_owned(), |it| (words.judged)(it))
}

fn force(app: App, id: NoteId, node: FieldRef) -> impl IntoView {
    let text = TextField::NoteText(id);
    let words = Memo::new(move |_| app.board(Part::Text(text), |board| board.shown(text).0));
    let look = Memo::new(move |_| {
        app.board(Part::Note(id), |board| {
            board.view.notes.get(&id).map(|it| (it.colour, it.judged))
        })
    });
    let judged = move || look.get().and_then(|it| it.1);
    let paper = move || look.get().map(|it| it.0.word()).unwrap_or_default();
    let label = move || {
        let all = app.words();
        (all.force_label)(&brief(all, &words.get()), &said(all, judged()))
    };
    let carried = RwSignal::new(None::<(i32, Place, Place)>);
    let per_cent = |value: u16| f64::from(value) / 10.0;
    let moved = move || {
        let (x, y) = carried.get().map_or((0.0, 0.0), |(_, from, now)| {
            (now.x - from.x, now.y - from.y)
        });
        match judged() {
            Some(it) => {
                let (across, up) = (per_cent(it.uncertainty), per_cent(it.impact));
                format!("translate(calc(-{across}% + {x}px), calc({up}% + {y}px))")
            }
            None => format!("translate({x}px, {y}px)"),
        }
    };
    let down = move |event: PointerEvent| {
        let writes = app.peek_board(BoardModel::writes);
        if !writes || event.button() != 0 || pens::palm(&event) || on_button(&event) {
            return;
        }
        if let Some(card) = current(&event) {
            let _ = card.set_pointer_capture(event.pointer_id());
        }
        carried.set(Some((event.pointer_id(), place(&event), place(&event))));
    };
    let go = move |event: PointerEvent| {
        carried.update(|it| {
            if let Some((pointer, _, now)) = it
                && *pointer == event.pointer_id()
            {
                *now = place(&event);
            }
        });
    };
    let up = move |event: PointerEvent| {
        pens::up(&event);
        let Some((_, from, now)) = carried.get_untracked() else {
            return;
        };
        let field = node.get_untracked();
        let landed = current(&event)
            .zip(field)
            .and_then(|(card, field)| landed(&card, &field));
        carried.set(None);
        if (now.x - from.x).hypot(now.y - from.y) >= 6.0 {
            app.dispatch(Event::ForceJudged {
                note: id,
                judged: landed,
            });
        }
    };
    view! {
        <div
            class=move || format!("force paper-{}", paper())
            class:force-carried=move || carried.with(Option::is_some)
            style:left=move || judged().map(|it| format!("{}%", per_cent(it.uncertainty)))
            style:bottom=move || judged().map(|it| format!("{}%", per_cent(it.impact)))
            style:transform=moved
            tabindex="0"
            role="group"
            aria-label=label
            aria-describedby="force-keys"
            data-testid="note"
            data-id=id.to_string()
            data-judged=move || judged().map(|it| format!("{},{}", it.impact, it.uncertainty))
            on:pointerdown=down
            on:pointermove=go
            on:pointerup=up
            on:pointercancel=move |_| carried.set(None)
            on:keydown=move |event| key(app, id, &event)
        >
            <span class="force-words" data-testid="note-text" data-text=move || words.get()>
                {move || brief(app.words(), &words.get())}
            </span>
            {app.peek_board(|board| board.writes()).then(|| view! {
                <button
                    type="button"
                    class="button-icon force-more"
                    data-testid="note-menu"
                    aria-label=move || app.words().note_menu
                    aria-haspopup="dialog"
                    on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Note(id))))
                >
                    {icon(Icon::More)}
                </button>
            })}
        </div>
    }
}

/// How a card that lies there now is judged; none beside the field.
fn landed(card: &Element, field: &Element) -> Option<Judgement> {
    let (card, field) = (
        card.get_bounding_client_rect(),
        field.get_bounding_client_rect(),
    );
    let (x, y) = (
        card.left() + card.width() / 2.0,
        card.top() + card.height() / 2.0,
    );
    let inside =
        (field.left()..=field.right()).contains(&x) && (field.top()..=field.bottom()).contains(&y);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1,000"
    )]
    let share = |at: f64, of: f64| {
        let most = f64::from(Judgement::MOST);
        (at / of.max(1.0) * most).round().clamp(0.0, most) as u16
    };
    inside.then(|| {
        Judgement::clamped(
            share(
                field.bottom() - card.bottom(),
                field.height() - card.height(),
            ),
            share(card.left() - field.left(), field.width() - card.width()),
        )
    })
}

fn current(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}

fn on_button(event: &PointerEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|it| it.closest("button").ok().flatten().is_some())
}

fn key(app: App, note: NoteId, event: &KeyboardEvent) {
    if event.target() != event.current_target() {
        return;
    }
    let nudge = |direction| Event::ForceNudged {
        note,
        direction,
        stride: if event.shift_key() {
            Stride::Leap
        } else {
            Stride::Step
        },
    };
    let wanted = match event.key().as_str() {
        "ArrowLeft" => nudge(Direction::Left),
        "ArrowRight" => nudge(Direction::Right),
        "ArrowUp" => nudge(Direction::Up),
        "ArrowDown" => nudge(Direction::Down),
        "Delete" | "Backspace" => Event::Removed(RecordId::Note(note)),
        "Enter" | "m" | "M" | "ContextMenu" => Event::Dialog(Some(Dialog::Note(note))),
        _ => return,
    };
    event.prevent_default();
    app.dispatch(wanted);
}
