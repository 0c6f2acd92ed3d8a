//! Hands: picking a note up and carrying it, pushing and zooming the wall, double taps.
//!
//! A pen or mouse takes a note at once, a finger after a short hold; while a pen is down, fingers are palms. What
//! lives here is only which pointer is where; what it means goes to the model as events.

use std::collections::BTreeMap;

use leptos::ev::PointerEvent;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::QuadrantPlace;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::app::App;
use crate::core::camera::Place;
use crate::core::event::{Destination, Event, Picking};

/// How long a finger rests on a note before it is taken up, in milliseconds.
const HOLD: u64 = 220;
/// How long a note in the hand rests over another one before it would go under it, in milliseconds.
const REST: u64 = 420;
/// How far a pointer may stray and still be a tap, in CSS pixels.
const STRAY: f64 = 6.0;
/// The longest time between the two taps of a double tap, in milliseconds.
const DOUBLE: f64 = 380.0;

/// Where a pointer is on the screen.
pub(super) fn place(event: &PointerEvent) -> Place {
    Place {
        x: f64::from(event.client_x()),
        y: f64::from(event.client_y()),
    }
}

fn apart(a: Place, b: Place) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// What a pointer going up on a note means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tapped {
    /// Nothing, or the end of a drag.
    No,
    /// The second tap of two: write in it.
    Twice,
    /// Pick it, or no longer.
    ToPick,
}

/// Notices the second of two taps.
#[derive(Clone, Copy, Default)]
pub(super) struct Taps {
    last: Option<(f64, Place)>,
}

impl Taps {
    /// A tap; true if it is the second one.
    pub(super) fn tap(&mut self, event: &PointerEvent) -> bool {
        let at = (event.time_stamp(), place(event));
        let double = self
            .last
            .is_some_and(|(time, there)| at.0 - time < DOUBLE && apart(there, at.1) < 4.0 * STRAY);
        self.last = (!double).then_some(at);
        double
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Free,
    /// A pointer is on the note and may yet become a tap, a push of the wall, or a hold.
    Touched {
        pointer: i32,
        at: Place,
    },
    Carried {
        pointer: i32,
        at: Place,
    },
}

struct Grip {
    phase: Phase,
    hold: Option<TimeoutHandle>,
    taps: Taps,
    /// Where the carried note came to rest, and what waits to see whether it stays there.
    rest: Option<(Place, Option<TimeoutHandle>)>,
}

/// One note's hands.
#[derive(Clone, Copy)]
pub(super) struct NoteHands {
    app: App,
    note: NoteId,
    grip: StoredValue<Grip, LocalStorage>,
}

impl NoteHands {
    pub(super) fn new(app: App, note: NoteId) -> Self {
        let grip = StoredValue::new_local(Grip {
            phase: Phase::Free,
            hold: None,
            taps: Taps::default(),
            rest: None,
        });
        Self { app, note, grip }
    }

    pub(super) fn down(self, event: &PointerEvent) {
        if event.button() != 0 || !event.is_primary() || is_control(event) || pens::palm(event) {
            return;
        }
        let Some(element) = current(event) else {
            return;
        };
        let (pointer, at) = (event.pointer_id(), place(event));
        let hold = (event.pointer_type() == "touch").then(|| {
            let take = move || self.take(&element, pointer, at);
            set_timeout_with_handle(take, std::time::Duration::from_millis(HOLD)).ok()
        });
        self.grip.update_value(|grip| {
            grip.phase = Phase::Touched { pointer, at };
            grip.hold = hold.flatten();
        });
    }

    pub(super) fn moved(self, event: &PointerEvent) {
        let now = place(event);
        match self.grip.with_value(|grip| grip.phase) {
            Phase::Touched { pointer, at } if pointer == event.pointer_id() => {
                if apart(at, now) < STRAY {
                    return;
                }
                if event.pointer_type() == "touch" {
                    self.let_go();
                } else if let Some(element) = current(event) {
                    self.take(&element, pointer, at);
                    self.carry(at, now);
                }
            }
            Phase::Carried { pointer, at } if pointer == event.pointer_id() => {
                event.prevent_default();
                self.carry(at, now);
            }
            Phase::Free | Phase::Touched { .. } | Phase::Carried { .. } => {}
        }
    }

