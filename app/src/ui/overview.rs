//! A small map of a large wall: where the notes are, and which part is on the screen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::{Colour, Presence};
use samsyn_shared::wall::{Area, NOTE_HEIGHT, NOTE_WIDTH};

use super::app::App;
use super::gesture::inside;
use crate::core::camera::Place;
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::model::BoardModel;

/// Its size on the screen, in CSS pixels.
const WIDTH: f64 = 168.0;
const HEIGHT: f64 = 116.0;

/// What is on the map: the part of the wall that it shows, and the notes of each colour as a path.
#[derive(Clone, PartialEq)]
struct Map {
    area: Area,
    papers: Vec<(Colour, String)>,
}

pub(super) fn overview(app: App, section: SectionId) -> impl IntoView {
    let map = Memo::new(move |_| app.board(Part::Places(section), |board| map(board, section)));
    let needed = Memo::new(move |_| {
        let area = map.with(|it| it.as_ref().map(|it| it.area));
        app.board(Part::Camera(section), |board| {
            area.filter(|area| !is_seen(board, section, *area))
        })
    });
    move || {
        needed.get().map(|area| {
            let seen = move || app.board(Part::Camera(section), |board| seen(board, section));
            let go = move |event: &PointerEvent| go(app, section, area, event);
            let scale = scale(area);
            let (width, height) = ((area.right - area.left) * scale, (area.bottom - area.top) * scale);
            view! {
                <div
                    class="overview"
                    data-testid="overview"
                    aria-hidden="true"
                    style:width=format!("{width}px")
                    style:height=format!("{height}px")
                    on:pointerdown=move |event| {
                        capture(&event);
                        go(&event);
                    }
                    on:pointermove=move |event| if event.buttons() != 0 { go(&event) }
                >
                    <svg viewBox=format!("{} {} {} {}", area.left, area.top, area.right - area.left, area.bottom - area.top)>
                        {move || map.with(|it| it.as_ref().map(|it| papers(&it.papers)))}
                    </svg>
                    {move || seen().map(|it| {
                        let px = |length: f64| format!("{}px", length * scale);
                        view! {
                            <div
                                class="overview-seen"
                                style:left=px(it.left - area.left)
                                style:top=px(it.top - area.top)
                                style:width=px(it.right - it.left)
                                style:height=px(it.bottom - it.top)
                            ></div>
                        }
                    })}
                </div>
            }
        })
    }
}

fn papers(papers: &[(Colour, String)]) -> Vec<AnyView> {
    let paper = |(colour, path): &(Colour, String)| {
        let class = format!("overview-notes paper-{}", colour.word());
        view! { <path class=class d=path.clone() /> }.into_any()
    };
    papers.iter().map(paper).collect()
}

/// The map of a wall with notes.
fn map(board: &BoardModel, section: SectionId) -> Option<Map> {
    let mut papers: BTreeMap<Colour, String> = BTreeMap::new();
    let mut area: Option<Area> = None;
    let notes = board.view.notes.values();
    for note in notes.filter(|it| it.section == section && it.presence == Presence::OnBoard) {
        let at = board.hung(note);
        let path = papers.entry(note.colour).or_default();
        let _ = write!(
            path,
            "M{} {}h{NOTE_WIDTH}v{NOTE_HEIGHT}h-{NOTE_WIDTH}z",
            at.x, at.y
        );
        let (x, y) = (f64::from(at.x), f64::from(at.y));
        let own = Area {
            left: x,
            top: y,
            right: x + f64::from(NOTE_WIDTH),
            bottom: y + f64::from(NOTE_HEIGHT),
        };
        area = Some(area.map_or(own, |all| Area {
            left: all.left.min(own.left),
            top: all.top.min(own.top),
            right: all.right.max(own.right),
            bottom: all.bottom.max(own.bottom),
        }));
    }
    Some(Map {
        area: area?,
        papers: papers.into_iter().collect(),
    })
}

/// Whether the whole area, or all but a margin of it, is on the screen.
fn is_seen(board: &BoardModel, section: SectionId, area: Area) -> bool {
    const MARGIN: f64 = 40.0;
    seen(board, section).is_none_or(|seen| {
        seen.left <= area.left + MARGIN
            && seen.top <= area.top + MARGIN
            && seen.right >= area.right - MARGIN
            && seen.bottom >= area.bottom - MARGIN
    })
}

/// The part of the wall in the window.
fn seen(board: &BoardModel, section: SectionId) -> Option<Area> {
    let window = board.windows.get(&section)?;
    let camera = board.camera(section);
    Some(Area {
        left: -camera.x / camera.scale,
        top: -camera.y / camera.scale,
        right: (window.width - camera.x) / camera.scale,
        bottom: (window.height - camera.y) / camera.scale,
    })
}

/// How large the map draws the wall.
fn scale(area: Area) -> f64 {
    (WIDTH / (area.right - area.left)).min(HEIGHT / (area.bottom - area.top))
}

fn capture(event: &PointerEvent) {
    let map = event_target::<web_sys::Element>(event);
    let _ = map.set_pointer_capture(event.pointer_id());
    event.stop_propagation();
}

/// Brings the place under the pointer into the middle of the window.
fn go(app: App, section: SectionId, area: Area, event: &PointerEvent) {
    let Some(map) = event_target::<web_sys::Element>(event)
        .closest(".overview")
        .ok()
        .flatten()
    else {
        return;
    };
    let at = inside(
        &map,
        Place {
            x: f64::from(event.client_x()),
            y: f64::from(event.client_y()),
        },
    );
    let scale = scale(area);
    let wanted = (area.left + at.x / scale, area.top + at.y / scale);
    let pan = app.peek_board(|board| {
        let window = board.windows.get(&section)?;
        let camera = board.camera(section);
        Some(Place {
            x: window.width / 2.0 - camera.x - wanted.0 * camera.scale,
            y: window.height / 2.0 - camera.y - wanted.1 * camera.scale,
        })
    });
    if let Some(by) = pan {
        app.dispatch(Event::WallPanned {
            section,
            dx: by.x,
            dy: by.y,
        });
    }
}
