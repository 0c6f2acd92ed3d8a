//! A text that people write together: a textarea that grows, keeps its caret, and never waits.
//!
//! The model decides what the field shows; this file carries it into the DOM when it differs, and tells the model
//! about each keystroke together with what the field showed before it.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::records::MAX_TEXT;
use web_sys::HtmlTextAreaElement;

use super::app::App;
use super::carets::carets;
use super::keys;
use crate::core::Event;
use crate::core::draft::Selection;
use crate::core::effect::Part;
use crate::core::words::Words;

/// Whether Enter makes a new line or leaves the field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Enter leaves.
    One,
    /// Enter makes a line.
    Many,
}

/// A field to write in.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    /// Which text.
    pub(super) field: TextField,
    /// For tests: on the wrapper, whose `data-text` is what the field shows.
    pub(super) testid: &'static str,
    /// For tests: on the textarea.
    pub(super) editor: &'static str,
    /// How it looks.
    pub(super) class: &'static str,
    /// One line or many.
    pub(super) lines: Lines,
    /// Its name for who cannot see it.
    pub(super) label: fn(&Words) -> String,
    /// What it says while it is empty.
    pub(super) hint: fn(&Words) -> &'static str,
}

/// What the DOM held when it was last in step with the model.
#[derive(Clone, Default)]
struct Held {
    value: String,
    composing: bool,
}

/// Shows a text; where the person may write, in a textarea.
pub(super) fn writing(app: App, it: Writing) -> impl IntoView {
    let field = it.field;
    let shown = Memo::new(move |_| app.board(Part::Text(field), |board| board.shown(field)));
    let text = move || shown.with(|(text, _)| text.clone());
    let writer = move || {
        app.board(Part::Text(field), |board| {
            let writer = board.writers(field).next();
            writer.map(|peer| peer.name.clone())
        })
    };
    let mark = move || {
        writer().map(|name| {
            let words = app.words();
            let name = if name.is_empty() {
                words.nameless.to_owned()
            } else {
                name
            };
            view! { <span class="writing-mark">{(words.writes)(&name)}</span> }
        })
    };
    let writes = app.peek_board(|board| board.writes());
    view! {
        <div
            class=format!("writing {}", it.class)
            data-testid=it.testid
            data-text=text
            data-hit=move || hit(app, field)
            data-writing=move || writer().map(|name| if name.is_empty() { "true".to_owned() } else { name })
        >
            {if writes {
                editor(app, it, shown).into_any()
            } else {
                view! { <p class="writing-read">{text}</p> }.into_any()
            }}
            {carets(app, field)}
            {mark}
        </div>
    }
}

/// Whether a text is what is searched for: the one gone to last, or another.
pub(super) fn hit(app: App, field: TextField) -> Option<&'static str> {
    app.board(Part::Search, |board| {
        let search = board.search.as_ref()?;
        let at = search.hits.iter().position(|hit| *hit == field)?;
        Some(if search.at == Some(at) {
            "current"
        } else {
            "other"
        })
    })
}

fn editor(app: App, it: Writing, shown: Memo<(String, Option<Selection>)>) -> impl IntoView {
    let field = it.field;
    let node = NodeRef::<html::Textarea>::new();
    let held = StoredValue::new_local(Held::default());
    Effect::new(move || {
        let now = shown.get();
        if let Some(element) = node.get() {
            follow(&element, held, &now);
        }
    });
    node.on_load(move |element| {
        if app.peek_board(|board| board.awaited == Some(field)) {
            let _ = element.focus();
        }
    });
    let read = move |event: &ev::Event| typed(app, field, held, &event_target(event));
    let caret = move || {
        if let Some(element) = node.get_untracked() {
            let selection = selection(&element);
            app.dispatch(Event::CaretMoved { field, selection });
        }
    };
    view! {
        <textarea
            node_ref=node
            rows="1"
            maxlength=MAX_TEXT.to_string()
            data-testid=it.editor
            aria-label=move || (it.label)(app.words())
            placeholder=move || (it.hint)(app.words())
            autocapitalize="sentences"
            enterkeyhint=if it.lines == Lines::One { "done" } else { "enter" }
            on:input=move |event| read(&event)
            on:compositionstart=move |_| held.update_value(|held| held.composing = true)
            on:compositionend=move |_| {
                held.update_value(|held| held.composing = false);
                if let Some(element) = node.get_untracked() {
                    typed(app, field, held, &element);
                    follow(&element, held, &shown.get_untracked());
                }
            }
            on:focus=move |_| app.dispatch(Event::TextEntered(field))
            on:blur=move |_| app.dispatch(Event::TextLeft(field))
            on:keyup=move |_| caret()
            on:pointerup=move |_| caret()
            on:select=move |_| caret()
            on:keydown=move |event| key(app, &event, it.lines)
        ></textarea>
    }
}

/// Puts what the model says into the DOM, with the caret where it belongs, unless it is there already or an input
/// method is in the middle of a word.
fn follow(
    element: &HtmlTextAreaElement,
    held: StoredValue<Held, LocalStorage>,
    now: &(String, Option<Selection>),
) {
    let (text, selection) = now;
    if held.with_value(|held| held.composing) {
        return;
    }
    if element.value() != *text {
        let focused = document().active_element().as_ref() == Some(element.as_ref());
        element.set_value(text);
        if let (true, Some(at)) = (focused, selection) {
            let _ = element.set_selection_range(at.start, at.end);
        }
    }
    held.update_value(|held| held.value.clone_from(text));
}

fn typed(
    app: App,
    field: TextField,
    held: StoredValue<Held, LocalStorage>,
    element: &HtmlTextAreaElement,
) {
    let value = element.value();
    let shown = held.with_value(|held| held.value.clone());
    if shown == value {
        return;
    }
    held.update_value(|held| held.value.clone_from(&value));
    app.dispatch(Event::Typed {
        field,
        shown,
        selection: selection(element),
        value,
    });
}

fn selection(element: &HtmlTextAreaElement) -> Selection {
    let start = element.selection_start().ok().flatten().unwrap_or_default();
    let end = element.selection_end().ok().flatten();
    Selection {
        start,
        end: end.unwrap_or(start),
    }
}

/// Escape leaves the field, and so does Enter where there is one line. No key reaches what lies around the field.
fn key(app: App, event: &ev::KeyboardEvent, lines: Lines) {
    let leaves = match event.key().as_str() {
        "Escape" => true,
        "Enter" => lines == Lines::One || event.ctrl_key() || event.meta_key(),
        _ => false,
    };
    if event.is_composing() {
        return;
    }
    if let Some(way) = keys::step(event) {
        event.prevent_default();
        app.dispatch(Event::StepWanted(way));
    }
    if leaves {
        event.prevent_default();
        let _ = event_target::<HtmlTextAreaElement>(event).blur();
    }
    if event.key() != "Escape" || lines == Lines::One {
        event.stop_propagation();
    }
}