    /// The pointer went up.
    pub(super) fn up(self, event: &PointerEvent, home: SectionId) -> Tapped {
        match self.let_go() {
            Phase::Carried { .. } => {
                let to = dropped_on(place(event), home);
                self.app.dispatch(Event::NoteReleased(to));
                Tapped::No
            }
            Phase::Touched { .. } if picks(self.app, event) => Tapped::ToPick,
            Phase::Touched { .. } => {
                let twice = self.grip.try_update_value(|grip| grip.taps.tap(event));
                if twice == Some(true) {
                    Tapped::Twice
                } else {
                    Tapped::No
                }
            }
            Phase::Free => Tapped::No,
        }
    }

    pub(super) fn cancelled(self) {
        if let Phase::Carried { .. } = self.let_go() {
            self.app.dispatch(Event::NoteReleased(None));
        }
    }

    /// Whether the note is in the hand, so that the page must not scroll under it.
    pub(super) fn carries(self) -> bool {
        self.grip
            .with_value(|grip| matches!(grip.phase, Phase::Carried { .. }))
    }

    fn take(self, element: &Element, pointer: i32, at: Place) {
        if self
            .app
            .peek_board(|board| !board.writes() || board.editing == Some(self.note))
        {
            return;
        }
        self.grip
            .update_value(|grip| grip.phase = Phase::Carried { pointer, at });
        let _ = element.set_pointer_capture(pointer);
        self.app.dispatch(Event::NoteHeld(self.note));
    }

    fn carry(self, from: Place, now: Place) {
        self.app.dispatch(Event::NoteCarried {
            dx: now.x - from.x,
            dy: now.y - from.y,
        });
        let over = self
            .app
            .peek_board(|board| board.held.as_ref().and_then(|held| held.over));
        if over.is_some() && over != self.target(now) {
            self.app.dispatch(Event::NoteRested(None));
        }
        let moves = self.grip.with_value(|grip| match &grip.rest {
            Some((at, _)) => apart(*at, now) > STRAY,
            None => true,
        });
        if moves {
            self.stop_resting();
            let look = move || {
                if let Some(over) = note_under(now) {
                    self.app.dispatch(Event::NoteRested(Some(over)));
                }
            };
            let later = std::time::Duration::from_millis(REST);
            let waits = set_timeout_with_handle(look, later).ok();
            self.grip
                .update_value(|grip| grip.rest = Some((now, waits)));
        }
    }

    /// The note that this one would go under at a place.
    fn target(self, at: Place) -> Option<NoteId> {
        let over = note_under(at)?;
        Some(
            self.app
                .peek_board(|board| board.headings.heading(over))
                .unwrap_or(over),
        )
    }

    fn stop_resting(self) {
        let rest = self.grip.try_update_value(|grip| grip.rest.take());
        if let Some(Some((_, Some(waits)))) = rest {
            waits.clear();
        }
    }

    fn let_go(self) -> Phase {
        self.stop_resting();
        let former = self.grip.try_update_value(|grip| {
            if let Some(hold) = grip.hold.take() {
                hold.clear();
            }
            std::mem::replace(&mut grip.phase, Phase::Free)
        });
        former.unwrap_or(Phase::Free)
    }
}

/// Whether a tap picks: in the mode for it, or with a key that says so.
fn picks(app: App, event: &PointerEvent) -> bool {
    let with_key = event.shift_key() || event.ctrl_key() || event.meta_key();
    with_key || app.peek_board(|board| board.picking == Picking::On)
}

/// What lies under a place that takes notes: a quadrant, the tray, or a wall.
fn dropped_on(at: Place, home: SectionId) -> Option<Destination> {
    let target = under(at)?.closest("[data-drop]").ok().flatten()?;
    let word = target.get_attribute("data-drop")?;
    Some(Destination {
        section: home,
        quadrant: QuadrantPlace::from_word(&word),
    })
}

/// The note under a place, or the heading whose group is there.
fn note_under(at: Place) -> Option<NoteId> {
    let found = under(at)?.closest("[data-testid=note], [data-testid=group]");
    found.ok().flatten()?.get_attribute("data-id")?.parse().ok()
}

fn under(at: Place) -> Option<Element> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "screen pixels are far below the limit of f32"
    )]
    document().element_from_point(at.x as f32, at.y as f32)
}

