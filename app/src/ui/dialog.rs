//! A modal `<dialog>`: the browser keeps the focus inside, Escape closes it, and a press beside it does too.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::app::App;
use super::icons::{Icon, icon};
use super::notices;
use crate::core::Event;

/// How a dialog stands on the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// In the middle.
    Card,
    /// In the middle, wide.
    Wide,
    /// At the upper right, like a menu.
    Sheet,
    /// All of the screen.
    Whole,
}

/// What has the focus when a dialog opens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The heading: nothing is pressed by mistake, and it is read out.
    Heading,
    /// The field that names itself so with `autofocus`.
    Field,
}

/// A dialog with a heading, its content, and a button that closes it.
pub(super) fn dialog(
    app: App,
    testid: &'static str,
    shape: Shape,
    first: First,
    title: impl Fn() -> String + Send + Sync + Clone + 'static,
    content: impl IntoView + 'static,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    node.on_load(|element| {
        let _ = element.show_modal();
    });
    let close = move || app.dispatch(Event::Dialog(None));
    let beside = move |event: ev::MouseEvent| {
        if pressed_itself(&event) {
            close();
        }
    };
    let label = title.clone();
    view! {
        <dialog
            node_ref=node
            class=("dialog-wide", shape == Shape::Wide)
            class=("dialog-sheet", shape == Shape::Sheet)
            class=("dialog-whole", shape == Shape::Whole)
            data-testid=testid
            aria-label=label
            on:cancel=move |event: ev::Event| {
                event.prevent_default();
                close();
            }
            on:click=beside
        >
            <div class="dialog-paper">
                <header class="dialog-head">
                    <h2 tabindex="-1" autofocus={first == First::Heading}>{title}</h2>
                    <button
                        type="button"
                        class="button-icon"
                        data-testid="dialog-close"
                        aria-label=move || app.words().close
                        on:click=move |_| close()
                    >
                        {icon(Icon::Close)}
                    </button>
                </header>
                {content}
            </div>
            {notices::failures(app)}
        </dialog>
    }
}

/// Whether a press hit the dialog's backdrop: the element itself and none of its content.
fn pressed_itself(event: &ev::MouseEvent) -> bool {
    let of = |target: Option<web_sys::EventTarget>| {
        target.and_then(|it| it.dyn_into::<web_sys::Element>().ok())
    };
    match (of(event.target()), of(event.current_target())) {
        (Some(target), Some(current)) => target == current,
        (Some(_) | None, Some(_) | None) => false,
    }
}
