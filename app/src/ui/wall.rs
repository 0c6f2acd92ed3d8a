//! A note wall: notes hang where they were put, and the wall is pushed and zoomed under them.

use leptos::ev::WheelEvent;
use leptos::html;
use leptos::prelude::*;
use samsyn_shared::board::merge::LANE_WIDTH;
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::wall::width;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::app::App;
use super::button::button;
use super::gesture::{WallHands, inside};
use super::icons::{Icon, icon};
use super::note::{Surface, note};
use super::{overview, picks};
use crate::core::camera::{Place, Size};
use crate::core::effect::Part;
use crate::core::event::{Destination, Event};
use crate::core::model::board::Frame;

/// How much one press of a zoom button changes.
const ZOOM_STEP: f64 = 1.25;

pub(super) fn wall(app: App, section: SectionId) -> impl IntoView {
    let hands = WallHands::new(app, section);
    let camera =
        Memo::new(move |_| app.board(Part::Camera(section), |board| Some(board.camera(section))));
    let moved = move || {
        let camera = camera.get().unwrap_or_default();
        format!(
            "translate({}px, {}px) scale({})",
            camera.x, camera.y, camera.scale
        )
    };
    let unscaled = move || {
        let scale = camera.get().unwrap_or_default().scale;
        (1.0 / scale).clamp(0.6, 1.6).to_string()
    };
    let notes = Memo::new(move |_| {
        app.board(Part::Drawn(section), |board| {
            board.drawn.on(section).to_vec()
        })
    });
    let drawing = move || {
        let is = app.board(Part::Drawn(section), |board| board.drawn.is_unfinished());
        is.then_some("true")
    };
    let groups = Memo::new(move |_| {
        app.board(Part::Places(section), |board| {
            let here = |id: &NoteId| {
                board
                    .view
                    .notes
                    .get(id)
                    .is_some_and(|it| it.section == section)
            };
            board.headings.headings().filter(here).collect::<Vec<_>>()
        })
    });
    let node = NodeRef::<html::Div>::new();
    node.on_load(move |element| watch_size(app, section, &element));
    view! {
        <main class="wall-page">
            <div
                class="wall"
                node_ref=node
                data-testid="wall"
                data-drop="wall"
                data-drawing=drawing
                role="region"
                aria-label=move || app.words().wall
                on:pointerdown=move |event| hands.down(&event)
                on:pointermove=move |event| hands.moved(&event)
                on:pointerup=move |event| hands.up(&event)
                on:pointercancel=move |event| hands.cancelled(&event)
                on:wheel=move |event| wheeled(app, section, &event)
            >
                <div class="wall-plane" style:transform=moved style=("--unscaled", unscaled)>
                    {lanes(app, section)}
                    <For each=move || groups.get() key=|id| *id let:id>
                        {group(app, id)}
                    </For>
                    <For each=move || notes.get() key=|id| *id let:id>
                        {note(app, id, Surface::Wall)}
                    </For>
                </div>
                {frame(app)}
                <Show when=move || notes.with(Vec::is_empty)>
                    <div class="empty wall-empty">
                        <p class="empty-title">{move || app.words().wall_empty}</p>
                        <p>{move || app.words().wall_empty_hint}</p>
                    </div>
                </Show>
            </div>
            <p id="note-keys" class="sr-only">{move || app.words().note_keys}</p>
            {overview::overview(app, section)}
            {zoom(app, section)}
            {add(app, section)}
        </main>
    }
}

/// The names over the lanes of merged boards whose notes hang on this wall.
fn lanes(app: App, section: SectionId) -> impl IntoView {
    /// How far above its lane a name begins.
    const ABOVE: i32 = 52;
    let lanes = Memo::new(move |_| {
        app.board(Part::Merged, |_| ());
        app.board(Part::Places(section), |board| board.lanes(section))
    });
    move || {
        let all = lanes.get().into_iter();
        let all = all.map(|lane| {
            let at = format!("translate({}px, {}px)", lane.at.x, lane.at.y - ABOVE);
            view! {
                <div
                    class="lane"
                    data-testid="lane"
                    style:transform=at
                    style:width=format!("{LANE_WIDTH}px")
                >
                    <span class=format!("group-mark mark-{}", lane.colour.word()) aria-hidden="true"></span>
                    <span class="lane-name">{lane.name}</span>
                </div>
            }
        });
        all.collect_view()
    }
}