fn current(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}

/// Whether the press was on a button or in a text, which have their own use for it.
fn is_control(event: &PointerEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|it| {
        it.closest("button, textarea, input, a")
            .ok()
            .flatten()
            .is_some()
    })
}

/// The pens that are down anywhere on the page.
pub(super) mod pens {
    use std::cell::Cell;

    use leptos::ev::PointerEvent;

    thread_local! {
        static DOWN: Cell<bool> = const { Cell::new(false) };
    }

    /// Notes a pen going down; true for a finger while one is: a palm.
    pub(in crate::ui) fn palm(event: &PointerEvent) -> bool {
        match event.pointer_type().as_str() {
            "pen" => {
                DOWN.set(true);
                false
            }
            "touch" => DOWN.get(),
            _ => false,
        }
    }

    /// Notes a pen going up.
    pub(in crate::ui) fn up(event: &PointerEvent) {
        if event.pointer_type() == "pen" {
            DOWN.set(false);
        }
    }
}

#[derive(Default)]
struct Fingers {
    down: BTreeMap<i32, Place>,
    taps: Taps,
    strayed: bool,
    /// Whether what is tapped here only leaves a text: it is not the first of two taps.
    leaves: bool,
    /// Where the frame began that this pointer draws.
    frame: Option<(i32, Place)>,
}

/// The hands on a wall: one pointer pushes it or draws a frame, two zoom it, two taps make a note.
#[derive(Clone, Copy)]
pub(super) struct WallHands {
    app: App,
    section: SectionId,
    fingers: StoredValue<Fingers, LocalStorage>,
}

impl WallHands {
    pub(super) fn new(app: App, section: SectionId) -> Self {
        Self {
            app,
            section,
            fingers: StoredValue::new_local(Fingers::default()),
        }
    }

    pub(super) fn down(self, event: &PointerEvent) {
        let mouse = event.pointer_type() == "mouse";
        let on_note = on_note(event);
        if pens::palm(event) || is_control(event) || (on_note && event.pointer_type() != "touch") {
            return;
        }
        if mouse && event.button() > 1 {
            return;
        }
        let leaves = !on_note && leave_field();
        let frames =
            !on_note && self.app.peek_board(|board| board.writes()) && picks(self.app, event);
        let given_up = self.fingers.try_update_value(|fingers| {
            let begins = fingers.down.is_empty();
            fingers.down.insert(event.pointer_id(), place(event));
            if begins {
                fingers.strayed = on_note;
                fingers.leaves = leaves;
                fingers.frame = frames.then(|| (event.pointer_id(), place(event)));
                return false;
            }
            // A second finger: the wall is pushed and zoomed after all.
            fingers.frame.take().is_some()
        });
        if given_up == Some(true) {
            self.app.dispatch(Event::FrameDone);
        }
    }

    pub(super) fn moved(self, event: &PointerEvent) {
        let (pointer, now) = (event.pointer_id(), place(event));
        let Some(before) = self
            .fingers
            .with_value(|fingers| fingers.down.get(&pointer).copied())
        else {
            return;
        };
        let strayed = self.fingers.with_value(|fingers| fingers.strayed);
        if self.app.peek_board(|board| board.held.is_some()) {
            self.put(pointer, now);
            return;
        }
        if !strayed && apart(before, now) < STRAY {
            return;
        }
        if let (false, Some(wall)) = (strayed, current(event)) {
            let _ = wall.set_pointer_capture(pointer);
        }
        let other = self.other(pointer);
        self.put(pointer, now);
        let frame = self.fingers.with_value(|fingers| fingers.frame);
        if let (Some((_, from)), Some(wall)) = (frame, current(event)) {
            return self.app.dispatch(Event::Framed {
                section: self.section,
                from: inside(&wall, from),
                to: inside(&wall, now),
            });
        }
        self.push(before, now, other);
        if let (Some(other), Some(wall)) = (other, current(event)) {
            self.zoom(before, now, other, &wall);
        }
    }

