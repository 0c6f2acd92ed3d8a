//! Where the keyboard goes when what had its focus is gone: to the same thing drawn anew, else to its neighbour.
//!
//! A browser lets the focus fall on the page itself when an element goes (a dialog that is closed, a note that is
//! removed, a button that is no longer needed), and who works by keyboard or hears the screen has to begin again.

use std::cell::RefCell;

use leptos::leptos_dom::helpers::queue_microtask;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlElement};

/// What Tab goes to.
const STOPS: &str = "button, input, select, textarea, summary, a[href], [tabindex=\"0\"]";
const FIELDS: &str = "input, textarea, select";

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
}

#[derive(Clone, Default)]
struct Last {
    /// What had the focus on the page.
    page: Option<Trace>,
    /// What had it in the dialog that is open or has just been closed.
    dialog: Option<Trace>,
    /// Whether the person's last move was a key.
    by_keyboard: bool,
}

/// An element and what was around it.
#[derive(Clone)]
struct Trace {
    element: Element,
    /// A selector of the same thing, if it is drawn anew.
    same: Option<String>,
    around: Vec<Around>,
}

/// The surroundings on one level: the neighbours, and what holds them.
#[derive(Clone)]
struct Around {
    next: Option<Element>,
    former: Option<Element>,
    parent: Element,
}

/// Begins to follow the focus, for as long as the page lives.
pub(super) fn follow() {
    hear("focusin", |event| note(event, None));
    hear("keydown", |_| {
        LAST.with_borrow_mut(|last| last.by_keyboard = true);
    });
    // Not every browser puts the focus on a button that is pressed.
    hear("pointerdown", |event| note(event, Some(STOPS)));
}

/// Before anything else hears it, for some of what hears it lets it go no further.
fn hear(event: &str, heard: fn(&Event)) {
    let heard = Closure::<dyn Fn(Event)>::new(move |event| heard(&event));
    let target = window();
    drop(target.add_event_listener_with_callback_and_bool(
        event,
        heard.as_ref().unchecked_ref(),
        true,
    ));
    heard.forget();
}

fn note(event: &Event, pressed: Option<&str>) {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let found = match pressed {
        Some(stops) => target.and_then(|it| it.closest(stops).ok().flatten()),
        None => target,
    };
    LAST.with_borrow_mut(|last| {
        if pressed.is_some() {
            last.by_keyboard = false;
        }
        let Some(element) = found else {
            return;
        };
        let in_dialog = element.closest("dialog").ok().flatten().is_some();
        let trace = Some(Trace::of(element));
        if in_dialog {
            last.dialog = trace;
        } else {
            last.page = trace;
        }
    });
}

/// Looks, once the screen has been brought up to date, whether the focus was lost, and finds a place for it.
pub(super) fn find_again() {
    request_animation_frame(|| {
        if !is_lost() {
            return;
        }
        let open = document().query_selector("dialog[open]").ok().flatten();
        // Focusing is heard by `note`, so nothing may be borrowed then.
        let last = LAST.with_borrow_mut(|last| {
            let all = last.clone();
            if open.is_none() {
                last.dialog = None;
            }
            all
        });
        let closed = open.is_none() && last.dialog.is_some();
        let trace = if open.is_some() {
            last.dialog
        } else {
            last.page
        };
        if let Some(trace) = trace.filter(|_| closed || last.by_keyboard) {
            trace.go(closed);
        }
    });
}

/// To be called while a list is about to be drawn anew: a field in it that is moved within the page is left by the focus,
/// and gets it back at once, with the caret where it was.
pub(super) fn keep() {
    let focused = document().active_element();
    let field = focused.filter(|it| it.matches(FIELDS).unwrap_or_default());
    if let Some(field) = field {
        queue_microtask(move || {
            if is_lost() && field.is_connected() {
                take(&field);
            }
        });
    }
}

fn is_lost() -> bool {
    let focused = document().active_element();
    focused.is_none_or(|it| it.tag_name() == "BODY")
}

impl Trace {
    fn of(element: Element) -> Self {
        let mut around = Vec::new();
        let mut at = element.clone();
        while let Some(parent) = at.parent_element() {
            around.push(Around {
                next: at.next_element_sibling(),
                former: at.previous_element_sibling(),
                parent: parent.clone(),
            });
            at = parent;
        }
        Self {
            same: same(&element),
            element,
            around,
        }
    }

    /// Puts the focus on the thing itself, on the same thing drawn anew, or on what is nearest.
    fn go(&self, dialog_closed: bool) {
        if self.element.is_connected() {
            // A field that was left was left on purpose.
            if dialog_closed || !self.element.matches(FIELDS).unwrap_or_default() {
                take(&self.element);
            }
            return;
        }
        let same = self.same.as_ref();
        let same = same.and_then(|it| document().query_selector(it).ok().flatten());
        if same.is_some_and(|it| take(&it)) {
            return;
        }
        for level in &self.around {
            let found = level.next.as_ref().is_some_and(first)
                || level.former.as_ref().is_some_and(last)
                || first(&level.parent);
            if found {
                return;
            }
        }
    }
}

/// What names an element, within the record or scenario that it belongs to.
fn same(element: &Element) -> Option<String> {
    let testid = element.get_attribute("data-testid")?;
    let own = format!("[data-testid=\"{testid}\"]");
    let of = element.closest("[data-id], [data-quadrant]").ok().flatten();
    let Some(of) = of else {
        return Some(own);
    };
    let names = ["data-id", "data-quadrant"];
    let name = names
        .into_iter()
        .find_map(|name| Some(format!("[{name}=\"{}\"]", of.get_attribute(name)?)))?;
    let between = if of == *element { "" } else { " " };
    Some(format!("{name}{between}{own}"))
}

fn take(element: &Element) -> bool {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        drop(element.focus());
    }
    document().active_element().as_ref() == Some(element)
}

/// Puts the focus on an element or the first in it that takes it.
fn first(element: &Element) -> bool {
    element.is_connected() && (take(element) || within(element).iter().any(take))
}

fn last(element: &Element) -> bool {
    element.is_connected() && (take(element) || within(element).iter().rev().any(take))
}

fn within(element: &Element) -> Vec<Element> {
    let Ok(stops) = element.query_selector_all(STOPS) else {
        return Vec::new();
    };
    let stops = (0..stops.length()).filter_map(|at| stops.item(at)?.dyn_into().ok());
    stops.collect()
}
