//! Joining by the camera: a link's QR code is read and opened as if it had been typed.
//!
//! The camera itself is `public/camera.js`, an element that says what it has read or why it cannot.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::app::App;
use super::dialog::{First, Shape, dialog as shown_dialog};
use crate::core::Event;
use crate::core::words::Words;

pub(super) fn dialog(app: App) -> impl IntoView {
    let trouble = RwSignal::new_local(None::<fn(&Words) -> &'static str>);
    let camera = html::custom("qr-camera")
        .attr("data-testid", "scan-camera")
        .on(ev::Custom::<ev::Event>::new("scanned"), move |event| {
            app.dispatch(Event::LinkPasted(told(&event)));
        })
        .on(ev::Custom::<ev::Event>::new("failed"), move |event| {
            trouble.set(Some(match told(&event).as_str() {
                "refused" => |words| words.scan_refused,
                _ => |words| words.scan_without,
            }));
        });
    let said = move || {
        let words = app.words();
        trouble.get().map_or(words.scan_hint, |it| it(words))
    };
    let content = view! {
        <div class="scan" class:scan-failed=move || trouble.get().is_some()>
            {camera}
            <p role="status" data-testid="scan-says">{said}</p>
        </div>
    };
    shown_dialog(
        app,
        "scan-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().scan.to_owned(),
        content,
    )
}

/// What the camera says is in an attribute of it.
fn told(event: &ev::Event) -> String {
    let element = event_target::<web_sys::Element>(event);
    element.get_attribute("data-says").unwrap_or_default()
}