    pub(super) fn up(self, event: &PointerEvent) {
        pens::up(event);
        if self.ends_frame(event) {
            return;
        }
        let taps = self.fingers.try_update_value(|fingers| {
            let was_down = fingers.down.remove(&event.pointer_id()).is_some();
            let counts = !fingers.strayed && !fingers.leaves;
            let tapped = was_down && counts && fingers.down.is_empty();
            (tapped, tapped && fingers.taps.tap(event))
        });
        let (tapped, twice) = taps.unwrap_or_default();
        if tapped && self.app.peek_board(|board| !board.picked.is_empty()) {
            self.app.dispatch(Event::PicksDropped);
        }
        if let (true, Some(wall)) = (twice, current(event)) {
            let (section, place) = (self.section, inside(&wall, place(event)));
            self.app.dispatch(Event::NoteWantedAt { section, place });
        }
    }

    /// Whether the pointer drew a frame, which is done now. A tap beside the notes drops what is picked.
    fn ends_frame(self, event: &PointerEvent) -> bool {
        let frame = self.fingers.try_update_value(|fingers| {
            let frame = fingers
                .frame
                .take_if(|(pointer, _)| *pointer == event.pointer_id());
            frame.map(|_| fingers.strayed)
        });
        let Some(Some(drawn)) = frame else {
            return false;
        };
        self.fingers.update_value(|fingers| {
            fingers.down.remove(&event.pointer_id());
        });
        self.app.dispatch(if drawn {
            Event::FrameDone
        } else {
            Event::PicksDropped
        });
        true
    }

    pub(super) fn cancelled(self, event: &PointerEvent) {
        pens::up(event);
        if self.ends_frame(event) {
            return;
        }
        self.fingers.update_value(|fingers| {
            fingers.down.remove(&event.pointer_id());
        });
    }

    fn other(self, pointer: i32) -> Option<Place> {
        self.fingers.with_value(|fingers| {
            let mut others = fingers.down.iter().filter(|(id, _)| **id != pointer);
            others.next().map(|(_, place)| *place)
        })
    }

    fn put(self, pointer: i32, now: Place) {
        self.fingers.update_value(|fingers| {
            fingers.strayed = true;
            fingers.down.insert(pointer, now);
        });
    }

    /// With two fingers each moves the wall by half.
    fn push(self, before: Place, now: Place, other: Option<Place>) {
        let share = if other.is_some() { 0.5 } else { 1.0 };
        self.app.dispatch(Event::WallPanned {
            section: self.section,
            dx: (now.x - before.x) * share,
            dy: (now.y - before.y) * share,
        });
    }

    fn zoom(self, before: Place, now: Place, other: Place, wall: &Element) {
        let middle = Place {
            x: f64::midpoint(now.x, other.x),
            y: f64::midpoint(now.y, other.y),
        };
        self.app.dispatch(Event::WallZoomed {
            section: self.section,
            factor: apart(now, other) / apart(before, other).max(1.0),
            around: Some(inside(wall, middle)),
        });
    }
}

/// A place on the screen as seen from an element's corner.
pub(super) fn inside(element: &Element, at: Place) -> Place {
    let frame = element.get_bounding_client_rect();
    Place {
        x: at.x - frame.left(),
        y: at.y - frame.top(),
    }
}

fn on_note(event: &PointerEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|it| it.closest(".note").ok().flatten().is_some())
}

/// A tap beside a note leaves its text; not every browser does that by itself. Whether there was one.
fn leave_field() -> bool {
    let active = document().active_element();
    let field = active.and_then(|it| it.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
    if let Some(element) = &field {
        let _ = element.blur();
    }
    field.is_some()
}