/// What a heading and its notes hang on together.
fn group(app: App, heading: NoteId) -> impl IntoView {
    /// How far it stands out around them.
    const EDGE: i32 = 14;
    let room = Memo::new(move |_| {
        app.board(Part::Note(heading), |board| {
            let at = board.place(board.view.notes.get(&heading)?);
            let members = board.headings.members(heading)?;
            Some((at, width(members.columns), members.height))
        })
    });
    let takes = move || {
        app.board(Part::Note(heading), |board| {
            board
                .held
                .as_ref()
                .is_some_and(|held| held.over == Some(heading))
        })
    };
    let px = |length: i32| format!("{length}px");
    let moved = move || {
        room.get()
            .map(|(at, ..)| format!("translate({}px, {}px)", at.x - EDGE, at.y - EDGE))
    };
    view! {
        <div
            class="group"
            class:group-takes=takes
            data-testid="group"
            data-id=heading.to_string()
            style:transform=moved
            style:width=move || room.get().map(|it| px(it.1 + 2 * EDGE))
            style:height=move || room.get().map(|it| px(it.2 + 2 * EDGE))
        ></div>
    }
}

/// The frame that is being drawn around notes.
fn frame(app: App) -> impl IntoView {
    let frame = Memo::new(move |_| app.board(Part::Frame, |board| board.frame.clone()));
    move || {
        frame.get().map(|Frame { from, to, .. }| {
            let px = |length: f64| format!("{length}px");
            view! {
                <div
                    class="frame"
                    data-testid="frame"
                    style:left=px(from.x.min(to.x))
                    style:top=px(from.y.min(to.y))
                    style:width=px((from.x - to.x).abs())
                    style:height=px((from.y - to.y).abs())
                ></div>
            }
        })
    }
}

fn add(app: App, section: SectionId) -> Option<AnyView> {
    let to = Destination {
        section,
        quadrant: None,
    };
    app.peek_board(|board| board.writes()).then(|| {
        view! {
            <button
                type="button"
                class="button-main add-note"
                data-testid="add-note"
                on:click=move |_| app.dispatch(Event::NoteWanted(to))
            >
                {icon(Icon::Plus)} <span>{move || app.words().add_note}</span>
            </button>
        }
        .into_any()
    })
}

fn zoom(app: App, section: SectionId) -> impl IntoView {
    let by = move |factor| {
        move || {
            app.dispatch(Event::WallZoomed {
                section,
                factor,
                around: None,
            });
        }
    };
    let fit = move || app.dispatch(Event::WallFitted(section));
    view! {
        <div class="zoom">
            {button(app, "zoom-out", Icon::Minus, |words| words.zoom_out, by(1.0 / ZOOM_STEP))}
            {button(app, "zoom-fit", Icon::Fit, |words| words.fit, fit)}
            {button(app, "zoom-in", Icon::Plus, |words| words.zoom_in, by(ZOOM_STEP))}
            {app.peek_board(|board| board.writes()).then(|| picks::mode(app))}
        </div>
    }
}

/// A wheel pushes the wall; with Ctrl, or two fingers on a touchpad, it zooms.
fn wheeled(app: App, section: SectionId, event: &WheelEvent) {
    event.prevent_default();
    let target = event.current_target();
    let Some(wall) = target.and_then(|it| it.dyn_into::<web_sys::Element>().ok()) else {
        return;
    };
    let line = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE {
        18.0
    } else {
        1.0
    };
    let (dx, dy) = (event.delta_x() * line, event.delta_y() * line);
    if event.ctrl_key() || event.meta_key() {
        let at = Place {
            x: f64::from(event.client_x()),
            y: f64::from(event.client_y()),
        };
        app.dispatch(Event::WallZoomed {
            section,
            factor: (-dy * 0.004).exp().clamp(0.5, 2.0),
            around: Some(inside(&wall, at)),
        });
        return;
    }
    let (dx, dy) = if event.shift_key() && dx == 0.0 {
        (dy, 0.0)
    } else {
        (dx, dy)
    };
    app.dispatch(Event::WallPanned {
        section,
        dx: -dx,
        dy: -dy,
    });
}

/// Tells the model how large the wall's window is, now and whenever that changes.
fn watch_size(app: App, section: SectionId, element: &web_sys::HtmlDivElement) {
    let told = {
        let element = element.clone();
        move || {
            let size = Size {
                width: f64::from(element.client_width()),
                height: f64::from(element.client_height()),
            };
            if size.width > 0.0 {
                app.dispatch(Event::WallMeasured { section, size });
            }
        }
    };
    told();
    let heard = Closure::<dyn Fn()>::new(told);
    let observer = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref());
    if let Ok(observer) = observer {
        observer.observe(element);
        let kept = StoredValue::new_local(Some((observer, heard)));
        on_cleanup(move || {
            if let Some(Some((observer, heard))) = kept.try_update_value(Option::take) {
                observer.disconnect();
                drop(heard);
            }
        });
    }
}
