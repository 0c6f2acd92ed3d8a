//! The accessibility statement: what the app holds itself to, what is not there yet, and what to do then.

use leptos::prelude::*;

use super::app::App;
use super::dialog::{self, First, Shape};

pub(super) fn dialog(app: App) -> impl IntoView {
    let parts = move || {
        let parts = app.words().accessibility_parts.iter();
        parts
            .map(|(heading, paragraphs)| {
                let paragraphs = paragraphs
                    .iter()
                    .map(|it| view! { <p>{*it}</p> })
                    .collect_view();
                view! {
                    <section>
                        <h3>{*heading}</h3>
                        {paragraphs}
                    </section>
                }
            })
            .collect_view()
    };
    let content = view! { <div class="statement" data-testid="statement">{parts}</div> };
    dialog::dialog(
        app,
        "accessibility-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().accessibility.to_owned(),
        content,
    )
}
