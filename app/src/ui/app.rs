//! The one handle that components hold: reads parts of the model, and takes events.
//!
//! Each part has a trigger of its own, made when somebody first watches it. An event touches the triggers of the
//! parts that `update` names, so a keystroke or a drag reaches only the components that show what changed.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::NoteId;
use wasm_bindgen::JsCast;

use super::{Run, focus};
use crate::core::effect::{Effect, Part};
use crate::core::event::Event;
use crate::core::model::{BoardModel, Model};
use crate::core::update;
use crate::core::words::{Words, words};

struct Inner {
    model: RefCell<Model>,
    parts: RefCell<HashMap<Part, ArcTrigger>>,
    queue: RefCell<VecDeque<Event>>,
    busy: Cell<bool>,
    run: RefCell<Option<Run>>,
}

/// The app, as components see it. Copied freely.
#[derive(Clone, Copy)]
pub(super) struct App {
    inner: StoredValue<Inner, LocalStorage>,
}

impl App {
    pub(super) fn new() -> Self {
        let inner = Inner {
            model: RefCell::new(Model::default()),
            parts: RefCell::default(),
            queue: RefCell::default(),
            busy: Cell::new(false),
            run: RefCell::new(None),
        };
        Self {
            inner: StoredValue::new_local(inner),
        }
    }

    pub(super) fn connect(self, run: Run) {
        self.inner
            .with_value(|inner| *inner.run.borrow_mut() = Some(run));
    }

    /// Takes an event. One that comes while another is being taken (a field that loses its focus because it is
    /// removed) waits its turn.
    pub(super) fn dispatch(self, event: Event) {
        let first = self.inner.with_value(|inner| {
            inner.queue.borrow_mut().push_back(event);
            !inner.busy.replace(true)
        });
        if !first {
            return;
        }
        while let Some(effects) = self.inner.with_value(Inner::next) {
            for effect in effects {
                self.carry_out(effect);
            }
        }
        self.inner.with_value(|inner| inner.busy.set(false));
        focus::find_again();
    }

    /// Reads the model and watches one part of it.
    pub(super) fn read<T>(self, part: Part, read: impl FnOnce(&Model) -> T) -> T {
        self.inner.with_value(|inner| {
            inner.trigger(part).track();
            read(&inner.model.borrow())
        })
    }

    /// Reads the model without watching it: for what an event needs to know.
    pub(super) fn peek<T>(self, read: impl FnOnce(&Model) -> T) -> T {
        self.inner.with_value(|inner| read(&inner.model.borrow()))
    }

    /// Reads the open board and watches one part of it; `T`'s default when there is none.
    pub(super) fn board<T: Default>(self, part: Part, read: impl FnOnce(&BoardModel) -> T) -> T {
        self.read(part, |model| model.board().map(read).unwrap_or_default())
    }

    /// Reads the open board without watching it.
    pub(super) fn peek_board<T: Default>(self, read: impl FnOnce(&BoardModel) -> T) -> T {
        self.peek(|model| model.board().map(read).unwrap_or_default())
    }

    /// The words of the language that is on.
    pub(super) fn words(self) -> &'static Words {
        self.read(Part::Settings, |model| words(model.language))
    }

    fn carry_out(self, effect: Effect) {
        match effect {
            Effect::Show(part) => {
                let trigger = self
                    .inner
                    .with_value(|inner| inner.parts.borrow().get(&part).cloned());
                if let Some(trigger) = trigger {
                    trigger.notify();
                }
            }
            Effect::FocusNote(note) => focus_note(note),
            Effect::See(field) => see(field),
            other @ (Effect::Worker(_)
            | Effect::Copy(_)
            | Effect::SaveFile { .. }
            | Effect::SetAddress(_)
            | Effect::Remember(_)
            | Effect::KeepSteps(_)
            | Effect::KeepFollows(_)
            | Effect::Dress { .. }
            | Effect::Heading(_)
            | Effect::After { .. }
            | Effect::MeasureSpace
            | Effect::ApplyUpdate
            | Effect::Reload
            | Effect::Print) => {
                let run = self.inner.with_value(|inner| inner.run.borrow().clone());
                if let Some(run) = run {
                    run(other);
                }
            }
        }
    }
}

impl Inner {
    fn next(&self) -> Option<Vec<Effect>> {
        let event = self.queue.borrow_mut().pop_front()?;
        Some(update(&mut self.model.borrow_mut(), event))
    }

    fn trigger(&self, part: Part) -> ArcTrigger {
        self.parts.borrow_mut().entry(part).or_default().clone()
    }
}

/// Puts the focus on a note once the screen has been brought up to date.
pub(super) fn focus_note(note: NoteId) {
    request_animation_frame(move || {
        if !has_moved_on(note) {
            let selector = format!("[data-testid=note][data-id=\"{note}\"]");
            let found = document().query_selector(&selector).ok().flatten();
            if let Some(element) = found.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = element.focus();
            }
        }
    });
}

/// Scrolls a text into sight once the screen has been brought up to date. Notes on a wall are there already.
fn see(field: TextField) {
    request_animation_frame(move || {
        let found = document()
            .query_selector("[data-hit=current]")
            .ok()
            .flatten();
        let on_wall = matches!(field, TextField::NoteText(_));
        if let Some(element) =
            found.filter(|it| !on_wall || it.closest(".wall").ok().flatten().is_none())
        {
            element.scroll_into_view();
        }
    });
}

/// Whether the person has put the focus on another note or into a field meanwhile: it is theirs then, or the next
/// Delete would hit the wrong note.
fn has_moved_on(from: NoteId) -> bool {
    let Some(focused) = document().active_element() else {
        return false;
    };
    let on_another = focused
        .closest("[data-testid=note]")
        .ok()
        .flatten()
        .and_then(|note| note.get_attribute("data-id"))
        .is_some_and(|id| id != from.to_string());
    on_another || focused.matches("input, textarea, select").unwrap_or(false)
}
